//! Which parts of a campaign differ, and how.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::NaiveDate;

use super::toml_diff;
use crate::campaign::{Campaign, Contents};
use crate::duration;
use crate::nearest::overlap;
use crate::post::{Attachments, Media, Post};
use crate::schedule::{Bound, DayMatch, Days, Spec, When};
use crate::text::Text;

/// A changed part of a campaign, by its key in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CampaignField {
    /// A value, as written in the file or in words.
    Value { key: Cow<'static, str>, before: Option<Text>, after: Option<Text> },
    /// The post's text; [`super::text_diff::words`] compares the two.
    Text {
        /// The number of the content in the file, where there are several.
        content: Option<u32>,
        before: String,
        after: String,
    },
    /// The images, the video, or the cover of the link.
    Media {
        /// The number of the content in the file, where there are several.
        content: Option<u32>,
        changes: Vec<MediaChange>,
    },
}

/// How an image or video differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaChange {
    Added(Media),
    Removed(Media),
    /// The same path with different content.
    Replaced {
        before: Media,
        after: Media,
    },
    /// The same content at a different path.
    Renamed {
        before: Media,
        after: Media,
    },
    /// The same files in a different order.
    Reordered,
}

impl CampaignField {
    /// Whether it shows the change of a key in the file.
    fn covers(&self, key: &str) -> bool {
        let mut parts = key.split(['.', '[']);
        let of = match (parts.next().unwrap_or_default(), parts.next().unwrap_or_default()) {
            ("visible_range", _) => VISIBLE_RANGE,
            ("content", "text") => "text",
            ("content", "link") if !key.ends_with("cover") => key.trim_start_matches("content."),
            ("content", _) => "attachments",
            ("schedule", part) => part,
            (top, _) => top,
        };
        self.key() == of
    }

    pub fn key(&self) -> &str {
        match self {
            Self::Value { key, .. } => key,
            Self::Text { .. } => "text",
            Self::Media { .. } => "attachments",
        }
    }
}

/// The keys that differ and that no other field shows: written differently with the same effect, or an `allow` that
/// suppresses a warning.
pub(super) fn uncovered(before: &str, after: &str, covered: &[CampaignField]) -> Vec<CampaignField> {
    let is_covered = |key: &str| covered.iter().any(|field| field.covers(key));
    // Several contents are compared content by content.
    let is_of_content = |key: &str| key == "content" || key.starts_with("content[");
    let rest =
        toml_diff::between(before, after).into_iter().filter(|it| !is_covered(&it.key) && !is_of_content(&it.key));
    rest.map(|it| CampaignField::Value { key: Cow::Owned(it.key), before: it.before, after: it.after }).collect()
}

/// The key of a campaign's audience.
pub const VISIBLE_RANGE: &str = "visible_range";

/// All changed parts.
pub(super) fn between(before: &Campaign, after: &Campaign) -> Vec<CampaignField> {
    let mut fields = Vec::new();
    let mut value = |key, before: Option<Text>, after: Option<Text>| {
        if before != after {
            fields.push(CampaignField::Value { key: Cow::Borrowed(key), before, after });
        }
    };
    value("file", Some(Text::quoted(&*before.file)), Some(Text::quoted(&*after.file)));
    let owned = |text: &Option<String>| text.as_ref().map(Text::quoted);
    value("title", owned(&before.title), owned(&after.title));
    value("owner", owned(&before.owner), owned(&after.owner));
    let audience = |campaign: &Campaign| Some(campaign.audience());
    // Words shorten long lists, so the audiences themselves are compared.
    if before.contents.audience() != after.contents.audience() {
        let (was, is) = (audience(before), audience(after));
        let is = if was == is { is.map(|words| beyond_shown(&words)) } else { is };
        value(VISIBLE_RANGE, was, is);
    }
    schedule(before.timing.schedule.spec(), after.timing.schedule.spec(), &mut value);
    let lateness = |campaign: &Campaign| Some(duration::text(campaign.timing.max_lateness));
    value("max_lateness", lateness(before), lateness(after));
    if before.contents.has_several() || after.contents.has_several() {
        several_contents(&before.contents, &after.contents, &mut fields);
    } else {
        content(None, before.contents.first().post(), after.contents.first().post(), &mut fields);
    }
    fields
}

/// A content that only one of two campaigns has, with its number in the file.
type Only = (u32, Arc<Post>);

