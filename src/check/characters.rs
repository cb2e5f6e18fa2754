//! Texts as WeCom receives them, and as findings show them.

use std::borrow::Cow;

pub(super) use crate::escape::is_ignorable as is_invisible;
use crate::text::{StaticText, Text};

/// A text as it is sent: with WeCom's line ends, without the one before TOML's closing `"""`.
pub(super) fn as_sent(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        let text = text.replace("\r\n", "\n");
        return Cow::Owned(text.strip_suffix('\n').unwrap_or(&text).to_owned());
    }
    Cow::Borrowed(text.strip_suffix('\n').unwrap_or(text))
}

/// Whether any character of a text is visible.
pub(super) fn is_seen(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !c.is_control() && !is_invisible(c))
}

/// Code points that Unicode never assigns to a character.
pub(super) fn is_noncharacter(c: char) -> bool {
    let number = u32::from(c);
    (0xfdd0..=0xfdef).contains(&number) || number & 0xfffe == 0xfffe
}

/// A text for a headline: on one line, and short.
pub(super) fn short(text: &str) -> String {
    const MAX_CHARS: usize = 40;
    let mut shown: String = text.chars().take(MAX_CHARS).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

/// A character by its number, and by its name if it has a common one.
pub(super) fn name_of(c: char) -> Text {
    let number = format!("U+{:04X}", u32::from(c));
    let name = match c {
        '\0' => StaticText { en: "a null", zh: "空字符" },
        '\u{8}' => StaticText { en: "a backspace", zh: "退格符" },
        '\u{b}' => StaticText { en: "a vertical tab", zh: "纵向制表符" },
        '\u{c}' => StaticText { en: "a form feed", zh: "换页符" },
        '\r' => StaticText { en: "a carriage return", zh: "回车符" },
        '\u{1b}' => StaticText { en: "an escape", zh: "转义控制符" },
        '\u{7f}' => StaticText { en: "a delete", zh: "删除控制符" },
        ' ' => StaticText { en: "a space", zh: "空格" },
        '\u{a0}' => StaticText { en: "a no-break space", zh: "不换行空格" },
        '\u{3000}' => StaticText { en: "a full-width space", zh: "全角空格" },
        '\u{feff}' => StaticText { en: "a byte order mark", zh: "字节顺序标记" },
        '\u{200b}' => StaticText { en: "a zero-width space", zh: "零宽空格" },
        '\u{200c}' | '\u{200d}' | '\u{2060}' => StaticText { en: "an invisible joiner", zh: "看不见的连接符" },
        '\u{ad}' => StaticText { en: "a soft hyphen", zh: "软连字符" },
        '\u{61c}' | '\u{200e}' | '\u{200f}' => {
            StaticText { en: "a mark for the direction of writing", zh: "书写方向标记" }
        }
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            StaticText { en: "a variation selector", zh: "字形选择符" }
        }
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            StaticText { en: "a control for the direction of writing", zh: "书写方向控制符" }
        }
        '\u{2011}' => StaticText { en: "a non-breaking hyphen", zh: "不换行连字符" },
        '\u{fffd}' => StaticText { en: "the replacement character", zh: "乱码符号" },
        c if is_noncharacter(c) => {
            StaticText { en: "a character that Unicode never assigns", zh: "Unicode 不使用的字符" }
        }
        '“' | '”' => StaticText { en: "a curly double quote", zh: "中文双引号" },
        '‘' | '’' => StaticText { en: "a curly single quote", zh: "中文单引号" },
        '＂' => StaticText { en: "a full-width double quote", zh: "全角双引号" },
        '＇' => StaticText { en: "a full-width single quote", zh: "全角单引号" },
        '「' | '」' | '『' | '』' => StaticText { en: "a corner quote", zh: "直角引号" },
        '，' => StaticText { en: "a full-width comma", zh: "全角逗号" },
        '、' => StaticText { en: "an ideographic comma", zh: "顿号" },
        '。' => StaticText { en: "an ideographic full stop", zh: "中文句号" },
        '：' => StaticText { en: "a full-width colon", zh: "全角冒号" },
        '；' => StaticText { en: "a full-width semicolon", zh: "全角分号" },
        '＝' => StaticText { en: "a full-width equals sign", zh: "全角等号" },
        '＃' => StaticText { en: "a full-width hash", zh: "全角井号" },
        '．' => StaticText { en: "a full-width full stop", zh: "全角句点" },
        '［' | '］' | '【' | '】' => StaticText { en: "a full-width bracket", zh: "全角方括号" },
        '｛' | '｝' => StaticText { en: "a full-width brace", zh: "全角花括号" },
        '（' | '）' => StaticText { en: "a full-width parenthesis", zh: "全角圆括号" },
        '－' | '–' | '—' | '−' => StaticText { en: "a dash", zh: "长横线" },
        '０'..='９' => StaticText { en: "a full-width digit", zh: "全角数字" },
        'Ａ'..='Ｚ' | 'ａ'..='ｚ' => StaticText { en: "a full-width letter", zh: "全角字母" },
        c if c.is_control() => StaticText { en: "a control character", zh: "控制字符" },
        c if c.is_whitespace() => StaticText { en: "an unusual space", zh: "特殊空格" },
        c if is_invisible(c) => StaticText { en: "an invisible character", zh: "看不见的字符" },
        _ => return text!(en: "`{c}` ({number})", zh: " `{c}`（{number}）"),
    };
    if c.is_control() || c.is_whitespace() || is_invisible(c) || is_noncharacter(c) {
        text!(en: "{name} ({number})", zh: "{name}（{number}）", name = name)
    } else {
        text!(en: "{name} `{c}` ({number})", zh: "{name} `{c}`（{number}）", name = name)
    }
}

/// The ASCII character for one that an input method or word processor has replaced.
pub(super) fn plain(c: char) -> Option<char> {
    Some(match c {
        '“' | '”' | '「' | '」' | '『' | '』' | '„' => '"',
        '‘' | '’' => '\'',
        '、' => ',',
        '。' => '.',
        '【' => '[',
        '】' => ']',
        '\u{2010}' | '\u{2011}' | '–' | '—' | '−' => '-',
        '\u{a0}' | '\u{3000}' | '\u{2002}'..='\u{200a}' | '\u{202f}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0)?,
        _ => return None,
    })
}

/// An id with such characters replaced, and without invisible ones.
pub(super) fn made_plain(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).map(|c| plain(c).unwrap_or(c)).collect()
}
