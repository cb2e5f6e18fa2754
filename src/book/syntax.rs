//! Makes sense of what the TOML reader says of a broken file: one fault for one slip, at the place of the slip.
//!
//! One forgotten bracket makes the TOML reader complain line after line, and what it makes of a broken line is a guess.

use std::ops::Range;

use toml::de::{DeTable, Error};

use super::fault::{Fault, Unclosed};

/// Most lists and texts of one file that are looked behind.
const UNCLOSED: usize = 8;

/// What is wrong with the syntax of a file.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) faults: Vec<Fault>,
    /// Stretches of the file that cannot be relied on: whole lines.
    pub(super) broken: Vec<Range<usize>>,
}

/// Reads TOML past its faults. `read` gets what could be made of the file; its places are those of `source`.
pub(super) fn past_faults(source: &str, read: impl FnOnce(&DeTable<'_>)) -> Judged {
    let mut judged = Judged::default();
    let mut masked = None;
    // A list or text that never closes swallows what follows. It is masked with blanks, and the rest read once more.
    for _ in 0..UNCLOSED {
        let source = masked.as_deref().unwrap_or(source);
        let (_, errors) = DeTable::parse_recoverable(source);
        let Some((open, what)) = first_unclosed(source, &in_order(source, &errors)) else { break };
        let end = match what {
            Unclosed::Text => next_head(source, open.end),
            Unclosed::List => next_key(source, open.end),
        };
        let lost = line(source, open.start).start..end;
        masked = Some(mask(source, &lost));
        judged.faults.push(Fault::Unclosed { span: open, what });
        judged.broken.push(lost);
    }
    let source = masked.as_deref().unwrap_or(source);
    let (top, errors) = DeTable::parse_recoverable(source);
    let mut end = 0;
    for (span, message) in in_order(source, &errors) {
        if span.start >= end {
            let lost = unsure(source, &span);
            end = lost.end;
            judged.broken.push(lost);
            judged.faults.push(Fault::Syntax { span, message: message.to_owned() });
        }
    }
    read(top.get_ref());
    judged
}

fn in_order<'e>(source: &str, errors: &'e [Error]) -> Vec<(Range<usize>, &'e str)> {
    let mut errors: Vec<_> = errors.iter().map(|error| (clamp(source, error.span()), error.message())).collect();
    errors.sort_by_key(|(span, _)| span.start);
    errors
}

fn mask(source: &str, lost: &Range<usize>) -> String {
    let blanks: String = source[lost.clone()].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
    format!("{}{blanks}{}", &source[..lost.start], &source[lost.end..])
}

fn clamp(source: &str, span: Option<Range<usize>>) -> Range<usize> {
    let span = span.unwrap_or(source.len()..source.len());
    let start = source.floor_char_boundary(span.start);
    start..source.ceil_char_boundary(span.end.max(start))
}

/// The line that a byte stands on, with its line end.
fn line(source: &str, at: usize) -> Range<usize> {
    let start = source[..at].rfind('\n').map_or(0, |end| end + 1);
    start..source[at..].find('\n').map_or(source.len(), |end| at + end + 1)
}

/// What cannot be relied on after a slip: its line, and after a broken `[head]` all up to the next one.
fn unsure(source: &str, span: &Range<usize>) -> Range<usize> {
    let (first, last) = (line(source, span.start), line(source, span.end));
    let is_head = source[first.start..].trim_start().starts_with(['[', '［', '【']);
    let end = if is_head { next_head(source, span.end) } else { last.end };
    first.start..end
}

/// The start of the next line that is a head.
fn next_head(source: &str, from: usize) -> usize {
    let first = line(source, from);
    let mut at = first.end;
    for line in source[first.end..].split_inclusive('\n') {
        if is_head(line.trim_start()) {
            return at;
        }
        at += line.len();
    }
    source.len()
}

/// `[content]` or `[[wording.refuse]]`, and no list that goes on.
fn is_head(line: &str) -> bool {
    let inner = line.trim_start_matches('[');
    inner.len() < line.len() && inner.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Where the first list or text begins that is never closed, if one of the errors comes from that.
fn first_unclosed(source: &str, errors: &[(Range<usize>, &str)]) -> Option<(Range<usize>, Unclosed)> {
    // An `=` in a list means that the list was to end before it.
    let never_ends =
        |message: &str| message.starts_with("unexpected `=` in array") || message.starts_with("unclosed array");
    for (n, (span, message)) in errors.iter().enumerate() {
        if message.starts_with("invalid multi-line") && span.end >= source.trim_end().len() {
            let quotes = if message.contains("literal") { "'''" } else { "\"\"\"" };
            let open = source[..span.start].trim_end().rfind(quotes)?;
            return Some((open..open + quotes.len(), Unclosed::Text));
        }
        if message.contains("array") && errors[n..].iter().any(|(_, message)| never_ends(message)) {
            let open = source[..span.start].rfind('[').filter(|open| source[..*open].trim_end().ends_with('='))?;
            return Some((open..open + 1, Unclosed::List));
        }
    }
    None
}

/// The start of the next line that begins with a key or a head.
fn next_key(source: &str, from: usize) -> usize {
    let first = line(source, from);
    let mut at = first.end;
    for line in source[first.end..].split_inclusive('\n') {
        let trimmed = line.trim_start();
        let key = trimmed.split(['=', '"', '\'', '#', ',']).next().unwrap_or_default();
        let begins_key = trimmed[key.len()..].starts_with('=') && !key.trim().is_empty();
        if begins_key || is_head(trimmed) {
            return at;
        }
        at += line.len();
    }
    source.len()
}
