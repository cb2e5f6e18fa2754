use std::ops::Range;

use crate::book::{self, Fault, SourceFile, Unclosed};
use crate::check::characters::{is_invisible, name_of, plain, short};
use crate::check::dates::{self, DateReading};
use crate::check::foreign_syntax::{bare_list, foreign_comment, line_at, old_line_ends, over_lines, yaml_key};
use crate::check::{Blocks, Concern, FindingSink, Rule, Run, keys};
use crate::diag::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-syntax",
    level: Level::Error,
    summary: StaticText {
        en: "A place in a campaign file or in `policy.toml` that is not valid TOML.",
        zh: "活动文件或公共设置里有一处不符合 TOML 的写法。",
    },
    blocks: Blocks::Campaign,
    concerns: Concern::Syntax,
    pages: StaticText { en: include_str!("bad_syntax.md"), zh: include_str!("bad_syntax.zh.md") },
    run: Run::File(run),
};

fn run(file: &SourceFile, faults: &[Fault], found: &mut FindingSink<'_>) {
    let is_syntax = |fault: &Fault| matches!(fault, Fault::Syntax { .. });
    // What stands in a text is the text's: its commas and quotes are right.
    let texts = if faults.iter().any(is_syntax) { book::long_texts(file.text()) } else { Vec::new() };
    let in_text = |at: usize| {
        let after = texts.partition_point(|text| text.start < at);
        after > 0 && at < texts[after - 1].end
    };
    if faults.iter().any(is_syntax) && old_line_ends(file, found) {
        return;
    }
    // What the lines of a text in single quotes seem to be says nothing.
    let mut told_until = 0;
    for fault in faults {
        match fault {
            Fault::Syntax { span, .. } if span.start < told_until => {}
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
                if !in_text(span.start)
                    && (message.starts_with("invalid basic string") || message.starts_with("invalid literal string"))
                    && let Some(end) = over_lines(source, span, found)
                {
                    told_until = end;
                    continue;
                }
                let is_told = !in_text(span.start)
                    && (inner_quotes(source, span, found)
                        || foreign_comment(source, span, found)
                        || bare_list(source, span, found)
                        || yaml_key(source, span, message, found)
                        || named_key(source, span, message, found)
                        || dated(source, span, found)
                        || odd_character(source, span, found)
                        || no_date(source, span, found));
                if !is_told {
                    explained(source, span, message, found);
                }
            }
            _ => {}
        }
    }
}

/// What the TOML reader says of a text that does not end on its line.
const NOT_CLOSED: &str = "invalid basic string, expected `\"`";

/// Blames quotes inside of a text in quotes, as in `"今天是"会员日"，快来"`.
fn inner_quotes(source: &str, span: &Range<usize>, found: &mut FindingSink<'_>) -> bool {
    let (start, line) = line_at(source, span.start);
    let Some((key, value)) = line.split_once('=') else { return false };
    let text = value.trim();
    let is_text = text.len() > 2 && text.starts_with('"') && text.ends_with('"') && !text.starts_with("\"\"\"");
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '\t');
    if !is_text || !key.chars().all(is_key) {
        return false;
    }
    let opening = start + key.len() + 1 + (value.len() - value.trim_start().len());
    let Some(inner) = text[1..text.len() - 1].find('"') else { return false };
    let at = opening + 1 + inner;
    // A list without brackets, and not one text.
    let after = source[at + 1..].trim_start_matches([' ', '\t']);
    if span.start < at || after.starts_with([',', '#']) {
        return false;
    }
    let finding = found.at(&(at..at + 1), "the text ends here for TOML", "quotes stand inside of a text in quotes");
    finding.help("write “ ” for the inner quotes, or put the whole text between ''' and '''");
    if let Some(curly) = with_curly_quotes(&text[1..text.len() - 1]) {
        finding.replace(&(opening + 1..opening + text.len() - 1), curly);
    }
    true
}

