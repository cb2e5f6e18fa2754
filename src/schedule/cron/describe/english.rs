//! A cron expression in plain English: `every Monday at 09:00`.

use std::fmt::Display;

use super::{MAX_TIMES, hours_without_gap, step};
use crate::schedule::cron::field::{CronField, CronItem, CronTerm, Nth};
use crate::schedule::cron::text::{CronText, DayMatch};
use crate::schedule::names;
use crate::text::Lang;

/// The rule, without its zone and bounds.
pub(super) fn rule(text: &CronText) -> String {
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

/// The time of day, and whether it is an interval.
fn time(text: &CronText) -> (String, bool) {
    let (minutes, hours) = (text.minute.values(), text.hour.values());
    let seconds = text.second.as_ref().map_or_else(|| vec![0], CronField::values);
    if minutes.len() * hours.len() * seconds.len() <= MAX_TIMES {
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

/// Hours that follow each other, as an addition to an interval; empty for all of them.
fn hour_range(hours: &[u16], last_minute: u16) -> Option<String> {
    let (first, last) = hours_without_gap(hours)?;
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
    spans(read, month)
}

fn dated(read: &CronField, months: Option<&str>) -> String {
    let days: Vec<String> = read
        .items
        .iter()
        .flat_map(|item| match item.term {
            CronTerm::Last(0) => vec!["the last day".to_owned()],
            CronTerm::Last(1) => vec!["the day before the last".to_owned()],
            CronTerm::Last(before) => vec![format!("the {} day before the last", ordinal(before))],
            CronTerm::Workday(day) => vec![format!("the workday nearest to the {}", ordinal(day))],
            CronTerm::LastWorkday(0) => vec!["the last workday".to_owned()],
            CronTerm::LastWorkday(before) => {
                vec![format!("the workday nearest to the {} day before the last", ordinal(before))]
            }
            CronTerm::Span(from, to, 1) if from < to => vec![format!("the {} to {}", ordinal(from), ordinal(to))],
            term => term.values(read.field).into_iter().map(|day| format!("the {}", ordinal(day))).collect(),
        })
        .collect();
    format!("{} of {}", list(&days), months.unwrap_or("every month"))
}

/// The weekdays as they come: `every Monday`, `on the last Friday of every month`.
fn weekdays(read: &CronField, months: Option<&str>) -> String {
    let (nth, plain): (Vec<CronItem>, Vec<CronItem>) =
        read.items.iter().cloned().partition(|item| matches!(item.term, CronTerm::Nth(..)));
    let nth: Vec<String> = nth.iter().filter_map(|item| which(item.term)).collect();
    let nth = format!("on {} of {}", list(&nth), months.unwrap_or("every month"));
    if plain.is_empty() {
        return nth;
    }
    let every = format!("every {}", spans(&CronField { items: plain.clone(), ..read.clone() }, weekday));
    let every = months.map_or(every.clone(), |months| format!("{every} in {months}"));
    if plain.len() == read.items.len() { every } else { format!("{every}, and {nth},") }
}

/// The weekdays as a condition: `a Monday or the last Friday of the month`.
fn either(read: &CronField) -> String {
    let words: Vec<String> = read
        .items
        .iter()
        .flat_map(|item| match which(item.term) {
            Some(which) => vec![format!("{which} of the month")],
            None => item.term.values(read.field).into_iter().map(|day| format!("a {}", weekday(day))).collect(),
        })
        .collect();
    words.join(" or ")
}

/// `the last Friday`.
fn which(term: CronTerm) -> Option<String> {
    let CronTerm::Nth(day, nth) = term else { return None };
    let which = match nth {
        Nth::From(nth) => ["first", "second", "third", "fourth", "fifth"][usize::from(nth.clamp(1, 5)) - 1],
        Nth::Last => "last",
    };
    Some(format!("the {which} {}", weekday(day)))
}

/// Names and ranges of names as they were written.
fn spans(read: &CronField, name: fn(u16) -> String) -> String {
    let words: Vec<String> = read
        .items
        .iter()
        .flat_map(|item| match item.term {
            CronTerm::Span(from, to, 1) if from != to => vec![format!("{} to {}", name(from), name(to))],
            term => term.values(read.field).into_iter().map(name).collect(),
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

fn weekday(number: u16) -> String {
    names::weekday(number).into_lang(Lang::En)
}

fn month(number: u16) -> String {
    names::month(number).into_lang(Lang::En)
}

/// `a`, `a and b`, `a, b and c`.
fn list<T: Display>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.to_string(),
        [init @ .., last] => {
            let init: Vec<String> = init.iter().map(T::to_string).collect();
            format!("{} and {last}", init.join(", "))
        }
    }
}
