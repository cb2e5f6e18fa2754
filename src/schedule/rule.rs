//! A schedule's rule or list of times, compiled.

use chrono_tz::Tz;

use super::calendar::Calendar;
use super::cron::crontab::Crontab;
use super::cron::error::CronError;
use super::cron::read;
use super::error::{Part, ScheduleError, ScheduleErrorKind};
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
    /// The compiled `when`, if it is valid. Adds its errors to `errors`.
    pub(super) fn read(
        spec: &Spec,
        calendar: &Calendar,
        zone: Option<Tz>,
        errors: &mut Vec<ScheduleError>,
    ) -> Option<Self> {
        match &spec.when {
            When::Cron { text, day_match } => match read::read(text, *day_match) {
                Ok(text) => {
                    Crontab::new(text, calendar.clone()).map(|crontab| Self::Cron(Box::new(crontab))).or_else(|| {
                        errors.push(ScheduleError::new(Part::Cron, ScheduleErrorKind::Cron(CronError::Internal)));
                        None
                    })
                }
                Err(bad) => {
                    errors
                        .extend(bad.into_iter().map(|(span, kind)| {
                            ScheduleError::within(Part::Cron, span, ScheduleErrorKind::Cron(kind))
                        }));
                    None
                }
            },
            When::Lunar(texts) => check_lunar(texts, errors).map(Self::Lunar),
            When::At(times) => zone.map(|zone| Self::At(check_times(spec, calendar, times, zone, errors))),
        }
    }
}
