//! Quotes inside of quotes.

use std::ops::Range;

use super::line_at;
use crate::check::FindingSink;

/// Reports quotes inside a text in quotes, as in `"今天是"会员日"，快来"`.
pub(super) fn inner_quotes(source: &str, span: &Range<usize>, findings: &mut FindingSink<'_>) -> bool {
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
    let finding = findings.at(
        &(at..at + 1),
        text!(en: "TOML ends the text here", zh: "TOML 认为文字到这里就结束了"),
        text!(en: "there are quotes inside a text in quotes", zh: "引号里面又有引号"),
    );
    finding.help(text!(
        en: "write `“ ”` for the inner quotes, or put the whole text between `'''` and `'''`",
        zh: "请把里面的引号改成 `“ ”`，或者用 `'''` 把整段文字括起来"
    ));
    if let Some(curly) = with_curly_quotes(&text[1..text.len() - 1]) {
        finding.replace(&(opening + 1..opening + text.len() - 1), curly);
    }
    true
}

/// A text with its pairs of straight quotes replaced by curly ones.
fn with_curly_quotes(text: &str) -> Option<String> {
    let is_paired = text.matches('"').count().is_multiple_of(2) && !text.contains('\\');
    let mut quotes = ['“', '”'].into_iter().cycle();
    is_paired.then(|| text.chars().map(|c| if c == '"' { quotes.next().unwrap_or(c) } else { c }).collect())
}
