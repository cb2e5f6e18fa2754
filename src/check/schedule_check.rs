//! Turns `[schedule]` as written into a valid schedule, or into everything that is wrong with it.

use std::ops::Range;
use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use toml::value::Datetime;

use crate::book::{self, ParsedCampaign, Policy, ScheduleTable, SkipDates, Spanned};
use crate::campaign::DEFAULT_MAX_LATENESS;
use crate::duration::{self, BadDuration};
use crate::limits::BEIJING;
use crate::schedule::{
    self, Bound, Calendar, DayMatch, Days, OnDayOff, Part, Schedule, ScheduleError, ScheduleWarning, Skip, Spec, When,
};
use crate::text::StaticText;

/// Most posts of one campaign in a day where the policy says nothing.
const MAX_PER_DAY: u32 = 3;

/// Most entries of `at` and of `skip`, and most contents: a separate rule reports longer lists.
pub(super) const MAX_TIMES: usize = 1_000;

/// The result of checking `[schedule]`.
#[derive(Clone, Debug, Default)]
pub struct ScheduleCheck {
    pub schedule: Option<Schedule>,
    /// The parsed schedule, if all its parts could be read.
    pub spec: Option<Box<Spec>>,
    pub problems: Vec<Problem>,
    /// Valid parts that are probably not intended.
    pub warnings: Vec<ScheduleWarning>,
}

/// Something wrong with `[schedule]`, at its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub span: Range<usize>,
    pub what: ScheduleProblem,
}

