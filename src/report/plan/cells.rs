//! Dates, audiences, texts and attachments, shared by all formats of a plan.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;

use crate::campaign::Campaign;
use crate::limits::{TEXT_WEIGHT, weight};
use crate::plan::{Moved, Note, Plan, Planned};
use crate::plural;
use crate::post::{Attachments, Audience, Media, Post};
use crate::schedule::{self, Day, civil};
pub(crate) use crate::text::shortened;
use crate::text::{Text, when};

/// A counted noun: its English singular, and its Chinese name with the measure word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noun(pub &'static str, pub &'static str);

impl Noun {
    pub(crate) const CAMPAIGN: Self = Self("campaign", "个活动");
    pub(crate) const DAY: Self = Self("day", "天");
    pub(crate) const FILE: Self = Self("file", "个文件");
    pub(crate) const OCCURRENCE: Self = Self("occurrence", "次发表");

    /// `1 file`, `2 files`; `2 个文件`.
    pub(crate) fn count(self, n: usize) -> Text {
        Text::of(plural::count(n, self.0), format!("{n} {}", self.1))
    }
}

/// How the dates of a plan are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dates {
    /// The book's zone; other zones are named.
    book: Tz,
    /// In Chinese, dates in this date's year are written without the year.
    near: NaiveDate,
}

impl Dates {
    pub(crate) fn of(plan: &Plan) -> Self {
        Self { book: plan.zone, near: civil::to_local(plan.zone, plan.window.from).date() }
    }

    /// The first day of the plan.
    pub(crate) fn first(self) -> NaiveDate {
        self.near
    }

    /// The local time of an occurrence with its weekday.
    pub(crate) fn when(self, planned: &Planned) -> Text {
        self.local(planned.local_time())
    }

    pub(crate) fn local(self, local: NaiveDateTime) -> Text {
        // Without seconds: few schedules have any, and lists are long.
        when::date_time_near(without_seconds(local), self.near)
    }

    pub(crate) fn day(self, date: NaiveDate) -> Text {
        when::date_near(date, self.near)
    }

    /// An instant in the book's zone, with its weekday.
    pub(crate) fn instant(self, at: DateTime<Utc>) -> Text {
        self.local(civil::to_local(self.book, at))
    }

    /// The zone of an occurrence in parentheses; empty for the book's zone.
    pub(crate) fn zone_note(self, planned: &Planned) -> Text {
        let zone = planned.campaign.timing.schedule.zone();
        if zone == self.book { Text::default() } else { in_parentheses(&when::zone(zone.name())) }
    }

    /// The local time of an occurrence, with its zone if that is not the book's.
    pub(crate) fn when_and_zone(self, planned: &Planned) -> Text {
        joined([self.when(planned), self.zone_note(planned)])
    }

    /// The zones of both ends of a move: empty if both are the book's, both named if they differ.
    pub(crate) fn zones_of(self, moved: &Moved) -> [Text; 2] {
        let zone = |it: &Planned| it.campaign.timing.schedule.zone();
        if zone(&moved.before) == zone(&moved.after) {
            [self.zone_note(&moved.before), self.zone_note(&moved.after)]
        } else {
            [&moved.before, &moved.after].map(|it| in_parentheses(&when::zone(zone(it).name())))
        }
    }
}

pub(crate) fn without_seconds(local: NaiveDateTime) -> NaiveDateTime {
    use chrono::Timelike as _;
    local.with_second(0).unwrap_or(local)
}

pub(crate) fn joined<const N: usize>(parts: [Text; N]) -> Text {
    Text::join(&parts, &Text::default())
}

/// The separator of list entries.
pub(crate) fn comma() -> Text {
    text!(en: ", ", zh: "、")
}

/// The separator of clauses.
pub(crate) fn semicolon() -> Text {
    text!(en: "; ", zh: "；")
}

pub(crate) fn list(entries: &[Text]) -> Text {
    Text::join(entries, &comma())
}

/// The first entries of a list; `more` counts the others.
pub(crate) fn list_and_more(entries: &[Text], more: usize) -> Text {
    let shown = list(entries);
    match more {
        0 => shown,
        more => text!(en: "{shown} and {more} more", zh: "{shown}，另有 {more} 个", shown = shown),
    }
}

pub(crate) fn in_parentheses(words: &Text) -> Text {
    text!(en: " ({words})", zh: "（{words}）", words = words)
}

/// What the reader must know about an occurrence: its kind of day, and its notes.
pub(crate) fn notes_of(planned: &Planned) -> Text {
    let day = planned.day_note().into_iter().chain(festival(planned.local_time().date(), &planned.day));
    let notes: Vec<Text> = day.chain(planned.notes.iter().map(Note::text)).collect();
    Text::join(&notes, &semicolon())
}

/// The festivals of a date that its day does not name itself.
pub(crate) fn festival(date: NaiveDate, day: &Day) -> Option<Text> {
    schedule::hint(date).festival_text(&day.text())
}

/// The same in parentheses, or nothing.
pub(crate) fn notes_in_parentheses(planned: &Planned) -> Text {
    let notes = notes_of(planned);
    if notes.is_empty() { notes } else { in_parentheses(&notes) }
}

/// The campaign's id with its title beside it.
pub(crate) fn id_and_title(campaign: &Campaign) -> String {
    match &campaign.title {
        Some(title) => format!("{} · {title}", campaign.id),
        None => campaign.id.to_string(),
    }
}

