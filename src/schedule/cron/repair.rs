//! Replacements for the faulty parts of a cron expression.

use std::ops::Range;

use super::dialect;
use super::error::{CronError, Here};
use super::field_kind::Field;
use super::text::split_fields;
use super::words;
use crate::schedule::names;

/// The replacement for the place of an error.
pub(crate) struct Replacement {
    pub span: Option<Range<usize>>,
    pub text: String,
}

pub(crate) fn replacement(text: &str, span: Option<&Range<usize>>, kind: &CronError) -> Option<Replacement> {
    let whole = |text: String| Some(Replacement { span: None, text });
    let item = |text: String| Some(Replacement { span: span.cloned(), text });
    let written = || text.get(span?.clone());
    match kind {
        CronError::OtherForm(other) => {
            let is_alone = |here: &Here| here.days.is_none() && here.timezone.is_none() && !here.is_example;
            whole(other.here.clone().filter(is_alone)?.cron)
        }
        CronError::Foreign { plain, .. } => whole(plain.clone()),
        CronError::TrailingWords { fields, .. } => whole(fields.clone()),
        CronError::TimeOfDay { hour, minute } => whole(format!("{minute} {hour} * * *")),
        CronError::HourFirst { hour, minute } => {
            let words = split_fields(text);
            let at = if words.len() > 5 { 1 } else { 0 };
            let (from, to) = (words.get(at)?, words.get(at + 1)?);
            whole(format!("{}{minute} {hour}{}", &text[..from.1], &text[to.1 + to.0.len()..]))
        }
        CronError::UnknownShorthand { nearest: Some(nearest), .. } => whole((*nearest).to_owned()),
        CronError::QuestionMark { .. } => item("*".to_owned()),
        CronError::StepTooLarge { field: Field::Minute | Field::Hour, .. } => item("0".to_owned()),
        CronError::StepFromName { field: Field::Month, name } => {
            let (_, step) = written()?.split_once('/')?;
            item(format!("{}-DEC/{step}", name.to_ascii_uppercase()))
        }
        CronError::YearsBackwards { from, to } => item(format!("{to}-{from}")),
        CronError::LastWeekday { day: Some(day) } => item(format!("{}#L", names::short(*day))),
        // With a `?` it is Quartz's, whatever it means elsewhere.
        CronError::WeekdayNumber { .. } if text.contains('?') => item(dialect::from_sunday_as_1(written()?)?),
        CronError::Hashed { field } => {
            let written = written()?;
            if let Some((_, step)) = written.split_once('/') {
                return item(format!("*/{step}"));
            }
            item(match field {
                Field::Hour => "9".to_owned(),
                Field::Weekday => "MON".to_owned(),
                field => field.least().to_string(),
            })
        }
        CronError::NotAValue { field, text: found } => item(instead_of(*field, found, text, span?)?),
        _ => None,
    }
}

/// The probable intention of an invalid value.
fn instead_of(field: Field, found: &str, text: &str, span: &Range<usize>) -> Option<String> {
    let written = text.get(span.clone())?;
    if let Some(number) = found.strip_prefix(['+', '-']).filter(|rest| rest.bytes().all(|b| b.is_ascii_digit())) {
        return Some(written.replace(found, number));
    }
    if let (Field::Hour, Some((hour, "00"))) = (field, found.split_once(':')) {
        return Some(hour.trim_start_matches('0').to_owned()).filter(|hour| !hour.is_empty());
    }
    if found.contains(';') || (found.contains('.') && !matches!(field, Field::Hour | Field::Minute)) {
        return Some(written.replace([';', '.'], ","));
    }
    let value = match field {
        Field::Weekday => {
            names::chinese_weekday(found).map(names::short).or_else(|| words::weekday_field(found)).or_else(|| {
                names::nearest(false, &found.to_lowercase()).filter(|_| names::month_number(found).is_none())
            })?
        }
        Field::Month => names::chinese_month(found).map(|month| month.to_string()).or_else(|| {
            names::nearest(true, &found.to_lowercase()).filter(|_| names::weekday_number(found).is_none())
        })?,
        _ => return None,
    };
    Some(written.replace(found, &value))
}

/// A text with a part of it replaced.
pub(crate) fn applied(text: &str, span: &Option<Range<usize>>, instead: &str) -> Option<String> {
    let Some(span) = span else { return Some(instead.to_owned()) };
    Some(format!("{}{instead}{}", text.get(..span.start)?, text.get(span.end..)?))
}
