//! The local times that a cron expression names.
//!
//! The `cron` crate evaluates the fields: their steps, ranges and lists. It **never sees a zoned time**, because its own
//! handling of clock changes is wrong. For terms that it does not support (`L`, `15W`, `MON#1`) it gets a superset, and
//! this module filters the days. Debug builds and all tests compare its sets with the values that descriptions and
//! warnings use.

use std::fmt::Write;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};

use super::field::{CronField, CronTerm, Nth};
use super::field_kind::Field;
use super::field_sets::FieldSets;
use super::text::{CronText, DayMatch};
use crate::schedule::calendar::{Calendar, Days};
use crate::schedule::moves::Target;

/// A cron expression, compiled.
#[derive(Clone, Debug)]
pub(crate) struct Crontab {
    pub text: CronText,
    calendar: Calendar,
    /// One reading, or two where either day field is enough.
    readings: Vec<Reading>,
}

#[derive(Clone, Debug)]
struct Reading {
    slots: FieldSets,
    /// Both must name a day.
    day: Option<CronField>,
    weekday: Option<CronField>,
}

impl Crontab {
    /// None if the crate refuses its input, which is a bug of this module.
    pub(crate) fn new(text: CronText, calendar: Calendar) -> Option<Self> {
        let either = text.names_both_days() && text.day_match == Some(DayMatch::Any);
        let readings = if either {
            vec![reading(&text, Some(&text.day), None)?, reading(&text, None, Some(&text.weekday))?]
        } else {
            vec![reading(&text, Some(&text.day), Some(&text.weekday))?]
        };
        Some(Self { text, calendar, readings })
    }

    /// The first local time strictly after this one that the expression names, before a nearest workday is sought: `15W`
    /// names the 15th. None after the year 2100.
    pub(crate) fn next(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        self.readings.iter().filter_map(|reading| reading.next(after, &self.calendar)).min()
    }

    /// How many local times it names in `[from, before)`. Takes as long as the months between are many, however often
    /// it fires.
    pub(crate) fn count(&self, from: NaiveDateTime, before: NaiveDateTime) -> u64 {
        let Some(slots) = self.readings.first().map(|reading| &reading.slots).filter(|_| from < before) else {
            return 0;
        };
        // All readings have the same times of day.
        let partial = |at: NaiveDateTime| if self.names_day(at.date()) { slots.times_before(at.time()) } else { 0 };
        let days = self.count_days(from.date(), before.date());
        slots.times_a_day() * days + partial(before) - partial(from)
    }

    fn names_day(&self, date: NaiveDate) -> bool {
        self.days_of(date.year(), date.month()) >> date.day() & 1 == 1
    }

    /// How many days it names in `[from, before)`.
    fn count_days(&self, from: NaiveDate, before: NaiveDate) -> u64 {
        // Bit 1 is the first day, as in `days_of`.
        let before_day = |date: NaiveDate| (1_u64 << date.day()) - 1;
        let [first, last] = [from, before].map(|date| (date.year(), date.month()));
        let mut count = 0;
        let mut month = first;
        while month <= last {
            let mut days = self.days_of(month.0, month.1);
            if month == first {
                days &= !before_day(from);
            }
            if month == last {
                days &= before_day(before);
            }
            count += u64::from(days.count_ones());
            month = if month.1 == 12 { (month.0 + 1, 1) } else { (month.0, month.1 + 1) };
        }
        count
    }

    /// The days that it names in a month: bit 1 is the first.
    fn days_of(&self, year: i32, month: u32) -> u64 {
        self.readings.iter().fold(0, |days, reading| days | reading.days_of(year, month, &self.calendar))
    }

    /// The day to which a named date moves: the nearest workday for `15W`, else the date itself.
    pub(crate) fn target(&self, named: NaiveDate) -> Option<Target> {
        nearest_workday(&self.text, named, &self.calendar)
    }

