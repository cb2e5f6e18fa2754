//! What will be posted, and what a pull request changes about it: one form a file, and the words that they share.

pub mod csv;
mod changes;
pub mod human;
pub mod ics;
pub mod json;
pub mod markdown;

use std::collections::HashSet;

use chrono_tz::Tz;

use crate::campaign::Campaign;
use crate::check::InvalidFile;
use crate::diag::{Diag, Level};
use crate::limits::weight;
use crate::plan::{AudienceChange, Change, Changes, Idle, MediaChange, Moved, NamedAudience, Plan, Planned, Quota};
use crate::post::{Attachments, Media, Post, Renamed};
use crate::report::parts::count;
use crate::schedule::civil;
use crate::source::BaseNote;
use crate::text::Lang;

/// Everything that is shown of a plan.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub plan: &'a Plan,
    /// The files that cannot be posted, and why.
    pub broken: &'a [InvalidFile],
    /// Against another book, where one was named.
    pub changes: Option<&'a Changes>,
    /// The other book, as the user named it.
    pub base: Option<&'a str>,
    /// What must be known of the other book before anything else.
    pub notes: &'a [BaseNote],
    /// What was found in the book that is planned.
    pub findings: &'a [Diag],
    /// Media in Git LFS that were not fetched: nobody has looked at them.
    pub unfetched: &'a [String],
}

/// Most lines of a kind that stand before everything else.
const LINES: usize = 20;

/// The errors that are told of no campaign: of the book as a whole, of its policy, of times that would be held.
fn book_errors<'a>(view: &View<'a>) -> Vec<&'a Diag> {
    let broken: HashSet<&str> = view.broken.iter().map(|it| &*it.file).collect();
    let is_error = |it: &&Diag| it.level == Level::Error && !broken.contains(&*it.place.file);
    view.findings.iter().filter(is_error).collect()
}

/// Those errors in sentences, the first of many.
fn errors(view: &View<'_>) -> Vec<String> {
    let said = |it: &Diag| {
        let help = it.help.as_ref().map(|help| format!("; {}", help.get(Lang::En))).unwrap_or_default();
        let file = if it.place.file.is_empty() { "the book".to_owned() } else { format!("`{}`", it.place.file) };
        format!("{file}: {}{help}", it.message.get(Lang::En))
    };
    bounded(book_errors(view).into_iter().map(said).collect(), "error")
}

/// What the policy and the calendar say otherwise, a line each.
fn rules(changes: &Changes) -> Vec<String> {
    let policy = changes.policy.iter().map(|it| {
        let value = |it: &Option<String>| it.as_deref().map_or("nothing".to_owned(), |it| shortened(it, VALUE));
        format!("policy: {}: {} → {}", it.key, value(&it.before), value(&it.after))
    });
    let calendar = changes.calendar.iter().map(|line| format!("calendar: {line}"));
    bounded(policy.chain(calendar).collect(), "change")
}

/// Most of one value of the policy, in characters.
const VALUE: usize = 120;

/// The first lines of many, and how many more there are.
fn bounded(mut lines: Vec<String>, what: &str) -> Vec<String> {
    if let more @ 1.. = lines.len().saturating_sub(LINES) {
        lines.truncate(LINES);
        lines.push(format!("{} like these", count(more, &format!("more {what}"))));
    }
    lines
}

/// What is known of campaigns of which nothing is due in the window.
fn idle(plan: &Plan) -> Option<String> {
    const NAMED: usize = 10;
    let of = |it: &Idle| {
        let zone = it.campaign.terms.schedule.zone();
        let next = it.next.as_ref().map(|next| civil::to_local(zone, next.at).format("%a %Y-%m-%d %H:%M"));
        let zone = if zone == plan.zone { String::new() } else { format!(" {zone}") };
        let next = next.map_or_else(|| "over".to_owned(), |next| format!("next {next}{zone}"));
        format!("{} ({next})", it.campaign.id)
    };
    let named: Vec<String> = plan.idle.iter().take(NAMED).map(of).collect();
    let more = match plan.idle.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let posts = if plan.idle.len() == 1 { "posts" } else { "post" };
    let campaigns = count(plan.idle.len(), "campaign");
    (!named.is_empty()).then(|| format!("{campaigns} {posts} nothing in this time: {}{more}", named.join(", ")))
}

