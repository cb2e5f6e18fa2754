//! From a draft without errors to a campaign that can be posted.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{CampaignCheck, Context, timetable};
use crate::book::{self, MediaRef, ParsedCampaign};
use crate::ids::{CampaignId, Sha256};
use crate::media_index::{self, MediaEntry};
use crate::post::{Attachments, Audience, Link, Media, Names, Post};
use crate::schedule::{Calendar, CompactSchedule};

/// A campaign that passed every check. There may be very many, so its texts are no longer than they are.
#[derive(Clone, Debug)]
pub struct Campaign {
    pub id: CampaignId,
    pub title: Option<Box<str>>,
    pub owner: Option<Box<str>>,
    pub file: Arc<str>,
    pub post: Arc<Post>,
    /// The audience of the policy that its file names, where it names one. For reviewers, as the next.
    pub audience_name: Option<Box<str>>,
    pub terms: ScheduleTerms,
    /// For people who read the audience; what is posted does not hang on it.
    pub names: Arc<Names>,
}

/// When a campaign is posted, and how late it may be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScheduleTerms {
    pub schedule: CompactSchedule,
    pub max_lateness: Duration,
}

impl ScheduleTerms {
    /// The last instant at which a post due at `due` may go out.
    pub fn latest(&self, due: DateTime<Utc>) -> DateTime<Utc> {
        due + TimeDelta::from_std(self.max_lateness).unwrap_or(TimeDelta::zero())
    }
}

impl Campaign {
    /// Who is asked to post it and who may see it, in words.
    pub fn audience(&self) -> String {
        self.post.audience.in_words(&self.names)
    }

    /// The same with memory of its own; of the calendar, `own` says which it then shares.
    #[must_use]
    pub fn moved(&self, own: impl FnOnce(&Calendar) -> Calendar) -> Self {
        let ScheduleTerms { schedule, max_lateness } = &self.terms;
        Self {
            file: Arc::from(&*self.file),
            post: Arc::new(Post::clone(&self.post)),
            terms: ScheduleTerms { schedule: schedule.moved(own), max_lateness: *max_lateness },
            ..self.clone()
        }
    }

    /// Changes whenever what is posted, to whom or when changes; title, owner, file name and the names of ids are not part of it.
    pub fn fingerprint(&self) -> String {
        let terms = serde_json::to_string(&self.terms).expect("terms are plain data");
        Sha256::of(format!("{}{terms}", self.post.sha256()).as_bytes()).to_string()
    }
}

/// Makes the campaign; `None` if the draft lacks something that a rule should have reported.
pub(super) fn campaign(case: &CampaignCheck<'_>, context: &Context<'_>) -> Option<Campaign> {
    let draft = case.draft;
    let timetable = draft.schedule.as_ref()?;
    let post = Post {
        text: case.text.clone(),
        attachments: attachments(draft, context)?,
        audience: audience(draft.visible_range.as_ref()?, context)?,
    };
    if post.text.is_none() && post.attachments == Attachments::None {
        return None;
    }
    Some(Campaign {
        id: draft.id.as_ref()?.parse().ok()?,
        title: draft.title.as_ref().map(|title| title.value.as_str().into()),
        owner: draft.owner.as_ref().map(|owner| owner.value.as_str().into()),
        file: Arc::clone(&draft.file.path),
        post: Arc::new(post),
        audience_name: draft.visible_range.as_ref()?.audience.as_ref().map(|name| name.value.as_str().into()),
        terms: ScheduleTerms {
            schedule: case.timetable.schedule.as_ref()?.compact(),
            max_lateness: timetable::max_lateness(timetable),
        },
        names: Arc::clone(&context.shown),
    })
}

fn attachments(draft: &ParsedCampaign, context: &Context<'_>) -> Option<Attachments> {
    let content = draft.content.as_ref()?;
    let media = |named: &MediaRef| media(draft, named, context);
    match (&content.images, &content.video, &content.link) {
        (None, None, None) => Some(Attachments::None),
        (Some(images), None, None) if !images.is_empty() => {
            images.iter().map(|image| media(image)).collect::<Option<_>>().map(Attachments::Images)
        }
        (None, Some(video), None) => media(video).map(Box::new).map(Attachments::Video),
        (None, None, Some(link)) => {
            let title = link.title.as_ref().map(|title| title.value.clone());
            let (url, cover) = (link.url.as_ref()?.value.clone(), media(link.cover.as_ref()?)?);
            Some(Attachments::Link(Box::new(Link { title, url, cover })))
        }
        _ => None,
    }
}

fn media(draft: &ParsedCampaign, named: &MediaRef, context: &Context<'_>) -> Option<Media> {
    let named = match named {
        MediaRef::Id(id) => return Some(Media::Id(id.clone())),
        MediaRef::Path(path) => path,
    };
    let path = media_index::resolve(&draft.file.path, named).ok()?;
    match context.shelf.get(&path)? {
        MediaEntry::File { bytes, sha256, found } => {
            Some(Media::File { kind: found.kind()?, bytes: *bytes, sha256: *sha256, path })
        }
        _ => None,
    }
}

/// The audience that a range means, through the policy's names where it gives one, and the directory's.
pub(super) fn audience(range: &book::VisibleRange, context: &Context<'_>) -> Option<Audience> {
    if let Some(name) = &range.audience {
        let named = context.audience(name)?;
        // A named audience names no other: there is no loop to follow.
        return if named.range.audience.is_some() { None } else { audience(&named.range, context) };
    }
    if range.all.as_ref().is_some_and(|all| all.value) {
        return Some(Audience::Everyone);
    }
    let users: Box<[String]> = range.senders().map(|entry| entry.value.clone()).collect();
    // What goes out are ids: an entry that does not come to one makes no audience at all, never a smaller one.
    let departments = range.departments().map(|entry| context.department(entry).id()).collect::<Option<Box<[_]>>>()?;
    let tags = range.tags().map(|entry| context.tag(entry).id()).collect::<Option<Box<[_]>>>()?;
    let someone = !(users.is_empty() && departments.is_empty() && tags.is_empty());
    someone.then_some(Audience::Lists { users, departments, tags })
}
