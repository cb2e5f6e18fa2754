//! Help that names dates: the two readings of an expression with both day fields, and rules that count days.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use super::cron::error::{CronError, Form, OtherForm};
use super::cron::error_help::every_few;
use super::cron::text::DayMatch;
use super::error::{ScheduleError, ScheduleErrorKind};
use super::occurrences::Schedule;
use super::spec::{Spec, When};
use super::written::quoted_date;
use super::zone::civil::{self, last_second};
use super::zone::zone;
use crate::text::{Text, when};

impl ScheduleError {
    /// [`Self::help`] with dates: if a text has two readings, both with their next dates after
    /// `from`. `spec` is what the error was found in.
    pub fn help_from(&self, spec: &Spec, from: DateTime<Utc>) -> Option<Text> {
        if let ScheduleErrorKind::Cron(CronError::OtherForm(OtherForm { form: Form::EveryFew { days }, here })) =
            &self.kind
        {
            let times = here.as_ref().map(|here| few(&here.cron, *days, spec, from)).unwrap_or_default();
            return Some(every_few(*days, here.as_ref(), &times));
        }
        if matches!(self.kind, ScheduleErrorKind::MaxRunsWithoutStart | ScheduleErrorKind::EveryWithoutStart) {
            let zone = zone(&spec.timezone).unwrap_or(chrono_tz::UTC);
            let today = quoted_date(from.with_timezone(&zone).date_naive());
            return Some(match self.kind {
                ScheduleErrorKind::EveryWithoutStart => text!(
                    en: "write a date of the first week, such as `start = {today}`",
                    zh: "请写第一周里的一天，例如 `start = {today}`"
                ),
                _ => text!(
                    en: "write the date from which they are counted, such as `start = {today}`",
                    zh: "请写从哪天数起，例如 `start = {today}`"
                ),
            });
        }
        if self.kind != ScheduleErrorKind::Cron(CronError::BothDays) {
            return self.help(spec);
        }
        let any = text!(
            en: "`day_match = \"any\"` if either field is enough",
            zh: "满足一个就发写 `day_match = \"any\"`"
        );
        let all = text!(
            en: "`day_match = \"all\"` if both must agree",
            zh: "两个都满足才发写 `day_match = \"all\"`"
        );
        Some(text!(
            en: "say which is meant: {any}; or {all}",
            zh: "请写明是哪一种：{any}；{all}",
            any = reading(spec, DayMatch::Any, &any, from),
            all = reading(spec, DayMatch::All, &all, from)
        ))
    }
}

/// The next few times, `days` apart: on each named weekday, else from the first one on.
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

/// One reading of an expression with both day fields, and its next dates.
fn reading(spec: &Spec, day_match: DayMatch, written: &Text, from: DateTime<Utc>) -> Text {
    let dates = match read(spec, day_match) {
        None => text!(en: "it would never fire", zh: "永远不会发"),
        Some(schedule) => {
            let dates: Vec<Text> =
                dates(&schedule, from).take(3).map(|date| when::date_near(date, from.date_naive())).collect();
            match dates[..] {
                [] => text!(en: "it has ended", zh: "已经结束"),
                _ => text!(
                    en: "next {dates}",
                    zh: "接下来：{dates}",
                    dates = Text::join(&dates, &text!(en: ", ", zh: "、"))
                ),
            }
        }
    };
    text!(en: "{written} ({dates})", zh: "{written}（{dates}）", written = written, dates = dates)
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
        Err(errors) if errors.iter().all(|error| matches!(error.kind, ScheduleErrorKind::Never { .. })) => None,
        Err(_) => {
            let timezone = if zone(&spec.timezone).is_ok() { &spec.timezone } else { "UTC" };
            Schedule::new(Spec { when, ..Spec::cron("", timezone) }).ok()
        }
    }
}
