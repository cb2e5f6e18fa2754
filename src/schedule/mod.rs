//! Text and zone in, instants out: when a campaign is due.
//!
//! A [`Spec`] holds the plain values that a file says; [`Schedule::new`] makes it sound or tells all of its faults;
//! a [`Schedule`] is then asked for occurrences, and a [`CompactSchedule`] one kept until it is asked. Pure: it reads no file and no clock, and what it answers depends on its
//! arguments and on the zone data built in ([`ZONE_DATA`]) alone. It never panics, and never searches without end,
//! whatever the text.

// What people write, and what is wrong with it.
mod fault;
mod fault_words;
mod spec;

// Names and the text of a rule.
mod cron_text;
mod day_time;
mod dialect;
mod field;
mod names;
mod plain_words;
mod proposal;
mod said;
mod word_list;
mod zone_data;
mod zones;

// From the rule to instants.
mod calendar;
mod calendar_file;
pub mod civil;
mod crontab;
mod occurrences;
mod compact;
mod slots;
mod validate;

// What is said about it.
mod blackout;
mod explain;
mod readings;
mod trap;
mod words;

pub use blackout::{Blackout, KeptBack, PostingBlocks, QuietHours, Reason};
pub use calendar::{Calendar, CalendarFault, Day};
pub use compact::CompactSchedule;
pub use cron_text::CRON_BYTES;
pub use dialect::{Form, Here, OtherForm};
pub use explain::Explanation;
pub use fault::{Fault, FaultKind, MAX_RUNS, Never, Outside, Part};
pub use field::Field;
pub use occurrences::{Between, Schedule};
pub use proposal::Proposal;
pub use spec::{Bound, DayMatch, Days, Skip, Spec, When};
pub use trap::{ScheduleWarning, WarningKind};
pub use zone_data::{Shifted, is_outdated};
pub use zones::{ZONE_DATA, ZoneFault, zone};

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

/// One time at which a campaign is due.
///
/// Its identity is `(local, pass)`; `at` is data, because a new edition of the zone data may move it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Occurrence {
    /// The wall-clock time that the schedule names. Where clocks are put forward over it, no clock ever shows it.
    pub local: NaiveDateTime,
    pub pass: Pass,
    pub at: DateTime<Utc>,
    /// Set where nobody knows yet whether this day counts: such an occurrence is neither dropped nor posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Box<Doubt>>,
}

/// Which showing of a wall-clock time it is; the second exists only where clocks are put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pass {
    First,
    Second,
}

/// Why it is not known whether an occurrence counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Doubt {
    pub date: NaiveDate,
    /// The calendar's name.
    pub calendar: String,
    pub days: Days,
    /// The last day that the calendar knows.
    pub horizon: Option<NaiveDate>,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { date, calendar, days, horizon } = self;
        write!(f, "nobody knows yet whether {date} is a {}: the calendar `{calendar}` ", days.noun())?;
        match horizon {
            Some(horizon) if horizon < date => write!(f, "ends on {horizon}"),
            _ => write!(f, "does not know {}", date.year()),
        }
    }
}
