//! `drumbeat history` on a long history.

use chrono::TimeDelta;
use drumbeat::clock::Clock;
use drumbeat::run::{Reason, Run};
use drumbeat::store::Wait;

use crate::support::service_harness::{ServiceHarness, manual_due};

/// A store with this many missed runs, a minute apart, the newest an hour ago.
fn with_runs(count: i64) -> ServiceHarness {
    let harness = ServiceHarness::new();
    let newest = Clock::System.now() - TimeDelta::hours(1);
    let run = |n: i64| {
        let due = newest - TimeDelta::minutes(n);
        Run::missed(manual_due("spring", due), Reason::NewerDue, newest)
    };
    harness.store().record(&(0..count).map(run).collect::<Vec<_>>()).wait().expect("recorded");
    harness
}

#[track_caller]
fn assert_history(harness: &ServiceHarness, words: &[&str], runs: usize, is_cut: bool) {
    let said = harness.says(words);
    assert_eq!(said.matches("spring@").count(), runs, "{words:?}");
    assert_eq!(said.contains("drumbeat history --all"), is_cut, "{words:?}");
}

#[test]
fn history_shows_newest_and_mentions_older() {
    let harness = with_runs(1_200);
    assert_history(&harness, &["history"], 1_001, true);
    assert_history(&harness, &["history", "--days", "7"], 1_001, true);
    assert_history(&harness, &["history", "--days", "0"], 0, false);
    assert_history(&harness, &["history", "--all"], 1_200, false);
    assert_history(&harness, &["history", "--state", "missed"], 1_200, false);
    assert_history(&harness, &["history", "--campaign", "spring"], 1_200, false);
    assert_eq!(harness.says(&["history", "--format", "json"]).matches("\"run\"").count(), 1_200);
}

#[test]
fn a_short_history_is_shown_whole() {
    assert_history(&with_runs(1_000), &["history"], 1_000, false);
}
