//! The stable JSON format of a plan (additions only).

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::View;
use super::cells::visibility;
use super::notices::{base_notes, book_errors};
use crate::finding::Finding;
use crate::limits::weight;
use crate::parallel;
use crate::plan::{
    self, CampaignChange, CampaignField, DayOfPlan, Kind, MediaChange, NamedAudience, Note, Planned, Quota,
};
use crate::post::{Attachments, Count, Media, PastCounts, PastOutcome, PastResult, Post, Reach};
use crate::schedule;
use crate::text::{Lang, Text};

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    from: String,
    to: String,
    timezone: &'static str,
    occurrences: Vec<Occurrence<'a>>,
    days: Vec<Day<'a>>,
    /// Occurrences left out because of a blackout.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<LeftOut<'a>>,
    unreadable: Vec<Unreadable<'a>>,
    changes: Vec<Changed<'a>>,
    /// Errors that belong to no campaign.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Error<'a>>,
    /// Campaigns without an occurrence in the window.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    idle: Vec<Idle<'a>>,
    /// Media in Git LFS that were not fetched.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    unfetched: &'a [String],
    /// Keys of the policy that differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    policy: Vec<Key<'a>>,
    /// How the calendars differ, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calendar: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    base_notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quota: Option<BeforeAfter<Used>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    audiences: Vec<Named<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    renamed: Vec<Renamed<'a>>,
    /// Campaigns with the same audience whose count of customers jumped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    jumps: Vec<Jump<'a>>,
}

#[derive(Serialize)]
struct Error<'a> {
    file: &'a str,
    code: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct Idle<'a> {
    campaign: &'a str,
    over: bool,
    next: Option<String>,
}

#[derive(Serialize)]
struct Key<'a> {
    key: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
}

#[derive(Serialize)]
struct Renamed<'a> {
    kind: &'static str,
    id: &'a str,
    before: &'a str,
    after: &'a str,
}

#[derive(Serialize)]
struct Occurrence<'a> {
    campaign: &'a str,
    title: Option<&'a str>,
    file: &'a str,
    due: String,
    local: String,
    timezone: &'static str,
    weekday: String,
    day: String,
    /// The lunar date with the festivals of the day; none outside of the years that are known.
    #[serde(skip_serializing_if = "String::is_empty")]
    lunar: String,
    visibility: &'static str,
    audience: String,
    /// How many it reaches at most; none if they were not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    reach: Option<ReachOut>,
    /// The number of the content in the campaign file, from 1.
    content: u32,
    /// The digest of what is posted and to whom, as runs have it.
    content_sha256: String,
    text: Option<&'a str>,
    weight: usize,
    attachments: Vec<Attachment<'a>>,
    held: bool,
    /// Not posted: its local time has already occurred in the campaign's former zone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    repeated: bool,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct ReachOut {
    customers: u64,
    /// Pairs of a member and a customer.
    pairs: u64,
    members: u64,
    /// Members without a licence, whose customers are not in the numbers.
    uncounted: u64,
    counted_on: String,
}

#[derive(Serialize)]
struct Jump<'a> {
    campaign: &'a str,
    before: ReachOut,
    after: ReachOut,
}

#[derive(Serialize)]
struct LeftOut<'a> {
    campaign: &'a str,
    due: String,
    local: String,
    reason: String,
}

#[derive(Serialize)]
struct Attachment<'a> {
    kind: &'static str,
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

#[derive(Serialize)]
struct Day<'a> {
    date: String,
    day: String,
    posts: usize,
    public: usize,
    held: usize,
    campaigns: Vec<&'a str>,
}

#[derive(Serialize)]
struct Unreadable<'a> {
    file: &'a str,
    campaign: Option<&'a str>,
    reason: &'a str,
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
    before: &'a str,
    after: &'a str,
    audience: &'static str,
    campaigns: Vec<&'a str>,
}