/// A text with its straight quotes in pairs made curly ones.
fn with_curly_quotes(text: &str) -> Option<String> {
    let is_paired = text.matches('"').count().is_multiple_of(2) && !text.contains('\\');
    let mut quotes = ['“', '”'].into_iter().cycle();
    is_paired.then(|| text.chars().map(|c| if c == '"' { quotes.next().unwrap_or(c) } else { c }).collect())
}

/// Blames a key or the name of an audience that TOML takes only in quotes, and says which key was meant.
fn named_key(source: &str, span: &Range<usize>, message: &str, found: &mut FindingSink<'_>) -> bool {
    if !message.starts_with("invalid unquoted key") {
        return false;
    }
    let (start, line) = line_at(source, span.start);
    if let Some(head) = line.trim().strip_prefix("[audiences.").and_then(|rest| rest.strip_suffix(']')) {
        if head.is_empty() || head.contains(['"', '\'', '[', ']']) {
            return false;
        }
        let help = format!("write [audiences.\"{head}\"]; a name in Chinese is fine, in quotes");
        let at = start + line.find(head).unwrap_or_default();
        found
            .at(&(at..at + head.len()), "quotes are missing", "such a name of an audience stands in quotes")
            .help(help)
            .replace(&(at..at + head.len()), format!("\"{head}\""));
        return true;
    }
    let Some((key, _)) = line.split_once('=') else { return false };
    // Of a dotted key its last part.
    let written = key.rsplit('.').next().unwrap_or(key).trim();
    let value = line.split_once('=').map_or("", |(_, value)| value);
    let Some(meant) = keys::in_chinese(written).map(|key| keys::by_value(key, value)) else { return false };
    let at = start + key.rfind(written).unwrap_or_default();
    found
        .at(&(at..at + written.len()), "keys are English", format!("unknown key `{}`", short(written)))
        .help(format!("the key is `{meant}`"))
        .replace(&(at..at + written.len()), meant);
    true
}

/// Blames a date in another form than TOML's.
fn dated(source: &str, span: &Range<usize>, found: &mut FindingSink<'_>) -> bool {
    let (start, line) = line_at(source, span.start);
    // The value alone, or one of a list or table on this line.
    let until = line.get(..span.start - start).unwrap_or_default();
    let (assigned, entry) = (until.rfind('='), until.rfind([',', '[', '{']));
    let (inner, is_list) = match (assigned, entry) {
        (Some(assigned), Some(entry)) if entry > assigned => (entry + 1, true),
        (Some(assigned), _) => (assigned + 1, false),
        (None, _) => match line.find('=') {
            Some(assigned) => (assigned + 1, false),
            None => return false,
        },
    };
    let key = line[..inner].trim_end_matches('=');
    let key = if is_list {
        line.split('=').next().unwrap_or_default()
    } else {
        key.rsplit([',', '[', '{']).next().unwrap_or(key)
    };
    let value = line[inner..].split([',', ']', '}', '#']).next().unwrap_or_default();
    let written = value.trim();
    let (meant, is_certain) = match dates::meant_for(key.trim(), written) {
        Some(DateReading::Certain(meant)) if meant != written => (meant, true),
        Some(DateReading::WithoutTime(meant)) => (meant, false),
        _ => return false,
    };
    let at = start + inner + (value.len() - value.trim_start().len());
    let odd = written.chars().find(|c| matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}'));
    let words = odd.map_or("a date in another form".to_owned(), |odd| format!("not `-` but {}", name_of(odd)));
    let form = if meant.contains('T') { "YYYY-MM-DDThh:mm:ss" } else { "YYYY-MM-DD" };
    let place = at..at + written.len();
    let finding = found.at(&place, words, format!("a date is written {form}"));
    let assigned = if is_list { String::new() } else { format!("{} = ", key.trim()) };
    if is_certain {
        finding.help(format!("write {assigned}{meant}")).replace(&place, meant);
    } else {
        finding.help(format!("write {assigned}{meant}, with the time that is meant"));
    }
    true
}