/// The texts of a campaign, with their numbers where there are several contents.
pub(super) fn texts(campaign: &Campaign) -> impl Iterator<Item = (Option<u32>, &str)> {
    let has_several = campaign.contents.has_several();
    let posts = (1..).zip(campaign.contents.iter().map(|content| content.post()));
    posts.filter_map(move |(number, post)| Some((has_several.then_some(number), post.text.as_deref()?)))
}

/// The three facts that a reviewer asks for: when, to whom, and with which media.
pub(crate) fn facts(campaign: &Campaign) -> impl Iterator<Item = Text> {
    let post = campaign.contents.first().post();
    let whom = visibility_and_audience(campaign);
    let schedule = campaign.timing.schedule.expand().in_words();
    let contents = match campaign.contents.iter().len() {
        1 => attachments(post),
        count => text!(en: "{count} contents", zh: "{count} 条内容"),
    };
    [schedule, whom, contents].into_iter().filter(|fact| !fact.is_empty())
}

pub(crate) fn visibility_and_audience(campaign: &Campaign) -> Text {
    text!(
        en: "{visibility}: {audience}",
        zh: "{visibility}：{audience}",
        visibility = visibility_in_words(campaign.contents.audience()),
        audience = campaign.audience()
    )
}

/// The stable word for programs.
pub(crate) fn visibility(post: &Post) -> &'static str {
    if post.audience.is_partial() { "partial" } else { "public" }
}

pub(crate) fn visibility_in_words(audience: &Audience) -> Text {
    if audience.is_partial() { text!(en: "partial", zh: "部分可见") } else { text!(en: "public", zh: "公开") }
}

/// The beginning of a text with the length that WeCom counts.
pub(crate) fn text_and_length(post: &Post, max_chars: usize) -> Text {
    match &post.text {
        Some(text) => {
            let beginning = shortened(text, max_chars);
            text!(en: "{beginning} ({length})", zh: "{beginning}（{length}）", length = length_in_words(text))
        }
        None => text!(en: "no text", zh: "没有文字"),
    }
}

/// The content of an occurrence by its number in the file; empty where there is only one.
pub(super) fn content_number(planned: &Planned) -> Option<Text> {
    let number = planned.content.number;
    planned.campaign.contents.has_several().then(|| text!(en: "content {number}", zh: "第 {number} 条"))
}

/// The content of an occurrence in short: its number where there are several, and how its text begins.
pub(super) fn content_in_short(planned: &Planned, max_chars: usize) -> Text {
    let post = &planned.content.post;
    let beginning = match &post.text {
        Some(text) => text!(en: "“{words}”", zh: "“{words}”", words = shortened(text, max_chars)),
        None => attachments_in_short(post),
    };
    match content_number(planned) {
        Some(number) => {
            text!(en: "{number} {beginning}", zh: "{number}{beginning}", number = number, beginning = beginning)
        }
        None => beginning,
    }
}

/// The beginning of an occurrence's text with its length, and the number of the content where there are several.
pub(super) fn numbered_text(planned: &Planned, max_chars: usize) -> Text {
    let text = text_and_length(&planned.content.post, max_chars);
    match content_number(planned) {
        Some(number) => text!(en: "{number}: {text}", zh: "{number}：{text}", number = number, text = text),
        None => text,
    }
}

/// The length of a text as WeCom counts it, with its limit.
pub(crate) fn length_in_words(text: &str) -> Text {
    let length = weight(text);
    text!(en: "{length} of {TEXT_WEIGHT}", zh: "长度 {length}/{TEXT_WEIGHT}，一个汉字算 2")
}

/// The attachments with their sizes; empty if there are none.
pub(crate) fn attachments(post: &Post) -> Text {
    let media: Vec<Text> = post.media().iter().map(medium).collect();
    let media = list(&media);
    match &post.attachments {
        Attachments::None => Text::default(),
        Attachments::Images(images) => {
            let images = Noun("image", "张图片").count(images.len());
            text!(en: "{images}: {media}", zh: "{images}：{media}", images = images, media = media)
        }
        Attachments::Video(_) => text!(en: "video: {media}", zh: "视频：{media}", media = media),
        Attachments::Link(link) => {
            let title = link.title.as_deref().map(|title| format!("{title} ")).unwrap_or_default();
            let url = &link.url;
            text!(en: "link: {title}{url}, cover {media}", zh: "链接：{title}{url}，封面 {media}", media = media)
        }
    }
}

/// The attachments for a table: of many, the first ones and the total size.
pub(crate) fn attachments_in_short(post: &Post) -> Text {
    const MAX_SHOWN: usize = 2;
    let media = post.media();
    if media.len() <= MAX_SHOWN {
        return attachments(post);
    }
    let bytes = media.iter().map(|media| if let Media::File { bytes, .. } = media { *bytes } else { 0 });
    let shown: Vec<Text> = media.iter().take(MAX_SHOWN).map(medium).collect();
    let (count, size) = (media.len(), size(bytes.sum()));
    text!(
        en: "{count} images, {size} in all: {shown}",
        zh: "{count} 张图片，共 {size}：{shown}",
        shown = list_and_more(&shown, count - MAX_SHOWN)
    )
}

fn medium(media: &Media) -> Text {
    match media {
        Media::File { path, bytes, .. } => {
            let size = size(*bytes);
            text!(en: "{path} ({size})", zh: "{path}（{size}）")
        }
        Media::Id(_) => media.text(),
    }
}

/// A size for people, in bytes, kilobytes of 1,024 bytes or megabytes of 1,048,576 bytes.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} kB", bytes.div_ceil(1_024)),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}
