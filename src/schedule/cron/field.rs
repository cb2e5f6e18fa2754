//! One field of a cron expression: `*/15`, `MON-FRI`, `L-2`, `FRI#L`.

use std::ops::Range;

use super::error::{Bad, CronError};
use super::field_kind::Field;
use crate::schedule::names;

/// A valid field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CronField {
    pub field: Field,
    /// Bytes of the whole text.
    pub span: Range<usize>,
    pub items: Vec<CronItem>,
    /// It begins with `*`: by crontab's rule, the schedule follows real time.
    pub star: bool,
}

/// One of the parts between commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CronItem {
    pub span: Range<usize>,
    pub term: CronTerm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CronTerm {
    /// `*`, or `?` in six or seven fields.
    All,
    /// `*/n`
    Every(u16),
    One(u16),
    /// `a/n`: from `a` to the end of the field.
    From(u16, u16),
    /// `a-b` or `a-b/n`; it wraps if `a` is greater than `b`.
    Span(u16, u16, u16),
    /// `L` or `L-n`: a number of days before the last of the month.
    Last(u16),
    /// `15W`: the workday that is nearest to a day of the month.
    Workday(u16),
    /// `LW` or `L-nW`: the workday nearest to a number of days before the last of the month.
    LastWorkday(u16),
    /// `MON#2` or `FRI#L`: weekday (0 = Sunday) and which of the month.
    Nth(u16, Nth),
}

/// Which of a month's weekdays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nth {
    From(u8),
    Last,
}

/// Reads a field. `at` is the byte at which `text` begins in the whole text; `crontab` means five fields.
pub(crate) fn read(field: Field, text: &str, at: usize, crontab: bool) -> Result<CronField, Vec<Bad>> {
    let mut items = Vec::with_capacity(text.split(',').count());
    let mut bad = Vec::new();
    let mut begin = at;
    for part in text.split(',') {
        let span = begin..begin + part.len();
        match parse_term(field, part, crontab) {
            Ok(term) => items.push(CronItem { span, term }),
            Err(kind) => bad.push((span, kind)),
        }
        begin += part.len() + 1;
    }
    if bad.is_empty() {
        Ok(CronField { field, span: at..at + text.len(), items, star: text.starts_with('*') })
    } else {
        Err(bad)
    }
}

impl CronField {
    /// Whether it leaves its field open: `*` alone.
    pub(crate) fn is_open(&self) -> bool {
        self.items.iter().any(|item| matches!(item.term, CronTerm::All | CronTerm::Every(1)))
    }

    /// All values that do not depend on the month (no `L`, `W` or `#`), ascending.
    pub(crate) fn values(&self) -> Vec<u16> {
        let mut values: Vec<u16> = self.items.iter().flat_map(|item| item.term.values(self.field)).collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// Its value, if it is a single number.
    pub(crate) fn one(&self) -> Option<u16> {
        match self.items[..] {
            [CronItem { term: CronTerm::One(value), .. }] => Some(value),
            _ => None,
        }
    }
}

impl CronTerm {
    /// Whether it contains a value in every month; never for `L`, `W` and `#`.
    pub(crate) fn names(self, field: Field, value: u16) -> bool {
        let (least, length) = (field.least(), field.most() - field.least() + 1);
        match self {
            Self::All => true,
            Self::Every(step) => (value - least).is_multiple_of(step),
            Self::One(one) => value == one,
            Self::From(from, step) => value >= from && (value - from).is_multiple_of(step),
            Self::Span(from, to, step) => {
                let to = if from > to { to + length } else { to };
                // The second value is for ranges that wrap, and for Sunday as 7.
                [value, value + length].iter().any(|at| (from..=to).contains(at) && (at - from).is_multiple_of(step))
            }
            Self::Last(_) | Self::Workday(_) | Self::LastWorkday(_) | Self::Nth(..) => false,
        }
    }

    /// The values in every month; none for `L`, `W` and `#`, which depend on the month.
    pub(crate) fn values(self, field: Field) -> Vec<u16> {
        let (least, most) = (field.least(), field.most());
        let (from, to, step) = match self {
            Self::All => (least, most, 1),
            Self::Every(step) => (least, most, step),
            Self::One(value) => (value, value, 1),
            Self::From(from, step) => (from, most, step),
            Self::Span(from, to, step) => (from, to, step),
            Self::Last(_) | Self::Workday(_) | Self::LastWorkday(_) | Self::Nth(..) => return Vec::new(),
        };
        // A weekday span may end at 7, which is Sunday again; a wrapping one goes on past the end.
        let length = most - least + 1;
        let to = if from > to { to + length } else { to };
        (from..=to).step_by(usize::from(step)).map(|value| (value - least) % length + least).collect()
    }
}

fn parse_term(field: Field, text: &str, crontab: bool) -> Result<CronTerm, CronError> {
    let day = matches!(field, Field::DayOfMonth | Field::Weekday);
    match text {
        "" => return Err(CronError::EmptyItem { field }),
        "*" => return Ok(CronTerm::All),
        "?" if day && !crontab => return Ok(CronTerm::All),
        "?" => return Err(CronError::QuestionMark { field }),
        _ => {}
    }
    if let Some(special) = special(field, text, crontab)? {
        return Ok(special);
    }
    let Some((base, step)) = text.split_once('/') else { return plain(field, text, crontab) };
    let step = match step.parse::<u16>() {
        Ok(0) => return Err(CronError::StepZero { field }),
        Ok(step) if step <= field.most() - field.least() + u16::from(field.least() == 1) => step,
        _ if !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit()) => {
            return Err(CronError::StepTooLarge { field, step: step.to_owned() });
        }
        _ => return Err(CronError::StepNotANumber { field, text: step.to_owned() }),
    };
    match base {
        "*" => Ok(CronTerm::Every(step)),
        "?" => Err(CronError::QuestionMark { field }),
        _ => match plain(field, base, crontab)? {
            // `MON/2` could count days or weeks.
            CronTerm::One(_) if !base.starts_with(|c: char| c.is_ascii_digit()) => {
                Err(CronError::StepFromName { field, name: base.to_owned() })
            }
            CronTerm::One(from) => Ok(CronTerm::From(from, step)),
            CronTerm::Span(from, to, _) => Ok(CronTerm::Span(from, to, step)),
            other => Ok(other),
        },
    }
}