/// Blames what stands without quotes where a date is wanted and is none: `12/01/2026`, `2026-12-01 上午9点`, `明天`.
fn no_date(source: &str, span: &Range<usize>, found: &mut FindingSink<'_>) -> bool {
    let (start, line) = line_at(source, span.start);
    let Some((key, value)) = line.split_once('=') else { return false };
    let form = match key.trim() {
        "at" | "schedule.at" => "YYYY-MM-DDT09:00:00",
        "start" | "end" | "schedule.start" | "schedule.end" => "YYYY-MM-DD",
        _ => return false,
    };
    let written = value.split('#').next().unwrap_or_default().trim();
    let is_of_dates = |c: char| c.is_ascii_digit() || "-:.TtZz+ ".contains(c);
    if written.is_empty()
        || written.starts_with(['"', '\'', '[', '{'])
        || written.starts_with("YYYY")
        || written.chars().all(is_of_dates)
    {
        return false;
    }
    let at = start + key.len() + 1 + value.find(written).unwrap_or_default();
    found
        .at(&(at..at + written.len()), "no date in this form", format!("a date is written {form}"))
        .help(format!("write year, month and day in the form {} = {form}", key.trim()));
    true
}

/// Blames a character that an input method or a word processor has put where TOML wants a plain one, or that cannot be
/// seen.
fn odd_character(source: &str, span: &Range<usize>, found: &mut FindingSink<'_>) -> bool {
    let (start, line) = line_at(source, span.start);
    let Some((at, odd, wanted)) = first_odd(line) else { return false };
    let place = start + at..start + at + odd.len_utf8();
    let Some(wanted) = wanted else {
        let message = if is_invisible(odd) {
            format!("{}, which cannot be seen, stands outside of quotes", name_of(odd))
        } else {
            format!("{} stands where TOML takes none", name_of(odd))
        };
        found.at(&place, "here", message).help("delete it").replace(&place, "");
        return true;
    };
    let shown = if wanted == ' ' { "a plain space".to_owned() } else { format!("`{wanted}`") };
    let finding =
        found.at(&place, format!("write {shown}"), format!("{} stands where TOML wants {shown}", name_of(odd)));
    finding.help("switch the input method to half-width (English) for everything outside of quotes");
    if let Some(plain) = plain_outside_quotes(line) {
        finding.replace(&(start..start + line.len()), plain);
    }
    true
}

