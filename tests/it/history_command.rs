//! `drumbeat history` on a long history.

use chrono::TimeDelta;
use drumbeat::clock::Clock;
use drumbeat::run::{Reason, Run};

use crate::service_house::{House, due_by_hand};

/// A store with so many missed runs, a minute apart, the newest an hour ago.
fn with_runs(count: i64) -> House {
    let house = House::new();
    let newest = Clock::System.now() - TimeDelta::hours(1);
    let run = |n: i64| {
        let due = newest - TimeDelta::minutes(n);
        Run::missed(due_by_hand("spring", due), Reason::NewerDue, newest)
    };
    house.store().record(&(0..count).map(run).collect::<Vec<_>>()).expect("recorded");
    house
}

#[track_caller]
fn shows(house: &House, words: &[&str], runs: usize, is_cut: bool) {
    let said = house.says(words);
    assert_eq!(said.matches("spring@").count(), runs, "{words:?}");
    assert_eq!(said.contains("drumbeat history --all"), is_cut, "{words:?}");
}

#[test]
fn people_are_shown_the_newest_runs_and_told_of_the_older_ones() {
    let house = with_runs(1_200);
    shows(&house, &["history"], 1_001, true);
    shows(&house, &["history", "--days", "7"], 1_001, true);
    shows(&house, &["history", "--days", "0"], 0, false);
    shows(&house, &["history", "--all"], 1_200, false);
    shows(&house, &["history", "--state", "missed"], 1_200, false);
    shows(&house, &["history", "--campaign", "spring"], 1_200, false);
    assert_eq!(house.says(&["history", "--format", "json"]).matches("\"run\"").count(), 1_200);
}

#[test]
fn a_short_history_is_shown_whole() {
    shows(&with_runs(1_000), &["history"], 1_000, false);
}
