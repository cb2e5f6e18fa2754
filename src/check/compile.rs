//! From a parsed campaign without errors to a campaign that can be posted.

use std::sync::Arc;

use super::variables::{self, Sent};
use super::{CampaignCheck, Context, characters, schedule_check};
use crate::book::{self, MediaRef, ParsedCampaign};
use crate::campaign::{Campaign, CampaignTiming, Content, Contents};
use crate::media_index::{self, MediaEntry};
use crate::post::{Attachments, Audience, DatedTexts, Link, Media, Post, PostTemplate};

/// Makes the campaign; `None` if the campaign lacks something that a rule should have reported.
pub(super) fn campaign(check: &CampaignCheck<'_>, context: &Context<'_>) -> Option<Campaign> {
    let parsed = check.parsed;
    let timetable = parsed.schedule.as_ref()?;
    let audience = context.resolver.audience(parsed.visible_range.as_ref()?)?;
    let reach = context.counts.as_ref().and_then(|counts| counts.reach(&audience));
    let contents = parsed.contents.iter().map(|content| template(parsed, content, audience.clone(), context));
    let contents: Vec<Content> = contents.map(|post| post.map(Content::new)).collect::<Option<_>>()?;
    Some(Campaign {
        id: parsed.id.as_ref()?.parse().ok()?,
        title: parsed.title.as_ref().map(|title| title.value.clone()),
        owner: parsed.owner.as_ref().map(|owner| owner.value.clone()),
        file: Arc::clone(&parsed.file.path),
        contents: Contents::several(contents, check.rotation.rotation.clone()?),
        audience_name: parsed.visible_range.as_ref()?.audience.as_ref().map(|name| name.value.clone()),
        timing: CampaignTiming {
            schedule: check.schedule.schedule.as_ref()?.compact(),
            max_lateness: schedule_check::max_lateness(timetable),
        },
        names: Arc::clone(&context.shown_names),
        reach,
        past_results: context.past_results.get(&parsed.id.as_ref()?.value).cloned().unwrap_or_default(),
    })
}

/// The post of a content on any date.
fn template(
    parsed: &ParsedCampaign,
    content: &book::Content,
    audience: Audience,
    context: &Context<'_>,
) -> Option<PostTemplate> {
    let mut post = Post { text: None, attachments: attachments(parsed, content, context)?, audience };
    let mut dated = DatedTexts::default();
    match content.text.as_ref().map(|text| variables::sent(text, &context.variables)) {
        Some(Sent::Fixed(text)) => post.text = Some(text).filter(|text| characters::is_seen(text)),
        Some(Sent::Dated(text)) => dated.text = Some(text),
        None => {}
    }
    if let Attachments::Link(link) = &mut post.attachments {
        match link.title.take().map(|title| variables::filled(&title, &context.variables)) {
            Some(Sent::Fixed(title)) => link.title = Some(title),
            Some(Sent::Dated(title)) => dated.link_title = Some(title),
            None => {}
        }
    }
    let is_empty = post.text.is_none() && dated.text.is_none() && post.attachments == Attachments::None;
    (!is_empty).then(|| PostTemplate::dated(post, dated))
}

fn attachments(parsed: &ParsedCampaign, content: &book::Content, context: &Context<'_>) -> Option<Attachments> {
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
