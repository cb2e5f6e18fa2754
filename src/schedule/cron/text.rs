//! A cron expression as its fields.

use serde::{Deserialize, Serialize};

use super::field::{CronField, CronTerm};

/// The shorthands of crontab.
pub(crate) const SHORTHANDS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// How days of the month and weekdays of one expression combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayMatch {
    /// A day counts when either field names it, as in crontab.
    Any,
    /// A day counts when both fields name it.
    All,
}

/// A valid cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CronText {
    pub second: Option<CronField>,
    pub minute: CronField,
    pub hour: CronField,
    pub day: CronField,
    pub month: CronField,
    pub weekday: CronField,
    pub year: Option<CronField>,
    pub day_match: Option<DayMatch>,
}

impl CronText {
    /// Whether both day fields are restricted, so that `day_match` is required.
    pub(crate) fn names_both_days(&self) -> bool {
        !self.day.is_open() && !self.weekday.is_open()
    }

    /// Whether it follows real time through clock changes, as crontab's `*` does, instead of firing once a slot.
    pub(crate) fn follows_real_time(&self) -> bool {
        self.minute.star || self.hour.star
    }

    /// Whether it contains `W`, which needs a calendar.
    pub(crate) fn names_workday(&self) -> bool {
        self.day.items.iter().any(|item| matches!(item.term, CronTerm::Workday(_) | CronTerm::LastWorkday(_)))
    }

    /// Whether it contains only days that some months lack.
    pub(crate) fn asks_past_month_end(&self) -> bool {
        let days = self.day.values();
        self.weekday.is_open() && days.first().is_some_and(|first| *first >= 29)
    }

    /// The fields as written, in the order of the text.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &CronField> {
        let middle = [&self.minute, &self.hour, &self.day, &self.month, &self.weekday];
        self.second.iter().chain(middle).chain(self.year.iter())
    }
}

/// The words of a text with the byte at which each begins.
pub(crate) fn split_fields(text: &str) -> Vec<(&str, usize)> {
    let mut words = Vec::new();
    let mut begin = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_ascii_whitespace(), begin) {
            (false, None) => begin = Some(at),
            (true, Some(from)) => {
                words.push((&text[from..at], from));
                begin = None;
            }
            _ => {}
        }
    }
    words
}
