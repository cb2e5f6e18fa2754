//! Moments that exist: the company's list of them, who has posted one, and stopping it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Call, Error, Request, WeCom, wire};
use crate::limits;
use crate::post::{Attachments, Post};

/// More pages than any company fills; a list that goes on beyond is going round in circles.
const PAGES: usize = 20_000;

/// A moment as WeCom lists it. Its media ids are not those of the upload, so they tell nothing and are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    pub moment_id: String,
    /// To the second.
    pub created: DateTime<Utc>,
    /// None for a moment that came through the API.
    pub creator: Option<String>,
    /// False where customer tags narrow it, true for 公开; None if WeCom did not say.
    pub public: Option<bool>,
    pub text: String,
    pub images: usize,
    pub video: bool,
    pub link: Option<Link>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub title: String,
    pub url: String,
}

/// Whether a member has confirmed a moment, so that customers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberStatus {
    pub userid: String,
    pub posted: bool,
}

impl Moment {
    /// Whether this could be what sending `post` made: everything that both sides know agrees. Who sees it is known
    /// only as public or not, so two campaigns with one text can both fit.
    pub fn could_be(&self, post: &Post) -> bool {
        let (images, video, link) = match &post.attachments {
            Attachments::None => (0, false, None),
            Attachments::Images(images) => (images.len(), false, None),
            Attachments::Video(_) => (0, true, None),
            Attachments::Link(link) => (0, false, Some((link.title.as_deref().unwrap_or_default(), &link.url))),
        };
        self.creator.is_none()
            && self.public.is_none_or(|public| public != post.audience.is_partial())
            && same_text(&self.text, post.text.as_deref().unwrap_or_default())
            && (self.images, self.video) == (images, video)
            && match (&self.link, link) {
                (None, None) => true,
                (Some(seen), Some((title, url))) => same_text(&seen.title, title) && seen.url == *url,
                _ => false,
            }
    }
}

/// WeCom may trim a text and change its line ends; anything more is another text.
fn same_text(one: &str, other: &str) -> bool {
    one.trim().lines().map(str::trim_end).eq(other.trim().lines().map(str::trim_end))
}

impl WeCom {
    /// The `wanted` ones of the moments that the company (not a member) created from `from` to `to`, both included, oldest
    /// first. The others are not kept: a day may have thousands.
    pub async fn moments(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        wanted: impl Fn(&Moment) -> bool,
    ) -> Result<Vec<Moment>, Error> {
        // WeCom leaves out both ends of the interval it is asked for, and counts in whole seconds.
        let second = TimeDelta::seconds(1);
        let widest = TimeDelta::from_std(limits::LIST_SPAN).unwrap_or(TimeDelta::MAX);
        let (mut start, last) = (from - second, to + second);
        let (first_second, last_second) = (from.timestamp(), to.timestamp());
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        while start + second < last {
            let end = last.min(start + widest);
            for moment in self.moments_between(start.timestamp(), end.timestamp(), &wanted).await? {
                let inside = (first_second..=last_second).contains(&moment.created.timestamp());
                if inside && seen.insert(moment.moment_id.clone()) {
                    found.push(moment);
                }
            }
            // The next stretch begins before the open end of this one.
            start = end - second;
        }
        found.sort_by(|one, other| (one.created, &one.moment_id).cmp(&(other.created, &other.moment_id)));
        Ok(found)
    }

    async fn moments_between(
        &self,
        start_time: i64,
        end_time: i64,
        wanted: &impl Fn(&Moment) -> bool,
    ) -> Result<Vec<Moment>, Error> {
        let unreadable = |why: &str| Error::Lost { call: Call::Moments, why: why.to_owned() };
        let (mut found, mut cursor) = (Vec::new(), String::new());
        for _ in 0..PAGES {
            let body = wire::json(&wire::MomentList {
                start_time,
                end_time,
                filter_type: 0,
                cursor: &cursor,
                limit: limits::LIST_PAGE,
            });
            let page: wire::MomentPage = self
                .ask(Call::Moments, |token| {
                    Request::post("/cgi-bin/externalcontact/get_moment_list", body.clone())
                        .with("access_token", token.expose())
                })
                .await?;
            for moment in page.moment_list {
                if moment.create_type.unwrap_or(0) != 0 {
                    continue;
                }
                let created = DateTime::from_timestamp(moment.create_time, 0)
                    .ok_or_else(|| unreadable("a moment has a time that does not exist"))?;
                let moment = Moment {
                    moment_id: moment.moment_id,
                    created,
                    creator: moment.creator.filter(|creator| !creator.is_empty()),
                    public: moment.visible_type.map(|kind| kind == 1),
                    text: moment.text.content,
                    images: moment.image.len(),
                    video: moment.video.is_some(),
                    link: moment.link.map(|link| Link { title: link.title, url: link.url }),
                };
                if wanted(&moment) {
                    found.push(moment);
                }
            }
            if page.next_cursor.is_empty() {
                return Ok(found);
            }
            if page.next_cursor == cursor {
                return Err(unreadable("the list gives the same page again"));
            }
            cursor = page.next_cursor;
        }
        Err(unreadable("the list does not end"))
    }

    /// Who was asked to post a moment, and who has. While WeCom is still telling the members it is refused with 41079.
    pub async fn task(&self, moment_id: &str) -> Result<Vec<MemberStatus>, Error> {
        let unreadable = |why: &str| Error::Lost { call: Call::Task, why: why.to_owned() };
        let (mut found, mut cursor) = (Vec::new(), String::new());
        for _ in 0..PAGES {
            let body = wire::json(&wire::OfMoment { moment_id, cursor: &cursor, limit: Some(limits::TASK_PAGE) });
            let page: wire::TaskPage = self
                .ask(Call::Task, |token| {
                    Request::post("/cgi-bin/externalcontact/get_moment_task", body.clone())
                        .with("access_token", token.expose())
                })
                .await?;
            found.extend(
                page.task_list
                    .into_iter()
                    .map(|task| MemberStatus { userid: task.userid, posted: task.publish_status == 1 }),
            );
            if page.next_cursor.is_empty() {
                return Ok(found);
            }
            if page.next_cursor == cursor {
                return Err(unreadable("the list gives the same page again"));
            }
            cursor = page.next_cursor;
        }
        Err(unreadable("the list does not end"))
    }

    /// Stops a moment for the members who have not posted it yet. What is posted stays.
    pub async fn cancel(&self, moment_id: &str) -> Result<(), Error> {
        let body = wire::json(&wire::OfMoment { moment_id, cursor: "", limit: None });
        let wire::Empty {} = self
            .ask(Call::Cancel, |token| {
                Request::post("/cgi-bin/externalcontact/cancel_moment_task", body.clone())
                    .with("access_token", token.expose())
            })
            .await?;
        Ok(())
    }
}
