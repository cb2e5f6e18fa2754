//! The schedule of a campaign as plain values, as a reader took them from a file or a store.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, Days};
use super::cron::text::DayMatch;
use super::moves::OnDayOff;
use crate::text::{Lang, Text, when};

/// A schedule as written, not validated. All times are local times of `timezone`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    #[serde(flatten)]
    pub when: When,
    /// An IANA name, such as `Asia/Shanghai`.
    pub timezone: String,
    /// The first local time that counts, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Bound>,
    /// The last local time that counts, included; a date includes its whole day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Bound>,
    /// Dates without occurrences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skip: Vec<Skip>,
    /// The last firing of a rule that counts, by its named time, as when the contents of a rotation are used up. An
    /// occurrence that is moved past it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_firing: Option<NaiveDateTime>,
    /// Which kinds of day count.
    #[serde(default, skip_serializing_if = "Days::is_any")]
    pub days: Days,
    /// Where an occurrence of a rule goes whose date is a day off; none: it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_day_off: Option<OnDayOff>,
    /// The rule counts in one week of this many, from the week of `start` on; see [`super::WEEKS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_weeks: Option<u32>,
    /// The largest number of occurrences, counted from the first one ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_runs: Option<u32>,
    /// The calendar of workdays; none: the built-in one of China.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar>,
}

/// A rule or a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    Cron {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        day_match: Option<DayMatch>,
    },
    At(Vec<NaiveDateTime>),
    /// Occasions of the lunar calendar, each a date and a time of day: `正月十五 09:00`.
    Lunar(Vec<String>),
}

impl When {
    /// Whether it is a rule, and not a list of times.
    pub fn is_rule(&self) -> bool {
        !matches!(self, Self::At(_))
    }
}

/// An entry of `skip`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Skip {
    Date(NaiveDate),
    /// All dates of a range, both ends included.
    Range {
        from: NaiveDate,
        to: NaiveDate,
    },
}

/// One end of the period in which a schedule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Bound {
    // The longer form first: serde takes the first that fits.
    Time(NaiveDateTime),
    Date(NaiveDate),
}

impl Spec {
    /// A rule without any other key.
    pub fn cron(text: impl Into<String>, timezone: &str) -> Self {
        Self::new(When::Cron { text: text.into(), day_match: None }, timezone)
    }

    /// A list of local times without any other key.
    pub fn at(times: impl Into<Vec<NaiveDateTime>>, timezone: &str) -> Self {
        Self::new(When::At(times.into()), timezone)
    }

    fn new(when: When, timezone: &str) -> Self {
        Self {
            when,
            timezone: timezone.to_owned(),
            start: None,
            end: None,
            skip: Vec::new(),
            last_firing: None,
            days: Days::Any,
            on_day_off: None,
            every_weeks: None,
            max_runs: None,
            calendar: None,
        }
    }
}

impl Skip {
    /// The first and the last date, both skipped.
    pub fn ends(self) -> (NaiveDate, NaiveDate) {
        match self {
            Self::Date(date) => (date, date),
            Self::Range { from, to } => (from, to),
        }
    }

    pub fn contains(self, date: NaiveDate) -> bool {
        let (from, to) = self.ends();
        (from..=to).contains(&date)
    }

    /// Its dates in words.
    pub fn text(self) -> Text {
        match self {
            Self::Date(date) => when::plain_date(date),
            Self::Range { from, to } => when::date_range(from, to),
        }
    }

    /// The ranges of dates that some entries skip, ascending and disjoint.
    pub(crate) fn ranges(entries: &[Self]) -> Vec<(NaiveDate, NaiveDate)> {
        let mut ranges: Vec<_> = entries.iter().map(|entry| entry.ends()).filter(|(from, to)| from <= to).collect();
        ranges.sort_unstable();
        ranges.dedup_by(|next, last| {
            let meets = next.0 <= last.1.succ_opt().unwrap_or(last.1);
            last.1 = if meets { last.1.max(next.1) } else { last.1 };
            meets
        });
        ranges
    }
}

impl Bound {
    /// The date, or the date and time.
    pub fn text(self) -> Text {
        match self {
            Self::Date(date) => when::plain_date(date),
            Self::Time(time) => Text::of(self.to_string(), when::plain_date_time(time).into_lang(Lang::Zh)),
        }
    }

    /// Its local date.
    pub fn date(self) -> NaiveDate {
        match self {
            Self::Date(date) => date,
            Self::Time(time) => time.date(),
        }
    }

    /// The first whole second at or after it, as a start.
    pub fn opens(self) -> NaiveDateTime {
        match self {
            Self::Date(date) => date.and_time(NaiveTime::MIN),
            Self::Time(time) if time.nanosecond() == 0 => time,
            Self::Time(time) => time.with_nanosecond(0).unwrap_or(time) + TimeDelta::seconds(1),
        }
    }

    /// The last second that it includes, as an end.
    pub fn closes(self) -> NaiveDateTime {
        match self {
            Self::Date(date) => date.and_time(NaiveTime::MIN) + TimeDelta::seconds(86_399),
            Self::Time(time) => time,
        }
    }
}

/// As files write it.
impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => date.fmt(f),
            Self::Time(time) => write!(f, "{}", time.format("%Y-%m-%dT%H:%M:%S")),
        }
    }
}

/// Its dates as files write them.
impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => date.fmt(f),
            Self::Range { from, to } => write!(f, "{from} to {to}"),
        }
    }
}
