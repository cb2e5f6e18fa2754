//! Why an occurrence is there, or why it is not.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use super::calendar::{Calendar, Days};
use super::cron::crontab::{takes_day, takes_weekday};
use super::cron::field::CronField;
use super::cron::field_kind::Field;
use super::cron::text::{CronText, DayMatch};
use super::describe::{clock, moment};
use super::names;
use super::occurrence::{Occurrence, Pass};
use super::occurrences::{Rule, Schedule};
use super::spec::Skip;
use super::zone::civil::{self, LocalResolution};

/// The answer to "why", as sentences without full stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The occurrence that was asked for, where there is one.
    pub occurrence: Option<Occurrence>,
    pub because: Vec<String>,
}

impl Schedule {
    /// Why there is an occurrence at an instant, or why not.
    pub fn explain(&self, at: DateTime<Utc>) -> Explanation {
        let before = at - TimeDelta::seconds(1);
        let found = self.next_after(before).filter(|occurrence| occurrence.at == at);
        let because = match &found {
            Some(occurrence) => self.why(occurrence),
            None => self.why_not(civil::to_local(self.zone(), at), at),
        };
        Explanation { occurrence: found, because }
    }

    /// Why there is an occurrence for a local time, or why not; for the first showing where clocks show it twice.
    pub fn explain_local(&self, local: NaiveDateTime) -> Explanation {
        let shown = civil::shown(self.zone(), local);
        match shown {
            LocalResolution::Once(at) | LocalResolution::Twice(at, _) => self.explain(at),
            LocalResolution::Never(change) => {
                let found = self
                    .next_after(change.at - TimeDelta::seconds(1))
                    .filter(|occurrence| occurrence.at == change.at && self.names(local));
                let mut because = match &found {
                    Some(occurrence) => self.why(occurrence),
                    None => self.why_not(local, change.at),
                };
                if !matches!(&found, Some(found) if found.local == local) {
                    because.insert(0, format!("{}: {}", moment(local), jump(change.from, change.to)));
                }
                Explanation { occurrence: found, because }
            }
        }
    }

    /// What is peculiar about an occurrence: the clocks change, or nobody knows whether it counts.
    pub fn note(&self, occurrence: &Occurrence) -> Option<String> {
        let clocks = match civil::shown(self.zone(), occurrence.local) {
            LocalResolution::Once(_) => None,
            LocalResolution::Never(change) => Some(format!(
                "{}, so it goes out at {}",
                jump(change.from, change.to),
                clock(civil::to_local(self.zone(), occurrence.at))
            )),
            LocalResolution::Twice(..) => Some(match occurrence.pass {
                Pass::First => "clocks show this time twice that day: this is the first".to_owned(),
                Pass::Second => "clocks show this time twice that day: this is the second".to_owned(),
            }),
        };
        let doubt = occurrence.doubt.as_ref().map(ToString::to_string);
        match (clocks, doubt) {
            (Some(clocks), Some(doubt)) => Some(format!("{clocks}; {doubt}")),
            (clocks, doubt) => clocks.or(doubt),
        }
    }

    fn why(&self, occurrence: &Occurrence) -> Vec<String> {
        let mut because = vec![format!("the schedule is {}", self.in_words())];
        let date = occurrence.local.date();
        because.push(format!("{} is a {}", date, date.format("%A")));
        let asks_calendar = match self.rule() {
            Rule::Cron(crontab) => crontab.text.names_workday(),
            Rule::At(_) => false,
        };
        if (self.spec().days != Days::Any || asks_calendar) && occurrence.doubt.is_none() {
            let (calendar, day) = (self.calendar().name(), self.calendar().day(date));
            because.push(format!("the calendar `{calendar}` has {date} as {day}"));
        }
        because.extend(self.note(occurrence));
        if let (Rule::Cron(_), Some(max)) = (self.rule(), self.spec().max_runs) {
            let number = self.between(self.beginning(), occurrence.at).count();
            because.push(format!("it is number {number} of {max} at most"));
        }
        because
    }