#[derive(Serialize)]
struct Changed<'a> {
    campaign: &'a str,
    kind: &'static str,
    file: Option<&'a str>,
    reason: Option<&'a str>,
    was: Option<&'a str>,
    audience: &'static str,
    to_everyone: bool,
    over: bool,
    fields: Vec<FieldChange<'a>>,
    gained: Vec<String>,
    lost: Vec<String>,
    moved: Vec<BeforeAfter<String>>,
    held: Vec<String>,
    no_longer_held: Vec<String>,
    /// Occurrences that post something else than before, where a campaign has several contents.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contents: Vec<ChangedContent>,
    past: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    again: Vec<String>,
    /// Posts that come shortly after one that may already have been sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    second_posts: Vec<BeforeAfter<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_from: Option<String>,
    /// How the last posts of an edited campaign went, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    last_results: Vec<LastResult>,
}

/// One of the last posts: its counts, or why there are none.
#[derive(Serialize)]
struct LastResult {
    /// In the time of the campaign.
    due: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    #[serde(flatten)]
    counts: Option<LastCounts>,
}

#[derive(Serialize)]
struct LastCounts {
    days: u64,
    members: u64,
    posted: u64,
    customers: u64,
    likes: u64,
    comments: u64,
    uncounted: u64,
}

#[derive(Serialize)]
struct ChangedContent {
    due: String,
    /// The numbers of the contents in the two files, from 1.
    before: u32,
    after: u32,
    /// The turns of the contents moved: the former content is still in the file.
    shifted: bool,
}

#[derive(Serialize)]
struct FieldChange<'a> {
    field: &'a str,
    /// The number of the content in the file, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    media: Vec<ChangedMedia<'a>>,
}

#[derive(Serialize)]
struct ChangedMedia<'a> {
    kind: &'static str,
    before: Option<Attachment<'a>>,
    after: Option<Attachment<'a>>,
}

#[derive(Serialize)]
struct BeforeAfter<T> {
    before: T,
    after: T,
}

#[derive(Serialize)]
struct Used {
    posts: usize,
    busiest_minute: Option<Peak>,
    busiest_day: Option<Peak>,
    busiest_month: Option<Peak>,
}

#[derive(Serialize)]
struct Peak {
    at: String,
    posts: usize,
}

/// # Errors
///
/// The report cannot be serialized.
pub fn write(view: &View<'_>) -> serde_json::Result<String> {
    let (plan, lang) = (view.plan, view.lang);
    let document = Document {
        version: 1,
        from: instant(plan.window.from),
        to: instant(plan.window.to),
        timezone: plan.zone.name(),
        occurrences: parallel::map(&plan.occurrences, |it| occurrence(it, lang)),
        days: plan.days.iter().map(day).collect(),
        left_out: plan.left_out.iter().map(|it| left_out(it, lang)).collect(),
        unreadable: view
            .invalid_files
            .iter()
            .map(|it| Unreadable {
                file: &it.file,
                campaign: it.id.as_ref().map(|id| id.as_str()),
                reason: it.reason.get(lang),
            })
            .collect(),
        changes: view.changes.iter().flat_map(|it| it.campaigns.iter().map(|it| changed(it, lang))).collect(),
        errors: book_errors(view).into_iter().map(|it| error(it, lang)).collect(),
        idle: plan.idle.iter().map(idle).collect(),
        unfetched: view.unfetched,
        policy: view.changes.iter().flat_map(|it| it.policy.iter().map(|it| key(it, lang))).collect(),
        calendar: view.changes.iter().flat_map(|it| it.calendar.iter().map(|line| line.get(lang))).collect(),
        base: view.base,
        base_notes: base_notes(view).into_iter().map(|note| note.into_lang(lang)).collect(),
        quota: view.changes.map(|it| BeforeAfter { before: used(&it.before), after: used(&it.after) }),
        audiences: view.changes.iter().flat_map(|it| it.audiences.iter().map(|it| named(it, lang))).collect(),
        renamed: view.changes.iter().flat_map(|it| it.renamed.iter().map(renamed)).collect(),
        jumps: view.changes.iter().flat_map(|it| it.jumps.iter().map(jump)).collect(),
    };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

fn error(it: &Finding, lang: Lang) -> Error<'_> {
    Error { file: &it.place.file, code: it.code, message: it.message.get(lang) }
}

fn idle(it: &plan::Idle) -> Idle<'_> {
    let next = it.next.as_ref().map(|next| instant(next.at));
    Idle { campaign: it.campaign.id.as_str(), over: next.is_none(), next }
}

