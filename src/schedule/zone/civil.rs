//! From wall-clock time to instants and back, right at every change of the clock.
//!
//! A wall-clock time is in one of three states in a zone: it is shown once, shown twice (clocks were put back over it)
//! or never (they were put forward over it). Nothing here knows of schedules.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// No zone has moved its clocks by more than a day at once, nor lies further than that from UTC.
const MAX_CHANGES: TimeDelta = TimeDelta::hours(25);
/// The search for changes looks at offsets this far apart. No zone changes twice within it since 1970; an ignored test looks.
const STRIDE: TimeDelta = TimeDelta::hours(6);
const SECOND: TimeDelta = TimeDelta::seconds(1);

/// An instant at which a zone's offset changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The first instant of the new offset.
    pub at: DateTime<Utc>,
    /// What clocks would have shown then, had nothing changed.
    pub from: NaiveDateTime,
    /// What they show.
    pub to: NaiveDateTime,
}

/// What becomes of a wall-clock time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalResolution {
    Once(DateTime<Utc>),
    Twice(DateTime<Utc>, DateTime<Utc>),
    /// Clocks jump over it, at this change.
    Never(Change),
}

/// The last second of a day.
pub(crate) fn last_second(date: NaiveDate) -> NaiveDateTime {
    date.and_time(NaiveTime::MIN) + TimeDelta::seconds(86_399)
}

/// What clocks show at an instant.
pub fn to_local(zone: Tz, at: DateTime<Utc>) -> NaiveDateTime {
    at.naive_utc() + offset(zone, at)
}

/// An instant to the minute as people of a zone read it; of a zone that is not known, as those of Beijing do.
pub fn read_in(zone: &str, at: DateTime<Utc>) -> String {
    to_local(zone.parse().unwrap_or(crate::limits::BEIJING), at).format("%Y-%m-%d %H:%M").to_string()
}

/// How far clocks are ahead of UTC at an instant.
pub fn offset(zone: Tz, at: DateTime<Utc>) -> TimeDelta {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    TimeDelta::seconds(i64::from(offset.local_minus_utc()))
}

/// When clocks show a time.
pub fn shown(zone: Tz, wall: NaiveDateTime) -> LocalResolution {
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

/// The first instant at which clocks show this time or a later one: its first showing, or the end of its gap.
pub fn reached(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    match shown(zone, wall) {
        LocalResolution::Once(at) | LocalResolution::Twice(at, _) => at,
        LocalResolution::Never(change) => change.at,
    }
}

/// The furthest that clocks have come up to and with this instant: later than what they show while they go through an
/// hour for the second time. To the second.
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
pub fn next_change(zone: Tz, after: DateTime<Utc>, until: DateTime<Utc>) -> Option<Change> {
    change_from(zone, after, offset(zone, after), until)
}

/// The same where the offset at `after` is known already.
pub(crate) fn change_from(zone: Tz, after: DateTime<Utc>, before: TimeDelta, until: DateTime<Utc>) -> Option<Change> {
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
        return Some(Change { at: high, from, to });
    }
    None
}
