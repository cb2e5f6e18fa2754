//! add_moment_task: which requests WeCom accepts, and how many.

use std::collections::VecDeque;

use chrono::{DateTime, Datelike, Utc};
use serde::Serialize;

use super::answer::{self, Refusal, refuse};
use super::body::{Fields, Object};
use super::job::{Content, Job, Link};
use super::uploads::{Kind, Upload, UploadStore};
use super::{Entry, Sandbox, later};
use crate::ids::Sha256;
use crate::limits;
use crate::post::Audience;
use crate::wecom::{Request, Response};

/// Counts creations for the limits of page 96351.
#[derive(Default)]
pub(super) struct RateLimiter {
    recent: VecDeque<DateTime<Utc>>,
    blocked_until: Option<DateTime<Utc>>,
    /// Year and month in China, and the creations in it.
    month: (i32, u32, usize),
}

/// The request of a task, as WeCom understands it.
struct Task {
    text: String,
    /// `None` if the request has no such list.
    attachments: Option<Vec<Attachment>>,
    audience: Audience,
}

struct Attachment {
    msgtype: String,
    /// `None` if the object named by `msgtype` is missing.
    payload: Option<Payload>,
}

struct Payload {
    media_id: String,
    title: String,
    url: String,
}

#[derive(Serialize)]
struct Created<'a> {
    jobid: &'a str,
}

impl Sandbox {
    pub(super) fn add_moment_task(&mut self, request: &Request, now: DateTime<Utc>) -> Result<Response, Refusal> {
        self.gate.minute(self.behaviour.creates_per_minute, now)?;
        let mut fields = Fields::of(request)?;
        let task = fields.read(Task::read);
        let (content, media) = task.content(&self.uploads, now)?;
        if self.jobs.in_flight(now) >= self.behaviour.jobs_in_flight {
            return Err(refuse(41078, "too many async moment task"));
        }
        self.gate.month(self.behaviour.creates_per_month, now)?;

        self.gate.recent.push_back(now);
        let recipients = self.company.recipients(&task.audience);
        let tags = match &task.audience {
            Audience::Lists { tags, .. } => tags.clone(),
            Audience::Everyone => Vec::new(),
        };
        let jobid = self.name("job");
        let moment_id = if recipients.errcode == 0 { Some(self.name("mom")) } else { None };
        self.ledger.push(Entry {
            at: now,
            jobid: jobid.clone(),
            moment_id: moment_id.clone(),
            errcode: recipients.errcode,
            text: content.text.clone(),
            media,
            link: content.link.as_ref().map(|link| (link.title.clone(), link.url.clone())),
            audience: task.audience,
            members: recipients.members.clone(),
        });
        self.jobs.add(Job {
            jobid: jobid.clone(),
            at: now,
            runs_at: later(now, self.behaviour.job_runs_after),
            done_at: later(now, self.behaviour.job_done_after),
            moment_id,
            content,
            recipients,
            tags,
        });
        Ok(answer::ok_saying(fields.errmsg(), &Created { jobid: &jobid }))
    }
}

impl RateLimiter {
    /// The limit per minute; exceeding it blocks for a minute (page 90454).
    fn minute(&mut self, limit: usize, now: DateTime<Utc>) -> Result<(), Refusal> {
        let refused = Err(refuse(45009, "api freq out of limit"));
        if self.blocked_until.is_some_and(|end| now < end) {
            return refused;
        }
        while self.recent.front().is_some_and(|at| later(*at, limits::MINUTE_BLOCK) <= now) {
            self.recent.pop_front();
        }
        if self.recent.len() >= limit {
            self.blocked_until = Some(later(now, limits::MINUTE_BLOCK));
            return refused;
        }
        Ok(())
    }

    fn month(&mut self, limit: usize, now: DateTime<Utc>) -> Result<(), Refusal> {
        let today = now.with_timezone(&limits::BEIJING);
        if (self.month.0, self.month.1) != (today.year(), today.month()) {
            self.month = (today.year(), today.month(), 0);
        }
        if self.month.2 >= limit {
            return Err(refuse(45009, "api freq out of limit, monthly quota"));
        }
        self.month.2 += 1;
        Ok(())
    }
}

