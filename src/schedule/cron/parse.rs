//! The grammar of a cron expression as a whole: which fields it has, and the shorthands.

use super::error::{Bad, CRON_BYTES, CronError};
use super::field;
use super::field_kind::Field;
use super::text::{CronText, DayMatch, SHORTHANDS, split_fields};
use crate::nearest::slips;

const FIVE: [Field; 5] = [Field::Minute, Field::Hour, Field::DayOfMonth, Field::Month, Field::Weekday];
const SIX: [Field; 6] = [Field::Second, Field::Minute, Field::Hour, Field::DayOfMonth, Field::Month, Field::Weekday];
const SEVEN: [Field; 7] =
    [Field::Second, Field::Minute, Field::Hour, Field::DayOfMonth, Field::Month, Field::Weekday, Field::Year];

/// The kinds of the fields of an expression, by their number.
pub(super) fn kinds(count: usize) -> Option<&'static [Field]> {
    match count {
        5 => Some(&FIVE),
        6 => Some(&SIX),
        7 => Some(&SEVEN),
        _ => None,
    }
}

/// Parses a cron expression; places are bytes of it.
pub(super) fn parse(text: &str, day_match: Option<DayMatch>) -> Result<CronText, Vec<Bad>> {
    let whole = 0..text.len();
    if text.len() > CRON_BYTES {
        return Err(vec![(whole, CronError::TooLong { bytes: text.len() })]);
    }
    let words = split_fields(text);
    let Some((first, _)) = words.first() else { return Err(vec![(whole, CronError::Empty)]) };
    if let Some(bad) = foreign(text) {
        return Err(vec![bad]);
    }
    if first.starts_with('@') {
        let expanded = shorthand(text.trim_ascii()).map_err(|kind| vec![(whole.clone(), kind)])?;
        let mut read = parse(expanded, day_match)?;
        // The author of a shorthand does not see its expression.
        for field in [&mut read.minute, &mut read.hour, &mut read.day, &mut read.month, &mut read.weekday] {
            field.span = whole.clone();
            field.items.iter_mut().for_each(|item| item.span = whole.clone());
        }
        return Ok(read);
    }
    let Some(kinds) = kinds(words.len()) else {
        return Err(vec![(whole, CronError::FieldCount { found: words.len() })]);
    };
    let mut reads = Vec::new();
    let mut bad = Vec::new();
    for (&kind, (word, at)) in kinds.iter().zip(&words) {
        match field::read(kind, word, *at, kinds.len() == 5) {
            Ok(read) => reads.push(read),
            Err(errors) => bad.extend(errors),
        }
    }
    if !bad.is_empty() {
        return Err(bad);
    }
    let mut reads = reads.into_iter();
    let second = if kinds.len() > 5 { reads.next() } else { None };
    let (Some(minute), Some(hour), Some(day), Some(month), Some(weekday)) =
        (reads.next(), reads.next(), reads.next(), reads.next(), reads.next())
    else {
        return Err(vec![(whole, CronError::FieldCount { found: words.len() })]);
    };
    let read = CronText { second, minute, hour, day, month, weekday, year: reads.next(), day_match };
    if read.names_both_days() && day_match.is_none() {
        return Err(vec![(read.day.span.start..read.weekday.span.end, CronError::BothDays)]);
    }
    Ok(read)
}

/// The expression that a shorthand stands for.
fn shorthand(text: &str) -> Result<&'static str, CronError> {
    let lower = text.to_ascii_lowercase();
    if let Some((_, expanded)) = SHORTHANDS.iter().find(|(name, _)| *name == lower) {
        return Ok(expanded);
    }
    if lower == "@reboot" {
        return Err(CronError::Reboot);
    }
    if lower.starts_with("@every") {
        return Err(CronError::EveryShorthand);
    }
    let near = SHORTHANDS.iter().map(|(name, _)| (slips(name, &lower), *name)).min();
    Err(CronError::UnknownShorthand {
        text: text.to_owned(),
        nearest: near.filter(|(distance, _)| *distance <= 3).map(|(_, name)| name),
    })
}

/// Characters of an input method or word processor in place of ASCII.
fn foreign(text: &str) -> Option<Bad> {
    let (at, found) = text.char_indices().find(|(_, c)| {
        matches!(c, '\u{ff01}'..='\u{ff5e}' | '\u{3000}' | '\u{a0}' | '、' | '–' | '—' | '−' | '×' | '∗')
    })?;
    let plain = text
        .chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{3000}' | '\u{a0}' => ' ',
            '、' => ',',
            '–' | '—' | '−' => '-',
            '×' | '∗' => '*',
            c => c,
        })
        .collect();
    Some((at..at + found.len_utf8(), CronError::Foreign { found, plain }))
}
