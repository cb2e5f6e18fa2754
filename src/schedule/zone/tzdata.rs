//! The built-in zone data beside newer ones.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::civil;

/// How far ahead the two are compared, and in which steps.
pub(in crate::schedule) const AHEAD: TimeDelta = TimeDelta::days(400);
const STEP: TimeDelta = TimeDelta::hours(6);

/// Whether newer zone data disagree with the built-in ones about a zone, from an instant on.
pub fn is_outdated(zone: Tz, from: DateTime<Utc>) -> bool {
    let Ok(newer) = TimeZone::get(zone.name()) else { return false };
    let steps = i32::try_from(AHEAD.num_hours() / STEP.num_hours()).unwrap_or(0);
    (0..steps)
        .filter_map(|step| from.checked_add_signed(STEP * step))
        .any(|at| newer_offset(&newer, at).is_some_and(|offset| offset != civil::offset(zone, at)))
}

/// The offset of a zone by newer data.
pub(in crate::schedule) fn newer_offset(zone: &TimeZone, at: DateTime<Utc>) -> Option<TimeDelta> {
    let at = Timestamp::from_second(at.timestamp()).ok()?;
    Some(TimeDelta::seconds(i64::from(zone.to_offset(at).seconds())))
}
