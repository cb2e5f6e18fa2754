//! Faults of schedules in words: a headline that stands alone, and the next act.

use std::fmt;

use super::calendar::Days;
use super::fault::{Fault, FaultKind, MAX_RUNS, Never, Outside};
use super::proposal::Proposal;
use super::spec::Spec;

impl Fault {
    /// The next act, where there is one to name. `spec` is what the fault was found in.
    pub fn help(&self, spec: &Spec) -> Option<String> {
        self.kind.help(self.proposal(spec).as_ref())
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cron(fault) => fault.fmt(f),
            Self::Zone(fault) => fault.fmt(f),
            Self::Year { year } => write!(f, "the year {year} is out of range: schedules know 1970 to 2100"),
            Self::SkipBackwards { from, to } => write!(f, "this range ends on {to}, before it begins on {from}"),
            Self::EndBeforeStart { start, end } => write!(f, "it ends at {end}, before it starts at {start}"),
            Self::NoTimes => f.write_str("`at` names no time"),
            Self::AtTwice { time } => write!(f, "{} stands in `at` twice", moment(time)),
            Self::AtInGap { time, resumes } => write!(
                f,
                "{} does not exist: clocks are put forward over it, to {}",
                moment(time),
                resumes.format("%H:%M")
            ),
            Self::AtOutside { time, by } => {
                let time = moment(time);
                match by {
                    Outside::Start(start) => write!(f, "{time} is before `start` ({start})"),
                    Outside::End(end) => write!(f, "{time} is after `end` ({end})"),
                    Outside::Skip(_) => write!(f, "{time} is on a date of `skip`"),
                    Outside::Days { days, is } => {
                        write!(f, "{time} is no {}: the calendar says {is}", days.noun())
                    }
                }
            }
            Self::MaxRunsZero => f.write_str("`max_runs = 0` never fires"),
            Self::MaxRunsTooLarge { max } => write!(f, "`max_runs` takes 1 to {MAX_RUNS}, not {max}"),
            Self::MaxRunsWithoutStart => f.write_str("`max_runs` needs a `start` to count from"),
            Self::Never { why } => why.fmt(f),
        }
    }
}

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchDate { .. } => f.write_str("this never fires: there is no such date"),
            Self::InGapsOnly => f.write_str("this never fires: clocks are put forward over every one of its times"),
            Self::OutsideBounds { .. } => f.write_str("this never fires: nothing lies between `start` and `end`"),
            Self::LeftOut { days: Days::Any } => f.write_str("this never fires: every date of it is in `skip`"),
            Self::LeftOut { days } => {
                write!(f, "this never fires: no date of it is a {} that is not skipped", days.noun())
            }
        }
    }
}

impl FaultKind {
    /// The next act, where there is one to name.
    fn help(&self, proposal: Option<&Proposal>) -> Option<String> {
        let help = match self {
            Self::Cron(fault) => fault.help(proposal.map(write_instead))?,
            Self::Zone(fault) => fault.help()?,
            Self::Year { .. } => "check the year".to_owned(),
            Self::SkipBackwards { from, to } => {
                format!("write {{ from = {to}, to = {from} }}, or check the year")
            }
            Self::EndBeforeStart { .. } => "swap them, or check the year".to_owned(),
            Self::NoTimes => "write a local date and time, in the form YYYY-MM-DDT09:00:00".to_owned(),
            Self::AtTwice { .. } => "remove one".to_owned(),
            Self::AtInGap { resumes, .. } => format!("write {} or a later time", moment(resumes)),
            Self::AtOutside { by, .. } => match by {
                Outside::Start(_) => "remove it, or move `start`".to_owned(),
                Outside::End(_) => "remove it, or move `end`".to_owned(),
                Outside::Skip(_) => "remove it here or from `skip`".to_owned(),
                Outside::Days { .. } => "take another day, or remove `days`".to_owned(),
            },
            Self::MaxRunsZero => "write 1 or more, or remove it".to_owned(),
            Self::MaxRunsTooLarge { .. } => "use `end` for a rule that stops late".to_owned(),
            Self::MaxRunsWithoutStart => "write the date from which they are counted as `start`".to_owned(),
            Self::Never { why: Never::NoSuchDate { month_end: false } } => "check the days and the months".to_owned(),
            Self::Never { why: Never::NoSuchDate { month_end: true } } => {
                "for the last day of a month write `L` as its day".to_owned()
            }
            Self::Never { why: Never::InGapsOnly } => "move it by an hour".to_owned(),
            Self::Never { why: Never::OutsideBounds { first: Some(first) } } => {
                format!("the first one would be {}: check `start`, `end` and their years", moment(first))
            }
            Self::Never { why: Never::OutsideBounds { first: None } } => "check `start` and `end`".to_owned(),
            Self::Never { why: Never::LeftOut { .. } } => "check `skip`, `days` and `end`".to_owned(),
        };
        Some(help)
    }
}

/// `write `0 9 * * MON`, and `timezone = "Asia/Shanghai"` beside it`
fn write_instead(proposal: &Proposal) -> String {
    let mut words = format!("write `{}`", proposal.text);
    for (key, value) in &proposal.also {
        words.push_str(&format!(", and `{key} = \"{value}\"` beside it"));
    }
    words
}

/// A local time as files write it.
fn moment(time: &chrono::NaiveDateTime) -> impl fmt::Display {
    time.format("%Y-%m-%dT%H:%M:%S")
}
