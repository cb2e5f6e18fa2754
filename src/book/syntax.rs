//! Reads invalid TOML: reports one error per mistake, at its place, and reads the rest of the file as written.
//!
//! The TOML parser reports one forgotten bracket on line after line, and stops at some mistakes. So statements that
//! fail are replaced by blanks, and the file is parsed again until no error is left. Blanks keep all positions.

pub(in crate::book) mod layout;

use std::borrow::Cow;
use std::ops::Range;

use toml::de::{DeTable, Error};

use super::conflict;
use super::parse_error::{ParseError, Unclosed};
use super::spanned::SpanSet;

/// The most passes over a file. Each pass removes every mistake that it sees.
const MAX_PASSES: usize = 12;

/// The most parts of a key, as in `a.b.c`. The TOML parser has the same limit for nested values.
const MAX_DEPTH: usize = 128;

/// The TOML parser's message about values that are nested too deeply.
const TOO_DEEP: &str = "cannot recurse further";

/// The syntax parse_errors of a file.
#[derive(Default)]
pub(super) struct Recovered {
    /// Sorted by place.
    pub(super) parse_errors: Vec<ParseError>,
    /// The parts of the file that were not read, in whole lines.
    pub(super) unparsed: SpanSet,
}

/// Reads TOML despite its parse_errors. `read` gets the parsed rest of the file, with the positions of `source`.
pub(super) fn parse_with_recovery(source: &str, read: impl FnOnce(&DeTable<'_>)) -> Recovered {
    let mut recovered = Recovered::default();
    let mut unparsed = recovered.collect_before_parsing(source);
    let mut left = Cow::Borrowed(source);
    if !unparsed.is_empty() {
        left = Cow::Owned(blank(left.into_owned(), &unparsed));
    }
    let (top, errors) = DeTable::parse_recoverable(&left);
    if errors.is_empty() {
        recovered.unparsed = unparsed.into_iter().collect();
        read(top.get_ref());
        return recovered;
    }
    let mut left = left.into_owned();
    for _ in 0..MAX_PASSES {
        let (_, errors) = DeTable::parse_recoverable(&left);
        if errors.is_empty() {
            break;
        }
        let lost = recovered.collect_parse_errors(&left, &errors);
        left = blank(left, &lost);
        unparsed.extend(lost);
    }
    let (top, errors) = DeTable::parse_recoverable(&left);
    // Statements that still do not parse are unreliable.
    let mut places: Vec<_> = errors.iter().map(|error| place(&left, error).start).collect();
    places.sort_unstable();
    for at in places {
        if unparsed.last().is_none_or(|lost: &Range<usize>| !lost.contains(&at)) {
            unparsed.push(layout::statement(&left, at));
        }
    }
    recovered.unparsed = unparsed.into_iter().collect();
    recovered.parse_errors.sort_by_key(ParseError::start);
    read(top.get_ref());
    recovered
}

impl Recovered {
    /// Collects the parse_errors that are visible before TOML is parsed, and returns their spans: merge conflicts, and keys
    /// so deep that the parser's time would be quadratic in their parts.
    fn collect_before_parsing(&mut self, source: &str) -> Vec<Range<usize>> {
        let mut lost = Vec::new();
        for conflict in conflict::find(source) {
            lost.push(conflict.span.clone());
            self.parse_errors.push(ParseError::Conflict { span: conflict.span, others: conflict.others });
        }
        for span in layout::deep_keys(source, MAX_DEPTH) {
            lost.push(layout::statement(source, span.start));
            self.parse_errors.push(ParseError::Syntax { span, message: TOO_DEEP.to_owned() });
        }
        lost
    }

    /// Collects the parse_errors of one pass, and returns the spans that they affect.
    fn collect_parse_errors(&mut self, source: &str, errors: &[Error]) -> Vec<Range<usize>> {
        let mut all = Vec::new();
        let mut errors: Vec<_> = errors.iter().map(|error| (place(source, error), error.message())).collect();
        errors.sort_by_key(|(span, _)| span.start);
        // Errors after an unclosed value are consequences of it.
        if let Some((open, what)) = first_unclosed(source, &errors) {
            errors.retain(|(span, _)| span.end < open.start);
            let end = match what {
                Unclosed::Text => layout::next_head(source, open.end),
                Unclosed::List => layout::next_statement(source, open.end),
            };
            all.push(layout::line(source, open.start).start..end);
            self.parse_errors.push(ParseError::Unclosed { span: open, what });
        }
        let mut lost = 0..0;
        let mut reported = 0..0;
        for (span, message) in errors {
            if !lost.contains(&span.start) {
                lost = layout::statement(source, span.start);
                all.push(lost.clone());
            }
            if !reported.contains(&span.start) {
                reported = layout::line(source, span.start);
                self.parse_errors.push(ParseError::Syntax { span, message: message.to_owned() });
            }
        }
        all
    }
}

fn place(source: &str, error: &Error) -> Range<usize> {
    let span = error.span().unwrap_or(source.len()..source.len());
    let start = source.floor_char_boundary(span.start);
    start..source.ceil_char_boundary(span.end.max(start))
}

/// Replaces whole lines by blanks.
fn blank(source: String, lost: &[Range<usize>]) -> String {
    let mut bytes = source.into_bytes();
    for byte in lost.iter().flat_map(Range::clone) {
        if bytes[byte] != b'\n' {
            bytes[byte] = b' ';
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Where the first list or text begins that is never closed, if this causes one of the sorted errors.
fn first_unclosed(source: &str, errors: &[(Range<usize>, &str)]) -> Option<(Range<usize>, Unclosed)> {
    let end = source.trim_end().len();
    // Examines each list once, even with many errors in it.
    let (mut open, mut looked) = (None, 0);
    for (span, message) in errors {
        if message.starts_with("invalid multi-line") && span.end >= end {
            let quotes = if message.contains("literal") { "'''" } else { "\"\"\"" };
            let open = source[..span.start].trim_end().rfind(quotes)?;
            return Some((open..open + quotes.len(), Unclosed::Text));
        }
        if !message.contains("array") || span.start < looked {
            continue;
        }
        let newer = source[looked..span.start].rfind('[').map(|at| looked + at);
        looked = span.start;
        if newer.is_none() || newer == open {
            continue;
        }
        open = newer;
        let begins = open.filter(|open| source[..*open].trim_end().ends_with('='));
        if let Some(open) = begins.filter(|open| !layout::is_closed(&source[*open..])) {
            return Some((open..open + 1, Unclosed::List));
        }
    }
    None
}
