//! The time of a schedule's queries, with `croner` and the plain `cron` crate: `cargo bench --bench schedule`.
//!
//! The three differ at clock changes: here `cron` gets a zoned time, which the program never passes. Ratios are to our
//! time; absolute numbers depend on the machine.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::hint::black_box;
use std::str::FromStr;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use drumbeat::schedule::{DayMatch, Schedule, Spec, When};

const ZONE: Tz = Tz::America__New_York;

/// A rule: its name, in crontab's syntax, and in that of the `cron` crate (weekdays by name; empty if it has no form
/// for it).
const RULES: [(&str, &str, &str); 11] = [
    ("every day", "0 9 * * *", "0 0 9 * * *"),
    ("twice a day", "0 9,18 * * *", "0 0 9,18 * * *"),
    ("every minute", "* * * * *", "0 * * * * *"),
    ("every quarter of an hour", "*/15 * * * *", "0 */15 * * * *"),
    ("quarters of working hours", "*/15 9-17 * * MON-FRI", "0 */15 9-17 * * MON-FRI"),
    ("every Monday", "0 9 * * MON", "0 0 9 * * MON"),
    ("Monday to Friday", "30 9 * * MON-FRI", "0 30 9 * * MON-FRI"),
    ("the 1st", "0 9 1 * *", "0 0 9 1 * *"),
    ("the last day of the month", "0 9 L * *", ""),
    ("the last Friday of the month", "0 9 * * FRI#L", ""),
    ("29 February on a Monday", "0 9 29 2 MON", "0 0 9 29 2 MON"),
];

fn main() {
    // `cargo test` also runs the benches, to see that they work.
    let quick = std::env::args().any(|argument| argument == "--test") || cfg!(debug_assertions);
    let from: DateTime<Utc> = "2026-03-02T00:00:00Z".parse().expect("an instant");
    let until = from + TimeDelta::days(365);
    println!(
        "{:<30} {:>12} {:>9} {:>9}   {:>12} {:>9} {:>9}",
        "", "next, ns", "croner", "cron", "a year, µs", "croner", "cron"
    );
    for (name, text, plain) in RULES {
        let day_match = text.ends_with("29 2 MON").then_some(DayMatch::All);
        let when = When::Cron { text: text.to_owned(), day_match };
        let ours = Schedule::new(Spec { when, ..Spec::cron("", ZONE.name()) }).expect("a sound rule");
        let parser = croner::parser::CronParser::builder().dom_and_dow(day_match.is_some()).build();
        let croner = parser.parse(text).expect("a rule that croner knows");
        let cron = (!plain.is_empty()).then(|| cron::Schedule::from_str(plain).expect("a rule that cron knows"));

        // Starts are spread over the year, so that the processor does not only repeat one answer.
        let starts: Vec<DateTime<Utc>> = (0..97).map(|day| from + TimeDelta::minutes(day * 5_417)).collect();
        let zoned: Vec<DateTime<Tz>> = starts.iter().map(|start| start.with_timezone(&ZONE)).collect();
        let (begin, end) = (from.with_timezone(&ZONE), until.with_timezone(&ZONE));

        let count = starts.len() as f64;
        let next = [
            Some(time(quick, || starts.iter().for_each(|start| drop(black_box(ours.next_after(*start)))))),
            Some(time(quick, || {
                zoned.iter().for_each(|start| drop(black_box(croner.find_next_occurrence(start, false))));
            })),
            cron.as_ref().map(|cron| {
                time(quick, || {
                    zoned.iter().for_each(|start| {
                        black_box(cron.after(start).next());
                    })
                })
            }),
        ];
        let year = [
            Some(time(quick, || ours.between(from, until).count())),
            Some(time(quick, || croner.iter_after(begin).take_while(|at| *at <= end).count())),
            cron.as_ref().map(|cron| time(quick, || cron.after(&begin).take_while(|at| *at <= end).count())),
        ];
        let ratio = |times: [Option<f64>; 3], which: usize| match (times[0], times[which]) {
            (Some(ours), Some(other)) => format!("{:.2} x", other / ours),
            _ => "-".to_owned(),
        };
        println!(
            "{name:<30} {:>12.0} {:>9} {:>9}   {:>12.1} {:>9} {:>9}",
            next[0].unwrap_or_default() / count * 1e9,
            ratio(next, 1),
            ratio(next, 2),
            year[0].unwrap_or_default() * 1e6,
            ratio(year, 1),
            ratio(year, 2),
        );
    }
}

/// The time of one call in seconds: the median of seven rounds of 30 ms.
fn time<T>(quick: bool, mut call: impl FnMut() -> T) -> f64 {
    let round = if quick { Duration::ZERO } else { Duration::from_millis(30) };
    let mut rounds: Vec<f64> = (0..if quick { 1 } else { 7 })
        .map(|_| {
            let (started, mut calls) = (Instant::now(), 0_u32);
            loop {
                black_box(call());
                calls += 1;
                if started.elapsed() >= round {
                    return started.elapsed().as_secs_f64() / f64::from(calls);
                }
            }
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}
