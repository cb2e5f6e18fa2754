//! Finds the boundaries of statements in a TOML text that may be invalid.

use std::ops::Range;

/// The most lines of a statement before one of its mistakes, so that the work is not quadratic in them.
const MAX_LINES: usize = 40;

/// The line of a byte, with its line end.
pub(in crate::book) fn line(source: &str, at: usize) -> Range<usize> {
    let start = source[..at].rfind('\n').map_or(0, |end| end + 1);
    start..source[at..].find('\n').map_or(source.len(), |end| at + end + 1)
}

/// The statement of a byte: a key with its value, on all its lines, or a head with all keys below it.
pub(in crate::book) fn statement(source: &str, at: usize) -> Range<usize> {
    let own = line(source, at);
    let start = lines_back(source, own.start)
        .take(MAX_LINES)
        .find(|before| begins(&source[before.clone()]))
        .filter(|before| is_open(&source[before.start..own.start]) && !begins(&source[own.clone()]))
        .map_or(own.start, |before| before.start);
    let end = if source[start..].trim_start_matches(is_blank).starts_with(['[', '［', '【']) {
        next_head(source, own.start)
    } else if is_open(&source[start..own.end]) {
        next_statement(source, own.start)
    } else {
        own.end
    };
    start..end
}

/// White space, and the byte order mark that some editors leave where files were joined.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// The start of the next line that begins a statement.
pub(in crate::book) fn next_statement(source: &str, from: usize) -> usize {
    next_line(source, from, begins)
}

/// The start of the next line that is a head.
pub(in crate::book) fn next_head(source: &str, from: usize) -> usize {
    next_line(source, from, is_head)
}

fn next_line(source: &str, from: usize, is_wanted: impl Fn(&str) -> bool) -> usize {
    let mut at = line(source, from).end;
    for line in source[at..].split_inclusive('\n') {
        if is_wanted(line) {
            return at;
        }
        at += line.len();
    }
    source.len()
}

/// The lines before a line's start, in reverse.
fn lines_back(source: &str, start: usize) -> impl Iterator<Item = Range<usize>> {
    let mut end = start;
    std::iter::from_fn(move || {
        let before = line(source, end.checked_sub(1)?);
        end = before.start;
        Some(before)
    })
}

/// Whether a line begins with a key and `=`, or is a head.
fn begins(line: &str) -> bool {
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'' | ' ' | '\t');
    let key = line.split_once('=').map(|(key, _)| key.trim());
    is_head(line) || key.is_some_and(|key| !key.is_empty() && key.chars().all(is_key))
}

/// `[content]` or `[[wording.refuse]]`, but not a list that continues.
fn is_head(line: &str) -> bool {
    let line = line.trim_start();
    let inner = line.trim_start_matches('[');
    inner.len() < line.len() && inner.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Whether the list at the start of a text is closed before the next key.
pub(in crate::book) fn is_closed(list: &str) -> bool {
    let (mut lists, mut tables) = (0usize, 0usize);
    for c in structure(list) {
        match c {
            '[' => lists += 1,
            ']' if lists == 1 => return true,
            ']' => lists -= 1,
            '{' => tables += 1,
            '}' => tables = tables.saturating_sub(1),
            '=' if tables == 0 => return false,
            _ => {}
        }
    }
    false
}

/// Whether a `{ }` has a line end or a trailing comma, which TOML 1.0 does not allow.
pub(in crate::book) fn is_loose_table(literal: &str) -> bool {
    if !literal.starts_with('{') {
        return false;
    }
    // On one line, only the trailing comma is possible.
    if !literal.contains('\n') {
        return literal.strip_suffix('}').is_some_and(|inside| inside.trim_end().ends_with(','));
    }
    let (mut lists, mut last) = (0usize, ' ');
    for c in structure(literal) {
        match c {
            '[' => lists += 1,
            ']' => lists = lists.saturating_sub(1),
            '\n' if lists == 0 => return true,
            '}' if lists == 0 && last == ',' => return true,
            _ => {}
        }
        if c != '\n' {
            last = c;
        }
    }
    false
}

/// The keys outside of texts with more than `most` parts, each as the span of its line; at most one per line.
pub(in crate::book) fn deep_keys(source: &str, most: usize) -> Vec<Range<usize>> {
    // The shortest such key has a part and a dot `most` times.
    if source.len() < 2 * most {
        return Vec::new();
    }
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut dots = 0usize;
    for token in tokens(source, &['.', '[', ']', '{', '}', '=', ',', '\n']) {
        let Token::Mark(at, c) = token else { continue };
        dots = if c == '.' { dots + 1 } else { 0 };
        if dots == most && found.last().is_none_or(|last| last.end <= at) {
            let whole = line(source, at);
            found.push(whole.start..whole.start + source[whole].trim_end().len());
        }
    }
    found
}

/// The texts of several lines, with their quotes.
pub fn long_texts(source: &str) -> Vec<Range<usize>> {
    let long = |token| match token {
        Token::Long { span, .. } => Some(span),
        Token::Mark(..) => None,
    };
    tokens(source, &[]).filter_map(long).collect()
}

/// Whether a list, table or text is open at the end.
fn is_open(text: &str) -> bool {
    let mut open = 0usize;
    for c in structure(text) {
        match c {
            '[' | '{' => open += 1,
            ']' | '}' => open = open.saturating_sub(1),
            '"' => return true,
            _ => {}
        }
    }
    open > 0
}

/// The structural characters of a text, line ends included; ends with a `"` if a text of several lines is open.
fn structure(text: &str) -> impl Iterator<Item = char> {
    tokens(text, &['[', ']', '{', '}', '=', ',', '\n']).filter_map(|token| match token {
        Token::Mark(_, c) => Some(c),
        Token::Long { is_closed, .. } => (!is_closed).then_some('"'),
    })
}

/// A part of the source outside of texts and comments.
enum Token {
    /// One of the wanted characters.
    Mark(usize, char),
    /// A text of several lines.
    Long { span: Range<usize>, is_closed: bool },
}

/// The `wanted` characters outside of texts and comments, and the texts of several lines.
fn tokens<'t>(text: &'t str, wanted: &'t [char]) -> impl Iterator<Item = Token> + 't {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = &text[at..];
            let start = at + rest.find(|c| matches!(c, '"' | '\'' | '#') || wanted.contains(&c))?;
            let found = &text[start..];
            if let Some(quotes) = ["\"\"\"", "'''"].into_iter().find(|quotes| found.starts_with(quotes)) {
                let end = found[3..].find(quotes).map(|end| start + 3 + end + 3);
                at = end.unwrap_or(text.len());
                return Some(Token::Long { span: start..at, is_closed: end.is_some() });
            }
            let c = found.chars().next()?;
            at = start + c.len_utf8();
            let rest = &text[at..];
            match c {
                // A text that is not closed on its line hides only that line.
                '"' | '\'' => {
                    let end = rest.find([c, '\n']).unwrap_or(rest.len());
                    at += end + usize::from(rest[end..].starts_with(c));
                }
                '#' => at += rest.find('\n').unwrap_or(rest.len()),
                c => return Some(Token::Mark(start, c)),
            }
        }
    })
}
