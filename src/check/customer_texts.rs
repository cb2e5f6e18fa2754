//! The texts that customers read: the text of a post and the title of its link.

use std::borrow::Cow;
use std::ops::{Deref, Range};

use super::CampaignCheck;
use super::characters::{as_sent, is_seen};
use crate::book::{ParsedCampaign, Spanned};

/// Most places of one text that a rule reports.
pub(super) const MAX_PLACES: usize = 10;

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextRole {
    /// The text of the post itself.
    Text,
    /// The title of its link.
    LinkTitle,
}

/// A text that customers read.
#[derive(Clone, Debug)]
pub struct CustomerText<'a> {
    pub role: TextRole,
    /// The text in the file.
    pub written: &'a Spanned<String>,
}

impl CustomerText<'_> {
    /// The text as it goes out.
    pub fn sent(&self) -> Cow<'_, str> {
        as_sent(self)
    }
}

impl Deref for CustomerText<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.written
    }
}

/// Every text of a campaign that customers read, in the order of the file's keys.
pub(super) fn read(parsed: &ParsedCampaign) -> Vec<CustomerText<'_>> {
    let Some(content) = &parsed.content else { return Vec::new() };
    let text = content.text.iter().map(|written| CustomerText { role: TextRole::Text, written });
    let title = content.link.iter().filter_map(|link| link.title.as_ref());
    text.chain(title.map(|written| CustomerText { role: TextRole::LinkTitle, written })).collect()
}

/// Every text of a campaign that customers read.
pub(super) fn all<'c, 'a>(check: &'c CampaignCheck<'a>) -> impl Iterator<Item = &'c CustomerText<'a>> {
    check.texts.iter()
}

/// The texts of the posts, without those of which nothing can be seen.
pub(super) fn posts<'c, 'a>(check: &'c CampaignCheck<'a>) -> impl Iterator<Item = &'c CustomerText<'a>> {
    all(check).filter(|text| text.role == TextRole::Text && is_seen(text))
}

/// The titles of links.
pub(super) fn link_titles<'c, 'a>(check: &'c CampaignCheck<'a>) -> impl Iterator<Item = &'c CustomerText<'a>> {
    all(check).filter(|text| text.role == TextRole::LinkTitle)
}

/// Placeholders that count anywhere in a text.
pub(super) const STILL_TO_COME: &[&str] =
    &["TODO", "FIXME", "TBD", "lorem ipsum", "待定", "待补充", "待确认", "待填写", "此处填写", "占位"];

/// Placeholders of examples. They count only as a whole text: inside of one they are plain words.
const STAND_INS: &[&str] =
    &["标题", "正文", "文案", "文字", "文本", "内容", "链接标题", "text", "title", "placeholder", "占位符"];

/// Whether a text only holds the place of one: `…`, `标题`, `TODO`.
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
    STAND_INS.iter().chain(STILL_TO_COME).any(|word| word.eq_ignore_ascii_case(bare))
}

/// The places of characters that `is_wanted` in every such text, not too many of each.
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
