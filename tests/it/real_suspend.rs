//! The real binary, suspended with SIGSTOP and resumed after an occurrence was due.

use chrono::TimeDelta;
use drumbeat::clock::Clock;

use crate::support::service_harness::{ServiceHarness, at, until};

#[test]
fn suspended_process_posts_once_or_misses() {
    let harness = ServiceHarness::new();
    let due = Clock::System.now() + TimeDelta::seconds(8);
    harness.write("patient", "不着急的", &format!("{}\nmax_lateness = \"1h\"", at(due)));
    harness.write("hasty", "过时不候", &format!("{}\nmax_lateness = \"2s\"", at(due)));
    let service = harness.service();
    service.logs_times("book loaded", 1);
    service.signal("STOP");
    // It cannot answer, but still no other process takes its place.
    harness.refuses(&["run"], "another Drumbeat uses the store");
    let late = due + TimeDelta::seconds(3);
    until(|| (Clock::System.now() > late).then_some(())).expect("time passes");
    assert!(harness.ledger().is_empty(), "it was to stand still");
    service.signal("CONT");

    harness.run_in("patient", "created");
    let missed = harness.run_in("hasty", "missed");
    let reason = missed["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("found due ") && reason.ends_with(" late, past its max_lateness"), "{reason}");
    let (status, _) = service.stop();
    assert!(status.success());
    let posted: Vec<String> = harness.ledger().into_iter().map(|entry| entry.text).collect();
    assert_eq!(posted, ["不着急的"]);
}
