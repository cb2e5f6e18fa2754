//! The texts that customers read: the text of a post and the title of its link.

use std::ops::Range;

use super::CampaignCheck;
use crate::book::Spanned;

/// Most places of one text that a rule reports.
pub(super) const MAX_PLACES: usize = 10;

/// Every text of a campaign that customers read.
pub(super) fn all<'c>(check: &'c CampaignCheck<'_>) -> impl Iterator<Item = &'c Spanned<String>> {
    let content = check.parsed.content.as_ref();
    let title = content.and_then(|content| content.link.as_ref()).and_then(|link| link.title.as_ref());
    content.and_then(|content| content.text.as_ref()).into_iter().chain(title)
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
pub(super) fn characters<'c>(
    check: &'c CampaignCheck<'_>,
    is_wanted: impl Fn(char) -> bool + Copy + 'c,
) -> impl Iterator<Item = (&'c Spanned<String>, Range<usize>, char)> {
    all(check).flat_map(move |text| {
        // None of the characters of these rules is ASCII, and only few are below U+0100.
        let places = text.char_indices().filter(move |(_, c)| !c.is_ascii() && is_wanted(*c));
        places.map(move |(at, c)| (text, at..at + c.len_utf8(), c)).take(MAX_PLACES)
    })
}
