//! A schedule's rule or list of times, compiled.

use chrono_tz::Tz;

use super::calendar::Calendar;
use super::cron::crontab::Crontab;
use super::cron::fault::CronFault;
use super::cron::read;
use super::fault::{Fault, FaultKind, Part};
use super::lunar::LunarRule;
use super::occurrence::Occurrence;
use super::spec::{Spec, When};
use super::validate::{check_lunar, check_times};

/// The compiled `when` of a spec.
#[derive(Clone, Debug)]
pub(crate) enum Rule {
    Cron(Box<Crontab>),
    Lunar(LunarRule),
    /// Ascending.
    At(Vec<Occurrence>),
}

impl Rule {
    /// The compiled `when`, if it is valid. Adds its faults to `faults`.
    pub(super) fn read(spec: &Spec, calendar: &Calendar, zone: Option<Tz>, faults: &mut Vec<Fault>) -> Option<Self> {
        match &spec.when {
            When::Cron { text, day_match } => match read::read(text, *day_match) {
                Ok(text) => {
                    Crontab::new(text, calendar.clone()).map(|crontab| Self::Cron(Box::new(crontab))).or_else(|| {
                        faults.push(Fault::new(Part::Cron, FaultKind::Cron(CronFault::Internal)));
                        None
                    })
                }
                Err(bad) => {
                    faults.extend(
                        bad.into_iter().map(|(span, kind)| Fault::within(Part::Cron, span, FaultKind::Cron(kind))),
                    );
                    None
                }
            },
            When::Lunar(texts) => check_lunar(texts, faults).map(Self::Lunar),
            When::At(times) => zone.map(|zone| Self::At(check_times(spec, calendar, times, zone, faults))),
        }
    }
}
