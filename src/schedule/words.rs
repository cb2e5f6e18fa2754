//! A rule in plain English: `every Monday at 09:00 (Asia/Shanghai)`.

use std::fmt::Display;

use super::cron_text::CronText;
use super::crontab::Crontab;
use super::field::{Item, Nth, Read, Shape};
use super::names;
use super::occurrences::{Rule, Schedule};
use super::spec::{Bound, DayMatch, Days, Spec};

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
                    .map(|time| time.local.format("%a %Y-%m-%d at %H:%M").to_string())
                    .collect();
                match times.len() {
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

fn bounds(spec: &Spec) -> String {
    let mut words = String::new();
    let day = |bound: Bound| match bound {
        Bound::Date(date) => date.to_string(),
        Bound::Time(time) => time.format("%Y-%m-%d %H:%M").to_string(),
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
        many => words.push_str(&format!(", except on {} dates", many.len())),
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
    let seconds = text.second.as_ref().map_or_else(|| vec![0], Read::values);
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
    let within = hour_range(&hours);
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
fn step(read: &Read, whole: u16) -> Option<u16> {
    match read.items[..] {
        [Item { shape: Shape::All, .. }] => Some(1),
        [Item { shape: Shape::Every(step), .. }] if whole.is_multiple_of(step) => Some(step),
        _ => None,
    }
}

/// Hours that follow each other, as an addition to an interval; empty for all of them.
fn hour_range(hours: &[u16]) -> Option<String> {
    let (first, last) = (*hours.first()?, *hours.last()?);
    if usize::from(last - first) + 1 != hours.len() {
        return None;
    }
    Some(if hours.len() == 24 { String::new() } else { format!(" from {first:02}:00 to {last:02}:59") })
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
        (false, true) => Some(match months {
            Some(months) => format!("{} in {months}", weekdays(&text.weekday)),
            None => weekdays(&text.weekday),
        }),
        (true, true) => {
            let (dates, weekdays) = (dated(&text.day, months.as_deref()), weekdays(&text.weekday));
            Some(match (text.day_match, months) {
                (Some(DayMatch::Any), Some(months)) => format!("on {dates}, and {weekdays} in {months},"),
                (Some(DayMatch::Any), None) => format!("on {dates}, and {weekdays},"),
                _ => format!("{weekdays} that is {dates},"),
            })
        }
    };
    let years = text.year.as_ref().filter(|year| !year.is_open()).map(Read::values);
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

fn months(read: &Read) -> String {
    spans(read, names::month)
}

fn dated(read: &Read, months: Option<&str>) -> String {
    let days: Vec<String> = read
        .items
        .iter()
        .flat_map(|item| match item.shape {
            Shape::Last(0) => vec!["the last day".to_owned()],
            Shape::Last(1) => vec!["the day before the last".to_owned()],
            Shape::Last(before) => vec![format!("{before} days before the last day")],
            Shape::Span(from, to, 1) if from < to => vec![format!("the {} to {}", ordinal(from), ordinal(to))],
            shape => shape.values(read.field).into_iter().map(|day| format!("the {}", ordinal(day))).collect(),
        })
        .collect();
    format!("{} of {}", list(&days), months.unwrap_or("every month"))
}

fn weekdays(read: &Read) -> String {
    let nth: Vec<String> = read
        .items
        .iter()
        .filter_map(|item| match item.shape {
            Shape::Nth(day, nth) => {
                let which = match nth {
                    Nth::From(nth) => ["first", "second", "third", "fourth", "fifth"][usize::from(nth.clamp(1, 5)) - 1],
                    Nth::Last => "last",
                };
                Some(format!("the {which} {}", names::weekday(day)))
            }
            _ => None,
        })
        .collect();
    let plain = Read {
        items: read.items.iter().filter(|item| !matches!(item.shape, Shape::Nth(..))).cloned().collect(),
        ..read.clone()
    };
    match (plain.items.is_empty(), nth.is_empty()) {
        (true, _) => format!("on {} of every month", list(&nth)),
        (false, true) => format!("every {}", spans(&plain, names::weekday)),
        (false, false) => format!("every {}, and on {} of every month,", spans(&plain, names::weekday), list(&nth)),
    }
}

/// Names and ranges of names as they were written.
fn spans(read: &Read, name: fn(u16) -> &'static str) -> String {
    let words: Vec<String> = read
        .items
        .iter()
        .flat_map(|item| match item.shape {
            Shape::Span(from, to, 1) if from != to => vec![format!("{} to {}", name(from), name(to))],
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