/// What is wrong with a schedule.
#[derive(Clone, Debug, PartialEq)]
pub enum ScheduleProblem {
    /// Two of `cron`, `at` and `lunar`.
    Both {
        keys: [&'static str; 2],
    },
    /// More entries than a list takes.
    TooMany {
        key: &'static str,
        most: usize,
    },
    /// A key that has no effect beside `at` or `lunar`.
    Beside {
        key: &'static str,
        rule: &'static str,
    },
    /// `every` in another form than `2w`; `meant` is what it probably says.
    Every {
        got: String,
        meant: Option<u32>,
    },
    /// A date or time in the wrong form.
    Form {
        key: &'static str,
        wanted: StaticText,
        written: Datetime,
    },
    /// A word that the key does not take.
    Word {
        key: &'static str,
        got: String,
        takes: Vec<&'static str>,
    },
    /// A number that the key does not take.
    Number {
        key: &'static str,
    },
    Lateness(BadDuration),
    /// A `max_lateness` of zero: every post would be too late.
    NoLateness,
    Invalid(ScheduleError),
}

/// Checks the schedule of a campaign file; empty if the file has none that could be read. Days are those of `calendar`,
/// else of the built-in one.
pub fn check(parsed: &ParsedCampaign, policy: &Policy, calendar: Option<&Calendar>) -> ScheduleCheck {
    let Some(timetable) = &parsed.schedule else { return ScheduleCheck::default() };
    let mut problems = Vec::new();
    let mut problem = |span: &Range<usize>, what| problems.push(Problem { span: span.clone(), what });

    let when = when(timetable, &mut problem);
    let start = timetable.start.as_ref().and_then(|it| formed("start", it, DAY_OR_TIME, bound, &mut problem));
    let end = timetable.end.as_ref().and_then(|it| formed("end", it, DAY_OR_TIME, bound, &mut problem));
    let past_most = [
        ("at", timetable.at.as_ref().and_then(|list| list.get(MAX_TIMES)).map(|it| &it.span)),
        ("lunar", timetable.lunar.as_ref().and_then(|list| list.get(MAX_TIMES)).map(|it| &it.span)),
        ("skip", timetable.skip.as_ref().and_then(|list| list.get(MAX_TIMES)).map(|it| &it.span)),
    ];
    for (key, span) in past_most {
        if let Some(span) = span {
            problem(span, ScheduleProblem::TooMany { key, most: MAX_TIMES });
        }
    }
    let skip: Vec<Skip> = timetable
        .skip
        .iter()
        .flat_map(|entries| &entries.value)
        .filter_map(|entry| skipped(entry, &mut problem))
        .collect();
    let days = timetable.days.as_ref().map_or(Some(Days::Any), |days| word("days", days, DAYS, &mut problem));
    let every = timetable.every.as_ref().map(|every| (every, schedule::parse_weeks(every)));
    if let Some((every, Err(meant))) = &every {
        problem(&every.span, ScheduleProblem::Every { got: every.value.clone(), meant: *meant });
    }
    let every_weeks = every.and_then(|(_, weeks)| weeks.ok());
    let max_runs = timetable.max_runs.as_ref().map(|runs| (runs, u32::try_from(runs.value)));
    if let Some((runs, Err(_))) = &max_runs {
        problem(&runs.span, ScheduleProblem::Number { key: "max_runs" });
    }
    if let Some(text) = &timetable.max_lateness {
        match duration::parse(text) {
            Ok(length) if length.is_zero() => problem(&text.span, ScheduleProblem::NoLateness),
            Ok(_) => {}
            Err(bad) => problem(&text.span, ScheduleProblem::Lateness(bad)),
        }
    }

    let day_off = timetable.on_day_off.as_ref().map(|text| (text, word("on_day_off", text, ON_DAY_OFF, &mut problem)));
    let on_day_off = day_off.as_ref().and_then(|(_, said)| said.flatten());
    // Both say that occurrences are on workdays.
    let days = match (&day_off, days) {
        (Some((_, Some(Some(_)))), Some(Days::Workday)) => Some(Days::Any),
        (Some((_, Some(None))), Some(Days::Any)) => Some(Days::Workday),
        (Some((text, Some(None))), Some(days @ (Days::Holiday | Days::Weekend))) => {
            problem(&text.span, ScheduleProblem::Invalid(ScheduleError::beside_days(days)));
            None
        }
        (_, days) => days,
    };

    let (true, Some(when), Some(days)) = (problems.is_empty(), when, days) else {
        return ScheduleCheck { problems, ..ScheduleCheck::default() };
    };
    let max_runs = max_runs.and_then(|(_, runs)| runs.ok());
    let timezone = timezone(timetable, policy).into();
    let calendar = calendar.cloned();
    let spec =
        Spec { when, timezone, start, end, last_firing: None, skip, days, on_day_off, every_weeks, max_runs, calendar };
    match Schedule::new(spec.clone()) {
        Ok(schedule) => ScheduleCheck {
            warnings: schedule.warnings(),
            schedule: Some(schedule),
            spec: Some(Box::new(spec)),
            problems,
        },
        Err(errors) => {
            // The time zone of the policy is checked once, at the policy.
            let own = errors.into_iter().filter(|error| error.part != Part::Timezone || timetable.timezone.is_some());
            problems.extend(own.map(|error| Problem {
                span: place(parsed, timetable, error.part, error.span.as_ref()),
                what: ScheduleProblem::Invalid(error),
            }));
            ScheduleCheck { spec: Some(Box::new(spec)), problems, ..ScheduleCheck::default() }
        }
    }
}

/// How late a post of this campaign may be.
pub fn max_lateness(timetable: &ScheduleTable) -> Duration {
    timetable.max_lateness.as_ref().and_then(|text| duration::parse(text).ok()).unwrap_or(DEFAULT_MAX_LATENESS)
}

/// Most posts of one campaign in a day. A policy that cannot be read may allow any number; its error is its own finding.
pub(super) fn max_per_day(policy: &Policy) -> u32 {
    let said = policy.limits.max_per_day.as_ref().and_then(|most| u32::try_from(most.value).ok());
    let default = if policy.parse_errors.is_empty() { MAX_PER_DAY } else { u32::MAX };
    said.filter(|most| *most > 0).unwrap_or(default)
}

/// Where the times of a schedule are written.
pub(super) fn rule_span(written: &Spanned<ScheduleTable>) -> Range<usize> {
    let cron = written.cron.as_ref().map(|cron| &cron.span);
    let lunar = written.lunar.as_ref().map(|lunar| &lunar.span);
    cron.or(written.at.as_ref().map(|at| &at.span)).or(lunar).unwrap_or(&written.span).clone()
}

/// Where `days` or `on_day_off` is written.
pub(super) fn days_span(written: &Spanned<ScheduleTable>) -> Range<usize> {
    let said = written.days.as_ref().or(written.on_day_off.as_ref());
    said.map_or_else(|| written.span.clone(), |said| said.span.clone())
}

fn timezone<'t>(timetable: &'t ScheduleTable, policy: &'t Policy) -> &'t str {
    timetable.timezone.as_ref().or(policy.timezone.as_ref()).map_or(BEIJING.name(), |zone| zone.as_str())
}

const DAY: StaticText =
    StaticText { en: "a date, in the form `\"YYYY-MM-DD\"`", zh: "日期，形式是 `\"YYYY-MM-DD\"`" };
const TIME: StaticText = StaticText {
    en: "a local date-time, in the form `\"YYYY-MM-DD 09:00\"`",
    zh: "日期加时间，形式是 `\"YYYY-MM-DD 09:00\"`",
};
const DAY_OR_TIME: StaticText = StaticText {
    en: "a date or a local date-time, in the form `\"YYYY-MM-DD\"` or `\"YYYY-MM-DD 09:00\"`",
    zh: "日期，或者日期加时间，形式是 `\"YYYY-MM-DD\"` 或 `\"YYYY-MM-DD 09:00\"`",
};
const DAYS: &[(&str, Days)] =
    &[("any", Days::Any), ("workday", Days::Workday), ("holiday", Days::Holiday), ("weekend", Days::Weekend)];
/// `skip` leaves days off out, as `days = "workday"` does.
const ON_DAY_OFF: &[(&str, Option<OnDayOff>)] =
    &[("skip", None), ("before", Some(OnDayOff::Before)), ("after", Some(OnDayOff::After))];
const DAY_MATCHES: &[(&str, DayMatch)] = &[("any", DayMatch::Any), ("all", DayMatch::All)];

fn when(timetable: &ScheduleTable, problem: &mut impl FnMut(&Range<usize>, ScheduleProblem)) -> Option<When> {
    let ScheduleTable { cron, at, lunar, day_match, on_day_off, every, .. } = timetable;
    let beside = |rule: &'static str, keys: &[(&'static str, &Option<Spanned<String>>)]| {
        let written = keys.iter().filter_map(|(key, written)| Some((*key, written.as_ref()?.span.clone())));
        written.map(|(key, span)| (span, ScheduleProblem::Beside { key, rule })).collect::<Vec<_>>()
    };
    let both = |keys, other: &Range<usize>| vec![(other.clone(), ScheduleProblem::Both { keys })];
    let (when, wrong) = match (cron, at, lunar) {
        (Some(cron), None, None) => {
            let day_match = match day_match {
                Some(text) => Some(word("day_match", text, DAY_MATCHES, problem)?),
                None => None,
            };
            (Some(When::Cron { text: cron.value.clone(), day_match }), Vec::new())
        }
        (None, Some(at), None) => {
            let times = at.value.iter().map(|time| formed("at", time, TIME, local, problem));
            let times: Option<Vec<_>> = times.collect();
            let keys = [("day_match", day_match), ("every", every), ("on_day_off", on_day_off)];
            (times.map(When::At), beside("at", &keys))
        }
        (None, None, Some(lunar)) => {
            let occasions = lunar.value.iter().map(|text| text.value.clone()).collect();
            (Some(When::Lunar(occasions)), beside("lunar", &[("day_match", day_match), ("every", every)]))
        }
        (Some(_), Some(at), _) => (None, both(["cron", "at"], &at.span)),
        (Some(_), None, Some(lunar)) => (None, both(["cron", "lunar"], &lunar.span)),
        (None, Some(_), Some(lunar)) => (None, both(["at", "lunar"], &lunar.span)),
        (None, None, None) => (None, Vec::new()),
    };
    wrong.into_iter().for_each(|(span, what)| problem(&span, what));
    when
}

