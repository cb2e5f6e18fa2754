//! Measures texts as WeCom does.

use std::ops::Range;

use crate::limits::weight;
use crate::plural::count;
use crate::text::Text;

/// By how much a text is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Over {
    chars: usize,
    most_chars: usize,
    weight: usize,
    most_weight: usize,
}

impl Over {
    pub(super) fn message(self, what: &Text) -> Text {
        let Self { chars, most_chars, weight, most_weight } = self;
        if chars > most_chars {
            let too_many = count(chars, "character");
            text!(
                en: "{what} has {too_many}; WeCom allows at most {most_chars}",
                zh: "{what}有 {chars} 个字符，企业微信最多允许 {most_chars} 个",
                what = what
            )
        } else {
            text!(
                en: "{what} has {weight} bytes as WeCom counts them; at most {most_weight} are allowed",
                zh: "{what}按企业微信的算法有 {weight} 个字节，最多 {most_weight} 个",
                what = what
            )
        }
    }

    pub(super) fn help(self) -> Text {
        if self.chars > self.most_chars {
            let excess = self.chars - self.most_chars;
            let in_english = count(excess, "character");
            text!(en: "remove {in_english}", zh: "请删掉 {excess} 个字符")
        } else {
            let excess = self.weight - self.most_weight;
            let in_english = count(excess, "byte");
            text!(
                en: "remove {in_english}: an emoji counts 4, a Chinese character 2, a letter 1",
                zh: "请删掉 {excess} 个字节：一个表情算 4 个，一个汉字算 2 个，一个字母算 1 个"
            )
        }
    }
}

/// Measures a text as sent; `None` if it is short enough.
pub(super) fn over(sent: &str, most_chars: usize, most_weight: usize) -> Option<Over> {
    // A character's weight is at most its length in bytes.
    if sent.len() <= most_chars.min(most_weight) {
        return None;
    }
    let (chars, weight) = (sent.chars().count(), weight(sent));
    (chars > most_chars || weight > most_weight).then_some(Over { chars, most_chars, weight, most_weight })
}

/// The first character beyond the limit, in the text as written.
pub(super) fn first_over(written: &str, most_chars: usize, most_weight: usize) -> Range<usize> {
    let (mut chars, mut weighed) = (0, 0);
    for (at, c) in written.char_indices() {
        // CRLF is sent as one line end, so the CR is not counted.
        if c == '\r' && written[at..].starts_with("\r\n") {
            continue;
        }
        chars += 1;
        weighed += weight(c.encode_utf8(&mut [0; 4]));
        if chars > most_chars || weighed > most_weight {
            return at..at + c.len_utf8();
        }
    }
    written.len()..written.len()
}