/// What must be known before anything else, in sentences.
fn notices(view: &View<'_>) -> Vec<String> {
    base_notes(view).into_iter().chain(unfetched(view)).collect()
}

/// What must be known of the base.
fn base_notes(view: &View<'_>) -> Vec<String> {
    let base = view.base.unwrap_or("the other book");
    let said = view.notes.iter().map(|note| match note {
        BaseNote::Link { path, target } => format!(
            "`{path}` is a symbolic link to `{}`: what follows is planned there, and compared with `{path}` itself at {base}",
            target.display()
        ),
        BaseNote::MovedOn { commits } => format!(
            "{base} has {} that this branch lacks: it is compared with the commit at which the branch left {base}",
            count(*commits, "commit")
        ),
        BaseNote::Unrelated => format!("this branch and {base} have no commit in common: {base} itself is compared with"),
    });
    said.collect()
}

/// What nobody has looked at, with those that the changes bring first.
fn unfetched(view: &View<'_>) -> Option<String> {
    let all = view.unfetched;
    let changed = view.changes.iter().flat_map(|it| it.campaigns.iter()).flat_map(Change::new_media);
    let changed: HashSet<&str> = changed.collect();
    let (mut named, rest): (Vec<&str>, Vec<&str>) = all.iter().map(|it| &**it).partition(|it| changed.contains(it));
    named.extend(rest);
    named.truncate(CAMPAIGNS);
    let named: Vec<String> = named.iter().map(|it| format!("`{it}`")).collect();
    let more = match all.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let files = if all.len() == 1 { "1 file is".to_owned() } else { format!("{} files are", all.len()) };
    (!all.is_empty()).then(|| {
        format!(
            "{files} in Git LFS and not fetched, so nobody has looked at what is inside: {}{more}; sizes and hashes are \
             those of the pointers; `git lfs pull` fetches the files",
            named.join(", ")
        )
    })
}

/// The campaign's id with its title beside it.
fn id_and_title(campaign: &Campaign) -> String {
    match &campaign.title {
        Some(title) => format!("{} · {title}", campaign.id),
        None => campaign.id.to_string(),
    }
}

/// The three facts that a reviewer asks for: when, to whom, with which pictures.
fn facts(campaign: &Campaign) -> impl Iterator<Item = String> {
    let post = &campaign.post;
    let whom = format!("{}: {}", visibility(post), campaign.audience().into_lang(crate::text::Lang::En));
    let schedule = campaign.terms.schedule.expand().in_words().into_lang(crate::text::Lang::En);
    [schedule, whom, attachments(post)].into_iter().filter(|fact| !fact.is_empty())
}

/// Where one campaign of a change is told, the one that will be in force.
fn campaign_of(change: &Change) -> Option<&Campaign> {
    change.after.as_ref().or(change.before.as_ref()).map(AsRef::as_ref)
}

/// The name of a change with the campaign's title.
fn name_of(change: &Change) -> String {
    match campaign_of(change).and_then(|it| it.title.as_deref()) {
        Some(title) => format!("{} · {title}", change.name),
        None => change.name.clone(),
    }
}

