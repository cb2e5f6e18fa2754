//! What each field of a cron expression counts, and the values that it takes.

use std::fmt;

/// The years that schedules know, which are those of the `cron` crate.
pub(crate) const YEARS: std::ops::RangeInclusive<i32> = 1970..=2100;

/// What a field counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Second,
    Minute,
    Hour,
    DayOfMonth,
    Month,
    Weekday,
    Year,
}

impl Field {
    /// Its name in sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of the month",
            Self::Month => "month",
            Self::Weekday => "weekday",
            Self::Year => "year",
        }
    }

    /// What it takes, in words.
    pub fn takes(self) -> &'static str {
        match self {
            Self::Second | Self::Minute => "0 to 59",
            Self::Hour => "0 to 23",
            Self::DayOfMonth => "1 to 31, or `L` for the last",
            Self::Month => "1 to 12 or JAN to DEC",
            Self::Weekday => "MON to SUN or, in five fields, 0 to 7",
            Self::Year => "1970 to 2100",
        }
    }

    pub(crate) fn least(self) -> u16 {
        match self {
            Self::Second | Self::Minute | Self::Hour | Self::Weekday => 0,
            Self::DayOfMonth | Self::Month => 1,
            Self::Year => 1970,
        }
    }

    /// The greatest value, with Sunday as 0.
    pub(crate) fn most(self) -> u16 {
        match self {
            Self::Second | Self::Minute => 59,
            Self::Hour => 23,
            Self::DayOfMonth => 31,
            Self::Month => 12,
            Self::Weekday => 6,
            Self::Year => 2100,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