    fn why_not(&self, local: NaiveDateTime, at: DateTime<Utc>) -> Vec<String> {
        let mut because = Vec::new();
        let (spec, date) = (self.spec(), local.date());
        match self.rule() {
            Rule::Cron(crontab) => {
                mismatches(&crontab.text, local, self.calendar(), &mut because);
                if because.is_empty() && crontab.text.follows_real_time() {
                    if let LocalResolution::Never(_) = civil::shown(self.zone(), local) {
                        let time = clock(local);
                        because
                            .push(format!("an interval follows real time, and clocks show {time} at no time that day"));
                    }
                } else if because.is_empty() && civil::is_second_pass(self.zone(), at) {
                    because.push("clocks show this time for the second time, and it went out at the first".to_owned());
                }
            }
            Rule::At(_) => because.push(format!("{} is not among the times of `at`", moment(local))),
        }
        if let Some(start) = spec.start.filter(|start| local < start.opens()) {
            because.push(format!("it is before `start` ({start})"));
        }
        if let Some(end) = spec.end.filter(|end| local > end.closes()) {
            because.push(format!("it is after `end` ({end})"));
        }
        match spec.skip.iter().find(|entry| entry.contains(date)) {
            Some(Skip::Date(_)) => because.push(format!("{date} is in `skip`")),
            Some(range) => because.push(format!("`skip` leaves out {range}")),
            None => {}
        }
        if self.calendar().counts(date, spec.days) == Some(false) {
            let (calendar, day) = (self.calendar().name(), self.calendar().day(date));
            because.push(format!(
                "`days` is \"{}\", and the calendar `{calendar}` has {date} as {day}",
                spec.days.as_str()
            ));
        }
        if because.is_empty() && self.last().is_some_and(|last| at > last) {
            because.push(format!("`max_runs` ({}) were reached before it", spec.max_runs.unwrap_or_default()));
        }
        match self.next_after(at) {
            Some(next) => because.push(format!("the next one is {}", moment(next.local))),
            None => because.push("the schedule has ended by then".to_owned()),
        }
        because
    }
}

/// The fields that do not name a wall-clock time.
fn mismatches(text: &CronText, local: NaiveDateTime, calendar: &Calendar, because: &mut Vec<String>) {
    use chrono::{Datelike, Timelike};
    let mut number = |read: Option<&CronField>, value: u32, field: Field| {
        let takes = read.map_or_else(|| vec![0], CronField::values);
        if !takes.iter().any(|&take| u32::from(take) == value) {
            because.push(format!("its {field} is {value}, and the schedule takes {}", some(&takes)));
        }
    };
    number(text.second.as_ref(), local.second(), Field::Second);
    number(Some(&text.minute), local.minute(), Field::Minute);
    number(Some(&text.hour), local.hour(), Field::Hour);
    if let Some(year) = &text.year {
        number(Some(year), u32::try_from(local.year()).unwrap_or(0), Field::Year);
    }
    let date = local.date();
    if !text.month.values().iter().any(|&month| u32::from(month) == date.month()) {
        because.push(format!("{} is not among its months", date.format("%B")));
    }
    let (day, weekday) = (takes_day(&text.day, date, calendar), takes_weekday(&text.weekday, date));
    let weekday_name = names::weekday(u16::try_from(date.weekday().num_days_from_sunday()).unwrap_or(0));
    if text.names_both_days() && text.day_match == Some(DayMatch::Any) {
        if !day && !weekday {
            because.push(format!("neither day {} nor {weekday_name} is among its days", date.day()));
        }
        return;
    }
    if !day {
        because.push(format!("day {} is not among its days of the month", date.day()));
    }
    if !weekday {
        because.push(format!("{date} is a {weekday_name}, which is not among its weekdays"));
    }
}

fn some(values: &[u16]) -> String {
    if values.len() > 8 {
        return format!("{} other values", values.len());
    }
    let values: Vec<String> = values.iter().map(u16::to_string).collect();
    values.join(", ")
}

fn jump(from: NaiveDateTime, to: NaiveDateTime) -> String {
    let time = |time: NaiveDateTime| {
        if from.date() == to.date() {
            time.format("%H:%M").to_string()
        } else {
            time.format("%Y-%m-%d %H:%M").to_string()
        }
    };
    format!("clocks go from {} straight to {} on {}", time(from), time(to), from.date())
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.occurrence.is_some() { "there is one:" } else { "there is none:" })?;
        self.because.iter().try_for_each(|line| write!(f, "\n- {line}"))
    }
}
