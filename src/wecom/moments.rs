//! Existing moments: the company's list, who has posted one, and stopping one.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::paging::PagingGuard;
use super::{Call, Error, Request, WeCom, wire};
use crate::clock::delta;
use crate::limits;
use crate::post::{Attachments, Post};

/// A moment in WeCom's list. Its media ids differ from those of the upload, so they are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    pub moment_id: String,
    /// To the second.
    pub created: DateTime<Utc>,
    /// Created for the company, not by one member for the member's own customers.
    pub made_by_company: bool,
    /// `None` for a moment that was created through the API.
    pub creator: Option<String>,
    /// False if customer tags limit it, true for 公开; `None` if the answer lacks it.
    pub public: Option<bool>,
    pub text: String,
    pub images: usize,
    pub video: bool,
    pub link: Option<Link>,
}

/// The link of a moment in WeCom's list.
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

/// How similar a moment of the list is to a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostMatch {
    /// Everything known on both sides agrees. Visibility is known only as public or not, so two campaigns with the same
    /// text can both match.
    Exact,
    /// May be the post as WeCom rewrote it: only a person can decide.
    Similar,
    /// Another post.
    None,
}

impl Moment {
    /// How similar this is to the moment that sending `post` would create.
    pub fn likeness(&self, post: &Post) -> PostMatch {
        if self.is_exactly(post) {
            return PostMatch::Exact;
        }
        let text = normalised_text(post.text.as_deref().unwrap_or_default());
        let same_text = normalised_text(&self.text) == text;
        let has_media = |moment: &Self| moment.images > 0 || moment.video || moment.link.is_some();
        let same_link = match (&self.link, &post.attachments) {
            (Some(seen), Attachments::Link(link)) => normalised_url(&seen.url) == normalised_url(&link.url),
            _ => false,
        };
        // The text identifies a post; without one, the same kind of attachment may be the same post.
        let similar = if text.is_empty() {
            self.text.trim().is_empty() && has_media(self) && (same_link || self.is_of_kind(post))
        } else {
            same_text || (same_link && self.text.trim().is_empty())
        };
        if similar { PostMatch::Similar } else { PostMatch::None }
    }

    /// Whether it has attachments of the post's kind, in any number.
    fn is_of_kind(&self, post: &Post) -> bool {
        match &post.attachments {
            Attachments::None => false,
            Attachments::Images(_) => self.images > 0,
            Attachments::Video(_) => self.video,
            // A different URL is a different link.
            Attachments::Link(_) => false,
        }
    }

    fn is_exactly(&self, post: &Post) -> bool {
        let (images, video, link) = match &post.attachments {
            Attachments::None => (0, false, None),
            Attachments::Images(images) => (images.len(), false, None),
            Attachments::Video(_) => (0, true, None),
            Attachments::Link(link) => (0, false, Some((link.title.as_deref().unwrap_or_default(), &link.url))),
        };
        self.creator.is_none()
            && self.made_by_company
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

/// A text without what WeCom may rewrite: white space, invisible characters and HTML entities.
fn normalised_text(text: &str) -> String {
    let plain = text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    let is_kept =
        |c: &char| !c.is_whitespace() && !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}');
    plain.chars().filter(is_kept).collect::<String>().to_lowercase()
}

/// A URL without what WeCom may rewrite: percent-encoding, a final slash, the scheme, upper case.
fn normalised_url(url: &str) -> String {
    let bytes = url.trim().as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.filter(|_| bytes[at] == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    let plain = normalised_text(&String::from_utf8_lossy(&plain));
    let plain = plain.trim_start_matches("https://").trim_start_matches("http://");
    plain.trim_end_matches(['/', '?', '#']).replace("/?", "?").replace("/#", "#")
}

/// WeCom may trim a text and change its line ends; any other difference makes another text.
fn same_text(one: &str, other: &str) -> bool {
    one.trim().lines().map(str::trim_end).eq(other.trim().lines().map(str::trim_end))
}

impl WeCom {
    /// The moments created from `from` to `to`, both included, that are `wanted`; oldest first. The others are not
    /// kept: a day may have thousands.
    ///
    /// # Errors
    /// WeCom gave no answer that can be read, or refused the call.
    pub async fn moments(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        wanted: impl Fn(&Moment) -> bool,
    ) -> Result<Vec<Moment>, Error> {
        // WeCom excludes both ends of the requested interval, and counts in whole seconds.
        let second = TimeDelta::seconds(1);
        let widest = delta(limits::LIST_SPAN);
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
            // The next interval begins before the open end of this one.
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
        let (mut found, mut cursor, mut pages) = (Vec::new(), String::new(), PagingGuard::of(Call::Moments));
        loop {
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
            pages.read(&page.next_cursor, page.moment_list.iter().map(|moment| moment.moment_id.as_str()))?;
            for moment in page.moment_list {
                // An unreadable entry does not make the others unreadable. An entry without an id or a time is skipped:
                // a person could not settle a run with it either.
                let Some(created) = moment.create_time.and_then(|time| DateTime::from_timestamp(time, 0)) else {
                    continue;
                };
                if moment.moment_id.is_empty() {
                    continue;
                }
                let moment = Moment {
                    moment_id: moment.moment_id,
                    created,
                    made_by_company: moment.create_type.unwrap_or(0) == 0,
                    creator: moment.creator.filter(|creator| !creator.is_empty()),
                    public: moment.visible_type.map(|kind| kind == 1),
                    text: moment.text.content,
                    images: moment.image.len(),
                    video: moment.video.is_some_and(|video| !video.is_empty()),
                    link: moment
                        .link
                        .map(|link| Link { title: link.title, url: link.url })
                        .filter(|link| !(link.title.is_empty() && link.url.is_empty())),
                };
                if wanted(&moment) {
                    found.push(moment);
                }
            }
            if page.next_cursor.is_empty() {
                return Ok(found);
            }
            cursor = page.next_cursor;
        }
    }

    /// The members who were asked to post a moment, and who has posted. WeCom refuses with 41079 while it still asks
    /// members.
    ///
    /// # Errors
    /// WeCom gave no answer that can be read, or refused the call.
    pub async fn task(&self, moment_id: &str) -> Result<Vec<MemberStatus>, Error> {
        let (mut found, mut cursor, mut pages) = (Vec::new(), String::new(), PagingGuard::of(Call::Task));
        loop {
            let body = wire::json(&wire::OfMoment { moment_id, cursor: &cursor, limit: Some(limits::TASK_PAGE) });
            let page: wire::TaskPage = self
                .ask(Call::Task, |token| {
                    Request::post("/cgi-bin/externalcontact/get_moment_task", body.clone())
                        .with("access_token", token.expose())
                })
                .await?;
            pages.read(&page.next_cursor, page.task_list.iter().map(|task| task.userid.as_str()))?;
            found.extend(
                page.task_list
                    .into_iter()
                    .map(|task| MemberStatus { userid: task.userid, posted: task.publish_status == 1 }),
            );
            if page.next_cursor.is_empty() {
                return Ok(found);
            }
            cursor = page.next_cursor;
        }
    }

    /// Stops a moment for the members who have not posted it yet. Posts that were made stay.
    ///
    /// # Errors
    /// WeCom gave no answer that can be read, or refused the call.
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
