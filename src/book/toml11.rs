//! Finds syntax that only TOML 1.1 allows: older editors and tools reject such a file.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::parse_error::{NewSyntax, ParseError};
use super::syntax::layout;

/// Finds all TOML 1.1 syntax in a file; at most one error per value.
pub(super) fn newer(source: &str, top: &DeTable<'_>) -> Vec<ParseError> {
    let mut parse_errors = Vec::new();
    table(source, top, &mut parse_errors);
    parse_errors.sort_by_key(ParseError::start);
    parse_errors
}

fn table(source: &str, table: &DeTable<'_>, parse_errors: &mut Vec<ParseError>) {
    table.iter().for_each(|(_, entry)| value(source, entry, parse_errors));
}

fn value(source: &str, value_: &Spanned<DeValue<'_>>, parse_errors: &mut Vec<ParseError>) {
    let literal = source.get(value_.span()).unwrap_or_default();
    let what = match value_.get_ref() {
        // A borrowed text has no escapes.
        DeValue::String(text) => (matches!(text, Cow::Owned(_)) && newer_escape(literal)).then_some(NewSyntax::Escape),
        DeValue::Datetime(it) => {
            it.time.is_some_and(|time| time.second.is_none()).then_some(NewSyntax::TimeWithoutSeconds)
        }
        DeValue::Array(list) => {
            list.iter().for_each(|entry| value(source, entry, parse_errors));
            None
        }
        DeValue::Table(inner) => {
            table(source, inner, parse_errors);
            layout::is_loose_table(literal).then_some(NewSyntax::LooseTable)
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => None,
    };
    parse_errors.extend(what.map(|what| ParseError::NewSyntax { span: value_.span(), what }));
}

fn newer_escape(literal: &str) -> bool {
    if !literal.starts_with('"') {
        return false;
    }
    let mut rest = literal;
    while let Some(at) = rest.find('\\') {
        let escaped = rest[at + 1..].chars().next();
        if matches!(escaped, Some('e' | 'x')) {
            return true;
        }
        rest = &rest[at + 1 + escaped.map_or(0, char::len_utf8)..];
    }
    false
}