/// Compares contents one by one: those that only one campaign has are paired, alike ones first.
fn several_contents(before: &Contents, after: &Contents, fields: &mut Vec<CampaignField>) {
    let posts = |contents: &Contents| -> Vec<Only> {
        (1..).zip(contents.iter().map(|content| Arc::clone(content.post()))).collect()
    };
    let (all_before, all_after) = (posts(before), posts(after));
    let only_in = |list: &[Only], other: &[Only]| -> Vec<Only> {
        let has = |post: &Post| other.iter().any(|(_, it)| it.shows_same(post));
        list.iter().filter(|(_, post)| !has(post)).cloned().collect()
    };
    let (gone, new) = (only_in(&all_before, &all_after), only_in(&all_after, &all_before));
    let is_same_set = gone.is_empty() && new.is_empty();
    let dates =
        |contents: &Contents, it: Option<&Only>| it.map_or_else(Vec::new, |(number, _)| contents.dates_of(*number));
    for (one, other) in pairs(gone, new) {
        let Some(number) = other.as_ref().or(one.as_ref()).map(|(number, _)| *number) else { continue };
        let kept_for = (dates(before, one.as_ref()), dates(after, other.as_ref()));
        match (one, other) {
            (Some((_, before)), Some((_, after))) => content(Some(number), &before, &after, fields),
            (one, other) => {
                let words = |it: Option<Only>| it.map(|(_, post)| in_short(&post));
                let key = Cow::Owned(format!("content[{number}]"));
                fields.push(CampaignField::Value { key, before: words(one), after: words(other) });
            }
        }
        dates_kept(number, &kept_for.0, &kept_for.1, fields);
    }
    // A content that both have may have another number, so it is found by what it shows.
    let kept_for = |contents: &Contents, all: &[Only], post: &Post| -> Vec<NaiveDate> {
        let same = all.iter().filter(|(_, it)| it.shows_same(post));
        same.flat_map(|(number, _)| contents.dates_of(*number)).collect()
    };
    for (at, (number, post)) in all_after.iter().enumerate() {
        let is_first = !all_after[..at].iter().any(|(_, it)| it.shows_same(post));
        if is_first && all_before.iter().any(|(_, it)| it.shows_same(post)) {
            dates_kept(*number, &kept_for(before, &all_before, post), &kept_for(after, &all_after, post), fields);
        }
    }
    let is_reordered = is_same_set && {
        all_before.len() != all_after.len()
            || all_before.iter().zip(&all_after).any(|((_, one), (_, other))| !one.shows_same(other))
    };
    if is_reordered {
        let after = text!(en: "the same in another order or number", zh: "内容相同，顺序或个数变了");
        fields.push(CampaignField::Value { key: Cow::Borrowed("content"), before: None, after: Some(after) });
    }
}

/// Compares the dates of `on`.
fn dates_kept(number: u32, before: &[NaiveDate], after: &[NaiveDate], fields: &mut Vec<CampaignField>) {
    if before != after {
        let words = |dates: &[NaiveDate]| (!dates.is_empty()).then(|| list(dates.iter().map(ToString::to_string)));
        let key = Cow::Owned(format!("content[{number}].on"));
        fields.push(CampaignField::Value { key, before: words(before), after: words(after) });
    }
}

/// Pairs contents of which the second is an edit of the first; then the others in the order of the files.
fn pairs(gone: Vec<Only>, mut new: Vec<Only>) -> Vec<(Option<Only>, Option<Only>)> {
    /// PostMatch from which a text is an edit of another one.
    const ALIKE: f64 = 0.5;
    /// Comparing takes time with the product of the lists and of the texts.
    const MAX_COMPARED: usize = 20;
    const MAX_CHARS: usize = 200;
    let is_short = gone.len() <= MAX_COMPARED && new.len() <= MAX_COMPARED;
    let words = |it: &Only| -> String { it.1.text.iter().flat_map(|text| text.chars()).take(MAX_CHARS).collect() };
    let (mut pairs, mut left) = (Vec::new(), Vec::new());
    for old in gone {
        let likeness = |it: &Only| overlap(&words(&old), &words(it));
        let best = new.iter().enumerate().filter(|_| is_short).map(|(at, it)| (likeness(it), at));
        let best = best.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness >= ALIKE);
        match best {
            Some((_, at)) => pairs.push((Some(old), Some(new.remove(at)))),
            None => left.push(old),
        }
    }
    let (mut left, mut new) = (left.into_iter(), new.into_iter());
    loop {
        match (left.next(), new.next()) {
            (None, None) => break pairs,
            pair => pairs.push(pair),
        }
    }
}

/// The text of a content, or its attachments.
fn in_short(post: &Post) -> Text {
    match &post.text {
        Some(text) => Text::quoted(text),
        None => Text::join(&post.media().iter().map(Media::text).collect::<Vec<_>>(), &text!(en: ", ", zh: "、")),
    }
}

