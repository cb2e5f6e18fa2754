//! Checks of a spec, apart from its cron expression.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use super::calendar::{Calendar, Days};
use super::cron::field_kind::YEARS;
use super::cron::text::CronText;
use super::error::{MAX_RUNS, Outside, Part, ScheduleError, ScheduleErrorKind};
use super::lunar::{self, LunarRule};
use super::occurrence::{Fold, Occurrence, UnknownDay};
use super::spec::Spec;
use super::weeks::WEEKS;
use super::zone::civil::{self, LocalResolution};

/// The doubt about whether a date counts; none if the calendar knows.
pub(crate) fn uncertainty(calendar: &Calendar, days: Days, date: NaiveDate) -> Option<Box<UnknownDay>> {
    calendar.counts(date, days).is_none().then(|| unknown(calendar, days, date))
}

/// The doubt about whether a date counts.
pub(crate) fn unknown(calendar: &Calendar, days: Days, date: NaiveDate) -> Box<UnknownDay> {
    Box::new(UnknownDay { date, calendar: calendar.name().to_owned(), days, horizon: calendar.horizon() })
}

fn check_year(part: Part, date: NaiveDate, errors: &mut Vec<ScheduleError>) -> bool {
    let known = YEARS.contains(&date.year());
    if !known {
        errors.push(ScheduleError::new(part, ScheduleErrorKind::Year { year: date.year() }));
    }
    known
}

/// `start` and `end`.
pub(crate) fn check_bounds(spec: &Spec, errors: &mut Vec<ScheduleError>) {
    let mut known = true;
    for (part, bound) in [(Part::Start, spec.start), (Part::End, spec.end)] {
        known &= bound.is_none_or(|bound| check_year(part, bound.date(), errors));
    }
    if let (Some(start), Some(end), true) = (spec.start, spec.end, known)
        && start.opens() > end.closes()
    {
        errors.push(ScheduleError::new(Part::End, ScheduleErrorKind::EndBeforeStart { start, end }));
    }
}

/// The ranges of `skip`.
pub(crate) fn check_skip(spec: &Spec, errors: &mut Vec<ScheduleError>) {
    for (index, entry) in spec.skip.iter().enumerate() {
        let (from, to) = entry.ends();
        if from > to {
            errors.push(ScheduleError::new(Part::Skip(index), ScheduleErrorKind::SkipBackwards { from, to }));
        }
    }
}

/// `max_runs`.
pub(crate) fn check_max_runs(spec: &Spec, errors: &mut Vec<ScheduleError>) {
    let Some(max) = spec.max_runs else { return };
    if max == 0 {
        errors.push(ScheduleError::new(Part::MaxRuns, ScheduleErrorKind::MaxRunsZero));
    } else if max > MAX_RUNS {
        errors.push(ScheduleError::new(Part::MaxRuns, ScheduleErrorKind::MaxRunsTooLarge { max }));
    } else if spec.start.is_none() && spec.when.is_rule() {
        errors.push(ScheduleError::new(Part::MaxRuns, ScheduleErrorKind::MaxRunsWithoutStart));
    }
}

/// `every`.
pub(crate) fn check_every(spec: &Spec, text: Option<&CronText>, errors: &mut Vec<ScheduleError>) {
    let Some(weeks) = spec.every_weeks else { return };
    let mut error = |kind| errors.push(ScheduleError::new(Part::Every, kind));
    if !WEEKS.contains(&weeks) {
        error(ScheduleErrorKind::EveryOutOfRange { weeks });
    } else if spec.start.is_none() {
        error(ScheduleErrorKind::EveryWithoutStart);
    }
    if text.is_some_and(|text| text.weekday.is_open()) {
        error(ScheduleErrorKind::EveryWithoutWeekday);
    }
}

/// `on_day_off`.
pub(crate) fn check_on_day_off(spec: &Spec, text: Option<&CronText>, errors: &mut Vec<ScheduleError>) {
    if spec.on_day_off.is_none() {
        return;
    }
    let mut error = |kind| errors.push(ScheduleError::new(Part::OnDayOff, kind));
    if matches!(spec.days, Days::Holiday | Days::Weekend) {
        error(ScheduleErrorKind::OnDayOffBesideDays { days: spec.days });
    }
    if text.is_some_and(CronText::names_workday) {
        error(ScheduleErrorKind::OnDayOffBesideWorkday);
    }
    if text.is_some_and(CronText::follows_real_time) {
        error(ScheduleErrorKind::OnDayOffOfInterval);
    }
}

/// The occasions of `lunar`; none if one of them is invalid.
pub(crate) fn check_lunar(texts: &[String], errors: &mut Vec<ScheduleError>) -> Option<LunarRule> {
    if texts.is_empty() {
        errors.push(ScheduleError::new(Part::Lunar(0), ScheduleErrorKind::NoTimes));
    }
    let mut times = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        match lunar::parse(text) {
            Ok(time) if times.contains(&time) => {
                errors.push(ScheduleError::new(Part::Lunar(index), ScheduleErrorKind::LunarTwice))
            }
            Ok(time) => times.push(time),
            Err(error) => errors.push(ScheduleError::new(Part::Lunar(index), ScheduleErrorKind::Lunar(error))),
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

/// The occurrences of a list of times, ascending. Adds the errors of each time to `errors`.
pub(crate) fn check_times(
    spec: &Spec,
    calendar: &Calendar,
    times: &[NaiveDateTime],
    zone: Tz,
    errors: &mut Vec<ScheduleError>,
) -> Vec<Occurrence> {
    if times.is_empty() {
        errors.push(ScheduleError::new(Part::At(0), ScheduleErrorKind::NoTimes));
    }
    let mut seen = HashSet::new();
    let mut occurrences: Vec<Occurrence> = Vec::new();
    for (index, &time) in times.iter().enumerate() {
        let part = Part::At(index);
        if !check_year(part, time.date(), errors) {
            continue;
        }
        if let Some(by) = outside(spec, calendar, time) {
            errors.push(ScheduleError::new(part, ScheduleErrorKind::AtOutside { time, by }));
            continue;
        }
        let at = match civil::resolve(zone, time) {
            LocalResolution::Once(at) | LocalResolution::Twice(at, _) => at,
            LocalResolution::Never(change) => {
                errors.push(ScheduleError::new(part, ScheduleErrorKind::AtInGap { time, resumes: change.to }));
                change.at
            }
        };
        if !seen.insert(time) {
            errors.push(ScheduleError::new(part, ScheduleErrorKind::AtTwice { time }));
            continue;
        }
        let doubt = uncertainty(calendar, spec.days, time.date());
        occurrences.push(Occurrence { local: time, fold: Fold::First, at, doubt });
    }
    occurrences.sort_by_key(|occurrence| occurrence.at);
    occurrences
}
