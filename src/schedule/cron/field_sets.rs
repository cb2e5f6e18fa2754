//! The local times that seven sets of numbers name, and the next one after a time.
//!
//! The sets are the `cron` crate's. Its own search walks trees of numbers and makes a zoned time at every step. Here a set
//! is a word of bits, so that a search of a month costs less than parsing the expression.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use cron::TimeUnitSpec;

use super::field::CronField;
use super::field_kind::{Field, YEARS};

/// A set of small numbers.
#[derive(Clone, Copy, Debug)]
struct Bits(u64);

/// The values of each field as bit sets, for fast search.
#[derive(Clone, Debug)]
pub(super) struct FieldSets {
    seconds: Bits,
    minutes: Bits,
    hours: Bits,
    days: Bits,
    months: Bits,
    /// From 0 for Sunday.
    weekdays: Bits,
    /// Ascending; none for every year.
    years: Option<Box<[i32]>>,
}

impl Bits {
    /// Of numbers up to `most`.
    fn of(set: &impl TimeUnitSpec, most: u32) -> Self {
        if set.is_all() {
            return Self(u64::MAX >> (63 - most));
        }
        Self(set.iter().fold(0, |bits, number| bits | 1 << number))
    }

    fn has(self, number: u32) -> bool {
        self.0 >> number & 1 == 1
    }

    /// The least one that is at least `number`.
    fn from(self, number: u32) -> Option<u32> {
        let left = self.0.checked_shr(number).unwrap_or(0);
        (left != 0).then(|| number + left.trailing_zeros())
    }
}

impl FieldSets {
    pub(super) fn of(schedule: &cron::Schedule) -> Self {
        let years = (!schedule.years().is_all()).then(|| {
            let years = schedule.years().iter().filter_map(|year| i32::try_from(year).ok());
            years.collect()
        });
        // The crate counts weekdays from 1 for Sunday.
        let weekdays = Bits(Bits::of(schedule.days_of_week(), 7).0 >> 1);
        Self {
            seconds: Bits::of(schedule.seconds(), 59),
            minutes: Bits::of(schedule.minutes(), 59),
            hours: Bits::of(schedule.hours(), 23),
            days: Bits::of(schedule.days_of_month(), 31),
            months: Bits::of(schedule.months(), 12),
            weekdays,
            years,
        }
    }

    /// Whether a field names the same values.
    pub(super) fn are_those_of(&self, field: &CronField) -> bool {
        let bits = match field.field {
            Field::Second => self.seconds,
            Field::Minute => self.minutes,
            Field::Hour => self.hours,
            Field::DayOfMonth => self.days,
            Field::Month => self.months,
            Field::Weekday => self.weekdays,
            Field::Year => {
                let values: Vec<i32> = field.values().into_iter().map(i32::from).collect();
                return self.years.as_ref().is_none_or(|years| **years == *values);
            }
        };
        let values = field.values().iter().fold(0, |bits, value| bits | 1_u64 << value);
        // The bit of a number below the field's least one, which the crate does not use.
        bits.0 & !u64::from(field.field.least() == 1) == values
    }

    /// The first time strictly after this one, on a date that `takes` takes. Nothing after the last year.
    pub(super) fn next(&self, after: NaiveDateTime, takes: impl Fn(NaiveDate) -> bool) -> Option<NaiveDateTime> {
        let from = after.with_nanosecond(0)?.checked_add_signed(TimeDelta::seconds(1))?;
        let date = from.date();
        if self.names(date)
            && takes(date)
            && let Some(time) = self.time_from(from.time())
        {
            return Some(date.and_time(time));
        }
        let first = self.time_from(NaiveTime::MIN)?;
        Some(self.date_after(date, takes)?.and_time(first))
    }

    fn names(&self, date: NaiveDate) -> bool {
        self.has_year(date.year())
            && self.months.has(date.month())
            && self.days.has(date.day())
            && self.weekdays.has(date.weekday().num_days_from_sunday())
    }

    fn has_year(&self, year: i32) -> bool {
        YEARS.contains(&year) && self.years.as_ref().is_none_or(|years| years.binary_search(&year).is_ok())
    }

    /// The first date after another.
    fn date_after(&self, date: NaiveDate, takes: impl Fn(NaiveDate) -> bool) -> Option<NaiveDate> {
        let (mut month, mut day) = (date.month(), date.day() + 1);
        for year in date.year().max(*YEARS.start())..=*YEARS.end() {
            if year != date.year() {
                (month, day) = (1, 1);
            }
            if !self.has_year(year) {
                continue;
            }
            while let Some(named) = self.months.from(month) {
                if named != month {
                    day = 1;
                }
                if let Some(date) = self.date_in(year, named, day, &takes) {
                    return Some(date);
                }
                (month, day) = (named + 1, 1);
            }
        }
        None
    }