fn key(it: &plan::KeyChange, lang: Lang) -> Key<'_> {
    Key { key: &it.key, before: in_language(it.before.as_ref(), lang), after: in_language(it.after.as_ref(), lang) }
}

fn in_language(text: Option<&Text>, lang: Lang) -> Option<&str> {
    text.map(|text| text.get(lang))
}

fn named(it: &NamedAudience, lang: Lang) -> Named<'_> {
    Named {
        name: &it.name,
        before: it.before.get(lang),
        after: it.after.get(lang),
        audience: it.change.name(),
        campaigns: it.campaigns.iter().map(|it| it.id.as_str()).collect(),
    }
}

fn reach(it: &Reach) -> ReachOut {
    let Count { members, customers, pairs, uncounted } = it.count;
    ReachOut { customers, pairs, members, uncounted, counted_on: it.counted_on.to_string() }
}

fn jump(it: &plan::ReachJump) -> Jump<'_> {
    Jump { campaign: it.campaign.id.as_str(), before: reach(&it.before), after: reach(&it.after) }
}

fn renamed(it: &crate::post::Renamed) -> Renamed<'_> {
    Renamed { kind: it.kind, id: &it.id, before: &it.before, after: &it.after }
}

fn occurrence(planned: &Planned, lang: Lang) -> Occurrence<'_> {
    let (campaign, post) = (&planned.campaign, &planned.content.post);
    let zone = campaign.timing.schedule.zone();
    let at = planned.occurrence.at;
    Occurrence {
        campaign: campaign.id.as_str(),
        title: campaign.title.as_deref(),
        file: &campaign.file,
        due: instant(at),
        local: at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, false),
        timezone: zone.name(),
        weekday: planned.local_time().format("%a").to_string(),
        day: planned.day.text().into_lang(Lang::En),
        lunar: schedule::hint(planned.local_time().date()).text().into_lang(lang),
        visibility: visibility(post),
        audience: campaign.audience().into_lang(lang),
        reach: campaign.reach.as_ref().map(reach),
        content: planned.content.number,
        content_sha256: post.sha256().to_string(),
        text: post.text.as_deref(),
        weight: post.text.as_deref().map_or(0, weight),
        attachments: attachments(post),
        held: planned.is_held(),
        repeated: planned.is_repeated(),
        notes: planned.notes.iter().map(Note::text).map(|note| note.into_lang(lang)).collect(),
    }
}

fn left_out(it: &plan::LeftOut, lang: Lang) -> LeftOut<'_> {
    let at = it.occurrence.at;
    LeftOut {
        campaign: it.campaign.id.as_str(),
        due: instant(at),
        local: at.with_timezone(&it.campaign.timing.schedule.zone()).to_rfc3339_opts(SecondsFormat::Secs, false),
        reason: it.blackout.text().into_lang(lang),
    }
}

fn attachments(post: &Post) -> Vec<Attachment<'_>> {
    let kind = post.attachments.kind();
    let mut all: Vec<Attachment<'_>> = post.media().iter().map(|media| attachment(kind, media)).collect();
    if let (Attachments::Link(link), Some(shown)) = (&post.attachments, all.first_mut()) {
        (shown.title, shown.url) = (link.title.as_deref(), Some(link.url.as_str()));
    }
    all
}

fn attachment<'a>(kind: &'static str, media: &'a Media) -> Attachment<'a> {
    let none = Attachment { kind, path: None, media_id: None, title: None, url: None, bytes: None, sha256: None };
    match media {
        Media::File { path, bytes, sha256, .. } => {
            Attachment { path: Some(path), bytes: Some(*bytes), sha256: Some(sha256.to_string()), ..none }
        }
        Media::Id(id) => Attachment { media_id: Some(id), ..none },
    }
}

fn day(day: &DayOfPlan) -> Day<'_> {
    Day {
        date: day.date.to_string(),
        day: day.day.text().into_lang(Lang::En),
        posts: day.posts,
        public: day.public,
        held: day.held,
        campaigns: day.campaigns.iter().map(|it| it.id.as_str()).collect(),
    }
}

