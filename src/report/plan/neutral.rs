//! Text from campaigns inside Markdown, where it must be nothing but text.
//!
//! Whoever may open a pull request may write anything into a campaign, and what comes out is posted by a robot that people
//! trust: so no mention, reference, link, picture, table, HTML or turned-round text may come of it.

use crate::post::is_hidden;

/// A blank of no width, in HTML.
const GAP: &str = "&#8203;";

/// The text in a code element, on one line. Forges look for mentions and references in text, and not in code; besides,
/// every character that means something to Markdown is written as a number, and what follows `@` or `#` is kept apart.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text, " "))
}

/// As [`code`], with line ends kept.
pub(super) fn lines(text: &str) -> String {
    format!("<code>{}</code>", escape(text.trim_end(), "<br>"))
}

/// What stands inside of an element of [`code`].
pub(super) fn escape(text: &str, line_end: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut last = ' ';
    for c in text.chars() {
        match c {
            '\n' => out.push_str(line_end),
            c if c.is_ascii_alphanumeric() || " -,;()/%+=?".contains(c) => out.push(c),
            // `www.` would be the beginning of a link.
            '.' if !last.eq_ignore_ascii_case(&'w') => out.push(c),
            '@' | '#' => out.push_str(&format!("&#{};{GAP}", u32::from(c))),
            c if c.is_ascii_punctuation() => out.push_str(&format!("&#{};", u32::from(c))),
            '\t' => out.push(' '),
            c if c.is_control() || is_hidden(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
        last = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(text: &str, markdown: &str) {
        assert_eq!(escape(text, "<br>"), markdown);
    }

    #[test]
    fn a_mention_and_a_reference_come_apart() {
        becomes("@octocat #1", "&#64;&#8203;octocat &#35;&#8203;1");
    }

    #[test]
    fn nothing_is_markup() {
        becomes("</code>|`*_[a](b)", "&#60;/code&#62;&#124;&#96;&#42;&#95;&#91;a&#93;(b)");
        becomes("https://www.a.b", "https&#58;//www&#46;a.b");
        becomes("&lt;", "&#38;lt;");
    }

    #[test]
    fn lines_and_odd_characters() {
        becomes("一\n二\u{202e}\u{0}", "一<br>二\u{fffd}\u{fffd}");
    }
}
