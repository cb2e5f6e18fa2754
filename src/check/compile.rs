//! From a draft without errors to a campaign that can be posted.

use std::sync::Arc;

use super::{CampaignCheck, Context, schedule_check};
use crate::book::{MediaRef, ParsedCampaign};
use crate::campaign::{Campaign, ScheduleTerms};
use crate::media_index::{self, MediaEntry};
use crate::post::{Attachments, Link, Media, Post};

/// Makes the campaign; `None` if the draft lacks something that a rule should have reported.
pub(super) fn campaign(case: &CampaignCheck<'_>, context: &Context<'_>) -> Option<Campaign> {
    let draft = case.draft;
    let timetable = draft.schedule.as_ref()?;
    let post = Post {
        text: case.text.clone(),
        attachments: attachments(draft, context)?,
        audience: context.resolver.audience(draft.visible_range.as_ref()?)?,
    };
    if post.text.is_none() && post.attachments == Attachments::None {
        return None;
    }
    Some(Campaign {
        id: draft.id.as_ref()?.parse().ok()?,
        title: draft.title.as_ref().map(|title| title.value.clone()),
        owner: draft.owner.as_ref().map(|owner| owner.value.clone()),
        file: Arc::clone(&draft.file.path),
        post: Arc::new(post),
        audience_name: draft.visible_range.as_ref()?.audience.as_ref().map(|name| name.value.clone()),
        terms: ScheduleTerms {
            schedule: case.schedule.schedule.as_ref()?.compact(),
            max_lateness: schedule_check::max_lateness(timetable),
        },
        names: Arc::clone(&context.shown_names),
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
    match context.media.get(&path)? {
        MediaEntry::File { bytes, sha256, found } => {
            Some(Media::File { kind: found.kind()?, bytes: *bytes, sha256: *sha256, path })
        }
        _ => None,
    }
}
