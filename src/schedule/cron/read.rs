//! Reads a cron expression. Recognizes words and forms of other programs in its place.

use super::dialect;
use super::error::{Bad, CRON_BYTES, CronError, Form, Here, OtherForm};
use super::field_kind::Field;
use super::parse::{kinds, parse};
use super::repair::{applied, replacement};
use super::text::{CronText, DayMatch, split_fields};
use super::words;

/// Rounds in which the errors of an expression are replaced until it is taken.
const MAX_ROUNDS: usize = 4;

/// Reads a cron expression; places are bytes of it.
pub(crate) fn read(text: &str, day_match: Option<DayMatch>) -> Result<CronText, Vec<Bad>> {
    parse(text, day_match).map_err(|errors| explained(text, errors))
}

/// The expression with all its errors replaced, if the result is valid.
pub(crate) fn repaired(text: &str) -> Option<String> {
    let mut text = text.trim().to_owned();
    for _ in 0..MAX_ROUNDS {
        let mut errors = match read(&text, None) {
            Ok(_) => return Some(text),
            Err(errors) => errors,
        };
        errors.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        let mut next = text.clone();
        for (span, kind) in errors {
            let item = replacement(&text, Some(&span), &kind)?;
            next = applied(&next, &item.span, &item.text)?;
        }
        text = next;
    }
    None
}

/// The errors of the grammar, or one more specific error if the text has a known other form.
fn explained(text: &str, errors: Vec<Bad>) -> Vec<Bad> {
    let whole = 0..text.len();
    if let Some(bad) = trailing_words(text) {
        return vec![bad];
    }
    let other = match errors.first() {
        None | Some((_, CronError::TooLong { .. } | CronError::Empty | CronError::BothDays)) => None,
        // Words have such characters of their own.
        Some((_, CronError::Foreign { .. })) => words::read(text).map(settled_form),
        Some((_, CronError::FieldCount { .. })) => return vec![(whole, not_fields(text, &split_fields(text)))],
        Some(_) if text.trim_ascii_start().starts_with('@') => None,
        Some((place, _)) => match recognised(text).or_else(|| six_with_year(text)) {
            None => match swapped(text) {
                Some(swapped) => return vec![(place.clone(), swapped)],
                None => None,
            },
            other => other,
        },
    };
    match other {
        Some(other) => vec![(whole, CronError::OtherForm(other))],
        None => errors,
    }
}

/// Chinese words after five valid fields: a note that belongs elsewhere.
fn trailing_words(text: &str) -> Option<Bad> {
    const FIELDS: usize = 5;
    if text.len() > CRON_BYTES {
        return None;
    }
    let words = split_fields(text);
    let (_, at) = words.get(FIELDS)?;
    let (fields, note) = (text[..*at].trim(), text[*at..].trim_end());
    let is_note = note.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    (is_note && parse(fields, Some(DayMatch::Any)).is_ok()).then(|| {
        let error = CronError::TrailingWords { text: note.to_owned(), fields: fields.to_owned() };
        (*at..at + note.len(), error)
    })
}

/// Another form, with a translation only if that is valid.
fn recognised(text: &str) -> Option<OtherForm> {
    dialect::recognise(text).map(settled_form)
}

fn settled_form(other: OtherForm) -> OtherForm {
    let settle = |here: Here| {
        let after = here.after.and_then(|after| repaired(&after));
        Some(Here { cron: repaired(&here.cron)?, after, ..here })
    };
    OtherForm { here: other.here.and_then(settle), ..other }
}

/// The probable intention of a text with a wrong number of fields.
fn not_fields(text: &str, words: &[(&str, usize)]) -> CronError {
    if let [(word, _)] = words
        && let Some((hour, minute)) = word.split_once(':')
        && let (Ok(hour @ 0..24), Ok(minute @ 0..60)) = (hour.parse::<u16>(), minute.parse::<u16>())
    {
        return CronError::TimeOfDay { hour, minute };
    }
    match recognised(text) {
        Some(other) => CronError::OtherForm(other),
        None => CronError::FieldCount { found: words.len() },
    }
}

/// Six fields with the year last, if they are a valid expression without it.
fn six_with_year(text: &str) -> Option<OtherForm> {
    let here = dialect::year_last(text)?;
    let cron = repaired(&here.cron)?;
    Some(OtherForm { form: Form::YearLast, here: Some(Here { cron, ..here }) })
}

/// Hour before minute: the hour is out of range, and the two the other way round are fine. `0 24` means midnight.
fn swapped(text: &str) -> Option<CronError> {
    let words = split_fields(text);
    let kinds = kinds(words.len())?;
    let minute = kinds.iter().position(|kind| *kind == Field::Minute)?;
    let (first, second) = (words[minute].0.parse::<u16>().ok()?, words[minute + 1].0.parse::<u16>().ok()?);
    (first < 24 && (24..60).contains(&second) && (first, second) != (0, 24))
        .then_some(CronError::HourFirst { hour: first, minute: second })
}
