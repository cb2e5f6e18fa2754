//! Warnings about valid schedules that are probably not intended.

use std::ops::Range;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::calendar::Days;
use super::cron::field::{CronField, CronItem, CronTerm, Nth};
use super::cron::field_kind::Field;
use super::cron::text::CronText;
use super::error::Part;
use super::occurrences::Schedule;
use super::rule::Rule;
use super::spec::{Bound, Skip, When};
use super::zone::{self, ZoneWarning};
use crate::text::Text;

/// A warning and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleWarning {
    pub part: Part,
    /// Bytes of the text of that part; None: the whole part.
    pub span: Option<Range<usize>>,
    pub kind: WarningKind,
}

/// All kinds of warnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WarningKind {
    /// `*/45`: the step starts again with each hour, month, …, so that the last gap differs.
    UnevenStep { field: Field, step: u16, values: Vec<u16> },
    /// A day that some of the rule's months do not have.
    MissingDay { day: u16, months: Vec<u16> },
    /// 29 February.
    LeapDay,
    /// A lunar date that some years do not have: a leap month, or a 30th.
    RareLunarDate { date: Text },
    /// A fifth Monday, which most months do not have.
    FifthWeekday {
        /// 0 is Sunday.
        day: u16,
    },
    /// `day_match` with at most one restricted day field.
    NoDayMatch,
    /// A month in which no day that the rule names is one of `days`; `instead` moves to the nearest one.
    OffMonths { year: i32, months: Vec<u16>, instead: String },
    /// `9 0`: nine minutes past midnight; 09:00 is probably intended.
    HourFirst { hour: u16, minute: u16 },
    /// `Asia/Urumqi`, two hours behind the time that China uses everywhere.
    ZoneOfXinjiang { name: &'static str },
    /// A name such as `EST`, which has no summer time, or is not what it seems.
    ZoneAbbreviation { name: &'static str, meant: &'static str },
    /// `Etc/GMT-8` is ahead of UTC.
    ZoneSign { name: &'static str, ahead: i32 },
    /// An `end` at midnight includes only the first second of that day.
    EndAtMidnight { date: NaiveDate },
    /// `every` with a `start` after the days of its week that the rule names: the first cycle has no occurrence.
    EmptyFirstWeek {
        /// The date before `start`.
        named: NaiveDate,
        first: NaiveDate,
        /// The `start` with which the next named date is the first one.
        instead: NaiveDate,
    },
    /// An entry of `skip` without effect: no occurrence is on its dates.
    SkipsNothing { entry: Skip },
}

impl Schedule {
    /// The warnings about this schedule.
    pub fn warnings(&self) -> Vec<ScheduleWarning> {
        let mut warnings = Vec::new();
        if let (Rule::Cron(crontab), When::Cron { day_match, .. }) = (self.rule(), &self.spec().when) {
            of_text(&crontab.text, &mut warnings);
            if day_match.is_some() && !crontab.text.names_both_days() {
                warnings.push(ScheduleWarning { part: Part::DayMatch, span: None, kind: WarningKind::NoDayMatch });
            }
        }
        if let Rule::Lunar(lunar) = self.rule() {
            for (index, date) in lunar.rare_dates() {
                let kind = WarningKind::RareLunarDate { date };
                warnings.push(ScheduleWarning { part: Part::Lunar(index), span: None, kind });
            }
        }
        let name = self.zone().name();
        let kind = zone::warning(self.zone()).map(|warning| match warning {
            ZoneWarning::Abbreviation { meant } => WarningKind::ZoneAbbreviation { name, meant },
            ZoneWarning::Xinjiang => WarningKind::ZoneOfXinjiang { name },
            ZoneWarning::Sign { ahead } => WarningKind::ZoneSign { name, ahead },
        });
        warnings.extend(kind.map(|kind| ScheduleWarning { part: Part::Timezone, span: Some(0..name.len()), kind }));
        if let Some(Bound::Time(end)) = self.spec().end
            && end.time() == NaiveTime::MIN
        {
            warnings.push(ScheduleWarning {
                part: Part::End,
                span: None,
                kind: WarningKind::EndAtMidnight { date: end.date() },
            });
        }
        self.of_first_week(&mut warnings);
        self.of_off_months(&mut warnings);
        self.of_skip(&mut warnings);
        warnings
    }

    /// Weeks are counted from that of `start`, whose days may be over by then.
    fn of_first_week(&self, warnings: &mut Vec<ScheduleWarning>) {
        let (Rule::Cron(crontab), Some(weeks), Some(start)) = (self.rule(), self.weeks(), self.spec().start) else {
            return;
        };
        const SECOND: TimeDelta = TimeDelta::seconds(1);
        let (monday, opens) = (weeks.first().and_time(NaiveTime::MIN), start.opens());
        let named = crontab.next(monday - SECOND).filter(|named| *named < opens);
        let (Some(named), Some(instead)) = (named, crontab.next(opens - SECOND)) else { return };
        if let Some(first) = self.next_of_rule(opens - SECOND)
            && weeks.number(first.date()) > 1
        {
            let kind =
                WarningKind::EmptyFirstWeek { named: named.date(), first: first.date(), instead: instead.date() };
            warnings.push(ScheduleWarning { part: Part::Start, span: None, kind });
        }
    }

    /// A rule with one day of the month and `days = "workday"` has no post in months in which that day is off.
    fn of_off_months(&self, warnings: &mut Vec<ScheduleWarning>) {
        let (Rule::Cron(crontab), Days::Workday) = (self.rule(), self.spec().days) else { return };
        let text = &crontab.text;
        let [CronItem { term, span }] = &text.day.items[..] else { return };
        let instead = match term {
            CronTerm::One(day) => format!("{day}W"),
            CronTerm::Last(0) => "LW".to_owned(),
            CronTerm::Last(before) => format!("L-{before}W"),
            _ => return,
        };
        let Some(year) = self.calendar().horizon().map(|horizon| horizon.year()) else { return };
        if !text.weekday.is_open() {
            return;
        }
        let first_of = |month: u16| NaiveDate::from_ymd_opt(year, u32::from(month), 1);
        let months = text.month.values().into_iter().filter(|&month| {
            let Some(first) = first_of(month) else { return false };
            let before = first.and_time(NaiveTime::MIN) - TimeDelta::seconds(1);
            // The day that the rule would name, off or not.
            let named = crontab
                .next(before)
                .map(|at| at.date())
                .filter(|date| date.month() == first.month() && date.year() == year);
            named.is_some_and(|date| {
                let spec = self.spec();
                let within = spec.start.is_none_or(|start| start.date() <= date)
                    && spec.end.is_none_or(|end| date <= end.date());
                within
                    && !spec.skip.iter().any(|entry| entry.contains(date))
                    && self.calendar().counts(date, Days::Workday) == Some(false)
            })
        });
        let months: Vec<u16> = months.collect();
        if !months.is_empty() {
            let kind = WarningKind::OffMonths { year, months, instead };
            warnings.push(ScheduleWarning { part: Part::Cron, span: Some(span.clone()), kind });
        }
    }

    fn of_skip(&self, warnings: &mut Vec<ScheduleWarning>) {
        let spec = self.spec();
        if spec.skip.is_empty() {
            return;
        }
        let mut open = spec.clone();
        open.skip.clear();
        open.max_runs = None;
        // Without `skip` there are more occurrences, so the schedule stays valid.
        let Ok(open) = Self::new(open) else { return };
        for (index, &entry) in spec.skip.iter().enumerate() {
            let (from, to) = entry.ends();
            let before = from.and_time(NaiveTime::MIN) - TimeDelta::seconds(1);
            let is_later = |next: Option<NaiveDateTime>| next.is_none_or(|next| next.date() > to);
            if is_later(open.next_shown(before).map(|slot| slot.shown)) && is_later(open.next_nominal(before)) {
                let kind = WarningKind::SkipsNothing { entry };
                warnings.push(ScheduleWarning { part: Part::Skip(index), span: None, kind });
            }
        }
    }
}

fn of_text(text: &CronText, warnings: &mut Vec<ScheduleWarning>) {
    let mut push =
        |span: &Range<usize>, kind| warnings.push(ScheduleWarning { part: Part::Cron, span: Some(span.clone()), kind });
    for read in text.fields() {
        for item in &read.items {
            if let Some(step) = uneven(item.term, read.field)
                // Within one hour a step of minutes never starts again.
                && !(read.field == Field::Minute && text.hour.one().is_some())
            {
                push(
                    &item.span,
                    WarningKind::UnevenStep { field: read.field, step, values: item.term.values(read.field) },
                );
            }
        }
    }
    if let (Some(minute @ 6..=23), Some(hour @ 0..=5)) = (text.minute.one(), text.hour.one()) {
        let kind = WarningKind::HourFirst { hour: minute, minute: hour };
        let span = text.minute.span.start..text.hour.span.end;
        push(&span, kind);
    }
    for item in &text.day.items {
        if let CronTerm::One(day @ 29..=31) | CronTerm::Workday(day @ 29..=31) = item.term
            && let Some(kind) = missing_day(day, &text.month)
        {
            push(&item.span, kind);
        }
    }
    for item in &text.weekday.items {
        if let CronTerm::Nth(day, Nth::From(5)) = item.term {
            push(&item.span, WarningKind::FifthWeekday { day });
        }
    }
}

/// The step of a cron item whose range is not a multiple of the step.
fn uneven(term: CronTerm, field: Field) -> Option<u16> {
    let step = match term {
        CronTerm::Every(step) => step,
        CronTerm::From(from, step) if from - field.least() < step => step,
        // Two days of a step that are neighbours: Sunday and Monday of `MON-SUN/2`.
        CronTerm::Span(_, _, step @ 2..) if field == Field::Weekday => {
            let days = term.values(field);
            let has_neighbours = days.iter().any(|day| days.contains(&((day + 1) % 7)));
            return has_neighbours.then_some(step);
        }
        _ => return None,
    };
    let whole: u16 = match field {
        Field::Second | Field::Minute => 60,
        Field::Hour => 24,
        Field::Month => 12,
        Field::Weekday => 7,
        // Months differ in length, so only step 1 divides all of them evenly.
        Field::DayOfMonth => return (step > 1).then_some(step),
        Field::Year => return None,
    };
    (!whole.is_multiple_of(step)).then_some(step)
}

fn missing_day(day: u16, months: &CronField) -> Option<WarningKind> {
    let missing = |month: &u16| match month {
        2 => true,
        4 | 6 | 9 | 11 => day == 31,
        _ => false,
    };
    let months = months.values();
    if day == 29 && months == [2] {
        return Some(WarningKind::LeapDay);
    }
    let without: Vec<u16> = months.iter().copied().filter(missing).collect();
    // Where every month lacks it, the rule never fires by this item, which is an error of another kind.
    (!without.is_empty() && without.len() < months.len()).then_some(WarningKind::MissingDay { day, months: without })
}
