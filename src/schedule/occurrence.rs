//! One time at which a campaign is due.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::calendar::Days;
use super::zone::civil;
use crate::text::{Text, when};

/// One time at which a campaign is due.
///
/// Its identity is `(local, fold)`; `at` is data, because a new edition of the zone data or of a calendar may move it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Occurrence {
    /// The local time that the rule names. If clocks are put forward over it, no clock ever shows it. If its date is
    /// moved, as by `on_day_off`, `at` is on another day.
    pub local: NaiveDateTime,
    #[serde(rename = "pass")]
    pub fold: Fold,
    pub at: DateTime<Utc>,
    /// Set if the calendar does not know yet whether this day counts. Such an occurrence is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Box<UnknownDay>>,
}

/// The fold: which of two equal local times, when clocks are set back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fold {
    First,
    Second,
}

/// Why it is unknown whether the day of an occurrence is a workday.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UnknownDay {
    pub date: NaiveDate,
    /// The calendar's name.
    pub calendar: String,
    pub days: Days,
    /// The last day that the calendar knows.
    pub horizon: Option<NaiveDate>,
}

impl Occurrence {
    /// The local time at which it is due: `local`, or the same time on the day to which it is moved.
    pub fn due_local(&self, zone: Tz) -> NaiveDateTime {
        civil::on_day_of(zone, self.at, self.local)
    }
}

impl UnknownDay {
    /// Why it is not known, in words.
    pub fn text(&self) -> Text {
        let (calendar, year) = (&self.calendar, self.date.year());
        let ends = match self.horizon {
            Some(horizon) if horizon < self.date => text!(
                en: "the calendar `{calendar}` ends on {horizon}",
                zh: "放假日历 `{calendar}` 只到{horizon}",
                horizon = when::plain_date(horizon)
            ),
            _ => {
                text!(en: "the calendar `{calendar}` does not know {year}", zh: "放假日历 `{calendar}` 里没有 {year} 年")
            }
        };
        text!(
            en: "it is not known yet whether {date} is a {days}: {ends}",
            zh: "还不知道{date}是不是{days}：{ends}",
            date = when::plain_date(self.date),
            days = self.days.noun(),
            ends = ends
        )
    }
}
