//! Schedules: text and zone in, instants out.

use chrono::{DateTime, Utc};
use drumbeat::schedule::{Pass, Schedule, Spec};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[track_caller]
fn fires(cron: &str, zone: &str, from: &str, expected: &[&str]) {
    let schedule = Schedule::new(Spec::cron(cron, zone)).unwrap();
    let from = at(from);
    let mut next = from;
    let found: Vec<String> = std::iter::from_fn(|| {
        let occurrence = schedule.next_after(next)?;
        next = occurrence.at;
        let pass = if occurrence.pass == Pass::Second { " second" } else { "" };
        Some(format!("{}{pass} = {}", occurrence.local.format("%F %T"), occurrence.at.format("%F %TZ")))
    })
    .take(expected.len())
    .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_monday_in_shanghai() {
    fires("0 9 * * 1", "Asia/Shanghai", "2026-03-01T00:00:00Z", &["2026-03-02 09:00:00 = 2026-03-02 01:00:00Z"]);
}

#[test]
fn a_daily_time_in_a_gap_fires_when_clocks_go_on() {
    fires(
        "30 2 * * *",
        "America/New_York",
        "2026-03-07T12:00:00Z",
        &["2026-03-08 02:30:00 = 2026-03-08 07:00:00Z", "2026-03-09 02:30:00 = 2026-03-09 06:30:00Z"],
    );
}

#[test]
fn a_daily_time_that_is_shown_twice_fires_once() {
    fires(
        "30 1 * * *",
        "America/New_York",
        "2026-10-31T12:00:00Z",
        &["2026-11-01 01:30:00 = 2026-11-01 05:30:00Z", "2026-11-02 01:30:00 = 2026-11-02 06:30:00Z"],
    );
}

#[test]
fn an_interval_goes_on_through_both_passes() {
    fires(
        "*/30 1 * * *",
        "America/New_York",
        "2026-10-31T12:00:00Z",
        &[
            "2026-11-01 01:00:00 = 2026-11-01 05:00:00Z",
            "2026-11-01 01:30:00 = 2026-11-01 05:30:00Z",
            "2026-11-01 01:00:00 second = 2026-11-01 06:00:00Z",
            "2026-11-01 01:30:00 second = 2026-11-01 06:30:00Z",
            "2026-11-02 01:00:00 = 2026-11-02 06:00:00Z",
        ],
    );
}
