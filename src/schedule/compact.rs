//! A schedule put away until it is asked.
//!
//! A service keeps thousands of schedules and asks one of them a few times a day. At rest a schedule is what was written
//! and a few numbers; what its text means is worked out when it wakes, in microseconds.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::fault::Fault;
use super::occurrences::Rule;
use super::occurrences::Schedule;
use super::spec::Spec;

/// A sound schedule that takes little memory and cannot be asked before it wakes.
///
/// It is stored and read as its [`Spec`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Spec", into = "Spec")]
pub struct CompactSchedule {
    spec: Spec,
    zone: Tz,
    /// The last occurrence that `max_runs` lets through.
    last: Option<DateTime<Utc>>,
}

impl CompactSchedule {
    /// The schedule that was put away.
    pub fn expand(&self) -> Schedule {
        let calendar = self.spec.calendar.clone().unwrap_or_else(Calendar::china);
        let rule = Rule::read(&self.spec, &calendar, Some(self.zone), &mut Vec::new());
        let rule = rule.expect("this text made a schedule before, and in the life of a process it means the same");
        Schedule::put_together(self.spec.clone(), self.zone, calendar, rule, self.last)
    }

    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// What it was made of.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The same with memory of its own, but for the calendar, which it then shares with whoever `own` gives it to.
    #[must_use]
    pub fn moved(&self, own: impl FnOnce(&Calendar) -> Calendar) -> Self {
        let calendar = self.spec.calendar.as_ref().map(own);
        Self { spec: Spec { calendar, ..self.spec.clone() }, ..*self }
    }
}

impl Schedule {
    /// Puts it away.
    pub fn compact(&self) -> CompactSchedule {
        CompactSchedule { spec: self.spec().clone(), zone: self.zone(), last: self.last() }
    }
}

impl From<Schedule> for CompactSchedule {
    fn from(schedule: Schedule) -> Self {
        let (zone, last) = (schedule.zone(), schedule.last());
        Self { spec: schedule.into(), zone, last }
    }
}

impl TryFrom<Spec> for CompactSchedule {
    type Error = Fault;

    fn try_from(spec: Spec) -> Result<Self, Fault> {
        Schedule::try_from(spec).map(Self::from)
    }
}

impl From<CompactSchedule> for Spec {
    fn from(resting: CompactSchedule) -> Self {
        resting.spec
    }
}

/// Schedules are the same when they were written the same.
impl PartialEq for CompactSchedule {
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec
    }
}

impl Eq for CompactSchedule {}
