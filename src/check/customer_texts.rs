//! The texts that customers read: the text of a post and the title of its link, with their variables filled in.

use std::borrow::Cow;
use std::ops::{Deref, Range};
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

use super::CampaignCheck;
use super::characters::{as_sent, is_seen, short};
use super::text_limits;
use super::variables::{self, Variables};
use crate::book::{Content, ParsedCampaign, Spanned};
use crate::finding::Place;
use crate::limits::{LINK_TITLE_CHARS, LINK_TITLE_WEIGHT, TEXT_CHARS, TEXT_WEIGHT};
use crate::post::{DatePart, Piece};

/// Most places of one text that a rule reports.
pub(super) const MAX_PLACES: usize = 10;

/// Most dates for which one text is checked, beside the one that makes it too long.
const MAX_DATES: usize = 64;

/// Longest text with variables that is checked as a whole, in bytes: far above every limit.
const MAX_FILLED_BYTES: usize = 65_536;

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextRole {
    /// The text of the post itself.
    Text,
    /// The title of its link.
    LinkTitle,
    /// The address of its link, in which nothing is filled in.
    LinkUrl,
}

/// A text that customers read, as it is on one date.
#[derive(Clone, Debug)]
pub struct CustomerText<'a> {
    pub role: TextRole,
    /// The content that it belongs to, as an index of the file's contents.
    pub content: usize,
    /// The text in the file.
    pub written: &'a Spanned<String>,
    words: Cow<'a, str>,
    fillings: Vec<Substitution>,
}

/// A variable that was replaced by its value.
#[derive(Clone, Debug)]
struct Substitution {
    words: Range<usize>,
    written: Range<usize>,
    /// The policy and the stretch of it that has the value.
    value: Option<(Arc<str>, Range<usize>)>,
}

impl CustomerText<'_> {
    /// The text as it is sent.
    pub fn sent(&self) -> Cow<'_, str> {
        as_sent(self)
    }

    /// Where a part of the text comes from: bytes of the text as it is written.
    pub(super) fn written_part(&self, part: &Range<usize>) -> Range<usize> {
        self.written_at(part.start, false)..self.written_at(part.end.max(part.start), true)
    }

    /// The position in the source of a byte of the sent text. For a byte of a value, this is the start or end of the
    /// variable.
    fn written_at(&self, at: usize, is_end: bool) -> usize {
        let after = self.fillings.partition_point(|filling| filling.words.start < at + usize::from(!is_end));
        let Some(filling) = after.checked_sub(1).map(|before| &self.fillings[before]) else { return at };
        match at.checked_sub(filling.words.end) {
            Some(beyond) if is_end || beyond > 0 || filling.words.is_empty() => filling.written.end + beyond,
            Some(_) => filling.written.end,
            None if is_end => filling.written.end,
            None => filling.written.start,
        }
    }

    /// Whether a part stands in the file as it is, so that it can be edited there.
    pub(super) fn is_as_written(&self, part: &Range<usize>) -> bool {
        self.filling(part).is_none()
    }

    /// The place of the policy that has the value in which a part stands.
    pub(super) fn value_of(&self, part: &Range<usize>) -> Option<Place> {
        let (file, span) = self.filling(part)?.value.as_ref()?;
        Some(Place::new(file, span, text!(en: "its value is here", zh: "它的值写在这里")))
    }

    fn filling(&self, part: &Range<usize>) -> Option<&Substitution> {
        self.fillings.iter().find(|filling| filling.words.start < part.end && part.start < filling.words.end)
    }

    /// The values of at most `MAX_SHOWN` variables, each at its place in the campaign file.
    pub(super) fn filled_in(&self, check: &CampaignCheck<'_>) -> Vec<Place> {
        const MAX_SHOWN: usize = 3;
        let place = |filling: &Substitution| {
            let words = short(&self.words[filling.words.clone()]);
            check.place(
                &check.within(self.written, &filling.written),
                text!(en: "becomes `{words}`", zh: "发表时是 `{words}`"),
            )
        };
        self.fillings.iter().take(MAX_SHOWN).map(place).collect()
    }

    fn exceeds_a_limit(&self) -> bool {
        let sent = self.sent();
        match self.role {
            TextRole::Text => sent.len() > TEXT_WEIGHT || text_limits::over(&sent, TEXT_CHARS, TEXT_WEIGHT).is_some(),
            TextRole::LinkTitle => text_limits::over(self, LINK_TITLE_CHARS, LINK_TITLE_WEIGHT).is_some(),
            TextRole::LinkUrl => false,
        }
    }
}

