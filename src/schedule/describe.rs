//! A rule in plain English: `every Monday at 09:00 (Asia/Shanghai)`.

use std::fmt::Display;

use chrono::{NaiveDateTime, Timelike};

use super::calendar::Days;
use super::cron::crontab::Crontab;
use super::cron::field::{CronField, CronTerm, Item, Nth};
use super::cron::text::{CronText, DayMatch};
use super::names;
use super::occurrences::{Rule, Schedule};
use super::spec::{Bound, Skip, Spec};

/// Times of day are written out up to so many.
const TIMES: usize = 6;
/// Single times of a list are written out up to so many.
const LISTED: usize = 5;

impl Schedule {
    /// The rule in plain English, with its zone and bounds.
    pub fn in_words(&self) -> String {
        let zone = self.zone().name();
        let when = match self.rule() {
            Rule::Cron(crontab) => format!("{} ({zone})", rule(crontab)),
            Rule::At(times) => {
                let shown: Vec<String> = times
                    .iter()
                    .take(LISTED)
                    .map(|time| format!("{} at {}", time.local.format("%a %Y-%m-%d"), clock(time.local)))
                    .collect();
                match times.len() {
                    0 => format!("never ({zone})"),
                    1 => format!("once, on {} ({zone})", shown[0]),
                    many if many <= LISTED => format!("{many} times, on {} ({zone})", list(&shown)),
                    many => format!("{many} times, first on {} ({zone})", shown[0]),
                }
            }
        };
        format!("{when}{}", bounds(self.spec()))
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list<T: Display>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.to_string(),
        [init @ .., last] => {
            let init: Vec<String> = init.iter().map(T::to_string).collect();
            format!("{} and {last}", init.join(", "))
        }
    }
}

