use std::ops::Range;

use crate::book::{Fault, SourceFile, Unclosed};
use crate::check::words::{name_of, plain};
use crate::check::{Found, Rule, Run};
use crate::diag::{Diag, Level};

pub(in crate::check) static RULE: Rule =
    Rule { code: "bad-syntax", level: Level::Error, page: include_str!("bad_syntax.md"), run: Run::File(run) };

fn run(file: &SourceFile, faults: &[Fault], found: &mut Found<'_>) {
    for fault in faults {
        match fault {
            Fault::Unclosed { span, what: Unclosed::List } => {
                found
                    .at(span, "the list begins here", "a list is not closed")
                    .help("put `]` after its last entry; what stands up to the next key was not read");
            }
            Fault::Unclosed { span, what: Unclosed::Text } => {
                found
                    .at(span, "the text begins here", "a text over several lines is not closed")
                    .help("end it with the same three quotes; what stands up to the next `[head]` was not read");
            }
            Fault::Syntax { span, message } => {
                let source = file.text();
                if odd_character(source, span, found).is_none() {
                    explained(source, span, message, found);
                }
            }
            _ => {}
        }
    }
}

/// Blames a character that an input method or a word processor has put where TOML wants a plain one.
fn odd_character<'f>(source: &str, span: &Range<usize>, found: &'f mut Found<'_>) -> Option<&'f mut Diag> {
    let start = source[..span.start].rfind('\n').map_or(0, |end| end + 1);
    let line = source[start..].lines().next().unwrap_or_default();
    let (at, odd, wanted) = first_odd(line)?;
    let shown = if wanted == ' ' { "a plain space".to_owned() } else { format!("`{wanted}`") };
    let finding = found.at(
        &(start + at..start + at + odd.len_utf8()),
        format!("write {shown}"),
        format!("{} stands where TOML wants {shown}", name_of(odd)),
    );
    Some(finding.help("switch the input method to half-width (English) for everything outside of quotes"))
}

/// The first such character of a line that stands neither in plain quotes nor in a comment, and what was meant.
fn first_odd(line: &str) -> Option<(usize, char, char)> {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '#') => return None,
            (None, '"' | '\'') => quote = Some(c),
            (None, c) => {
                if let Some(meant) = plain(c) {
                    return Some((at, c, meant));
                }
            }
        }
    }
    None
}

/// How the TOML reader's complaint begins, the headline in our words, and the next act.
const COMPLAINTS: &[(&str, &str, &str)] = &[
    ("key with no value", "this line is no `key = value`", "write a key, `=` and a value; a comment begins with `#`"),
    (
        "invalid key-value pair",
        "this line is no `key = value`",
        "write a key, `=` and a value; a comment begins with `#`",
    ),
    ("invalid unquoted key", "a key takes only letters, digits, `-` and `_`", "take the other characters out"),
    (
        "invalid basic string, expected `\"`",
        "a text is not closed",
        "put `\"` at its end; a text over several lines stands between `\"\"\"` and `\"\"\"`",
    ),
    (
        "invalid literal string, expected `'`",
        "a text is not closed",
        "put `'` at its end; a text over several lines stands between `\"\"\"` and `\"\"\"`",
    ),
    (
        "missing opening quote",
        "a quote is missing",
        "put quotes around the text, and a comma between the entries of a list",
    ),
    (
        "missing escaped value",
        "this is no escape that TOML knows",
        "write `\\\\` for one backslash, or put the text in single quotes",
    ),
    (
        "invalid escape",
        "this is no escape that TOML knows",
        "write `\\\\` for one backslash, or put the text in single quotes",
    ),
    ("unclosed table", "a `[head]` is not closed", "put `]` at its end; the keys below it were not read"),
    ("unclosed inline table", "a table is not closed", "put `}` at its end"),
    (
        "missing comma between array elements",
        "a comma is missing between two entries of the list",
        "put `,` between them",
    ),
    ("unexpected leading zero", "a number does not begin with 0", "leave the zero away, or put quotes around a text"),
    ("invalid boolean", "`true` and `false` are written in small letters", "write `true` or `false`"),
    ("duplicate key", "this key stands here for the second time", "keep one of them"),
    (
        "cannot recurse further",
        "lists or tables stand too deep inside each other",
        "a campaign file needs no more than three levels",
    ),
    ("invalid comment character", "a comment has a control character", "take it out"),
];

fn explained(source: &str, span: &Range<usize>, message: &str, found: &mut Found<'_>) {
    let text = &source[span.clone()];
    if message.starts_with("string values must be quoted") {
        unquoted(span, text, found);
        return;
    }
    if let Some(control) = text.chars().next().filter(|c| c.is_control() && *c != '\n' && *c != '\r') {
        let headline = format!("{} stands where TOML takes none", name_of(control));
        found.at(span, "here", headline).help("take it out");
        return;
    }
    let known = COMPLAINTS.iter().find(|(start, _, _)| message.starts_with(start));
    match known {
        Some((_, headline, help)) => found.at(span, "here", *headline).help(*help),
        None => found
            .at(span, "here", format!("not TOML: {}", message.replace('\n', " ")))
            .help("mend this place; the rest of the file was still checked"),
    };
}

/// A value without quotes that is nothing else either.
fn unquoted(span: &Range<usize>, text: &str, found: &mut Found<'_>) {
    let truth = match text.to_ascii_lowercase().as_str() {
        "yes" | "on" => Some("true"),
        "no" | "off" => Some("false"),
        _ => None,
    };
    match truth {
        _ if text.trim().is_empty() => {
            found.at(span, "a value is missing here", "a key has no value").help("write one after `=`")
        }
        Some(truth) => found
            .at(span, "no value of TOML", format!("`{text}` is no value of TOML"))
            .help(format!("write `{truth}`, or put quotes around a text")),
        None => found.at(span, "quotes are missing", "a text stands in quotes").help("put `\"` before and after it"),
    };
}
