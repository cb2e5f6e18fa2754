//! Occurrences that go out at another local time than planned, because the built-in zone data are outdated.

use chrono::{DateTime, Utc};
use jiff::tz::TimeZone;

use super::occurrence::Occurrence;
use super::occurrences::Schedule;
use super::zone::civil;
use super::zone::tzdata::{AHEAD, newer_offset};

/// An occurrence that goes out while clocks show another time than its own, by the newer zone data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shifted {
    pub occurrence: Occurrence,
    /// What clocks show when it goes out.
    pub shown: chrono::NaiveDateTime,
}

impl Schedule {
    /// The first occurrence after an instant, within the time that is compared, of which newer zone data say that clocks
    /// show another time then.
    pub fn first_shifted_after(&self, after: DateTime<Utc>) -> Option<Shifted> {
        let newer = TimeZone::get(self.zone().name()).ok()?;
        self.between(after, after.checked_add_signed(AHEAD)?).find_map(|occurrence| {
            let offset = newer_offset(&newer, occurrence.at)?;
            let differs = offset != civil::offset(self.zone(), occurrence.at);
            differs.then(|| Shifted { shown: occurrence.at.naive_utc() + offset, occurrence })
        })
    }
}
