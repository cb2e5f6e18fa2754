//! The company's moments: get_moment_list, get_moment_task, cancel_moment_task.

use chrono::{DateTime, Utc};
use serde::Serialize;
use std::time::Duration;

use super::answer::{self, EmptyBody, Refusal, refuse};
use super::body::Fields;
use super::job::Job;
use super::{Sandbox, later};
use crate::ids::Sha256;
use crate::limits;
use crate::wecom::{Request, Response};

/// A moment that was not created through the API.
#[derive(Clone, Debug)]
pub struct ExternalMoment {
    pub moment_id: String,
    pub created: DateTime<Utc>,
    /// The author of a member's own moment; `None` for one of the company, made in the console.
    pub creator: Option<String>,
    pub public: bool,
    pub text: String,
    pub images: usize,
}

/// The prefix of a list cursor; the id of the last moment on the page follows.
const CURSOR: &str = "CURSOR-";

/// A moment of either origin, as the list shows it.
struct Listed<'a> {
    moment_id: &'a str,
    created: DateTime<Utc>,
    creator: Option<&'a str>,
    public: bool,
    text: &'a str,
    images: usize,
    video: bool,
    link: Option<(&'a str, &'a str)>,
}

#[derive(Serialize)]
struct Page<'a> {
    next_cursor: String,
    moment_list: Vec<Moment<'a>>,
}

#[derive(Serialize)]
struct Moment<'a> {
    moment_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    creator: Option<&'a str>,
    create_time: i64,
    create_type: u8,
    visible_type: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    image: Vec<File>,
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<Film>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<Link<'a>>,
}

#[derive(Serialize)]
struct Text<'a> {
    content: &'a str,
}

#[derive(Serialize)]
struct File {
    media_id: String,
}

#[derive(Serialize)]
struct Film {
    media_id: String,
    thumb_media_id: String,
}

#[derive(Serialize)]
struct Link<'a> {
    title: &'a str,
    url: &'a str,
}

#[derive(Serialize)]
struct Tasks<'a> {
    next_cursor: String,
    task_list: Vec<Task<'a>>,
}

#[derive(Serialize)]
struct Task<'a> {
    userid: &'a str,
    publish_status: u8,
}

/// The parameters of a list request.
struct Query {
    start: Option<i64>,
    end: Option<i64>,
    creator: Option<String>,
    filter: i64,
    cursor: String,
    limit: i64,
}

