//! Moments that exist: the company's list of them, who has posted one, and stopping it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Call, Error, Request, WeCom, wire};
use crate::limits;
use crate::post::{Attachments, Post};

/// More pages than any company fills; a list that goes on beyond is going round in circles.
const MAX_PAGES: usize = 20_000;
/// Pages one after the other that bring nothing new, after which a list counts as endless: its cursors may differ.
const IDLE_PAGES: usize = 3;

/// Ends the walk of a list that leads nowhere.
struct Pages {
    call: Call,
    cursors: BTreeSet<String>,
    entries: BTreeSet<String>,
    idle: usize,
}

impl Pages {
    fn of(call: Call) -> Self {
        Self { call, cursors: BTreeSet::new(), entries: BTreeSet::new(), idle: 0 }
    }

    /// A page was read; `next` is its cursor, empty at the end of the list.
    fn read<'a>(&mut self, next: &str, entries: impl Iterator<Item = &'a str>) -> Result<(), Error> {
        let known = self.entries.len();
        self.entries.extend(entries.map(str::to_owned));
        self.idle = if self.entries.len() > known { 0 } else { self.idle + 1 };
        let is_new = next.is_empty() || self.cursors.insert(next.to_owned());
        match (is_new, next.is_empty() || self.idle < IDLE_PAGES && self.cursors.len() < MAX_PAGES) {
            (false, _) => Err(self.unreadable("the list goes in a circle")),
            (_, false) => Err(self.unreadable("the list does not end")),
            (true, true) => Ok(()),
        }
    }

    fn unreadable(&self, why: &str) -> Error {
        Error::Lost { call: self.call, why: why.to_owned() }
    }
}

/// A moment as WeCom lists it. Its media ids are not those of the upload, so they tell nothing and are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    pub moment_id: String,
    /// To the second.
    pub created: DateTime<Utc>,
    /// Not by one member for the member's own customers.
    pub made_by_company: bool,
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

/// How much a moment of the list is like a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Everything that both sides know agrees. Who sees it is known only as public or not, so two campaigns with one text
    /// can both fit.
    Exact,
    /// It may be the post as WeCom rewrote it: nobody but a person may say.
    Similar,
    /// Another post.
    None,
}

impl Moment {
    /// How much this is like what sending `post` would make.
    pub fn likeness(&self, post: &Post) -> Likeness {
        if self.is_exactly(post) {
            return Likeness::Exact;
        }
        let text = loose(post.text.as_deref().unwrap_or_default());
        let same_text = loose(&self.text) == text;
        let has_media = |moment: &Self| moment.images > 0 || moment.video || moment.link.is_some();
        let same_link = match (&self.link, &post.attachments) {
            (Some(seen), Attachments::Link(link)) => loose_url(&seen.url) == loose_url(&link.url),
            _ => false,
        };
        // A text of its own is what tells posts apart; without one, the same kind of attachment may be the same post.
        let similar = if text.is_empty() {
            self.text.trim().is_empty() && has_media(self) && (same_link || self.is_of_kind(post))
        } else {
            same_text || (same_link && self.text.trim().is_empty())
        };
        if similar { Likeness::Similar } else { Likeness::None }
    }

    /// Whether it has attachments of the post's kind, however many.
    fn is_of_kind(&self, post: &Post) -> bool {
        match &post.attachments {
            Attachments::None => false,
            Attachments::Images(_) => self.images > 0,
            Attachments::Video(_) => self.video,
            // Another address is another link.
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

/// A text without what WeCom might rewrite: white space, invisible characters, and the entities of HTML.
fn loose(text: &str) -> String {
    let plain = text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    let is_kept =
        |c: &char| !c.is_whitespace() && !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}');
    plain.chars().filter(is_kept).collect::<String>().to_lowercase()
}

/// An address without what WeCom might rewrite: percent-encoding, a slash at the end, the scheme, upper case.
fn loose_url(url: &str) -> String {
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
    let plain = loose(&String::from_utf8_lossy(&plain));
    let plain = plain.trim_start_matches("https://").trim_start_matches("http://");
    plain.trim_end_matches(['/', '?', '#']).replace("/?", "?").replace("/#", "#")
}

/// WeCom may trim a text and change its line ends; anything more is another text.
fn same_text(one: &str, other: &str) -> bool {
    one.trim().lines().map(str::trim_end).eq(other.trim().lines().map(str::trim_end))
}

impl WeCom {
    /// The `wanted` ones of the moments that were created from `from` to `to`, both included, oldest first. The others are not kept: a day may have thousands.
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
        let (mut found, mut cursor, mut pages) = (Vec::new(), String::new(), Pages::of(Call::Moments));
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
                // What cannot be read of one moment makes no other unreadable. Without a name or a time it is no
                // candidate: a person could not settle a run with it either.
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

    /// Who was asked to post a moment, and who has. While WeCom is still telling the members it is refused with 41079.
    pub async fn task(&self, moment_id: &str) -> Result<Vec<MemberStatus>, Error> {
        let (mut found, mut cursor, mut pages) = (Vec::new(), String::new(), Pages::of(Call::Task));
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
