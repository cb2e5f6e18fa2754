//! The forms of member, department and tag ids, and several of them in one text.

use super::characters;
use crate::text::Text;

/// The prefix of enterprise customer tag ids.
pub(super) const TAG: &str = "et";

/// Letters, digits, `_` and `-`, at most as long as WeCom's ids.
pub(super) fn is_tag_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// Letters, digits and `_-@.`, with a letter or digit first.
pub(super) fn is_user_id(text: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '@' | '.');
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_inner)
}

/// Whether a text would be a tag id without its full-width characters or surrounding spaces.
pub(super) fn is_spoilt_tag_id(text: &str) -> bool {
    let plain = characters::made_plain(text.trim());
    plain != text && plain.starts_with(TAG) && is_tag_id(&plain)
}

/// Splits several entries in one text: `zhangshan, lisi` gives `"zhangshan", "lisi"`. `None` if `write` rejects one of
/// them.
pub(super) fn several(text: &str, write: impl Fn(&str) -> Option<String>) -> Option<String> {
    const MARKS: &[char] = &[',', '，', '、', ';', '；', '|', '｜'];
    let parted = |by: &dyn Fn(char) -> bool| {
        let parts: Vec<&str> = text.split(by).map(str::trim).filter(|part| !part.is_empty()).collect();
        let written = parts.iter().map(|part| write(part)).collect::<Option<Vec<_>>>()?;
        (written.len() > 1).then(|| written.join(", "))
    };
    if text.len() > MAX_NAME_CHARS {
        return None;
    }
    // A name may contain blanks.
    parted(&|c| MARKS.contains(&c)).or_else(|| parted(&|c| MARKS.contains(&c) || c == '/' || c.is_whitespace()))
}

/// Whether a text contains separators of a list.
pub(super) fn looks_like_several(text: &str) -> bool {
    text.split([',', '，', '、', ';', '；', '|', '｜']).filter(|part| !part.trim().is_empty()).count() > 1
}

/// The longest text that is split, in bytes.
const MAX_NAME_CHARS: usize = 4_000;

/// The help for several entries in one text.
pub(super) fn write_several(entries: &str, is_alone: bool) -> Text {
    if is_alone {
        text!(en: "write `[{entries}]`", zh: "请写 `[{entries}]`")
    } else {
        text!(en: "write `{entries}`: each entry has its own quotes", zh: "请分开写，每一项各加引号：`{entries}`")
    }
}

/// The number in quotes that is meant as a department id.
pub(super) fn quoted_number(text: &str) -> Option<String> {
    let plain = characters::made_plain(text.trim());
    let digits = plain.strip_prefix(['-', '+']).unwrap_or(&plain);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(plain)
}