/// A line with plain characters in all places outside of quotes, and plain quotes. Nothing where it is not clear which
/// quotes are those of TOML.
fn plain_outside_quotes(line: &str) -> Option<String> {
    let mut made = String::with_capacity(line.len());
    // The quote that ends the text, and whether an odd one began it.
    let mut open: Option<(char, bool)> = None;
    for (at, c) in line.char_indices() {
        let meant = if open.is_none() { plain_at(line, at, c) } else { plain(c) }.unwrap_or(c);
        let is_quote = matches!(meant, '"' | '\'');
        match open {
            Some((quote, is_odd)) if meant == quote && (c != quote) == is_odd => {
                open = None;
                made.push(quote);
            }
            // A text that begins with one kind of quotes and has the other kind in it.
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

/// What is meant by a character at its place: marks of sentences are no marks of TOML.
fn plain_at(line: &str, at: usize, c: char) -> Option<char> {
    match c {
        '：' if is_bare_key(&line[..at]) => Some('='),
        '。' | '；' | ';' if line[..at].trim_end().ends_with(['"', '\'', '”', '’', '」', ']']) => Some(','),
        c => plain(c),
    }
}

/// Whether a mark of sentences stands behind the last entry of a list, or behind a value.
fn is_stray(line: &str, at: usize, c: char) -> bool {
    let behind = line[at + c.len_utf8()..].trim_start();
    matches!(c, '。' | '；' | ';') && (behind.is_empty() || behind.starts_with([']', '}', '#', '】', '］']))
}

fn is_bare_key(text: &str) -> bool {
    let key = text.trim();
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// The first such character of a line that stands neither in plain quotes nor in a comment, and what was meant.
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
        NOT_CLOSED,
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
    ("unclosed table", "a `[head]` is not closed", "put `]` at its end; the keys below it were not read"),
    ("unclosed inline table", "a table is not closed", "put `}` at its end"),
    (
        "missing comma between array elements",
        "a comma is missing between two entries of the list",
        "put `,` between them",
    ),
    (
        "invalid date, expected day",
        "this date does not exist: its month has fewer days",
        "write a date that exists, in the form YYYY-MM-DD",
    ),
    ("invalid date, expected month", "months go from 01 to 12", "write year, month and day, in the form YYYY-MM-DD"),
    (
        "invalid time, expected hour",
        "hours go from 00 to 23",
        "write 00:00:00 of the next date for midnight at the end of a day",
    ),
    ("invalid time, expected minute", "minutes go from 00 to 59", "write hour, minute and second, as in 09:00:00"),
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

fn explained(source: &str, span: &Range<usize>, message: &str, found: &mut FindingSink<'_>) {
    let text = &source[span.clone()];
    if message.starts_with("string values must be quoted") {
        unquoted(span, text, found);
        return;
    }
    if let Some(control) = text.chars().next().filter(|c| c.is_control() && *c != '\n' && *c != '\r') {
        let headline = format!("{} stands where TOML takes none", name_of(control));
        let help = if control == '\u{b}' {
            "it comes from Shift+Enter in Word or WPS: press Enter in its place"
        } else {
            "take it out"
        };
        found.at(span, "here", headline).help(help);
        return;
    }
    if message.starts_with("missing escaped value") || message.starts_with("invalid escape") {
        escaped(source, span, found);
        return;
    }
    let known = COMPLAINTS.iter().find(|(start, _, _)| message.starts_with(start));
    match known {
        Some((_, headline, help)) => found.at(span, "here", *headline).help(*help),
        None => found
            .at(span, "here", format!("not TOML: {}", message.replace('\n', " ")))
            .help("correct this place; the rest of the file was still checked"),
    };
}

/// A backslash that is no escape: in a path `/` was meant.
fn escaped(source: &str, span: &Range<usize>, found: &mut FindingSink<'_>) {
    const MEDIA: &[&str] = &[".jpg", ".jpeg", ".png", ".mp4"];
    let (_, line) = line_at(source, span.start);
    let line = line.to_ascii_lowercase();
    let is_path = MEDIA.iter().any(|end| line.contains(&format!("{end}\"")));
    let finding = found.at(span, "here", "this is no escape that TOML knows");
    let backslash = source[..span.end].rfind('\\').filter(|at| span.start - at <= 1);
    if is_path {
        finding.help("write `/` between the parts of a path");
        if let Some(path) = backslash.and_then(|at| path_around(source, at)) {
            finding.replace(&path, source[path.clone()].replace('\\', "/"));
        }
    } else {
        finding.help("write `\\\\` for one backslash, or put the text between ''' and '''");
        if let Some(at) = backslash {
            finding.replace(&(at..at), "\\");
        }
    }
}

/// The stretch between the quotes around a place of a line.
fn path_around(source: &str, at: usize) -> Option<Range<usize>> {
    let (start, line) = line_at(source, at);
    let opening = line[..at - start].rfind('"')? + 1;
    let length = line[opening..].find('"')?;
    Some(start + opening..start + opening + length)
}

/// A value without quotes that is nothing else either.
fn unquoted(span: &Range<usize>, text: &str, found: &mut FindingSink<'_>) {
    let truth = match text.to_ascii_lowercase().as_str() {
        "yes" | "on" => Some("true"),
        "no" | "off" => Some("false"),
        _ => None,
    };
    match truth {
        _ if text.contains("YYYY") => found
            .at(span, "the letters stand for a date", "a date is not written yet")
            .help("write year, month and day, and the time, in the place of the letters"),
        _ if text.trim().is_empty() => {
            found.at(span, "a value is missing here", "a key has no value").help("write one after `=`")
        }
        Some(truth) => found
            .at(span, "no value of TOML", format!("`{text}` is no value of TOML"))
            .help(format!("write `{truth}`, or put quotes around a text"))
            .replace(span, truth),
        None => {
            let finding = found.at(span, "quotes are missing", "a text stands in quotes");
            if let Some(quoted) = book::quoted(text) {
                finding.replace(span, quoted);
            }
            finding.help("put `\"` before and after it")
        }
    };
}
