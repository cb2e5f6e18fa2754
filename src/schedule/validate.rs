//! Checks of a spec, apart from its cron expression.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use super::calendar::{Calendar, Days};
use super::cron::field_kind::YEARS;
use super::cron::text::CronText;
use super::fault::{Fault, FaultKind, MAX_RUNS, Outside, Part};
use super::lunar::{self, LunarRule};
use super::occurrence::{Doubt, Occurrence, Pass};
use super::spec::Spec;
use super::weeks::WEEKS;
use super::zone::civil::{self, LocalResolution};

/// The doubt about whether a date counts; none if the calendar knows.
pub(crate) fn uncertainty(calendar: &Calendar, days: Days, date: NaiveDate) -> Option<Box<Doubt>> {
    calendar.counts(date, days).is_none().then(|| unknown(calendar, days, date))
}

/// The doubt about whether a date counts.
pub(crate) fn unknown(calendar: &Calendar, days: Days, date: NaiveDate) -> Box<Doubt> {
    Box::new(Doubt { date, calendar: calendar.name().to_owned(), days, horizon: calendar.horizon() })
}

fn check_year(part: Part, date: NaiveDate, faults: &mut Vec<Fault>) -> bool {
    let known = YEARS.contains(&date.year());
    if !known {
        faults.push(Fault::new(part, FaultKind::Year { year: date.year() }));
    }
    known
}

/// `start` and `end`.
pub(crate) fn check_bounds(spec: &Spec, faults: &mut Vec<Fault>) {
    let mut known = true;
    for (part, bound) in [(Part::Start, spec.start), (Part::End, spec.end)] {
        known &= bound.is_none_or(|bound| check_year(part, bound.date(), faults));
    }
    if let (Some(start), Some(end), true) = (spec.start, spec.end, known)
        && start.opens() > end.closes()
    {
        faults.push(Fault::new(Part::End, FaultKind::EndBeforeStart { start, end }));
    }
}

/// The ranges of `skip`.
pub(crate) fn check_skip(spec: &Spec, faults: &mut Vec<Fault>) {
    for (index, entry) in spec.skip.iter().enumerate() {
        let (from, to) = entry.ends();
        if from > to {
            faults.push(Fault::new(Part::Skip(index), FaultKind::SkipBackwards { from, to }));
        }
    }
}

/// `max_runs`.
pub(crate) fn check_max_runs(spec: &Spec, faults: &mut Vec<Fault>) {
    let Some(max) = spec.max_runs else { return };
    if max == 0 {
        faults.push(Fault::new(Part::MaxRuns, FaultKind::MaxRunsZero));
    } else if max > MAX_RUNS {
        faults.push(Fault::new(Part::MaxRuns, FaultKind::MaxRunsTooLarge { max }));
    } else if spec.start.is_none() && spec.when.is_rule() {
        faults.push(Fault::new(Part::MaxRuns, FaultKind::MaxRunsWithoutStart));
    }
}

/// `every`.
pub(crate) fn check_every(spec: &Spec, text: Option<&CronText>, faults: &mut Vec<Fault>) {
    let Some(weeks) = spec.every_weeks else { return };
    let mut fault = |kind| faults.push(Fault::new(Part::Every, kind));
    if !WEEKS.contains(&weeks) {
        fault(FaultKind::EveryOutOfRange { weeks });
    } else if spec.start.is_none() {
        fault(FaultKind::EveryWithoutStart);
    }
    if text.is_some_and(|text| text.weekday.is_open()) {
        fault(FaultKind::EveryWithoutWeekday);
    }
}

/// `on_day_off`.
pub(crate) fn check_on_day_off(spec: &Spec, text: Option<&CronText>, faults: &mut Vec<Fault>) {
    if spec.on_day_off.is_none() {
        return;
    }
    let mut fault = |kind| faults.push(Fault::new(Part::OnDayOff, kind));
    if matches!(spec.days, Days::Holiday | Days::Weekend) {
        fault(FaultKind::OnDayOffBesideDays { days: spec.days });
    }
    if text.is_some_and(CronText::names_workday) {
        fault(FaultKind::OnDayOffBesideWorkday);
    }
    if text.is_some_and(CronText::follows_real_time) {
        fault(FaultKind::OnDayOffOfInterval);
    }
}

/// The occasions of `lunar`; none if one of them is invalid.
pub(crate) fn check_lunar(texts: &[String], faults: &mut Vec<Fault>) -> Option<LunarRule> {
    if texts.is_empty() {
        faults.push(Fault::new(Part::Lunar(0), FaultKind::NoTimes));
    }
    let mut times = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        match lunar::parse(text) {
            Ok(time) if times.contains(&time) => faults.push(Fault::new(Part::Lunar(index), FaultKind::LunarTwice)),
            Ok(time) => times.push(time),
            Err(fault) => faults.push(Fault::new(Part::Lunar(index), FaultKind::Lunar(fault))),
        }
    }
    (!times.is_empty() && times.len() == texts.len()).then_some(LunarRule { times })
}

/// The key that excludes a local time, if any.
pub(crate) fn outside(spec: &Spec, calendar: &Calendar, time: NaiveDateTime) -> Option<Outside> {
    let date = time.date();
    let start = spec.start.filter(|start| time < start.opens()).map(Outside::Start);
    let end = || spec.end.filter(|end| time > end.closes()).map(Outside::End);
    let skip = || spec.skip.iter().any(|entry| entry.contains(date)).then_some(Outside::Skip(date));
    let is_other_day = || calendar.counts(date, spec.days) == Some(false);
    let days = || is_other_day().then(|| Outside::Days { days: spec.days, is: calendar.day(date) });
    start.or_else(end).or_else(skip).or_else(days)
}

/// The occurrences of a list of times, ascending. Adds the faults of each time to `faults`.
pub(crate) fn check_times(
    spec: &Spec,
    calendar: &Calendar,
    times: &[NaiveDateTime],
    zone: Tz,
    faults: &mut Vec<Fault>,
) -> Vec<Occurrence> {
    if times.is_empty() {
        faults.push(Fault::new(Part::At(0), FaultKind::NoTimes));
    }
    let mut seen = HashSet::new();
    let mut occurrences: Vec<Occurrence> = Vec::new();
    for (index, &time) in times.iter().enumerate() {
        let part = Part::At(index);
        if !check_year(part, time.date(), faults) {
            continue;
        }
        if let Some(by) = outside(spec, calendar, time) {
            faults.push(Fault::new(part, FaultKind::AtOutside { time, by }));
            continue;
        }
        let at = match civil::resolve(zone, time) {
            LocalResolution::Once(at) | LocalResolution::Twice(at, _) => at,
            LocalResolution::Never(change) => {
                faults.push(Fault::new(part, FaultKind::AtInGap { time, resumes: change.to }));
                change.at
            }
        };
        if !seen.insert(time) {
            faults.push(Fault::new(part, FaultKind::AtTwice { time }));
            continue;
        }
        let doubt = uncertainty(calendar, spec.days, time.date());
        occurrences.push(Occurrence { local: time, pass: Pass::First, at, doubt });
    }
    occurrences.sort_by_key(|occurrence| occurrence.at);
    occurrences
}
