//! Calendars that are corrected while occurrences move on days off: each is posted once, or recorded as missed.

use std::fs;

use chrono::TimeDelta;
use drumbeat::run::{Reason, Run, State};

use crate::support::engine_harness::{EngineHarness, in_virtual_time, nine};

/// A campaign of one occurrence that moves, until a time; then the calendar is corrected, until another.
fn corrected(schedule: &str, holidays: &str, hours: [i64; 2]) -> (Vec<Run>, usize) {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.write_scheduled("spring", "", &format!("{schedule}\nstart = 2026-03-01\nend = 2026-03-20"));
        // With a calendar of its own from the start, so that the correction alone is the edit.
        fs::write(engine.dir.path().join("calendar.toml"), "name = \"China\"\n").expect("written");
        engine.live_through(nine() + TimeDelta::hours(hours[0])).await.expect("it lives");
        fs::write(engine.dir.path().join("calendar.toml"), holidays).expect("written");
        engine.live_through(nine() + TimeDelta::hours(hours[1])).await.expect("it lives");
        (engine.runs(), engine.ledger().len())
    })
}

#[track_caller]
fn ends((runs, posts): (Vec<Run>, usize), wanted: &[(&str, State)], posted: usize) {
    let found: Vec<(String, State)> = runs.iter().map(|run| (run.id().to_string(), run.state)).collect();
    let wanted: Vec<(String, State)> = wanted.iter().map(|(id, state)| ((*id).to_owned(), *state)).collect();
    assert_eq!((found, posts), (wanted, posted));
}

#[test]
fn a_posted_occurrence_is_not_posted_on_another_day() {
    // Sunday 1 March goes out on Monday the 2nd at nine; that day turns out to be off.
    let runs = corrected(
        "cron = \"0 9 1 * *\"\non_day_off = \"after\"",
        "holidays = [{ name = \"店休\", from = 2026-03-02, to = 2026-03-04 }]",
        [1, 100],
    );
    ends(runs, &[("spring@2026-03-01T09:00", State::Created)], 1);
}

#[test]
fn nearest_workday_is_not_posted_twice() {
    // `1W` is Monday the 2nd; that day turns out to be off.
    let runs = corrected(
        "cron = \"0 9 1W * *\"",
        "holidays = [{ name = \"店休\", from = 2026-03-02, to = 2026-03-04 }]",
        [1, 100],
    );
    ends(runs, &[("spring@2026-03-01T09:00", State::Created)], 1);
}

#[test]
fn an_occurrence_that_moves_ahead_goes_out_then() {
    // Saturday the 7th goes out on Friday the 6th; that day turns out to be off, so it is Thursday the 5th.
    let runs = corrected(
        "cron = \"30 8 7 * *\"\non_day_off = \"before\"",
        "holidays = [{ name = \"店休\", on = 2026-03-06 }]",
        [1, 130],
    );
    ends(runs, &[("spring@2026-03-07T08:30", State::Created)], 1);
}

#[test]
fn an_occurrence_that_moves_to_the_past_is_missed() {
    // From Friday the 6th to Monday the 2nd at half past eight, which is past when the calendar is corrected.
    let (runs, posts) = corrected(
        "cron = \"30 8 7 * *\"\non_day_off = \"before\"",
        "holidays = [{ name = \"店休\", from = 2026-03-03, to = 2026-03-06 }]",
        [1, 130],
    );
    assert_eq!(runs[0].reason, Some(Reason::Edited), "{runs:#?}");
    ends((runs, posts), &[("spring@2026-03-07T08:30", State::Missed)], 0);
}
