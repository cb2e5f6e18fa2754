//! Warnings of schedules in words.

use std::fmt;

use super::cron::field_kind::Field;
use super::describe::list;
use super::names;
use super::spec::{Skip, Spec};
use super::warning::{ScheduleWarning, WarningKind};

impl ScheduleWarning {
    /// The next act, where there is one to name.
    pub fn help(&self, spec: &Spec) -> Option<String> {
        let instead = self.proposal(spec).map(|proposal| proposal.text);
        Some(match &self.kind {
            WarningKind::UnevenStep { field: Field::DayOfMonth, .. } => "name the days that are meant".to_owned(),
            WarningKind::UnevenStep { field, .. } if instead.is_some() => {
                format!("name the {}s that are meant: these are `{}`", field.name(), instead?)
            }
            WarningKind::UnevenStep { field, .. } => {
                let whole = if matches!(field, Field::Second | Field::Minute) { 60 } else { 24 };
                let whole = if *field == Field::Month { 12 } else { whole };
                format!("take a step that divides {whole}, or name the {}s that are meant", field.name())
            }
            WarningKind::MissingDay { .. } => "`L` is the last day of every month".to_owned(),
            WarningKind::LeapDay => "`L` in its place is the last day of every February".to_owned(),
            WarningKind::OffMonths { instead, .. } => {
                format!("write `{instead}` for the workday that is nearest to it")
            }
            WarningKind::HourFirst { hour, minute } => {
                format!(
                    "the minute comes first: `{minute} {hour}` would be {hour:02}:{minute:02}; if it is meant, write allow = [\"swapped-time\"]"
                )
            }
            WarningKind::ZoneOfXinjiang { .. } => {
                "write `Asia/Shanghai`, the time that Xinjiang officially uses".to_owned()
            }
            WarningKind::FifthWeekday { day } => {
                format!("`{}#L` is the last {day} of every month", day[..3].to_ascii_uppercase())
            }
            WarningKind::NoDayMatch => "remove it".to_owned(),
            WarningKind::ZoneAbbreviation { meant, .. } => format!("write `{meant}` if that is meant"),
            WarningKind::ZoneSign { ahead: 8, .. } => "write `Asia/Shanghai`".to_owned(),
            WarningKind::ZoneSign { .. } => "name a place, such as `Europe/Berlin`".to_owned(),
            WarningKind::EndAtMidnight { date } => format!("write `end = {date}` to let in that whole day"),
            WarningKind::SkipsNothing { .. } => "check the date, or remove it".to_owned(),
        })
    }
}

impl fmt::Display for ScheduleWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            WarningKind::UnevenStep { field: Field::DayOfMonth, step, .. } => {
                write!(f, "a step of {step} starts again on the 1st of every month")
            }
            WarningKind::UnevenStep { field: Field::Weekday, values, .. } => {
                let days: Vec<&str> = values.iter().map(|&day| names::weekday(day)).collect();
                write!(f, "this step of weekdays is uneven: {}", list(&days))
            }
            WarningKind::UnevenStep { field, step, values } => {
                let values: Vec<String> = values.iter().map(u16::to_string).collect();
                write!(f, "a step of {step} is uneven: {field} {}, and then from the start again", list(&values))
            }
            WarningKind::MissingDay { day, months } => {
                let months: Vec<&str> = months.iter().map(|&month| names::month(month)).collect();
                write!(f, "there is no day {day} in {}", list(&months))
            }
            WarningKind::LeapDay => f.write_str("29 February exists in leap years only"),
            WarningKind::FifthWeekday { day } => write!(f, "most months have no fifth {day}"),
            WarningKind::OffMonths { year, months, .. } => {
                let months: Vec<&str> = months.iter().map(|&month| names::month(month)).collect();
                write!(f, "this day is off in {} of {year}: nothing goes out in those months", list(&months))
            }
            WarningKind::HourFirst { hour, minute } => {
                write!(f, "this is {hour} minutes past {minute}:00 at night: {minute:02}:{hour:02}")
            }
            WarningKind::ZoneOfXinjiang { name } => {
                write!(f, "`{name}` is UTC+6, two hours behind Beijing time")
            }
            WarningKind::NoDayMatch => f.write_str("`day_match` decides nothing: only one of the day fields is set"),
            WarningKind::ZoneAbbreviation { name, .. } => {
                write!(f, "`{name}` is an abbreviation, which does not say whose clocks are meant")
            }
            WarningKind::ZoneSign { name, ahead } => {
                let side = if *ahead > 0 { "ahead of" } else { "behind" };
                write!(f, "`{name}` is {} hours {side} UTC, against its sign", ahead.abs())
            }
            WarningKind::EndAtMidnight { date } => {
                write!(f, "an `end` at 00:00 leaves out all of {date} but its first second")
            }
            WarningKind::SkipsNothing { entry: Skip::Date(date) } => {
                write!(f, "{date} is skipped, and nothing would happen on it anyway")
            }
            WarningKind::SkipsNothing { entry } => write!(f, "nothing would happen from {entry} anyway"),
        }
    }
}
