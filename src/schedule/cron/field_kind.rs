//! What each field of a cron expression counts, and the values that it takes.

use crate::text::Text;

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
    pub fn name(self) -> Text {
        match self {
            Self::Second => text!(en: "second", zh: "秒"),
            Self::Minute => text!(en: "minute", zh: "分"),
            Self::Hour => text!(en: "hour", zh: "时"),
            Self::DayOfMonth => text!(en: "day of the month", zh: "日"),
            Self::Month => text!(en: "month", zh: "月"),
            Self::Weekday => text!(en: "weekday", zh: "星期"),
            Self::Year => text!(en: "year", zh: "年"),
        }
    }

    /// The values that it takes, in words.
    pub(super) fn takes(self) -> Text {
        match self {
            Self::Second | Self::Minute => text!(en: "0 to 59", zh: "0 到 59"),
            Self::Hour => text!(en: "0 to 23", zh: "0 到 23"),
            Self::DayOfMonth => text!(en: "1 to 31, or `L` for the last", zh: "1 到 31，最后一天写 `L`"),
            Self::Month => text!(en: "1 to 12 or JAN to DEC", zh: "1 到 12，或 `JAN` 到 `DEC`"),
            Self::Weekday => {
                text!(en: "MON to SUN or, in five fields, 0 to 7", zh: "`MON` 到 `SUN`，写五位时也可以写 0 到 7")
            }
            Self::Year => text!(en: "1970 to 2100", zh: "1970 到 2100"),
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