    /// How often it fires on a day that it names.
    pub(crate) fn times_a_day(&self) -> usize {
        let CronText { second, minute, hour, .. } = &self.text;
        second.as_ref().map_or(1, |second| second.values().len()) * minute.values().len() * hour.values().len()
    }
}

impl Reading {
    fn next(&self, after: NaiveDateTime, calendar: &Calendar) -> Option<NaiveDateTime> {
        self.slots.next(after, |date| self.takes(date, calendar))
    }

    /// The days that it names in a month: bit 1 is the first.
    fn days_of(&self, year: i32, month: u32, calendar: &Calendar) -> u64 {
        let named = self.slots.days_of(year, month);
        if self.day.is_none() && self.weekday.is_none() {
            return named;
        }
        let is_taken =
            |day: u32| NaiveDate::from_ymd_opt(year, month, day).is_some_and(|date| self.takes(date, calendar));
        (1..=31).filter(|day| named >> day & 1 == 1 && is_taken(*day)).fold(0, |days, day| days | 1 << day)
    }

    fn takes(&self, date: NaiveDate, calendar: &Calendar) -> bool {
        let takes_weekday = |date| self.weekday.as_ref().is_none_or(|weekday| takes_weekday(weekday, date));
        let Some(day) = &self.day else { return takes_weekday(date) };
        let is_plain = takes_plain_day(day, date);
        if is_plain || !takes_day(day, date) {
            return is_plain && takes_weekday(date);
        }
        nearest_in_month(date, calendar).is_some_and(|near| takes_weekday(near.date))
    }
}

fn reading(text: &CronText, day: Option<&CronField>, weekday: Option<&CronField>) -> Option<Reading> {
    // The weekday of a nearest workday is that of the day to which it moves.
    let moves = day.is_some_and(|day| day.items.iter().any(|item| is_nearest_workday(item.term)));
    let by_target = weekday.filter(|weekday| moves && !weekday.is_open());
    let weekday = weekday.filter(|_| by_target.is_none());
    let mut plain = String::with_capacity(32);
    match &text.second {
        Some(second) => write_superset(second, &mut plain),
        None => plain.push('0'),
    }
    for field in [Some(&text.minute), Some(&text.hour), day, Some(&text.month), weekday, text.year.as_ref()] {
        plain.push(' ');
        match field {
            Some(field) => write_superset(field, &mut plain),
            None => plain.push('*'),
        }
    }
    let is_filtered = |field: &&CronField| field.items.iter().any(|item| depends_on_month(item.term));
    let slots = FieldSets::of(&cron::Schedule::from_str(&plain).ok()?);
    let fields = [text.second.as_ref(), Some(&text.minute), Some(&text.hour), day, Some(&text.month), weekday];
    for field in fields.into_iter().flatten().filter(|field| !is_filtered(field)) {
        debug_assert!(slots.are_those_of(field), "the cron crate reads `{plain}` otherwise than {field:?}");
    }
    let weekday = by_target.or_else(|| weekday.filter(is_filtered));
    Some(Reading { slots, day: day.filter(is_filtered).cloned(), weekday: weekday.cloned() })
}

/// Whether the month decides which days a term names.
fn depends_on_month(term: CronTerm) -> bool {
    matches!(term, CronTerm::Last(_) | CronTerm::Workday(_) | CronTerm::LastWorkday(_) | CronTerm::Nth(..))
}

/// Writes a field in the crate's syntax, with all values that it can have in any month.
fn write_superset(field: &CronField, plain: &mut String) {
    if field.is_open() {
        return plain.push('*');
    }
    // The crate counts weekdays from 1 for Sunday.
    let shift = u16::from(field.field == Field::Weekday);
    for (n, item) in field.items.iter().enumerate() {
        if n > 0 {
            plain.push(',');
        }
        // Writing to a text cannot fail.
        let _ = match item.term {
            CronTerm::Every(step) => write!(plain, "*/{step}"),
            CronTerm::One(value) => write!(plain, "{}", value + shift),
            CronTerm::From(from, step) => write!(plain, "{}/{step}", from + shift),
            CronTerm::Span(from, to, step) if from <= to && to <= field.field.most() => {
                write!(plain, "{}-{}/{step}", from + shift, to + shift)
            }
            term => {
                let values: Vec<String> =
                    superset(field.field, term).iter().map(|it| (it + shift).to_string()).collect();
                write!(plain, "{}", values.join(","))
            }
        };
    }
}