fn formed<T>(
    key: &'static str,
    written: &Spanned<Datetime>,
    wanted: StaticText,
    read: impl FnOnce(&Datetime) -> Option<T>,
    problem: &mut impl FnMut(&Range<usize>, ScheduleProblem),
) -> Option<T> {
    let read = read(&written.value);
    if read.is_none() {
        problem(&written.span, ScheduleProblem::Form { key, wanted, written: written.value });
    }
    read
}

/// An entry of `skip`.
fn skipped(entry: &Spanned<SkipDates>, problem: &mut impl FnMut(&Range<usize>, ScheduleProblem)) -> Option<Skip> {
    let mut one = |day: &Spanned<Datetime>| formed("skip", day, DAY, date, problem);
    match &entry.value {
        SkipDates::Date(day) => one(&Spanned::new(*day, entry.span.clone())).map(Skip::Date),
        SkipDates::Range { from, to } => {
            let (from, to) = (one(from), one(to));
            Some(Skip::Range { from: from?, to: to? })
        }
    }
}

fn word<T: Copy>(
    key: &'static str,
    written: &Spanned<String>,
    takes: &'static [(&'static str, T)],
    problem: &mut impl FnMut(&Range<usize>, ScheduleProblem),
) -> Option<T> {
    let found = takes.iter().find(|(name, _)| *name == written.value);
    if found.is_none() {
        let takes = takes.iter().map(|(name, _)| *name).collect();
        problem(&written.span, ScheduleProblem::Word { key, got: written.value.clone(), takes });
    }
    found.map(|(_, value)| *value)
}

