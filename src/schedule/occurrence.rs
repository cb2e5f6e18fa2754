//! One time at which a campaign is due.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::calendar::Days;

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