/// Compares two contents.
fn content(number: Option<u32>, before: &Post, after: &Post, fields: &mut Vec<CampaignField>) {
    let mut value = |key: &'static str, before: Option<Text>, after: Option<Text>| {
        if before != after {
            let key = number.map_or(Cow::Borrowed(key), |number| Cow::Owned(format!("content[{number}].{key}")));
            fields.push(CampaignField::Value { key, before, after });
        }
    };
    let link = |post: &Post| match &post.attachments {
        Attachments::Link(link) => (link.title.as_ref().map(Text::quoted), Some(Text::quoted(&link.url))),
        _ => (None, None),
    };
    let ((title_before, url_before), (title_after, url_after)) = (link(before), link(after));
    value("link.title", title_before, title_after);
    value("link.url", url_before, url_after);
    let kind = |post: &Post| Some(Text::quoted(post.attachments.kind()));
    value("kind of attachment", kind(before), kind(after));

    let text = |post: &Post| post.text.clone().unwrap_or_default();
    if text(before) != text(after) {
        fields.push(CampaignField::Text { content: number, before: text(before), after: text(after) });
    }
    let changes = media(before.media(), after.media());
    if !changes.is_empty() {
        fields.push(CampaignField::Media { content: number, changes });
    }
}

fn schedule(before: &Spec, after: &Spec, value: &mut impl FnMut(&'static str, Option<Text>, Option<Text>)) {
    let cron = |spec: &Spec| match &spec.when {
        When::Cron { text, .. } => Some(Text::quoted(text)),
        When::At(_) | When::Lunar(_) => None,
    };
    let day_match = |spec: &Spec| match &spec.when {
        When::Cron { day_match: Some(DayMatch::Any), .. } => Some(Text::quoted("any")),
        When::Cron { day_match: Some(DayMatch::All), .. } => Some(Text::quoted("all")),
        _ => None,
    };
    let at = |spec: &Spec| match &spec.when {
        When::At(times) => Some(list(times.iter().map(|time| Bound::Time(*time).to_string()))),
        When::Cron { .. } | When::Lunar(_) => None,
    };
    let lunar = |spec: &Spec| match &spec.when {
        When::Lunar(occasions) => Some(list(occasions.iter().cloned())),
        When::Cron { .. } | When::At(_) => None,
    };
    value("cron", cron(before), cron(after));
    value("at", at(before), at(after));
    value("lunar", lunar(before), lunar(after));
    value("day_match", day_match(before), day_match(after));
    value("timezone", Some(Text::quoted(&*before.timezone)), Some(Text::quoted(&*after.timezone)));
    value("start", before.start.map(written), after.start.map(written));
    value("end", before.end.map(written), after.end.map(written));
    let skip = |spec: &Spec| (!spec.skip.is_empty()).then(|| list(spec.skip.iter().map(ToString::to_string)));
    value("skip", skip(before), skip(after));
    let days = |spec: &Spec| (spec.days != Days::Any).then(|| Text::quoted(spec.days.as_str()));
    value("days", days(before), days(after));
    let on_day_off = |spec: &Spec| spec.on_day_off.map(|on_day_off| Text::quoted(on_day_off.as_str()));
    value("on_day_off", on_day_off(before), on_day_off(after));
    let every = |spec: &Spec| spec.every_weeks.map(|weeks| Text::quoted(format!("{weeks}w")));
    value("every", every(before), every(after));
    value("max_runs", before.max_runs.map(written), after.max_runs.map(written));
}

fn list(values: impl Iterator<Item = String>) -> Text {
    Text::quoted(values.collect::<Vec<_>>().join(", "))
}

/// A value as written in the file.
fn written(value: impl ToString) -> Text {
    Text::quoted(value.to_string())
}

fn beyond_shown(words: &Text) -> Text {
    text!(en: "{words} (in the names not shown here)", zh: "{words}（不同之处在没有列出的名称里）", words = words)
}

fn media(before: &[Media], after: &[Media]) -> Vec<MediaChange> {
    if before == after {
        return Vec::new();
    }
    let mut changes = Vec::new();
    let mut gone: Vec<&Media> = before.iter().filter(|media| !after.contains(media)).collect();
    for new in after.iter().filter(|media| !before.contains(media)) {
        let take = |gone: &mut Vec<&Media>, fits: &dyn Fn(&Media) -> bool| -> Option<Media> {
            let at = gone.iter().position(|media| fits(media))?;
            Some(gone.remove(at).clone())
        };
        let after = new.clone();
        changes.push(if let Some(before) = take(&mut gone, &|media| has_path_of(media, new)) {
            MediaChange::Replaced { before, after }
        } else if let Some(before) = take(&mut gone, &|media| has_content_of(media, new)) {
            MediaChange::Renamed { before, after }
        } else {
            MediaChange::Added(after)
        });
    }
    changes.extend(gone.into_iter().cloned().map(MediaChange::Removed));
    if changes.is_empty() {
        changes.push(MediaChange::Reordered);
    }
    changes
}

fn has_path_of(one: &Media, other: &Media) -> bool {
    matches!((one, other), (Media::File { path: a, .. }, Media::File { path: b, .. }) if a == b)
}

fn has_content_of(one: &Media, other: &Media) -> bool {
    matches!((one, other), (Media::File { sha256: a, .. }, Media::File { sha256: b, .. }) if a == b)
}
