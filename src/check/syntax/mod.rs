//! Explains syntax errors: recognizes common mistakes at the place where the TOML parser stopped, and otherwise rewords the
//! parser's message.

mod date_forms;
mod foreign;
mod key_names;
mod parser_messages;
mod quotes;
mod wide_characters;

use std::ops::Range;

use super::FindingSink;
use super::characters::name_of;
use crate::text::Text;

pub(super) use foreign::{old_line_ends, over_lines};

/// Reports one syntax error. Inside a text (`is_in_text`), commas and quotes belong to the text, so no mistake is guessed.
pub(super) fn report(
    source: &str,
    span: &Range<usize>,
    message: &str,
    is_in_text: bool,
    findings: &mut FindingSink<'_>,
) {
    let is_reported = !is_in_text
        && (quotes::inner_quotes(source, span, findings)
            || foreign::foreign_comment(source, span, findings)
            || foreign::bare_list(source, span, findings)
            || foreign::yaml_key(source, span, message, findings)
            || key_names::named_key(source, span, message, findings)
            || date_forms::date_in_another_form(source, span, findings)
            || wide_characters::odd_character(source, span, findings)
            || date_forms::not_a_date(source, span, findings));
    if !is_reported {
        parser_messages::report(source, span, message, findings);
    }
}

/// The line of a byte: its start and its text.
fn line_at(source: &str, at: usize) -> (usize, &str) {
    let start = source[..at].rfind('\n').map_or(0, |end| end + 1);
    (start, source[start..].lines().next().unwrap_or_default())
}

/// The headline about a character that TOML does not allow at its place.
fn not_allowed_here(character: char) -> Text {
    text!(en: "TOML does not allow {name} here", zh: "这里不能有{name}", name = name_of(character))
}
