//! The built-in zone data beside newer ones: where the two disagree, a post goes out at another hour than clocks show.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Occurrence, Schedule, civil};

/// How far ahead the two are compared, and in which steps.
const AHEAD: TimeDelta = TimeDelta::days(400);
const STEP: TimeDelta = TimeDelta::hours(6);

/// An occurrence that goes out while clocks show another time than its own, by the newer zone data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shifted {
    pub occurrence: Occurrence,
    /// What clocks show when it goes out.
    pub shown: chrono::NaiveDateTime,
}

/// Whether newer zone data disagree with the built-in ones about a zone, from an instant on.
pub fn is_outdated(zone: Tz, from: DateTime<Utc>) -> bool {
    let Ok(newer) = TimeZone::get(zone.name()) else { return false };
    let steps = i32::try_from(AHEAD.num_hours() / STEP.num_hours()).unwrap_or(0);
    (0..steps)
        .filter_map(|step| from.checked_add_signed(STEP * step))
        .any(|at| newer_offset(&newer, at).is_some_and(|offset| offset != civil::offset(zone, at)))
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

fn newer_offset(zone: &TimeZone, at: DateTime<Utc>) -> Option<TimeDelta> {
    let at = Timestamp::from_second(at.timestamp()).ok()?;
    Some(TimeDelta::seconds(i64::from(zone.to_offset(at).seconds())))
}