/// `L`, `W` and `#`, and similar forms of other programs.
fn special(field: Field, text: &str, crontab: bool) -> Result<Option<CronTerm>, CronError> {
    let upper = text.to_ascii_uppercase();
    if upper == "H" || upper.starts_with("H/") || upper.starts_with("H(") {
        return Err(CronError::Hashed { field });
    }
    if field == Field::DayOfMonth {
        if upper == "L" {
            return Ok(Some(CronTerm::Last(0)));
        }
        match upper.strip_suffix('W') {
            Some("L") => return Ok(Some(CronTerm::LastWorkday(0))),
            Some(day) => {
                if let Ok(day @ 1..=31) = day.parse::<u16>() {
                    return Ok(Some(CronTerm::Workday(day)));
                }
                if let Some(Ok(before @ 1..=27)) = day.strip_prefix("L-").map(str::parse::<u16>) {
                    return Ok(Some(CronTerm::LastWorkday(before)));
                }
            }
            None if upper == "WL" => return Ok(Some(CronTerm::LastWorkday(0))),
            None => {}
        }
        if let Some(before) = upper.strip_prefix("L-") {
            return match before.parse::<u16>() {
                Ok(before @ 1..=30) => Ok(Some(CronTerm::Last(before))),
                _ => Err(CronError::BeforeLast { text: before.to_owned() }),
            };
        }
    }
    if field == Field::Weekday {
        if upper == "L" {
            return Err(CronError::LastWeekday { day: None });
        }
        if let Some(day) = upper.strip_suffix('L').filter(|day| !day.is_empty())
            && let Ok(value) = value(field, day, crontab)
        {
            return Err(CronError::LastWeekday { day: Some(value % 7) });
        }
        // Quartz counts from 1 for Sunday, and others do not.
        if let Some(day @ ("1" | "2" | "3" | "4" | "5" | "6" | "7")) = upper.strip_suffix('L')
            && !crontab
        {
            return Err(CronError::WeekdayNumber { text: day.to_owned() });
        }
        if let Some((day, nth)) = upper.split_once('#') {
            let day = value(field, day, crontab)? % 7;
            let nth = match nth {
                "L" => Nth::Last,
                _ => match nth.parse::<u8>() {
                    Ok(nth @ 1..=5) => Nth::From(nth),
                    _ => return Err(CronError::NthOutOfRange { text: nth.to_owned() }),
                },
            };
            return Ok(Some(CronTerm::Nth(day, nth)));
        }
    } else if text.contains('#') {
        return Err(CronError::NthElsewhere { field });
    }
    Ok(None)
}

/// `a` or `a-b`.
fn plain(field: Field, text: &str, crontab: bool) -> Result<CronTerm, CronError> {
    let Some((from, to)) = text.split_once('-') else {
        let value = value(field, text, crontab)?;
        return Ok(CronTerm::One(if field == Field::Weekday { value % 7 } else { value }));
    };
    let (from, to) = (value(field, from, crontab)?, value(field, to, crontab)?);
    if field == Field::Year && from > to {
        return Err(CronError::YearsBackwards { from, to });
    }
    // 7 is Sunday at the end of a week; at its beginning it is 0.
    let from = if field == Field::Weekday && from > to { from % 7 } else { from };
    // A name for Sunday at the end of a range: MON-SUN reaches the end of the week.
    Ok(CronTerm::Span(from, to, 1))
}

/// A number or name; 7 stays 7 among weekdays.
fn value(field: Field, text: &str, crontab: bool) -> Result<u16, CronError> {
    if text.is_empty() {
        return Err(CronError::EmptyItem { field });
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        let number = text.parse::<u16>().ok();
        if field == Field::Weekday && !crontab {
            return Err(CronError::WeekdayNumber { text: text.to_owned() });
        }
        let most = if field == Field::Weekday { 7 } else { field.most() };
        return match number {
            Some(number) if (field.least()..=most).contains(&number) => Ok(number),
            _ => Err(CronError::OutOfRange { field, text: text.to_owned() }),
        };
    }
    let named = match field {
        Field::Month => names::month_number(text),
        Field::Weekday => names::weekday_number(text),
        _ => None,
    };
    named.ok_or_else(|| CronError::NotAValue { field, text: text.to_owned() })
}