/// A local date, with neither time nor offset.
pub(super) fn date(written: &Datetime) -> Option<NaiveDate> {
    let (Some(date), None, None) = (written.date, written.time, written.offset) else { return None };
    NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())
}

/// A local time, with neither date nor offset.
pub(super) fn time(written: &Datetime) -> Option<NaiveTime> {
    let (None, Some(time), None) = (written.date, written.time, written.offset) else { return None };
    NaiveTime::from_hms_opt(time.hour.into(), time.minute.into(), time.second.unwrap_or(0).into())
}

/// A local date-time without an offset, in whole seconds.
pub(super) fn local(written: &Datetime) -> Option<NaiveDateTime> {
    let date = date(&Datetime { date: written.date, time: None, offset: written.offset })?;
    let time = time(&Datetime { date: None, time: written.time, offset: None })?;
    (written.time?.nanosecond.unwrap_or(0) == 0).then(|| date.and_time(time)).filter(|it| it.nanosecond() == 0)
}

pub(super) fn bound(written: &Datetime) -> Option<Bound> {
    date(written).map(Bound::Date).or_else(|| local(written).map(Bound::Time))
}

/// The stretch of the file in which a part of the schedule stands, or only a stretch of its text.
pub(super) fn place(
    parsed: &ParsedCampaign,
    timetable: &ScheduleTable,
    part: Part,
    stretch: Option<&Range<usize>>,
) -> Range<usize> {
    let whole = parsed.schedule.as_ref().map_or(0..0, |schedule| schedule.span.clone());
    let text = |it: &Option<Spanned<String>>| {
        it.as_ref().map(|it| match stretch {
            Some(part) => book::within(parsed.file.text(), it, part),
            None => it.span.clone(),
        })
    };
    let found = match part {
        Part::Cron => text(&timetable.cron),
        Part::DayMatch => text(&timetable.day_match),
        Part::Timezone => text(&timetable.timezone),
        Part::Days => text(&timetable.days),
        Part::OnDayOff => timetable.on_day_off.as_ref().map(|word| word.span.clone()),
        Part::Every => timetable.every.as_ref().map(|every| every.span.clone()),
        Part::Lunar(n) => timetable.lunar.as_ref().map(|list| entry(list, n)),
        Part::At(n) => timetable.at.as_ref().map(|list| entry(list, n)),
        Part::Skip(n) => timetable.skip.as_ref().map(|list| entry(list, n)),
        Part::Start => timetable.start.as_ref().map(|it| it.span.clone()),
        Part::End => timetable.end.as_ref().map(|it| it.span.clone()),
        Part::MaxRuns => timetable.max_runs.as_ref().map(|it| it.span.clone()),
    };
    found.unwrap_or(whole)
}

/// An entry of a list; the list itself where it has no such entry.
fn entry<T>(list: &Spanned<Vec<Spanned<T>>>, n: usize) -> Range<usize> {
    list.value.get(n).map_or_else(|| list.span.clone(), |entry| entry.span.clone())
}