/// What became of an audience of the policy.
fn audience_in_words(it: &NamedAudience) -> String {
    let how = match it.reach {
        AudienceChange::Wider => "WIDER AUDIENCE",
        AudienceChange::Mixed => "OTHER AUDIENCE",
        AudienceChange::Narrower => "narrower audience",
        AudienceChange::Same => "audience",
    };
    let names: Vec<String> = it.campaigns.iter().take(CAMPAIGNS).map(|it| id_and_title(it)).collect();
    let more = match it.campaigns.len().saturating_sub(CAMPAIGNS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{how} `{}`: {} → {}; in {}{more}", it.name, it.before, it.after, names.join(", "))
}

/// Most campaigns that are named with an audience.
const CAMPAIGNS: usize = 10;

/// The changes that are told one by one: all but those that the change of an audience tells already.
fn told(changes: &Changes) -> impl Iterator<Item = &Change> {
    changes.campaigns.iter().filter(|change| !change.is_only_named_audience())
}

/// How many campaigns changed in which way, in words.
fn counts(changes: &Changes) -> String {
    let rules = match (changes.policy.is_empty(), changes.calendar.is_empty()) {
        (true, true) => "",
        (false, true) => ", and the policy changes",
        (true, false) => ", and the calendar changes",
        (false, false) => ", and the policy and the calendar change",
    };
    if changes.campaigns.is_empty() {
        return format!("no campaign changes{rules}");
    }
    let kinds = ["added", "changed", "removed", "broken", "mended"];
    let counts = kinds.into_iter().map(|kind| (kind, changes.count(kind))).filter(|(_, count)| *count > 0);
    counts.map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ") + rules
}

/// The time with its weekday, as the campaign's people read it.
fn when(planned: &Planned) -> String {
    planned.wall().format("%a %Y-%m-%d %H:%M").to_string()
}

/// The zone of a campaign, where its times are not those of the book.
fn zone_note(planned: &Planned, book: Tz) -> String {
    let zone = planned.campaign.terms.schedule.zone();
    if zone == book { String::new() } else { format!(" ({zone})") }
}

/// The time in the campaign's zone, which is named where it is not the book's.
fn when_and_zone(planned: &Planned, book: Tz) -> String {
    when(planned) + &zone_note(planned, book)
}

/// What is peculiar about a time, in parentheses.
fn notes_of(planned: &Planned) -> String {
    let notes = planned.day_note().into_iter().chain(planned.notes.iter().map(ToString::to_string));
    let notes: Vec<String> = notes.collect();
    if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) }
}

/// The zones of both ends of a move: none where both are the book's, and each where they differ.
fn zones_of(moved: &Moved, book: Tz) -> [String; 2] {
    let zone = |it: &Planned| it.campaign.terms.schedule.zone();
    if zone(&moved.before) == zone(&moved.after) {
        [zone_note(&moved.before, book), zone_note(&moved.after, book)]
    } else {
        [&moved.before, &moved.after].map(|it| format!(" ({})", zone(it)))
    }
}

fn visibility(post: &Post) -> &'static str {
    if post.audience.is_partial() { "partial" } else { "public" }
}