/// The time of day, with seconds only where there are some: `09:00`.
pub(crate) fn clock(local: NaiveDateTime) -> String {
    local.format(if local.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string()
}

/// A local time for people: `Mon 2026-03-02 09:00`.
pub(crate) fn moment(local: NaiveDateTime) -> String {
    format!("{} {}", local.format("%a %Y-%m-%d"), clock(local))
}

fn bounds(spec: &Spec) -> String {
    let mut words = String::new();
    let day = |bound: Bound| match bound {
        Bound::Date(date) => date.to_string(),
        Bound::Time(time) => format!("{} {}", time.date(), clock(time)),
    };
    match spec.days {
        Days::Any => {}
        Days::Workday => words.push_str(", on workdays only"),
        Days::Holiday => words.push_str(", on holidays only"),
        Days::Weekend => words.push_str(", on weekends only"),
    }
    match (spec.start, spec.end) {
        (Some(start), Some(end)) => words.push_str(&format!(", from {} to {}", day(start), day(end))),
        (Some(start), None) => words.push_str(&format!(", from {}", day(start))),
        (None, Some(end)) => words.push_str(&format!(", until {}", day(end))),
        (None, None) => {}
    }
    match &spec.skip[..] {
        [] => {}
        few if few.len() <= LISTED => words.push_str(&format!(", except on {}", list(few))),
        many => {
            let dates: i64 = Skip::stretches(many).iter().map(|(from, to)| (*to - *from).num_days() + 1).sum();
            words.push_str(&format!(", except on {dates} dates"));
        }
    }
    match spec.max_runs {
        None => {}
        Some(1) => words.push_str(", once at most"),
        Some(max) => words.push_str(&format!(", {max} times at most")),
    }
    words
}

fn rule(crontab: &Crontab) -> String {
    let text = &crontab.text;
    let (time, steady) = time(text);
    let days = days(text);
    match (days, steady) {
        // Nothing but the interval: `every 15 minutes`.
        (None, true) => time,
        (None, false) => format!("every day {time}"),
        (Some(days), true) => format!("{days}, {time}"),
        (Some(days), false) => format!("{days} {time}"),
    }
}

/// The time of day, and whether it is an interval that stands on its own.
fn time(text: &CronText) -> (String, bool) {
    let (minutes, hours) = (text.minute.values(), text.hour.values());
    let seconds = text.second.as_ref().map_or_else(|| vec![0], CronField::values);
    if minutes.len() * hours.len() * seconds.len() <= TIMES {
        let mut times = Vec::new();
        for (hour, minute) in hours.iter().flat_map(|hour| minutes.iter().map(move |minute| (hour, minute))) {
            for second in &seconds {
                times.push(match seconds[..] {
                    [0] => format!("{hour:02}:{minute:02}"),
                    _ => format!("{hour:02}:{minute:02}:{second:02}"),
                });
            }
        }
        return (format!("at {}", list(&times)), false);
    }
    let last_minute = minutes.last().copied().unwrap_or_default();
    let within = hour_range(&hours, last_minute);
    if let (Some(within), Some(1), Some(step)) =
        (&within, step(&text.minute, 60), text.second.as_ref().and_then(|second| step(second, 60)))
    {
        let every = if step == 1 { "every second".to_owned() } else { format!("every {step} seconds") };
        return (format!("{every}{within}"), true);
    }
    let words = match (&within, step(&text.minute, 60), minutes.as_slice()) {
        // Every minute of the hours there are.
        (Some(within), Some(1), _) => format!("every minute{within}"),
        (Some(within), Some(step), _) => format!("every {step} minutes{within}"),
        (Some(within), None, [0]) => format!("every hour on the hour{within}"),
        (_, None, [minute]) if step(&text.hour, 24).is_some_and(|step| step > 1) => {
            let step = step(&text.hour, 24).unwrap_or(1);
            let at = if *minute == 0 { "on the hour".to_owned() } else { format!("at minute {minute}") };
            format!("every {step} hours {at}")
        }
        (Some(within), None, _) => format!("at {} of every hour{within}", numbers("minute", &minutes)),
        (None, _, _) => format!("at {} of {}", numbers("minute", &minutes), numbers("hour", &hours)),
    };
    match seconds[..] {
        [0] => (words, true),
        _ => match text.second.as_ref().and_then(|second| step(second, 60)) {
            Some(1) => (format!("{words}, every second"), true),
            Some(step) => (format!("{words}, every {step} seconds"), true),
            None => (format!("{words}, at {}", numbers("second", &seconds)), true),
        },
    }
}

/// The step of a field that goes evenly round.
fn step(read: &CronField, whole: u16) -> Option<u16> {
    match read.items[..] {
        [Item { shape: CronTerm::All, .. }] => Some(1),
        [Item { shape: CronTerm::Every(step), .. }] if whole.is_multiple_of(step) => Some(step),
        _ => None,
    }
}

/// Hours that follow each other, as an addition to an interval; empty for all of them.
fn hour_range(hours: &[u16], last_minute: u16) -> Option<String> {
    let (first, last) = (*hours.first()?, *hours.last()?);
    if usize::from(last - first) + 1 != hours.len() {
        return None;
    }
    Some(if hours.len() == 24 { String::new() } else { format!(" from {first:02}:00 to {last:02}:{last_minute:02}") })
}

fn numbers(what: &str, values: &[u16]) -> String {
    let (first, last) = (values[0], values[values.len() - 1]);
    if values.len() > 2 && usize::from(last - first) + 1 == values.len() {
        return format!("{what}s {first} to {last}");
    }
    format!("{what}{} {}", if values.len() > 1 { "s" } else { "" }, list(values))
}

/// The days; none for every day.
fn days(text: &CronText) -> Option<String> {
    let (day, weekday) = (!text.day.is_open(), !text.weekday.is_open());
    let months = (!text.month.is_open()).then(|| months(&text.month));
    let days = match (day, weekday) {
        (false, false) => match &months {
            Some(months) => Some(format!("every day in {months}")),
            None if text.year.as_ref().is_some_and(|year| !year.is_open()) => Some("every day".to_owned()),
            None => None,
        },
        (true, false) => Some(format!("on {}", dated(&text.day, months.as_deref()))),
        (false, true) => Some(weekdays(&text.weekday, months.as_deref())),
        (true, true) => {
            let dates = format!("on {}", dated(&text.day, months.as_deref()));
            Some(match text.day_match {
                Some(DayMatch::Any) => format!("{dates}, and {},", weekdays(&text.weekday, months.as_deref())),
                _ => format!("{dates} that is {},", either(&text.weekday)),
            })
        }
    };
    let years = text.year.as_ref().filter(|year| !year.is_open()).map(CronField::values);
    match (days, years) {
        (Some(days), Some(years)) => Some(format!("{} in {},", days.trim_end_matches(','), years_in_words(&years))),
        (days, _) => days,
    }
}

fn years_in_words(years: &[u16]) -> String {
    let (first, last) = (years[0], years[years.len() - 1]);
    if years.len() > 2 && usize::from(last - first) + 1 == years.len() {
        return format!("{first} to {last}");
    }
    list(years)
}

fn months(read: &CronField) -> String {
    spans(read, names::month)
}

fn dated(read: &CronField, months: Option<&str>) -> String {
    let days: Vec<String> = read
        .items
        .iter()
        .flat_map(|item| match item.shape {
            CronTerm::Last(0) => vec!["the last day".to_owned()],
            CronTerm::Last(1) => vec!["the day before the last".to_owned()],
            CronTerm::Last(before) => vec![format!("the {} day before the last", ordinal(before))],
            CronTerm::Workday(day) => vec![format!("the workday nearest to the {}", ordinal(day))],
            CronTerm::LastWorkday(0) => vec!["the last workday".to_owned()],
            CronTerm::LastWorkday(before) => {
                vec![format!("the workday nearest to the {} day before the last", ordinal(before))]
            }
            CronTerm::Span(from, to, 1) if from < to => vec![format!("the {} to {}", ordinal(from), ordinal(to))],
            shape => shape.values(read.field).into_iter().map(|day| format!("the {}", ordinal(day))).collect(),
        })
        .collect();
    format!("{} of {}", list(&days), months.unwrap_or("every month"))
}

/// The weekdays as they come: `every Monday`, `on the last Friday of every month`.
fn weekdays(read: &CronField, months: Option<&str>) -> String {
    let (nth, plain): (Vec<Item>, Vec<Item>) =
        read.items.iter().cloned().partition(|item| matches!(item.shape, CronTerm::Nth(..)));
    let nth: Vec<String> = nth.iter().filter_map(|item| which(item.shape)).collect();
    let nth = format!("on {} of {}", list(&nth), months.unwrap_or("every month"));
    if plain.is_empty() {
        return nth;
    }
    let every = format!("every {}", spans(&CronField { items: plain.clone(), ..read.clone() }, names::weekday));
    let every = months.map_or(every.clone(), |months| format!("{every} in {months}"));
    if plain.len() == read.items.len() { every } else { format!("{every}, and {nth},") }
}

/// The weekdays as a condition: `a Monday or the last Friday of the month`.
fn either(read: &CronField) -> String {
    let words: Vec<String> = read
        .items
        .iter()
        .flat_map(|item| match which(item.shape) {
            Some(which) => vec![format!("{which} of the month")],
            None => item.shape.values(read.field).into_iter().map(|day| format!("a {}", names::weekday(day))).collect(),
        })
        .collect();
    words.join(" or ")
}

/// `the last Friday`.
fn which(shape: CronTerm) -> Option<String> {
    let CronTerm::Nth(day, nth) = shape else { return None };
    let which = match nth {
        Nth::From(nth) => ["first", "second", "third", "fourth", "fifth"][usize::from(nth.clamp(1, 5)) - 1],
        Nth::Last => "last",
    };
    Some(format!("the {which} {}", names::weekday(day)))
}

/// Names and ranges of names as they were written.
fn spans(read: &CronField, name: fn(u16) -> &'static str) -> String {
    let words: Vec<String> = read
        .items
        .iter()
        .flat_map(|item| match item.shape {
            CronTerm::Span(from, to, 1) if from != to => vec![format!("{} to {}", name(from), name(to))],
            shape => shape.values(read.field).into_iter().map(|value| name(value).to_owned()).collect(),
        })
        .collect();
    list(&words)
}

fn ordinal(number: u16) -> String {
    let end = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{end}")
}
