//! From a parsed campaign without errors to a campaign that can be posted.

use std::sync::Arc;

use super::{CampaignCheck, Context, customer_texts, schedule_check};
use crate::book::{MediaRef, ParsedCampaign};
use crate::campaign::{Campaign, Contents, ScheduleTerms};
use crate::media_index::{self, MediaEntry};
use crate::post::{Attachments, Link, Media, Post};

/// Makes the campaign; `None` if the campaign lacks something that a rule should have reported.
pub(super) fn campaign(check: &CampaignCheck<'_>, context: &Context<'_>) -> Option<Campaign> {
    let parsed = check.parsed;
    let timetable = parsed.schedule.as_ref()?;
    let post = Post {
        text: customer_texts::posts(check).next().map(|text| text.sent().into_owned()),
        attachments: attachments(parsed, context)?,
        audience: context.resolver.audience(parsed.visible_range.as_ref()?)?,
    };
    if post.text.is_none() && post.attachments == Attachments::None {
        return None;
    }
    Some(Campaign {
        id: parsed.id.as_ref()?.parse().ok()?,
        title: parsed.title.as_ref().map(|title| title.value.clone()),
        owner: parsed.owner.as_ref().map(|owner| owner.value.clone()),
        file: Arc::clone(&parsed.file.path),
        contents: Contents::one(Arc::new(post)),
        audience_name: parsed.visible_range.as_ref()?.audience.as_ref().map(|name| name.value.clone()),
        terms: ScheduleTerms {
            schedule: check.schedule.schedule.as_ref()?.compact(),
            max_lateness: schedule_check::max_lateness(timetable),
        },
        names: Arc::clone(&context.shown_names),
    })
}

fn attachments(parsed: &ParsedCampaign, context: &Context<'_>) -> Option<Attachments> {
    let content = parsed.content.as_ref()?;
    let media = |named: &MediaRef| media(parsed, named, context);
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

fn media(parsed: &ParsedCampaign, named: &MediaRef, context: &Context<'_>) -> Option<Media> {
    let named = match named {
        MediaRef::Id(id) => return Some(Media::Id(id.clone())),
        MediaRef::Path(path) => path,
    };
    let path = media_index::resolve(&parsed.file.path, named).ok()?;
    match context.media.get(&path)? {
        MediaEntry::File { bytes, sha256, format } => {
            Some(Media::File { kind: format.kind()?, bytes: *bytes, sha256: *sha256, path })
        }
        _ => None,
    }
}
