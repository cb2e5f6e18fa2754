//! Converts places in a text to places in the file.
//!
//! A text in TOML may have escapes, a first line end that is dropped and line ends that are removed. So byte 7 of the
//! value is elsewhere in the file.

use std::ops::Range;

use super::spanned::Spanned;

/// The span of the file in which a part of a text is written. `part` is in bytes of the value.
pub fn within(source: &str, text: &Spanned<String>, part: &Range<usize>) -> Range<usize> {
    let Some(literal) = source.get(text.span.clone()) else { return text.span.clone() };
    let (mut start, mut end) = (None, None);
    let mut decoded = 0;
    for piece in pieces(literal) {
        let next = decoded + piece.decoded;
        if start.is_none() && part.start < next {
            // A plain character can be split, an escape cannot.
            let into = if piece.plain { part.start.saturating_sub(decoded) } else { 0 };
            start = Some(piece.at.start + into);
        }
        if start.is_some() && part.end <= next {
            end = Some(if piece.plain { piece.at.start + part.end.saturating_sub(decoded) } else { piece.at.end });
            break;
        }
        decoded = next;
    }
    let closing = literal.len() - delimiter(literal).len().min(literal.len());
    let start = start.unwrap_or(closing);
    let end = end.unwrap_or(closing).max(start);
    text.span.start + start..text.span.start + end
}

/// A text as written inside the quotes of a literal; `None` if these quotes cannot hold it.
pub fn inside(literal: &str, text: &str) -> Option<String> {
    let quotes = delimiter(literal);
    let has_lines = quotes.len() == 3;
    let is_held = |c: char| !c.is_control() || c == '\t' || c == '\n' && (has_lines || quotes == "\"");
    if quotes.is_empty() || !text.chars().all(is_held) {
        return None;
    }
    if quotes.starts_with('\'') {
        return (!text.contains(['\'', '\n'])).then(|| text.to_owned());
    }
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    Some(if has_lines { text } else { text.replace('\n', "\\n") })
}

/// A text as a literal in double quotes; `None` if it needs escapes.
pub fn quoted(text: &str) -> Option<String> {
    Some(format!("\"{}\"", inside("\"\"", text)?))
}

/// A part of a literal with the bytes of the value that it represents.
struct Piece {
    at: Range<usize>,
    decoded: usize,
    plain: bool,
}

fn delimiter(literal: &str) -> &'static str {
    ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| literal.starts_with(quotes)).unwrap_or("")
}

fn pieces(literal: &str) -> impl Iterator<Item = Piece> {
    let quotes = delimiter(literal);
    let is_basic = quotes.starts_with('"');
    let mut at = quotes.len();
    if quotes.len() == 3 {
        let rest = &literal[at..];
        at += if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
    }
    let end = literal.len().saturating_sub(quotes.len()).max(at);
    std::iter::from_fn(move || {
        let rest = literal.get(at..end).filter(|rest| !rest.is_empty())?;
        let (length, decoded, plain) = match rest.find('\\').filter(|_| is_basic) {
            Some(0) => {
                let (length, decoded) = escape(rest);
                (length, decoded, false)
            }
            Some(plain) => (plain, plain, true),
            None => (rest.len(), rest.len(), true),
        };
        let piece = Piece { at: at..at + length, decoded, plain };
        at += length;
        Some(piece)
    })
}

/// The length of an escape and of its value, in bytes.
fn escape(rest: &str) -> (usize, usize) {
    let digits = match rest.as_bytes().get(1) {
        Some(b'x') => 2,
        Some(b'u') => 4,
        Some(b'U') => 8,
        Some(b' ' | b'\t' | b'\r' | b'\n') => {
            // A backslash at the end of a line removes the line end and all blanks after it.
            let length = rest.len() - rest[1..].trim_start_matches([' ', '\t', '\r', '\n']).len();
            return (length, 0);
        }
        Some(b'b' | b't' | b'n' | b'f' | b'r' | b'e' | b'"' | b'\\') => return (2, 1),
        _ => return (1, 1),
    };
    let character = rest.get(2..2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
    character.map_or((1, 1), |c| (2 + digits, c.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parses the literal as TOML, finds `part` in the value, and compares its place in the literal.
    #[track_caller]
    fn assert_source_span(literal: &str, part: &str, written: &str) {
        let source = format!("春 = {literal}\n").replacen('春', "k", 1);
        let top = toml::de::DeTable::parse(&source).unwrap();
        let value = &top.get_ref()["k"];
        let text = Spanned::new(value.get_ref().as_str().unwrap().to_owned(), value.span());
        let at = text.value.find(part).unwrap();
        assert_eq!(&source[within(&source, &text, &(at..at + part.len()))], written);
    }

    #[test]
    fn plain_texts() {
        assert_source_span("\"春季新品\"", "新", "新");
        assert_source_span("'C:\\春季'", "春季", "春季");
        assert_source_span("\"\"\"\n春季\n新品\"\"\"", "新品", "新品");
        assert_source_span("'''\r\n春季\r\n新品'''", "新品", "新品");
    }

    #[test]
    fn escapes() {
        assert_source_span(r#""a\tb新品""#, "新品", "新品");
        assert_source_span(r#""\u6625季""#, "季", "季");
        assert_source_span(r#""\u6625季""#, "春", r"\u6625");
        assert_source_span(r#""\U0001F600x\x41""#, "A", r"\x41");
        assert_source_span("\"\"\"春季\\\n   新品\"\"\"", "新品", "新品");
        assert_source_span("\"\"\"春季\\\n   新品\"\"\"", "季新", "季\\\n   新");
    }

    #[test]
    fn texts_that_are_written() {
        assert_eq!(inside("\"x\"", "a\"b\\\n").as_deref(), Some("a\\\"b\\\\\\n"));
        assert_eq!(inside("\"\"\"x\"\"\"", "a\n").as_deref(), Some("a\n"));
        assert_eq!(inside("'x'", "<\\").as_deref(), Some("<\\"));
        assert_eq!(inside("'x'", "it's"), None);
        assert_eq!(inside("x", "a"), None);
        assert_eq!(quoted("华东\"VIP").as_deref(), Some("\"华东\\\"VIP\""));
        assert_eq!(quoted("\u{1}"), None);
    }

    #[test]
    fn the_end_of_a_text() {
        let text = Spanned::new("ab".to_owned(), 0..4);
        assert_eq!(within("\"ab\"", &text, &(2..2)), 3..3);
        assert_eq!(within("\"ab\"", &text, &(7..9)), 3..3);
    }
}
