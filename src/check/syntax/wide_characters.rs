//! Characters of an input method or a word processor outside of quotes, where TOML needs ASCII.

use std::ops::Range;

use super::{line_at, not_allowed_here};
use crate::check::FindingSink;
use crate::check::characters::{is_invisible, name_of, plain};
use crate::check::phrases::{here, remove_it};

/// Reports the first such character of a line, or an invisible one.
pub(super) fn odd_character(source: &str, span: &Range<usize>, findings: &mut FindingSink<'_>) -> bool {
    let (start, line) = line_at(source, span.start);
    let Some((at, odd, wanted)) = first_odd(line) else { return false };
    let place = start + at..start + at + odd.len_utf8();
    let name = name_of(odd);
    let Some(wanted) = wanted else {
        let message = if is_invisible(odd) {
            text!(
                en: "there is an invisible character outside of quotes: {name}",
                zh: "引号外面有看不见的字符：{name}",
                name = name
            )
        } else {
            not_allowed_here(odd)
        };
        findings.at(&place, here(), message).help(remove_it()).replace(&place, "");
        return true;
    };
    let wanted = match wanted {
        ' ' => text!(en: "a plain space", zh: "普通空格"),
        wanted => text!(en: "`{wanted}`", zh: "半角的 `{wanted}`"),
    };
    let finding = findings.at(
        &place,
        text!(en: "write {wanted}", zh: "请用{wanted}", wanted = wanted),
        text!(
            en: "there is {name} where TOML needs {wanted}",
            zh: "这里要用{wanted}，现在是{name}",
            name = name,
            wanted = wanted
        ),
    );
    finding.help(text!(
        en: "switch the input method to half-width (English) for everything outside of quotes",
        zh: "引号以外的符号都要用半角；请把输入法切换到英文（半角）"
    ));
    if let Some(plain) = plain_outside_quotes(line) {
        finding.replace(&(start..start + line.len()), plain);
    }
    true
}

/// A line with ASCII characters outside of texts; `None` if it is unclear which quotes delimit a text.
fn plain_outside_quotes(line: &str) -> Option<String> {
    let mut made = String::with_capacity(line.len());
    // The quote that ends the open text, and whether its opening quote was not ASCII.
    let mut open: Option<(char, bool)> = None;
    for (at, c) in line.char_indices() {
        let meant = if open.is_none() { plain_at(line, at, c) } else { plain(c) }.unwrap_or(c);
        let is_quote = matches!(meant, '"' | '\'');
        match open {
            Some((quote, is_odd)) if meant == quote && (c != quote) == is_odd => {
                open = None;
                made.push(quote);
            }
            // A text that begins with one kind of quote and contains another.
            Some((_, true)) if matches!(c, '"' | '\\') => return None,
            Some(_) => made.push(c),
            None if c == '#' => {
                made.push_str(&line[at..]);
                return Some(made);
            }
            None if is_quote => {
                open = Some((meant, meant != c));
                made.push(meant);
            }
            None if is_invisible(c) || is_stray(line, at, c) => {}
            None => made.push(meant),
        }
    }
    open.is_none().then_some(made)
}

/// The ASCII character that is meant at this place. Sentence punctuation stands for TOML punctuation.
fn plain_at(line: &str, at: usize, c: char) -> Option<char> {
    match c {
        '：' if is_bare_key(&line[..at]) => Some('='),
        '。' | '；' | ';' if line[..at].trim_end().ends_with(['"', '\'', '”', '’', '」', ']']) => Some(','),
        c => plain(c),
    }
}

/// Whether this is sentence punctuation after the last entry of a list or after a value.
fn is_stray(line: &str, at: usize, c: char) -> bool {
    let behind = line[at + c.len_utf8()..].trim_start();
    matches!(c, '。' | '；' | ';') && (behind.is_empty() || behind.starts_with([']', '}', '#', '】', '］']))
}

fn is_bare_key(text: &str) -> bool {
    let key = text.trim();
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// The first such character outside of quotes and comments, with the ASCII character that is meant.
fn first_odd(line: &str) -> Option<(usize, char, Option<char>)> {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '#') => return None,
            (None, '"' | '\'') => quote = Some(c),
            (None, c) if is_invisible(c) || is_stray(line, at, c) => return Some((at, c, None)),
            (None, c) => {
                if let Some(meant) = plain_at(line, at, c) {
                    return Some((at, c, Some(meant)));
                }
            }
        }
    }
    None
}