fn changed(change: &CampaignChange, lang: Lang) -> Changed<'_> {
    let dues = |list: &[Planned]| list.iter().map(|it| instant(it.occurrence.at)).collect();
    let moved = |it: &crate::plan::Moved| BeforeAfter {
        before: instant(it.before.occurrence.at),
        after: instant(it.after.occurrence.at),
    };
    Changed {
        campaign: &change.name,
        kind: change.kind.name(),
        file: change.after.as_ref().or(change.before.as_ref()).map(|it| &*it.file),
        reason: if let Kind::Invalid(reason) = &change.kind { Some(reason.get(lang)) } else { None },
        was: if let Kind::IdChanged { was } = &change.kind { Some(was.as_str()) } else { None },
        audience: change.audience.name(),
        to_everyone: change.is_new_to_everyone(),
        over: change.is_over,
        fields: change.fields.iter().map(|it| field(it, lang)).collect(),
        gained: dues(&change.gained),
        lost: dues(&change.lost),
        moved: change.moved.iter().map(moved).collect(),
        held: dues(&change.held),
        no_longer_held: dues(&change.released),
        contents: change.contents.iter().map(changed_content).collect(),
        past: dues(&change.past),
        again: dues(&change.again),
        second_posts: change.second.iter().map(second).collect(),
        held_from: change.first_unknown_date().map(|date| date.to_string()),
        last_results: change.past_results().iter().map(last_result).collect(),
    }
}

fn last_result(it: &PastResult) -> LastResult {
    let counts = match it.outcome {
        PastOutcome::Counted(counts) => {
            let PastCounts { days, members, posted, customers, likes, comments, uncounted } = counts;
            Some(LastCounts { days, members, posted, customers, likes, comments, uncounted })
        }
        PastOutcome::Deleted | PastOutcome::Refused | PastOutcome::NotCounted => None,
    };
    LastResult { due: it.due.format("%Y-%m-%dT%H:%M").to_string(), why: it.outcome.code(), counts }
}

fn changed_content(it: &plan::ContentChange) -> ChangedContent {
    ChangedContent {
        due: instant(it.after.occurrence.at),
        before: it.before.content.number,
        after: it.after.content.number,
        shifted: it.is_shifted,
    }
}

fn second(it: &plan::SecondPost) -> BeforeAfter<String> {
    BeforeAfter { before: instant(it.first.occurrence.at), after: instant(it.again.occurrence.at) }
}

fn field(field: &CampaignField, lang: Lang) -> FieldChange<'_> {
    let (content, before, after, media) = match field {
        CampaignField::Value { before, after, .. } => {
            (None, in_language(before.as_ref(), lang), in_language(after.as_ref(), lang), Vec::new())
        }
        CampaignField::Text { content, before, after } => {
            (*content, Some(before.as_str()), Some(after.as_str()), Vec::new())
        }
        CampaignField::Media { content, changes } => {
            (*content, None, None, changes.iter().map(changed_media).collect())
        }
    };
    FieldChange { field: field.key(), content, before, after, media }
}

fn changed_media(change: &MediaChange) -> ChangedMedia<'_> {
    let (kind, before, after) = match change {
        MediaChange::Added(media) => ("added", None, Some(media)),
        MediaChange::Removed(media) => ("removed", Some(media), None),
        MediaChange::Replaced { before, after } => ("replaced", Some(before), Some(after)),
        MediaChange::Renamed { before, after } => ("renamed", Some(before), Some(after)),
        MediaChange::Reordered => ("reordered", None, None),
    };
    let file = |media| attachment("file", media);
    ChangedMedia { kind, before: before.map(file), after: after.map(file) }
}

fn used(quota: &Quota) -> Used {
    let peak = |at: String, posts| Peak { at, posts };
    Used {
        posts: quota.posts,
        busiest_minute: quota.busiest_minute.map(|(at, posts)| peak(instant(at), posts)),
        busiest_day: quota.busiest_day.map(|(date, posts)| peak(date.to_string(), posts)),
        busiest_month: quota.busiest_month.map(|(month, posts)| peak(month.format("%Y-%m").to_string(), posts)),
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