/// All values that an unsupported term can have in any month.
fn superset(field: Field, term: CronTerm) -> Vec<u16> {
    match term {
        CronTerm::Last(before) | CronTerm::LastWorkday(before) => {
            (28_u16.saturating_sub(before).max(1)..=31 - before).collect()
        }
        CronTerm::Workday(day) => vec![day],
        CronTerm::Nth(weekday, _) => vec![weekday],
        term => term.values(field),
    }
}

fn is_nearest_workday(term: CronTerm) -> bool {
    matches!(term, CronTerm::Workday(_) | CronTerm::LastWorkday(_))
}

/// Whether a day-of-month field names a date; `15W` names the 15th.
pub(crate) fn takes_day(read: &CronField, date: NaiveDate) -> bool {
    let day = u16::try_from(date.day()).unwrap_or(0);
    let names_workday = |term| match term {
        CronTerm::Workday(named) => named == day,
        CronTerm::LastWorkday(before) => day + before == u16::from(date.num_days_in_month()),
        _ => false,
    };
    takes_plain_day(read, date) || read.items.iter().any(|item| names_workday(item.term))
}

/// Whether a day-of-month field names a date by a term that does not move.
fn takes_plain_day(read: &CronField, date: NaiveDate) -> bool {
    let day = u16::try_from(date.day()).unwrap_or(0);
    read.items.iter().any(|item| match item.term {
        CronTerm::Last(before) => day + before == u16::from(date.num_days_in_month()),
        term => term.names(read.field, day),
    })
}

/// The day to which a named date of an expression moves.
fn nearest_workday(text: &CronText, named: NaiveDate, calendar: &Calendar) -> Option<Target> {
    let by_weekday = text.names_both_days() && text.day_match == Some(DayMatch::Any);
    let is_plain = takes_plain_day(&text.day, named) || (by_weekday && takes_weekday(&text.weekday, named));
    if is_plain || !text.names_workday() {
        return Some(Target { date: named, unknown: None });
    }
    nearest_in_month(named, calendar)
}

/// The workday of a month that is nearest to a day of it, as Quartz has it: never of another month, and of two that are as
/// near the earlier.
fn nearest_in_month(named: NaiveDate, calendar: &Calendar) -> Option<Target> {
    let near = || {
        let days = (0..i64::from(named.num_days_in_month())).flat_map(|distance| [-distance, distance]);
        days.filter_map(move |days| named.checked_add_signed(TimeDelta::days(days)))
            .filter(|date| date.month() == named.month())
    };
    let mut unknown = None;
    for date in near() {
        match calendar.counts(date, Days::Workday) {
            Some(true) => return Some(Target { date, unknown: None }),
            Some(false) => {}
            None => {
                unknown = Some(date);
                break;
            }
        }
    }
    unknown?;
    // Taken from Monday to Friday, and held.
    let date = near().find(|date| date.weekday().num_days_from_monday() < 5)?;
    Some(Target { date, unknown })
}

/// Whether a weekday field names a date.
pub(crate) fn takes_weekday(read: &CronField, date: NaiveDate) -> bool {
    let day = u16::try_from(date.weekday().num_days_from_sunday()).unwrap_or(0);
    read.items.iter().any(|item| match item.term {
        CronTerm::Nth(weekday, nth) => {
            weekday == day
                && match nth {
                    Nth::From(nth) => date.day0() / 7 + 1 == u32::from(nth),
                    Nth::Last => date.day() + 7 > u32::from(date.num_days_in_month()),
                }
        }
        term => term.names(read.field, day),
    })
}
