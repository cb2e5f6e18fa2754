//! Mistakes from habits of other languages: their comments, statement ends, colons and lists.

use std::ops::Range;

use super::line_at;
use crate::book::SourceFile;
use crate::check::FindingSink;
use crate::check::characters::short;
use crate::check::phrases::{remove_it, write};

/// Reports line ends of a single carriage return, with which TOML sees the whole file as one line.
pub(in crate::check) fn old_line_ends(file: &SourceFile, findings: &mut FindingSink<'_>) -> bool {
    let text = file.text();
    let Some(at) = text.find('\r').filter(|_| !text.contains('\n')) else { return false };
    let help = text!(
        en: "save the file with the line ends of Unix (LF) or Windows (CRLF)",
        zh: "请用编辑器重新保存，换行符选 LF 或 CRLF"
    );
    let message = text!(
        en: "the lines end with a carriage return alone (U+000D), as on an old Mac, and TOML takes them for one line",
        zh: "文件用的是老式的换行符（U+000D），TOML 会把整个文件当成一行"
    );
    let label = text!(en: "the first line end", zh: "第一个换行");
    let finding = findings.at(&(at..at + 1), label, message).help(help);
    finding.replace(&(0..text.len()), text.replace('\r', "\n"));
    true
}

/// Whether a line begins with a key and `=`, or is a head.
fn begins_statement(line: &str) -> bool {
    let is_key = |key: &str| {
        let is_of_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | ' ');
        !key.trim().is_empty() && key.chars().all(is_of_key)
    };
    line.trim_start().starts_with('[') || line.split_once('=').is_some_and(|(key, _)| is_key(key))
}

/// Reports a text in single quotes that spans several lines, and returns the offset after it.
pub(in crate::check) fn over_lines(source: &str, span: &Range<usize>, findings: &mut FindingSink<'_>) -> Option<usize> {
    const MAX_LINES: usize = 60;
    let (start, line) = line_at(source, span.start);
    let (key, value) = line.split_once('=')?;
    let opening = start + key.len() + 1 + (value.len() - value.trim_start().len());
    let quote = value.trim().chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let first = &value.trim()[1..];
    if first.contains(quote) || !begins_statement(line) {
        return None;
    }
    let mut at = start + line.len();
    for next in source[at..].split_inclusive('\n').skip(1).take(MAX_LINES) {
        at += usize::from(source[at..].starts_with('\n')) + usize::from(source[at..].starts_with("\r\n")) * 2;
        let body = next.trim_end_matches(['\n', '\r']);
        if begins_statement(body) {
            return None;
        }
        if let Some(closing) = body.find(quote) {
            let behind = body[closing + 1..].trim();
            if !(behind.is_empty() || behind.starts_with('#')) {
                return None;
            }
            let end = at + closing + 1;
            let inner = &source[opening + 1..end - 1];
            let three = quote.to_string().repeat(3);
            let finding = findings
                .at(
                    &(opening..opening + 1),
                    text!(en: "the text begins here", zh: "文字从这里开始"),
                    text!(en: "a text over several lines needs three quotes", zh: "多行文字要用三个引号括起来"),
                )
                .help(text!(
                    en: "write `{three}` at its beginning and at its end",
                    zh: "请在开头和末尾都写 `{three}`"
                ));
            finding.replace(&(opening..end), format!("{three}{inner}{three}"));
            return Some(at + body.len());
        }
        at += body.len();
    }
    None
}

/// Reports another language's comment marker: `// note`.
pub(super) fn foreign_comment(source: &str, span: &Range<usize>, findings: &mut FindingSink<'_>) -> bool {
    const AT_START: [&str; 6] = ["//", "--", "/*", "<!--", ";", "%"];
    let (start, line) = line_at(source, span.start);
    let indent = line.len() - line.trim_start().len();
    let mark = AT_START.iter().find(|mark| line[indent..].starts_with(**mark)).map(|mark| (indent, mark.len()));
    let behind = || outside_quotes(line).find(|(at, _)| line[*at..].starts_with("//")).map(|(at, _)| (at, 2));
    let Some((at, length)) = mark.or_else(behind) else { return false };
    if span.start < start + at && mark.is_none() {
        return false;
    }
    let place = start + at..start + at + length;
    let shown = &source[place.clone()];
    let message = text!(
        en: "a comment begins with `#`, not with `{shown}`",
        zh: "注释要以 `#` 开头，不是 `{shown}`"
    );
    findings.at(&place, write("#"), message).help(write("#")).replace(&place, "#");
    true
}

