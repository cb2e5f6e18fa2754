//! Help that names dates: the two readings of a text that sets both day fields, and what counts days.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use super::cron::fault::{CronFault, Form, OtherForm};
use super::cron::fault_text::every_few;
use super::cron::text::DayMatch;
use super::fault::{Fault, FaultKind};
use super::occurrences::Schedule;
use super::spec::{Spec, When};
use super::zone::civil::{self, last_second};
use super::zone::zone;

impl Fault {
    /// [`Self::help`] with dates: where two readings of a text are possible, both with when they would fire next after
    /// `from`. `spec` is what the fault was found in.
    pub fn help_from(&self, spec: &Spec, from: DateTime<Utc>) -> Option<String> {
        if let FaultKind::Cron(CronFault::OtherForm(OtherForm { form: Form::EveryFew { days }, here })) = &self.kind {
            let times = here.as_ref().map(|here| few(&here.cron, *days, spec, from)).unwrap_or_default();
            return Some(every_few(*days, here.as_ref(), &times));
        }
        if self.kind == FaultKind::MaxRunsWithoutStart {
            let zone = zone(&spec.timezone).unwrap_or(chrono_tz::UTC);
            let today = from.with_timezone(&zone).date_naive();
            return Some(format!("write the date from which they are counted, such as `start = {today}`"));
        }
        if self.kind != FaultKind::Cron(CronFault::BothDays) {
            return self.help(spec);
        }
        let readings = [
            reading(spec, DayMatch::Any, "either field is enough", from),
            reading(spec, DayMatch::All, "both must agree", from),
        ];
        Some(format!("say which is meant: {}; or {}", readings[0], readings[1]))
    }
}

/// The next few times, so many days apart: on each weekday that is named, else from the first one on.
fn few(cron: &str, days: u16, spec: &Spec, from: DateTime<Utc>) -> Vec<NaiveDateTime> {
    const MOST: usize = 4;
    let timezone = if zone(&spec.timezone).is_ok() { &spec.timezone } else { "UTC" };
    let Ok(schedule) = Schedule::new(Spec::cron(cron, timezone)) else { return Vec::new() };
    let Some(first) = schedule.next_after(from) else { return Vec::new() };
    let span = if cron.ends_with(" *") { 1 } else { 7 };
    let round = schedule.between(from, first.at + TimeDelta::days(span) - TimeDelta::seconds(1)).map(|it| it.local);
    let round: Vec<_> = round.take(MOST).collect();
    let later = (0..).flat_map(|n| round.iter().map(move |it| *it + TimeDelta::days(n * i64::from(days))));
    later.take(MOST).collect()
}

/// One reading of a text with both day fields, in words and dates.
fn reading(spec: &Spec, day_match: DayMatch, means: &str, from: DateTime<Utc>) -> String {
    let key = match day_match {
        DayMatch::Any => "any",
        DayMatch::All => "all",
    };
    let dates = match read(spec, day_match) {
        None => "it would never fire".to_owned(),
        Some(schedule) => {
            let dates: Vec<String> =
                dates(&schedule, from).take(3).map(|date| date.format("%a %Y-%m-%d").to_string()).collect();
            if dates.is_empty() { "it has ended".to_owned() } else { format!("next {}", dates.join(", ")) }
        }
    };
    format!("`day_match = \"{key}\"` if {means} ({dates})")
}

/// The days on which a schedule fires, each once.
fn dates(schedule: &Schedule, from: DateTime<Utc>) -> impl Iterator<Item = NaiveDate> {
    let mut after = from;
    std::iter::from_fn(move || {
        let next = schedule.next_after(after)?;
        let date = next.local.date();
        after = next.at.max(civil::reached(schedule.zone(), last_second(date)));
        Some(date)
    })
}

/// The schedule with the missing word, and without its other parts where those are wrong themselves; nothing where it
/// would never fire.
fn read(spec: &Spec, day_match: DayMatch) -> Option<Schedule> {
    let When::Cron { text, .. } = &spec.when else { return None };
    let when = When::Cron { text: text.clone(), day_match: Some(day_match) };
    match Schedule::new(Spec { when: when.clone(), ..spec.clone() }) {
        Ok(schedule) => Some(schedule),
        Err(faults) if faults.iter().all(|fault| matches!(fault.kind, FaultKind::Never { .. })) => None,
        Err(_) => {
            let timezone = if zone(&spec.timezone).is_ok() { &spec.timezone } else { "UTC" };
            Schedule::new(Spec { when, ..Spec::cron("", timezone) }).ok()
        }
    }
}