    /// The first date of a month from this day on.
    fn date_in(&self, year: i32, month: u32, from: u32, takes: impl Fn(NaiveDate) -> bool) -> Option<NaiveDate> {
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        let weekday = first.weekday().num_days_from_sunday();
        let mut day = from;
        while let Some(named) = self.days.from(day) {
            if self.weekdays.has((weekday + named - 1) % 7) {
                // A day that this month does not have ends it.
                let date = first.with_day(named)?;
                if takes(date) {
                    return Some(date);
                }
            }
            day = named + 1;
        }
        None
    }

    /// The days of a month that the sets name: bit 1 is the first.
    pub(super) fn days_of(&self, year: i32, month: u32) -> u64 {
        let first = NaiveDate::from_ymd_opt(year, month, 1).filter(|_| self.has_year(year) && self.months.has(month));
        let Some(first) = first else { return 0 };
        // Six weeks of weekdays, and of them what begins with the weekday of the first.
        let weeks = (0..6).fold(0, |bits, week| bits | self.weekdays.0 << (7 * week));
        let weekdays = weeks >> first.weekday().num_days_from_sunday() << 1;
        let in_month = (2_u64 << first.num_days_in_month()) - 2;
        self.days.0 & weekdays & in_month
    }

    /// How many times of a day the sets name.
    pub(super) fn times_a_day(&self) -> u64 {
        let count = |bits: Bits| u64::from(bits.0.count_ones());
        count(self.hours) * count(self.minutes) * count(self.seconds)
    }

    /// How many of them come before a time of day.
    pub(super) fn times_before(&self, time: NaiveTime) -> u64 {
        let below = |bits: Bits, number: u32| u64::from((bits.0 & ((1 << number) - 1)).count_ones());
        let count = |bits: Bits| u64::from(bits.0.count_ones());
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        let mut before = below(self.hours, hour) * count(self.minutes) * count(self.seconds);
        if self.hours.has(hour) {
            before += below(self.minutes, minute) * count(self.seconds);
            if self.minutes.has(minute) {
                before += below(self.seconds, second);
            }
        }
        before
    }

    /// The first time of any day from this one on.
    fn time_from(&self, from: NaiveTime) -> Option<NaiveTime> {
        let (hour, minute, second) = (from.hour(), from.minute(), from.second());
        let (first_minute, first_second) = (self.minutes.from(0)?, self.seconds.from(0)?);
        let within_hour = || {
            let within_minute = || self.seconds.from(second).filter(|_| self.minutes.has(minute));
            if let Some(second) = within_minute() {
                return NaiveTime::from_hms_opt(hour, minute, second);
            }
            NaiveTime::from_hms_opt(hour, self.minutes.from(minute + 1)?, first_second)
        };
        if let Some(time) = within_hour().filter(|_| self.hours.has(hour)) {
            return Some(time);
        }
        NaiveTime::from_hms_opt(self.hours.from(hour + 1)?, first_minute, first_second)
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use chrono::DateTime;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    fn list(least: u32, most: u32) -> impl Strategy<Value = String> {
        let some = prop::collection::btree_set(least..=most, 1..4)
            .prop_map(|set| set.iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
        prop_oneof![Just("*".to_owned()), some]
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

        /// What the crate itself finds, in the wall clock's guise of UTC, is found here, twenty times on.
        #[test]
        fn the_same_as_the_crate(
            fields in (list(0, 59), list(0, 59), list(0, 23), list(1, 31), list(1, 12), list(1, 7), list(1970, 2100)),
            from in 0_i64..4_200_000_000,
        ) {
            let (second, minute, hour, day, month, weekday, year) = fields;
            let text = format!("{second} {minute} {hour} {day} {month} {weekday} {year}");
            let schedule = cron::Schedule::from_str(&text).expect("plain lists");
            let slots = FieldSets::of(&schedule);
            let mut after = DateTime::from_timestamp(from, 0).expect("this century or the next").naive_utc();
            for _ in 0..20 {
                let wanted = schedule.after(&after.and_utc()).next().map(|at| at.naive_utc());
                let found = slots.next(after, |_| true);
                prop_assert_eq!(found, wanted, "{} after {}", text, after);
                let Some(next) = found else { break };
                after = next;
            }
        }
    }
}
