//! Occurrences that are posted on another day than the rule names: `on_day_off`, `15W`, `LW`.
//!
//! Such an occurrence keeps the date that the rule names as its identity, and the day on which it goes out is data. A
//! calendar that is corrected later may give it another day, but never makes a second occurrence of it.
//!
//! Days are moved as a whole. Where several named days come to one workday, the occurrences of one of them go out: those
//! of that workday itself, else of the named day that is nearest to it. A date that was not chosen
//! goes out later only if the calendar gets a workday between the chosen date and itself.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, Days};
use super::zone::civil::last_second;

/// The furthest that an occurrence is moved, in days. No holiday of China is half as long.
pub const MAX_MOVE: i64 = 31;

/// Where an occurrence of a rule goes whose date is a day off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDayOff {
    /// To the workday before.
    Before,
    /// To the workday after.
    After,
}

/// The day on which an occurrence goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub date: NaiveDate,
    /// A date on the way of which the calendar does not say whether it is a workday. Monday to Friday are taken for
    /// workdays then, and the occurrence is held.
    pub unknown: Option<NaiveDate>,
}

/// A local time of a rule, and the local time at which it goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MovedTime {
    /// As the rule names it: its identity.
    pub nominal: NaiveDateTime,
    /// What clocks show when it goes out, unless they skip that time.
    pub shown: NaiveDateTime,
    pub unknown: Option<NaiveDate>,
}

impl MovedTime {
    pub(crate) fn unmoved(named: NaiveDateTime) -> Self {
        Self { nominal: named, shown: named, unknown: None }
    }
}

impl OnDayOff {
    /// Both directions.
    pub const ALL: [Self; 2] = [Self::Before, Self::After];

    /// The word that files use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }

    /// The workday to which a date is moved, which is the date itself where that is one. None where there is no workday
    /// within [`MAX_MOVE`].
    pub(crate) fn target(self, named: NaiveDate, calendar: &Calendar) -> Option<Target> {
        let step = TimeDelta::days(if self == Self::Before { -1 } else { 1 });
        let (mut date, mut unknown) = (named, None);
        for _ in 0..=MAX_MOVE {
            let is_workday = calendar.counts(date, Days::Workday).unwrap_or_else(|| {
                unknown.get_or_insert(date);
                date.weekday().num_days_from_monday() < 5
            });
            if is_workday {
                return Some(Target { date, unknown });
            }
            date = date.checked_add_signed(step)?;
        }
        None
    }
}

/// The first slot after a local time of a rule whose days may move. `next_nominal` gives the next local time that the
/// rule
/// names, `target` the day to which a named date moves, and `takes` says whether a slot may go out.
pub(crate) fn next_moved(
    after: NaiveDateTime,
    next_nominal: impl Fn(NaiveDateTime) -> Option<NaiveDateTime>,
    target: impl Fn(NaiveDate) -> Option<Target>,
    takes: impl Fn(MovedTime) -> bool,
) -> Option<MovedTime> {
    let mut from = after.date();
    loop {
        let (named, Target { date, unknown }) = next_day(from, &next_nominal, &target)?;
        let mut last = last_second(named.pred_opt()?);
        while let Some(time) = next_nominal(last).filter(|time| time.date() == named) {
            let slot = MovedTime { nominal: time, shown: date.and_time(time.time()), unknown };
            if slot.shown > after && takes(slot) {
                return Some(slot);
            }
            last = time;
        }
        from = date.succ_opt()?;
    }
}

/// The first day from a date on to which a named date moves, and that date; of several, the nearest.
fn next_day(
    from: NaiveDate,
    next_nominal: impl Fn(NaiveDateTime) -> Option<NaiveDateTime>,
    target: impl Fn(NaiveDate) -> Option<Target>,
) -> Option<(NaiveDate, Target)> {
    let reach = TimeDelta::days(MAX_MOVE);
    let mut first: Option<(NaiveDate, Target)> = None;
    let mut after = last_second(from.checked_sub_signed(reach + TimeDelta::days(1))?);
    while let Some(named) = next_nominal(after).map(|time| time.date()) {
        if first.is_some_and(|(_, first)| first.date + reach < named) {
            break;
        }
        after = last_second(named);
        let Some(target) = target(named).filter(|target| target.date >= from) else { continue };
        let distance = |named: NaiveDate| (named - target.date).abs();
        let is_first = first.is_none_or(|(other, first)| {
            target.date < first.date || (target.date == first.date && distance(named) < distance(other))
        });
        if is_first {
            first = Some((named, target));
        }
    }
    first
}