impl Deref for CustomerText<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.words
    }
}

/// The dates on which a campaign posts a content, which is an index of the file's contents.
pub(super) struct Dates<'d> {
    /// Those to come in the days for which rules look ahead.
    pub(super) upcoming: &'d dyn Fn(usize) -> Vec<NaiveDate>,
    /// Those of a year from now on, in which each month and nearly each weekday of a month occurs.
    pub(super) of_a_year: &'d dyn Fn(usize) -> Vec<NaiveDate>,
}

/// Every text of a campaign that customers read, in the order of the file's keys. A text with variables of the date is
/// there once for each date.
pub(super) fn read<'a>(
    parsed: &'a ParsedCampaign,
    variables: &Variables<'_>,
    dates: &Dates<'_>,
) -> Vec<CustomerText<'a>> {
    let of_content = |(n, content): (usize, &'a Spanned<Content>)| -> Vec<CustomerText<'a>> {
        let text = content.value.text.iter().map(|written| (TextRole::Text, written));
        let link = content.value.link.iter().flat_map(|link| {
            let title = link.title.iter().map(|written| (TextRole::LinkTitle, written));
            title.chain(link.url.iter().map(|written| (TextRole::LinkUrl, written)))
        });
        text.chain(link).flat_map(|(role, written)| on_dates((n, role), written, variables, dates)).collect()
    };
    parsed.contents.iter().enumerate().flat_map(of_content).collect()
}

fn on_dates<'a>(
    (content, role): (usize, TextRole),
    written: &'a Spanned<String>,
    variables: &Variables<'_>,
    dates: &Dates<'_>,
) -> Vec<CustomerText<'a>> {
    if role == TextRole::LinkUrl || !variables::has_braces(written) {
        return vec![CustomerText {
            role,
            content,
            written,
            words: Cow::Borrowed(written.as_str()),
            fillings: Vec::new(),
        }];
    }
    let parts = date_parts(written);
    let fill = |date| fill((content, role), written, variables, date);
    let longest = fill(longest_date());
    if parts.is_empty() {
        return vec![longest];
    }
    let mut upcoming = (dates.upcoming)(content);
    if longest.exceeds_a_limit() {
        upcoming.extend((dates.of_a_year)(content));
        let mut texts = distinct(&upcoming, &parts).map(fill);
        if let Some(text) = texts.find(CustomerText::exceeds_a_limit) {
            return vec![text];
        }
    }
    let texts: Vec<_> = distinct(&upcoming, &parts).take(MAX_DATES).map(fill).collect();
    if texts.is_empty() { vec![longest] } else { texts }
}

/// Month, day and weekday are at their longest on this Wednesday.
fn longest_date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, 30).expect("a date of December")
}

fn date_parts(written: &str) -> Vec<DatePart> {
    let mut parts: Vec<DatePart> = Vec::new();
    for (_, stretch) in variables::stretches(written) {
        if let variables::Stretch::Variable(name) = stretch
            && let Some(part) = variables::date_part(name)
            && !parts.contains(&part)
        {
            parts.push(part);
        }
    }
    parts
}

/// The dates on which these parts differ.
fn distinct<'d>(dates: &'d [NaiveDate], parts: &[DatePart]) -> impl Iterator<Item = NaiveDate> + 'd {
    let has = |part| parts.contains(&part);
    let (month, day, weekday) = (has(DatePart::Month), has(DatePart::Day), has(DatePart::Weekday));
    let mut seen = std::collections::HashSet::new();
    dates.iter().copied().filter(move |date| {
        let of = |is_used: bool, value: u32| if is_used { value } else { 0 };
        seen.insert((of(month, date.month()), of(day, date.day()), of(weekday, date.weekday().number_from_monday())))
    })
}

