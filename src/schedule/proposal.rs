//! What to write instead: a replacement for a part of a schedule, from which the help of a finding is made.
//!
//! A proposal is applied as it is: by a person who copies it, or by an editor. So a cron expression is
//! only proposed where the whole expression is valid with it.

use std::ops::Range;

use super::cron::error::{CronError, Here};
use super::cron::field_kind::Field;
use super::cron::read::{read, repaired};
use super::cron::repair::{applied, replacement};
use super::cron::text::DayMatch;
use super::error::{Part, ScheduleError, ScheduleErrorKind};
use super::names;
use super::spec::{Spec, When};
use super::warning::{ScheduleWarning, WarningKind};
use super::written::{quoted_date, quoted_time};

/// A replacement for a part of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub part: Part,
    /// Bytes of the text of that part; None: the whole part.
    pub span: Option<Range<usize>>,
    /// A cron text or a zone without its quotes; a date or time in quotes.
    pub text: String,
    /// Keys to write beside it, with their values.
    pub also: Vec<(&'static str, String)>,
}

/// The most values that are written out in the place of a step.
const MAX_VALUES: usize = 12;

impl ScheduleError {
    /// The replacement, if it is certain. `spec` contains the error.
    pub fn proposal(&self, spec: &Spec) -> Option<Proposal> {
        match (self.part, &spec.when) {
            (Part::Cron, When::Cron { text, .. }) => {
                let ScheduleErrorKind::Cron(kind) = &self.kind else { return None };
                if let CronError::OtherForm(other) = kind {
                    let Here { cron, timezone, days, is_example, .. } = other.here.clone()?;
                    if is_example {
                        return None;
                    }
                    let beside = [("timezone", timezone), ("days", days)];
                    let also = beside.into_iter().filter_map(|(key, value)| Some((key, value?.to_owned()))).collect();
                    return Some(Proposal { part: Part::Cron, span: None, text: cron, also });
                }
                let item = replacement(text, self.span.as_ref(), kind)?;
                // One of several errors is replaced alone; what is not right by itself needs the whole text.
                let (span, text) = match (item.span, repaired(text)) {
                    (_, Some(whole)) if applied(text, &self.span, &item.text).as_deref() != Some(&*whole) => {
                        (None, whole)
                    }
                    (span, Some(_)) => (span, item.text),
                    (_, None) => return None,
                };
                Some(Proposal { part: Part::Cron, span, text, also: Vec::new() })
            }
            (Part::Timezone, _) => {
                let ScheduleErrorKind::Zone(error) = &self.kind else { return None };
                let text = error.suggestion?.to_owned();
                Some(Proposal { part: Part::Timezone, span: None, text, also: Vec::new() })
            }
            (Part::Lunar(n), _) => {
                let ScheduleErrorKind::Lunar(error) = &self.kind else { return None };
                Some(Proposal { part: Part::Lunar(n), span: None, text: error.instead()?, also: Vec::new() })
            }
            (Part::At(n), _) => {
                let ScheduleErrorKind::AtInGap { resumes, .. } = &self.kind else { return None };
                Some(Proposal { part: Part::At(n), span: None, text: quoted_time(*resumes), also: Vec::new() })
            }
            _ => None,
        }
    }
}

impl ScheduleWarning {
    /// The replacement, if it is certain.
    pub fn proposal(&self, spec: &Spec) -> Option<Proposal> {
        let text = match &self.kind {
            WarningKind::UnevenStep { field: Field::DayOfMonth, .. } => return None,
            WarningKind::UnevenStep { field, values, .. } if values.len() <= MAX_VALUES => {
                let name =
                    |value: &u16| if *field == Field::Weekday { names::short(*value) } else { value.to_string() };
                values.iter().map(name).collect::<Vec<_>>().join(",")
            }
            WarningKind::MissingDay { day: 31, .. } | WarningKind::LeapDay => "L".to_owned(),
            WarningKind::FifthWeekday { day } => format!("{}#L", names::short(*day)),
            WarningKind::OffMonths { instead, .. } => instead.clone(),
            WarningKind::ZoneAbbreviation { meant, .. } => (*meant).to_owned(),
            WarningKind::ZoneSign { ahead: 8, .. } | WarningKind::ZoneOfXinjiang { .. } => "Asia/Shanghai".to_owned(),
            WarningKind::EndAtMidnight { date } => quoted_date(*date),
            WarningKind::EmptyFirstWeek { instead, .. } => quoted_date(*instead),
            WarningKind::HourFirst { hour, minute } => format!("{minute} {hour}"),
            _ => return None,
        };
        if let (Part::Cron, When::Cron { text: whole, .. }) = (self.part, &spec.when) {
            // A shorthand has no part that could be replaced.
            let written = applied(whole, &self.span, &text)?;
            read(&written, Some(DayMatch::Any)).ok()?;
        }
        Some(Proposal { part: self.part, span: self.span.clone(), text, also: Vec::new() })
    }
}
