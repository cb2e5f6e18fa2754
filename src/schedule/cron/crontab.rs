//! The local times that a cron expression names.
//!
//! The `cron` crate evaluates the fields: their steps, ranges and lists. It **never sees a zoned time**, because its own
//! handling of clock changes is wrong. For what it cannot say (`L`, `15W`, `MON#1`) it is given a superset, and the days
//! are filtered here. Debug builds, and so `check` in them and every test, compare its sets with the values from which
//! descriptions and warnings are made.

use std::fmt::Write;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};

use super::field::{CronField, CronTerm, Nth};
use super::field_kind::Field;
use super::field_sets::FieldSets;
use super::text::{CronText, DayMatch};
use crate::schedule::calendar::{Calendar, Days};

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
    /// None where the crate cannot read its input, which would be a fault of this module.
    pub(crate) fn new(text: CronText, calendar: Calendar) -> Option<Self> {
        let either = text.names_both_days() && text.day_match == Some(DayMatch::Any);
        let readings = if either {
            vec![reading(&text, Some(&text.day), None)?, reading(&text, None, Some(&text.weekday))?]
        } else {
            vec![reading(&text, Some(&text.day), Some(&text.weekday))?]
        };
        Some(Self { text, calendar, readings })
    }

    /// The first local time strictly after this one. None after the year 2100.
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
        self.days_of(date) >> date.day() & 1 == 1
    }

    /// How many days it names in `[from, before)`.
    fn count_days(&self, from: NaiveDate, before: NaiveDate) -> u64 {
        // Bit 1 is the first day, as in `days_of`.
        let before_day = |date: NaiveDate| (1_u64 << date.day()) - 1;
        let mut count = 0;
        let mut month = from;
        while (month.year(), month.month()) <= (before.year(), before.month()) {
            let mut days = self.days_of(month);
            if month == from {
                days &= !before_day(from);
            }
            if (month.year(), month.month()) == (before.year(), before.month()) {
                days &= before_day(before);
            }
            count += u64::from(days.count_ones());
            let next = month.with_day(1).and_then(|first| first.checked_add_months(chrono::Months::new(1)));
            let Some(next) = next else { break };
            month = next;
        }
        count
    }

    /// The days that it names in the month of a date: bit 1 is the first.
    fn days_of(&self, month: NaiveDate) -> u64 {
        self.readings.iter().fold(0, |days, reading| days | reading.days_of(month, &self.calendar))
    }

    /// Whether the calendar says which day it is, where a nearest workday falls on this date.
    pub(crate) fn knows_workday(&self, date: NaiveDate) -> bool {
        let mut near = self.text.day.items.iter().filter_map(|item| workday(item.term, date, &self.calendar));
        near.all(|near| near.date != date || near.is_known)
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

    /// The days that it names in the month of a date: bit 1 is the first.
    fn days_of(&self, month: NaiveDate, calendar: &Calendar) -> u64 {
        let named = self.slots.days_of(month.year(), month.month());
        if self.day.is_none() && self.weekday.is_none() {
            return named;
        }
        let is_taken = |day: u32| month.with_day(day).is_some_and(|date| self.takes(date, calendar));
        (1..=31).filter(|day| named >> day & 1 == 1 && is_taken(*day)).fold(0, |days, day| days | 1 << day)
    }

    fn takes(&self, date: NaiveDate, calendar: &Calendar) -> bool {
        self.day.as_ref().is_none_or(|day| takes_day(day, date, calendar))
            && self.weekday.as_ref().is_none_or(|weekday| takes_weekday(weekday, date))
    }
}

fn reading(text: &CronText, day: Option<&CronField>, weekday: Option<&CronField>) -> Option<Reading> {
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
    Some(Reading { slots, day: day.filter(is_filtered).cloned(), weekday: weekday.filter(is_filtered).cloned() })
}

/// Whether the month decides which days a term names.
fn depends_on_month(term: CronTerm) -> bool {
    matches!(term, CronTerm::Last(_) | CronTerm::Workday(_) | CronTerm::LastWorkday(_) | CronTerm::Nth(..))
}

/// Writes a field as the crate reads it, with everything that it could name in some month.
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

/// The values that a term which the crate does not know could name in some month.
fn superset(field: Field, term: CronTerm) -> Vec<u16> {
    match term {
        CronTerm::Last(before) => (28_u16.saturating_sub(before).max(1)..=31 - before).collect(),
        CronTerm::Workday(_) | CronTerm::LastWorkday(_) => (1..=31).collect(),
        CronTerm::Nth(weekday, _) => vec![weekday],
        term => term.values(field),
    }
}

/// Whether a day-of-month field names a date.
pub(crate) fn takes_day(read: &CronField, date: NaiveDate, calendar: &Calendar) -> bool {
    let day = u16::try_from(date.day()).unwrap_or(0);
    read.items.iter().any(|item| match item.term {
        CronTerm::Last(before) => day + before == u16::from(days_in_month(date)),
        term @ (CronTerm::Workday(_) | CronTerm::LastWorkday(_)) => {
            workday(term, date, calendar).is_some_and(|near| near.date == date)
        }
        term => term.names(read.field, day),
    })
}

/// The workday of a month that is nearest to a day of it.
struct Nearest {
    date: NaiveDate,
    /// Whether the calendar knows all days up to it. Else it is taken from Monday to Friday, and is held.
    is_known: bool,
}

/// The nearest workday that a term names in the month of a date, as Quartz has it: never of another month, and of two that
/// are as near the earlier. Nothing where the month lacks the day.
fn workday(term: CronTerm, month: NaiveDate, calendar: &Calendar) -> Option<Nearest> {
    let last = u32::from(days_in_month(month));
    let target = match term {
        CronTerm::Workday(day) => u32::from(day),
        CronTerm::LastWorkday(before) => last.checked_sub(u32::from(before))?,
        _ => return None,
    };
    let target = month.with_day(target)?;
    let near = || {
        let days = (0..i64::from(last)).flat_map(|distance| [-distance, distance].map(TimeDelta::days));
        days.filter_map(move |distance| target.checked_add_signed(distance))
            .filter(|date| date.month() == month.month())
    };
    for date in near() {
        match calendar.counts(date, Days::Workday) {
            Some(true) => return Some(Nearest { date, is_known: true }),
            Some(false) => {}
            None => break,
        }
    }
    let date = near().find(|date| date.weekday().num_days_from_monday() < 5)?;
    Some(Nearest { date, is_known: false })
}

/// Whether a weekday field names a date.
pub(crate) fn takes_weekday(read: &CronField, date: NaiveDate) -> bool {
    let day = u16::try_from(date.weekday().num_days_from_sunday()).unwrap_or(0);
    read.items.iter().any(|item| match item.term {
        CronTerm::Nth(weekday, nth) => {
            weekday == day
                && match nth {
                    Nth::From(nth) => date.day0() / 7 + 1 == u32::from(nth),
                    Nth::Last => date.day() + 7 > u32::from(days_in_month(date)),
                }
        }
        term => term.names(read.field, day),
    })
}

fn days_in_month(date: NaiveDate) -> u8 {
    date.num_days_in_month()
}