fn fill<'a>(
    (content, role): (usize, TextRole),
    written: &'a Spanned<String>,
    variables: &Variables<'_>,
    date: NaiveDate,
) -> CustomerText<'a> {
    let (mut words, mut fillings) = (String::with_capacity(written.len()), Vec::new());
    for (at, stretch) in variables::stretches(written) {
        let from = words.len();
        let is_full = from > MAX_FILLED_BYTES;
        match variables.piece(&written[at.clone()], stretch) {
            _ if is_full => words.push_str(&written[at.clone()]),
            Piece::Words(piece) => words.push_str(&piece),
            Piece::Date(part) => words.push_str(&part.on(date, variables.lang())),
        }
        if words[from..] != written[at.clone()] {
            let value = match stretch {
                variables::Stretch::Variable(name) => variables.place(name),
                _ => None,
            };
            fillings.push(Substitution { words: from..words.len(), written: at, value });
        }
    }
    CustomerText { role, content, written, words: Cow::Owned(words), fillings }
}

/// Every text of a campaign that customers read.
pub(super) fn all<'c, 'a>(check: &'c CampaignCheck<'a>) -> impl Iterator<Item = &'c CustomerText<'a>> {
    check.texts.iter().filter(|text| text.role != TextRole::LinkUrl)
}

/// Every text in which variables may stand, as it is written.
pub(super) fn written<'c, 'a>(check: &'c CampaignCheck<'a>) -> impl Iterator<Item = &'a Spanned<String>> + use<'c, 'a> {
    let mut last = None;
    all(check)
        .map(|text| text.written)
        .filter(move |written| last.replace(written.span.start) != Some(written.span.start))
}

/// The texts of the posts, without those of which nothing can be seen.
pub(super) fn posts<'c, 'a>(check: &'c CampaignCheck<'a>) -> impl Iterator<Item = &'c CustomerText<'a>> {
    all(check).filter(|text| text.role == TextRole::Text && is_seen(text))
}

/// The addresses of links.
pub(super) fn link_urls<'c, 'a>(check: &'c CampaignCheck<'a>) -> impl Iterator<Item = &'c CustomerText<'a>> {
    check.texts.iter().filter(|text| text.role == TextRole::LinkUrl)
}

/// The titles of links.
pub(super) fn link_titles<'c, 'a>(check: &'c CampaignCheck<'a>) -> impl Iterator<Item = &'c CustomerText<'a>> {
    all(check).filter(|text| text.role == TextRole::LinkTitle)
}

/// Placeholders that count anywhere in a text.
pub(super) const PLACEHOLDERS_ANYWHERE: &[&str] =
    &["TODO", "FIXME", "TBD", "lorem ipsum", "待定", "待补充", "待确认", "待填写", "此处填写", "占位"];

/// Placeholders of examples. They count only as a whole text: inside of one they are plain words.
const PLACEHOLDERS_AS_WHOLE_TEXT: &[&str] =
    &["标题", "正文", "文案", "文字", "文本", "内容", "链接标题", "text", "title", "placeholder", "占位符"];

/// Whether a text is only a placeholder: `…`, `标题`, `TODO`.
pub(super) fn is_unwritten(text: &str) -> bool {
    const MAX_BYTES: usize = 64;
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_BYTES {
        return false;
    }
    let is_filler =
        |c: char| c.is_whitespace() || matches!(c, '…' | '.' | '。' | '⋯' | '·' | '_' | '-' | '—' | 'x' | 'X');
    if text.chars().all(is_filler) {
        return true;
    }
    let bare = text.trim_matches(|c: char| {
        matches!(c, '<' | '>' | '[' | ']' | '【' | '】' | '（' | '）' | '…' | '.' | '。' | '：' | ':')
    });
    PLACEHOLDERS_AS_WHOLE_TEXT.iter().chain(PLACEHOLDERS_ANYWHERE).any(|word| word.eq_ignore_ascii_case(bare))
}

/// The places of characters that `is_wanted` in every text that customers read, at most `MAX_PLACES` of each.
pub(super) fn characters<'c, 'a>(
    check: &'c CampaignCheck<'a>,
    is_wanted: impl Fn(char) -> bool + Copy + 'c,
) -> impl Iterator<Item = (&'c CustomerText<'a>, Range<usize>, char)> {
    all(check).flat_map(move |text| {
        // None of the characters of these rules is ASCII, and only few are below U+0100.
        let places = text.char_indices().filter(move |(_, c)| !c.is_ascii() && is_wanted(*c));
        places.map(move |(at, c)| (text, at..at + c.len_utf8(), c)).take(MAX_PLACES)
    })
}
