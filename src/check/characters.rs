//! Texts as they go out, and as they are shown in findings.

pub(super) use crate::escape::is_ignorable as is_invisible;

/// A text as it goes out: line ends as WeCom has them, without the one that TOML's closing `"""` leaves behind.
pub(super) fn as_sent(text: &str) -> String {
    let text = if text.contains('\r') { text.replace("\r\n", "\n") } else { text.to_owned() };
    match text.strip_suffix('\n') {
        Some(shorter) => shorter.to_owned(),
        None => text,
    }
}

/// Whether anything of a text can be seen.
pub(super) fn is_seen(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !c.is_control() && !is_invisible(c))
}

/// Characters that Unicode never assigns.
pub(super) fn is_noncharacter(c: char) -> bool {
    let number = u32::from(c);
    (0xfdd0..=0xfdef).contains(&number) || number & 0xfffe == 0xfffe
}

/// A text for a headline: on one line and not long.
pub(super) fn short(text: &str) -> String {
    const MOST: usize = 40;
    let mut shown: String = text.chars().take(MOST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

/// A character by its name where people know one, and by its number.
pub(super) fn name_of(c: char) -> String {
    let number = format!("U+{:04X}", u32::from(c));
    let name = match c {
        '\0' => "a null",
        '\u{8}' => "a backspace",
        '\u{b}' => "a vertical tab",
        '\u{c}' => "a form feed",
        '\r' => "a carriage return",
        '\u{1b}' => "an escape",
        '\u{7f}' => "a delete",
        ' ' => "a space",
        '\u{a0}' => "a no-break space",
        '\u{3000}' => "a full-width space",
        '\u{feff}' => "a byte order mark",
        '\u{200b}' => "a zero-width space",
        '\u{200c}' | '\u{200d}' | '\u{2060}' => "an invisible joiner",
        '\u{ad}' => "a soft hyphen",
        '\u{61c}' | '\u{200e}' | '\u{200f}' => "a mark for the direction of writing",
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => "a variation selector",
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => "a control for the direction of writing",
        '\u{2011}' => "a non-breaking hyphen",
        '\u{fffd}' => "the replacement character",
        c if is_noncharacter(c) => "a character that Unicode never assigns",
        '“' | '”' => "a curly double quote",
        '‘' | '’' => "a curly single quote",
        '＂' => "a full-width double quote",
        '＇' => "a full-width single quote",
        '「' | '」' | '『' | '』' => "a corner quote",
        '，' => "a full-width comma",
        '、' => "an ideographic comma",
        '。' => "an ideographic full stop",
        '：' => "a full-width colon",
        '；' => "a full-width semicolon",
        '＝' => "a full-width equals sign",
        '＃' => "a full-width hash",
        '．' => "a full-width full stop",
        '［' | '］' | '【' | '】' => "a full-width bracket",
        '｛' | '｝' => "a full-width brace",
        '（' | '）' => "a full-width parenthesis",
        '－' | '–' | '—' | '−' => "a dash",
        '０'..='９' => "a full-width digit",
        'Ａ'..='Ｚ' | 'ａ'..='ｚ' => "a full-width letter",
        c if c.is_control() => "a control character",
        c if c.is_whitespace() => "an unusual space",
        c if is_invisible(c) => "an invisible character",
        _ => return format!("`{c}` ({number})"),
    };
    if c.is_control() || c.is_whitespace() || is_invisible(c) || is_noncharacter(c) {
        format!("{name} ({number})")
    } else {
        format!("{name} `{c}` ({number})")
    }
}

/// The plain ASCII that somebody meant by a character which an input method or word processor has put in its place.
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

/// An id with such characters made plain, and without those that cannot be seen.
pub(super) fn made_plain(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).map(|c| plain(c).unwrap_or(c)).collect()
}