impl Sandbox {
    pub(super) fn get_moment_list(&mut self, request: &Request, now: DateTime<Utc>) -> Result<Response, Refusal> {
        let mut fields = Fields::of(request)?;
        let query = fields.read(|body, dropped| Query {
            start: body.number("start_time", dropped),
            end: body.number("end_time", dropped),
            creator: body.text("creator", dropped).map(str::to_owned),
            filter: body.number("filter_type", dropped).unwrap_or(2),
            cursor: body.text("cursor", dropped).unwrap_or_default().to_owned(),
            limit: body.number("limit", dropped).unwrap_or(0),
        });
        let (Some(start), Some(end)) = (query.start, query.end) else {
            return Err(refuse(40058, "start_time or end_time missing"));
        };
        if end < start || end.abs_diff(start) > limits::LIST_SPAN.as_secs() {
            return Err(refuse(40058, "invalid time range"));
        }
        let asked_for = |moment: &Listed<'_>| {
            let second = moment.created.timestamp();
            start < second
                && second < end
                && query.creator.as_deref().is_none_or(|creator| moment.creator == Some(creator))
                && match query.filter {
                    0 => moment.creator.is_none(),
                    1 => moment.creator.is_some(),
                    _ => true,
                }
        };
        // Newest first. A page continues after the last entry of the previous one, so new moments shift nothing.
        let last = match query.cursor.as_str() {
            "" => None,
            cursor => match self.listed(now).filter(asked_for).find(|moment| moment.stands_at(cursor)) {
                Some(last) => Some(last),
                None => return Err(refuse(40058, "invalid cursor")),
            },
        };
        let follows = |moment: &Listed<'_>| last.as_ref().is_none_or(|last| moment.key() < last.key());
        let mut moments: Vec<Listed<'_>> = self.listed(now).filter(asked_for).filter(follows).collect();
        let newest_first = |one: &Listed<'_>, other: &Listed<'_>| other.key().cmp(&one.key());
        let usual = limits::LIST_PAGE;
        let limit = usize::try_from(query.limit).ok().filter(|limit| (1..=usual).contains(limit)).unwrap_or(usual);
        let more = moments.len() > limit;
        if more {
            // A day may have thousands: only the page is sorted.
            moments.select_nth_unstable_by(limit, newest_first);
            moments.truncate(limit);
        }
        moments.sort_unstable_by(newest_first);
        let next_cursor = moments.last().filter(|_| more).map(Listed::cursor).unwrap_or_default();
        let moment_list = moments.iter().map(Listed::wire).collect();
        Ok(answer::ok_saying(fields.errmsg(), &Page { next_cursor, moment_list }))
    }

    /// Whether the list shows a moment with this text.
    pub fn lists(&self, text: &str, now: DateTime<Utc>) -> bool {
        self.listed(now).any(|moment| moment.text == text)
    }

    fn listed(&self, now: DateTime<Utc>) -> impl Iterator<Item = Listed<'_>> {
        let lag = self.behaviour.listed_after;
        let is_there = |job: &&Job| job.moment_id.as_ref().is_none_or(|id| !self.deleted.contains(id));
        let own =
            self.jobs.iter().filter(is_there).filter(move |job| later(job.done_at, lag) <= now).filter_map(Listed::job);
        own.chain(self.external.iter().filter(move |moment| moment.created <= now).map(Listed::external))
    }

    pub(super) fn get_moment_task(&mut self, request: &Request, now: DateTime<Utc>) -> Result<Response, Refusal> {
        let mut fields = Fields::of(request)?;
        let (moment_id, cursor, limit) = fields.read(|body, dropped| {
            let text = |key, dropped: &mut bool| body.text(key, dropped).unwrap_or_default().to_owned();
            (text("moment_id", dropped), text("cursor", dropped), body.number("limit", dropped).unwrap_or(0))
        });
        let job = self.dispatched(&moment_id, now)?;
        let members = &job.recipients.members;
        let first = match cursor.as_str() {
            "" => 0,
            cursor => match members.iter().position(|userid| userid == cursor) {
                Some(last) => last + 1,
                None => return Err(refuse(40058, "invalid cursor")),
            },
        };
        let limit = usize::try_from(limit).ok().filter(|limit| (1..=limits::TASK_PAGE).contains(limit));
        let page = &members[first..members.len().min(first + limit.unwrap_or(limits::TASK_PAGE_USUAL))];
        let task_list = page
            .iter()
            .map(|userid| {
                let posted = self.posted_at(job, &moment_id, userid, now).is_some();
                Task { userid, publish_status: u8::from(posted) }
            })
            .collect();
        let more = first + page.len() < members.len();
        let next_cursor = page.last().filter(|_| more).cloned().unwrap_or_default();
        Ok(answer::ok_saying(fields.errmsg(), &Tasks { next_cursor, task_list }))
    }

    pub(super) fn cancel_moment_task(&mut self, request: &Request, now: DateTime<Utc>) -> Result<Response, Refusal> {
        let mut fields = Fields::of(request)?;
        let moment_id = fields.read(|body, dropped| body.text("moment_id", dropped).unwrap_or_default().to_owned());
        self.dispatched(&moment_id, now)?;
        self.cancelled.entry(moment_id).or_insert(now);
        Ok(answer::ok_saying(fields.errmsg(), &EmptyBody {}))
    }

    /// The company's moment with this id, after its members were asked.
    pub(super) fn dispatched(&self, moment_id: &str, now: DateTime<Utc>) -> Result<&Job, Refusal> {
        if moment_id.is_empty() {
            return Err(refuse(41059, "moment_id missing"));
        }
        if self.external.iter().any(|moment| moment.moment_id == moment_id && moment.creator.is_some()) {
            return Err(refuse(41067, "invalid moment type"));
        }
        let is_there = |job: &&Job| job.done_at <= now && !self.deleted.contains(moment_id);
        let Some(job) = self.jobs.of_moment(moment_id).filter(is_there) else {
            return Err(refuse(41060, "invalid moment_id"));
        };
        if now < later(job.done_at, self.behaviour.dispatched_after) {
            return Err(refuse(41079, "moment is dispatching, try later"));
        }
        Ok(job)
    }

    /// When a member's confirmation takes effect: not after the moment was stopped.
    pub(super) fn posted_at(
        &self,
        job: &Job,
        moment_id: &str,
        userid: &str,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let end = self.cancelled.get(moment_id).copied().unwrap_or(now).min(now);
        self.confirms(job, moment_id, userid).filter(|at| *at <= end)
    }

    /// When a member confirms a moment; `None`: never. Depends only on the seed and the ids.
    pub(super) fn confirms(&self, job: &Job, moment_id: &str, userid: &str) -> Option<DateTime<Utc>> {
        let digest = Sha256::of(format!("{}/{moment_id}/{userid}", self.behaviour.seed).as_bytes()).to_string();
        let draw = u64::from_str_radix(&digest[..15], 16).expect("a digest is hexadecimal");
        if draw % 100 < self.behaviour.never_confirm {
            return None;
        }
        let within = self.behaviour.confirmed_within.as_secs().max(1);
        Some(later(job.done_at, Duration::from_secs(draw / 100 % within)))
    }
}

impl<'a> Listed<'a> {
    fn job(job: &'a Job) -> Option<Self> {
        let content = &job.content;
        Some(Self {
            moment_id: job.moment_id.as_deref()?,
            created: job.done_at,
            creator: None,
            public: job.recipients.public,
            text: &content.text,
            images: content.images,
            video: content.video,
            link: content.link.as_ref().map(|link| (link.title.as_str(), link.url.as_str())),
        })
    }

    fn external(moment: &'a ExternalMoment) -> Self {
        Self {
            moment_id: &moment.moment_id,
            created: moment.created,
            creator: moment.creator.as_deref(),
            public: moment.public,
            text: &moment.text,
            images: moment.images,
            video: false,
            link: None,
        }
    }

    fn key(&self) -> (i64, &str) {
        (self.created.timestamp(), self.moment_id)
    }

    fn cursor(&self) -> String {
        format!("{CURSOR}{}", self.moment_id)
    }

    fn stands_at(&self, cursor: &str) -> bool {
        cursor.strip_prefix(CURSOR) == Some(self.moment_id)
    }

    /// The media ids are new, like WeCom's: they match nothing.
    fn wire(&self) -> Moment<'a> {
        let file =
            |n: usize| format!("WWCISP_{:.24}", Sha256::of(format!("{}/{n}", self.moment_id).as_bytes()).to_string());
        Moment {
            moment_id: self.moment_id,
            creator: self.creator,
            create_time: self.created.timestamp(),
            create_type: u8::from(self.creator.is_some()),
            visible_type: u8::from(self.public),
            text: Some(Text { content: self.text }).filter(|text| !text.content.is_empty()),
            image: (0..self.images).map(|n| File { media_id: file(n) }).collect(),
            video: self.video.then(|| Film { media_id: file(0), thumb_media_id: file(1) }),
            link: self.link.map(|(title, url)| Link { title, url }),
        }
    }
}