impl Task {
    fn read(body: Object<'_>, dropped: &mut bool) -> Self {
        let text = body.object("text", dropped).and_then(|text| text.text("content", dropped)).unwrap_or_default();
        let attachments = body
            .objects("attachments", dropped)
            .map(|list| list.into_iter().map(|attachment| Attachment::read(attachment, dropped)).collect());
        let range = body.object("visible_range", dropped);
        let senders = range.and_then(|range| range.object("sender_list", dropped));
        let customers = range.and_then(|range| range.object("external_contact_list", dropped));
        let users = senders.and_then(|list| list.texts("user_list", dropped)).unwrap_or_default();
        let departments = senders.and_then(|list| list.numbers("department_list", dropped)).unwrap_or_default();
        let tags = customers.and_then(|list| list.texts("tag_list", dropped)).unwrap_or_default();
        // The worst interpretation, so that a test notices a lost audience.
        let audience = if users.is_empty() && departments.is_empty() && tags.is_empty() {
            Audience::Everyone
        } else {
            Audience::Lists { users, departments, tags }
        };
        Self { text: text.to_owned(), attachments, audience }
    }

    /// Checks everything that page 96351 states; returns what customers would see, with the digests of the files.
    fn content(&self, uploads: &UploadStore, now: DateTime<Utc>) -> Result<(Content, Vec<Sha256>), Refusal> {
        let attachments = self.attachments.as_deref().unwrap_or_default();
        if attachments.is_empty() {
            if self.attachments.is_some() {
                return Err(refuse(41088, "attachments is empty"));
            }
            if self.text.is_empty() {
                return Err(refuse(41089, "text and attachments are both empty"));
            }
        }
        if self.text.chars().count() > limits::TEXT_CHARS || limits::weight(&self.text) > limits::TEXT_WEIGHT {
            return Err(refuse(40058, "invalid text size"));
        }
        let kind = attachments.first().map_or("image", |first| first.msgtype.as_str());
        if !matches!(kind, "image" | "video" | "link") || attachments.iter().any(|other| other.msgtype != kind) {
            return Err(refuse(41065, "invalid attachments msgtype"));
        }
        if attachments.len() > if kind == "image" { limits::IMAGES } else { 1 } {
            return Err(refuse(41064, "invalid attachments size"));
        }
        if let Audience::Lists { users, .. } = &self.audience
            && users.len() > limits::USERS
        {
            return Err(refuse(40058, "user_list exceed max length 100000"));
        }
        let mut content = Content { text: self.text.clone(), images: 0, video: false, link: None };
        let mut media = Vec::with_capacity(attachments.len());
        for attachment in attachments {
            let Some(payload) = &attachment.payload else { return Err(refuse(40058, "invalid msg")) };
            let file = match kind {
                "image" => {
                    content.images += 1;
                    payload.file(uploads, Kind::Image, now)?
                }
                "video" => {
                    content.video = true;
                    if payload.media_id.is_empty() {
                        return Err(refuse(40058, "invalid msg"));
                    }
                    payload.file(uploads, Kind::Video, now)?
                }
                _ => {
                    content.link = Some(payload.link()?);
                    payload.file(uploads, Kind::Image, now)?
                }
            };
            media.push(file.sha256);
        }
        Ok((content, media))
    }
}

impl Attachment {
    fn read(body: Object<'_>, dropped: &mut bool) -> Self {
        let msgtype = body.text("msgtype", dropped).unwrap_or_default().to_owned();
        let payload = body.object(&msgtype, dropped).map(|payload| {
            let mut text = |key| payload.text(key, dropped).unwrap_or_default().to_owned();
            Payload { media_id: text("media_id"), title: text("title"), url: text("url") }
        });
        Self { msgtype, payload }
    }
}

impl Payload {
    fn file<'a>(&self, uploads: &'a UploadStore, kind: Kind, now: DateTime<Utc>) -> Result<&'a Upload, Refusal> {
        if self.media_id.is_empty() {
            return Err(refuse(41006, "media_id missing"));
        }
        uploads.take(&self.media_id, kind, now)
    }

    fn link(&self) -> Result<Link, Refusal> {
        if self.url.is_empty() {
            return Err(refuse(40058, "link.url missing"));
        }
        if !self.url.starts_with("http://") && !self.url.starts_with("https://") {
            return Err(refuse(45034, "invalid url, scheme missing"));
        }
        let (chars, weight) = (self.title.chars().count(), limits::weight(&self.title));
        if chars > limits::LINK_TITLE_CHARS || weight > limits::LINK_TITLE_WEIGHT {
            return Err(refuse(40058, "link.title exceed max length"));
        }
        Ok(Link { title: self.title.clone(), url: self.url.clone() })
    }
}
