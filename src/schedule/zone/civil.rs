//! Conversion between local times and instants, correct at every change of the clock.
//!
//! A local time of a zone occurs once, twice (clocks were put back over it) or never (they were put forward over it).
//! This module does not know schedules.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// No zone has moved its clocks by more than a day at once, or is further than that from UTC.
const MAX_CHANGES: TimeDelta = TimeDelta::hours(25);
/// Step of the search for changes. No zone has changed twice within it since 1970; an ignored test verifies that.
const STRIDE: TimeDelta = TimeDelta::hours(6);
const SECOND: TimeDelta = TimeDelta::seconds(1);

/// An instant at which a zone's offset changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetChange {
    /// The first instant of the new offset.
    pub at: DateTime<Utc>,
    /// The local time of that instant by the old offset.
    pub from: NaiveDateTime,
    /// The local time of that instant by the new offset.
    pub to: NaiveDateTime,
}

/// The instants of a local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalResolution {
    Once(DateTime<Utc>),
    Twice(DateTime<Utc>, DateTime<Utc>),
    /// Clocks jump over it, at this change.
    Never(OffsetChange),
}

/// The last second of a day.
pub(crate) fn last_second(date: NaiveDate) -> NaiveDateTime {
    date.and_time(NaiveTime::MIN) + TimeDelta::seconds(86_399)
}

/// The local time of an instant.
pub fn to_local(zone: Tz, at: DateTime<Utc>) -> NaiveDateTime {
    at.naive_utc() + offset(zone, at)
}

/// The nominal local time of an instant; the actual local time if that is on another day.
pub fn on_day_of(zone: Tz, at: DateTime<Utc>, nominal: NaiveDateTime) -> NaiveDateTime {
    let shown = to_local(zone, at);
    if shown.date() == nominal.date() { nominal } else { shown }
}

/// The local time of an instant to the minute; in Beijing's zone if the zone is unknown.
pub fn read_in(zone: &str, at: DateTime<Utc>) -> String {
    to_local(zone.parse().unwrap_or(crate::limits::BEIJING), at).format("%Y-%m-%d %H:%M").to_string()
}

/// How far clocks are ahead of UTC at an instant.
pub fn offset(zone: Tz, at: DateTime<Utc>) -> TimeDelta {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    TimeDelta::seconds(i64::from(offset.local_minus_utc()))
}

/// The instants at which clocks show a local time.
pub fn resolve(zone: Tz, wall: NaiveDateTime) -> LocalResolution {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(at) => LocalResolution::Once(at.to_utc()),
        LocalResult::Ambiguous(first, second) => LocalResolution::Twice(first.to_utc(), second.to_utc()),
        LocalResult::None => {
            let mut from = wall.and_utc() - MAX_CHANGES;
            let until = wall.and_utc() + MAX_CHANGES;
            while let Some(change) = next_change(zone, from, until) {
                if change.from <= wall && wall < change.to {
                    return LocalResolution::Never(change);
                }
                from = change.at;
            }
            // Not reached as long as the zone data agrees with itself; the time by the offset of the day before then.
            LocalResolution::Once(wall.and_utc() - offset(zone, wall.and_utc() - MAX_CHANGES))
        }
    }
}

/// The first instant with this local time or a later one: the first of two, or the end of its gap.
pub fn reached(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    match resolve(zone, wall) {
        LocalResolution::Once(at) | LocalResolution::Twice(at, _) => at,
        LocalResolution::Never(change) => change.at,
    }
}

/// The latest local time shown up to and including this instant. It is later than the current local time while clocks
/// repeat an hour. To the second.
pub fn furthest(zone: Tz, at: DateTime<Utc>) -> NaiveDateTime {
    let now = to_local(zone, at);
    if !is_second_pass(zone, at) {
        return now;
    }
    let mut furthest = now;
    let mut from = at - MAX_CHANGES;
    while let Some(change) = next_change(zone, from, at) {
        furthest = furthest.max(change.from - SECOND);
        from = change.at;
    }
    furthest
}

/// Whether clocks have shown what they show at this instant once before.
pub fn is_second_pass(zone: Tz, at: DateTime<Utc>) -> bool {
    matches!(zone.from_local_datetime(&to_local(zone, at)), LocalResult::Ambiguous(_, second) if second == at)
}

/// The first change in `(after, until]`.
pub fn next_change(zone: Tz, after: DateTime<Utc>, until: DateTime<Utc>) -> Option<OffsetChange> {
    change_from(zone, after, offset(zone, after), until)
}

/// [`next_change`] with a known offset at `after`.
pub(crate) fn change_from(
    zone: Tz,
    after: DateTime<Utc>,
    before: TimeDelta,
    until: DateTime<Utc>,
) -> Option<OffsetChange> {
    let mut low = after;
    while low < until {
        let mut high = until.min(low + STRIDE);
        if offset(zone, high) == before {
            low = high;
            continue;
        }
        while high - low > SECOND {
            let middle = low + TimeDelta::seconds((high - low).num_seconds() / 2);
            if offset(zone, middle) == before { low = middle } else { high = middle }
        }
        let (from, to) = (high.naive_utc() + before, to_local(zone, high));
        return Some(OffsetChange { at: high, from, to });
    }
    None
}
