//! Text inside Markdown that must remain plain text.
//!
//! A trusted robot posts content of a pull request. That content must not produce mentions, references, links,
//! pictures, emoji, tables, HTML or reversed text. Every character with a meaning in Markdown is written as a numeric
//! character reference. Forges search the rendered page again for mentions and references, where numeric references are
//! characters again: there a zero-width space separates the sign from its target.

use super::name_of_hidden;

/// A zero-width space, in HTML.
const GAP: &str = "&#8203;";

/// A text on one line.
pub fn markdown(text: &str) -> String {
    escape(text, " ", true)
}

/// As [`markdown`], but keeps line ends and blanks at the beginning of lines. For HTML elements other than `code`, in
/// which GitHub hides line ends.
pub fn markdown_lines(text: &str) -> String {
    escape(text, "<br>", true)
}

/// A name or a value in a code element, on one line.
pub fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text, " ", false))
}

fn escape(text: &str, line_end: &str, names_in_code: bool) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut before: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        match c {
            '\r' if next == Some('\n') => {}
            '\n' => out.push_str(line_end),
            '\r' | '\t' => out.push(' '),
            // HTML collapses several blanks into one.
            ' ' if before.is_none_or(|before| matches!(before, ' ' | '\n')) => out.push_str("&nbsp;"),
            c if c.is_ascii_alphanumeric() || " ,;()/+=?".contains(c) => out.push(c),
            '-' if before.is_some_and(|before| before.is_ascii_alphanumeric()) => {
                out.push(c);
                // `GH-3` is a reference.
                if next.is_some_and(|next| next.is_ascii_digit())
                    && before.is_some_and(|before| before.is_ascii_alphabetic())
                {
                    out.push_str(GAP);
                }
            }
            '.' => {
                out.push_str("&#46;");
                // `www.` begins a link.
                if before.is_some_and(|before| before.eq_ignore_ascii_case(&'w')) {
                    out.push_str(GAP);
                }
            }
            '@' | '#' | '!' | '$' | '%' | '&' | '~' | '^' | '*' => {
                out.push_str(&format!("&#{};", u32::from(c)));
                if next.is_some_and(|next| !next.is_whitespace()) {
                    out.push_str(GAP);
                }
            }
            ':' => {
                out.push_str("&#58;");
                // A colon may begin or end the name of an emoji, or a link. Between digits it is part of a time.
                let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
                if !(digit(before) && digit(next)) && next.is_some_and(|next| next.is_ascii_graphic()) {
                    out.push_str(GAP);
                }
            }
            c if c.is_ascii_punctuation() => out.push_str(&format!("&#{};", u32::from(c))),
            c => match name_of_hidden(c, before) {
                Some(name) if names_in_code => out.push_str(&format!("<code>{name}</code>")),
                Some(name) => out.push_str(&format!("&#91;{name}&#93;")),
                None => out.push(c),
            },
        }
        before = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(text: &str, expected: &str) {
        assert_eq!(markdown_lines(text), expected);
    }

    #[test]
    fn a_mention_and_a_reference_come_apart() {
        becomes("@octocat #1", "&#64;&#8203;octocat &#35;&#8203;1");
        becomes("GH-3 !4 %5 &6", "GH-&#8203;3 &#33;&#8203;4 &#37;&#8203;5 &#38;&#8203;6");
        becomes("a@b.c", "a&#64;&#8203;b&#46;c");
        becomes(":tada: 09:30", "&#58;&#8203;tada&#58; 09&#58;30");
    }

    #[test]
    fn nothing_is_markup() {
        becomes("</code>|`_[a](b)", "&#60;/code&#62;&#124;&#96;&#95;&#91;a&#93;(b)");
        becomes("https://www.a.b", "https&#58;&#8203;//www&#46;&#8203;a&#46;b");
        becomes("&lt;", "&#38;&#8203;lt;");
    }

    #[test]
    fn a_line_begins_no_list() {
        becomes("- a\n1. b\n+ c", "&#45; a<br>1&#46; b<br>+ c");
    }

    #[test]
    fn lines_and_blanks_are_seen() {
        becomes("一\r\n  二\n\n三", "一<br>&nbsp;&nbsp;二<br><br>三");
        assert_eq!(markdown("一\n二"), "一 二");
    }

    #[test]
    fn what_cannot_be_seen_is_named() {
        becomes("买\u{202e}一", "买<code>U+202E right-to-left override</code>一");
        assert_eq!(code("a\u{0}"), "<code>a&#91;U+0000&#93;</code>");
    }
}