/// The characters of a line outside of quotes and comments, with their offsets.
fn outside_quotes(line: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote = None;
    let mut is_over = false;
    line.char_indices().filter(move |(_, c)| {
        match (quote, *c) {
            _ if is_over => return false,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '#') => is_over = true,
            (None, '"' | '\'') => quote = Some(*c),
            (None, _) => return true,
        }
        false
    })
}

/// The keys with lists as values.
const LISTS: &[&str] = &["images", "user_list", "department_list", "tag_list", "allow", "skip", "at"];

/// Reports list entries without brackets, and another language's statement end.
pub(super) fn bare_list(source: &str, span: &Range<usize>, findings: &mut FindingSink<'_>) -> bool {
    let (start, line) = line_at(source, span.start);
    let Some((key, _)) = line.split_once('=').filter(|_| begins_statement(line) && !line.trim_start().starts_with('['))
    else {
        return false;
    };
    let marks: Vec<(usize, char)> = outside_quotes(line).filter(|(at, _)| *at > key.len()).collect();
    if marks.iter().any(|(_, c)| matches!(c, '[' | ']' | '{' | '}')) {
        return false;
    }
    let end =
        line.char_indices().find(|(at, c)| *c == '#' && !is_in_quotes(line, *at)).map_or(line.len(), |(at, _)| at);
    let value = line[..end].trim_end();
    let is_end = |at: usize, c: char| value[at + c.len_utf8()..].trim().is_empty();
    let commas: Vec<usize> =
        marks.iter().filter(|(_, c)| matches!(c, ',' | '，' | '、' | ';' | '；')).map(|(at, _)| *at).collect();
    // Ends a statement in other languages.
    if let (Some((at, c)), true) =
        (marks.last().filter(|(at, c)| ",;；。，".contains(*c) && is_end(*at, *c)), commas.len() < 2)
    {
        let place = start + at..start + at + c.len_utf8();
        findings
            .at(
                &place,
                text!(en: "not needed here", zh: "这里不用写"),
                text!(en: "TOML does not allow `{c}` after a value", zh: "值的后面不能有 `{c}`"),
            )
            .help(remove_it())
            .replace(&place, "");
        return true;
    }
    let name = key.trim().rsplit('.').next().unwrap_or_default();
    if commas.is_empty() || !LISTS.contains(&name) {
        return false;
    }
    let from = key.len() + 1 + (line[key.len() + 1..].len() - line[key.len() + 1..].trim_start().len());
    let list: String =
        value[from..].char_indices().map(|(at, c)| if commas.contains(&(from + at)) { ',' } else { c }).collect();
    let list = format!("[{}]", list.trim_end_matches([',', ' ']));
    let place = start + from..start + value.len();
    findings
        .at(
            &place,
            text!(en: "brackets are missing", zh: "缺少方括号"),
            text!(en: "several entries need `[` and `]` around them", zh: "写几项时，要用 `[` 和 `]` 括起来"),
        )
        .help(write(format_args!("{} = {list}", key.trim())))
        .replace(&place, list);
    true
}

fn is_in_quotes(line: &str, at: usize) -> bool {
    let before = &line[..at];
    before.matches('"').count() % 2 == 1
}

/// Reports a colon between a key and its value, as in YAML.
pub(super) fn yaml_key(source: &str, span: &Range<usize>, message: &str, findings: &mut FindingSink<'_>) -> bool {
    let (start, line) = line_at(source, span.start);
    let Some(at) = line
        .find([':', '：'])
        .filter(|_| message.starts_with("invalid unquoted key") || message.starts_with("key with no value"))
    else {
        return false;
    };
    let key = line[..at].trim();
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if key.is_empty() || !key.chars().all(is_key) {
        return false;
    }
    let colon = line[at..].chars().next().unwrap_or(':');
    let behind = line[at + colon.len_utf8()..].trim_start();
    let place = start + line[..at].trim_end().len()..start + line.len() - behind.len();
    let finding = findings.at(
        &(start + at..start + at + colon.len_utf8()),
        write("="),
        text!(en: "a key and its value need `=` between them", zh: "键名和值之间要用 `=`"),
    );
    if behind.is_empty() {
        // A YAML key with nested keys corresponds to a head.
        finding.help(text!(
            en: "for the keys below it write the head `[{key}]`; for one value write `{key} = ` and the value",
            zh: "下面还有别的键，请写 `[{key}]`；只有一个值，请写 `{key} = ` 再写值"
        ));
        return true;
    }
    finding.help(write(format_args!("{key} = {}", short(behind)))).replace(&place, " = ");
    true
}