/// The text in one line, cut after so many characters.
fn shortened(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    line.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// A text with its length as WeCom counts; what there is to say of a post without one.
fn text_and_weight(post: &Post, most: usize) -> String {
    match &post.text {
        Some(text) => format!("{} ({})", shortened(text, most), weight_in_words(text)),
        None => "no text".to_owned(),
    }
}

fn weight_in_words(text: &str) -> String {
    format!("{} of {}", weight(text), crate::limits::TEXT_WEIGHT)
}

/// The attachments with their sizes.
fn attachments(post: &Post) -> String {
    let media: Vec<String> = post.media().iter().map(medium).collect();
    match &post.attachments {
        Attachments::None => String::new(),
        Attachments::Images(images) if images.len() == 1 => format!("1 image: {}", media.join(", ")),
        Attachments::Images(images) => format!("{} images: {}", images.len(), media.join(", ")),
        Attachments::Video(_) => format!("video: {}", media.join(", ")),
        Attachments::Link(link) => {
            let title = link.title.as_deref().map(|title| format!("{title} ")).unwrap_or_default();
            format!("link: {title}{}, cover {}", link.url, media.join(", "))
        }
    }
}

/// The attachments for a table: of many, the first ones and the size of all.
fn attachments_in_short(post: &Post) -> String {
    const SHOWN: usize = 2;
    let media = post.media();
    if media.len() <= SHOWN {
        return attachments(post);
    }
    let bytes = media.iter().map(|media| if let Media::File { bytes, .. } = media { *bytes } else { 0 });
    let shown: Vec<String> = media.iter().take(SHOWN).map(medium).collect();
    let more = media.len() - SHOWN;
    format!("{} images, {} in all: {} and {more} more", media.len(), size(bytes.sum()), shown.join(", "))
}

fn medium(media: &Media) -> String {
    match media {
        Media::File { path, bytes, .. } => format!("{path} ({})", size(*bytes)),
        Media::Id(_) => media.to_string(),
    }
}

/// As [`medium`], with the beginning of the hash: enough to see that it is another file.
fn medium_and_hash(media: &Media, unfetched: &[String]) -> String {
    match media {
        Media::File { path, bytes, sha256, .. } => {
            let unseen = if unfetched.contains(path) { ", in Git LFS and not looked at" } else { "" };
            format!("{path} ({}, sha256 {:.12}{unseen})", size(*bytes), sha256.to_string())
        }
        Media::Id(_) => media.to_string(),
    }
}

fn media_change(change: &MediaChange, unfetched: &[String]) -> String {
    match change {
        MediaChange::Added(media) => format!("added {}", medium_and_hash(media, unfetched)),
        MediaChange::Removed(media) => format!("removed {}", medium_and_hash(media, &[])),
        MediaChange::Replaced { before, after } => {
            format!("replaced {} by {}", medium_and_hash(before, &[]), medium_and_hash(after, unfetched))
        }
        MediaChange::Renamed { before, after } => format!("renamed {before} to {}", medium_and_hash(after, unfetched)),
        MediaChange::Reordered => "the same in another order".to_owned(),
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} kB", bytes.div_ceil(1_024)),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}

/// What blackouts leave out, by campaign: `monday-morning (Mon 2027-02-08 08:30)`.
fn left_out(plan: &Plan) -> String {
    const SHOWN: usize = 6;
    let one = |it: &crate::plan::LeftOut| {
        let at = it.occurrence.local.format("%a %Y-%m-%d %H:%M");
        format!("{} ({at})", it.campaign.id)
    };
    let mut shown: Vec<String> = plan.left_out.iter().take(SHOWN).map(one).collect();
    if let more @ 1.. = plan.left_out.len().saturating_sub(SHOWN) {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

/// The window and what is in it, in one line.
fn sum(plan: &Plan) -> String {
    let local = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&plan.zone).format("%Y-%m-%d %H:%M");
    let held = match plan.held() {
        0 => String::new(),
        held => format!(", {held} of them would be held"),
    };
    let repeated = match plan.repeated() {
        0 => String::new(),
        1 => ", 1 more is not posted again".to_owned(),
        many => format!(", {many} more are not posted again"),
    };
    let left_out = match plan.left_out.len() {
        0 => String::new(),
        1 => format!(", 1 left out for a blackout: {}", left_out(plan)),
        many => format!(", {many} left out for blackouts: {}", left_out(plan)),
    };
    let (from, to) = (local(plan.window.from), local(plan.window.to));
    format!("{from} to {to} ({}): {}{held}{repeated}{left_out}", plan.zone, count(plan.posts(), "post"))
}

/// The quota of a plan, line by line: what it is about, and how much.
fn quota(plan: &Plan, quota: &Quota) -> [(&'static str, String); 4] {
    let some = |it: Option<String>| it.unwrap_or_else(|| "none".to_owned());
    let minute = quota.busiest_minute.map(|(at, posts)| {
        let at = at.with_timezone(&plan.zone).format("%a %Y-%m-%d %H:%M");
        format!("{posts} of {} ({at})", crate::limits::CREATES_PER_MINUTE)
    });
    let day = quota.busiest_day.map(|(date, posts)| format!("{posts} ({})", date.format("%a %Y-%m-%d")));
    let month = quota
        .busiest_month
        .map(|(month, posts)| format!("{posts} of {} ({})", crate::limits::CREATES_PER_MONTH, month.format("%Y-%m")));
    [
        ("posts in this time", quota.posts.to_string()),
        ("busiest minute", some(minute)),
        ("busiest day", some(day)),
        ("busiest month", some(month)),
    ]
}

/// Most names that are told to be others now.
const RENAMED: usize = 10;

/// What ids are named now and were named before, a line each.
fn renamed(changes: &Changes) -> Vec<String> {
    let line = |it: &Renamed| format!("the {} {} is named {} now, and was {}", it.kind, it.id, it.after, it.before);
    let mut lines: Vec<String> = changes.renamed.iter().take(RENAMED).map(line).collect();
    let more = changes.renamed.len().saturating_sub(RENAMED);
    if more > 0 {
        lines.push(format!("{more} more ids have other names now"));
    }
    lines
}
