//! Several services as processes on one PostgreSQL: one works, the others wait for its lease.

use std::process::Child;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::postgres;
use crate::support::process_harness::{ProcessHarness, now};
use crate::support::services::disagreements;

/// The lease of 25 s, the pause of 2 s between two looks, and the start of a slow machine.
const TAKEOVER: Duration = Duration::from_secs(45);

fn signal(service: &Child, signal: Signal) {
    let pid = Pid::from_raw(service.id().try_into().expect("a process id")).expect("a process");
    kill_process(pid, signal).expect("it is there");
}

#[track_caller]
fn agrees(harness: &ProcessHarness, campaigns: usize) {
    assert_eq!(disagreements(harness, campaigns), [""; 0], "{}", harness.log_end());
}

/// Services on one schema, with a campaign for each of these times.
async fn on_server(schema: &postgres::Schema, due: &[DateTime<Utc>]) -> ProcessHarness {
    let mut harness = ProcessHarness::build().await;
    harness.store = schema.address();
    harness.write_book(due);
    let service = "settle_window = \"3s\"\npreflight = \"1s\"\ncreates_per_minute = 1000000\nedit_delay = \"0s\"\npage = \"off\"\n";
    std::fs::write(harness.path("drumbeat.toml"), service).expect("written");
    harness
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_service_takes_over() {
    let Some(schema) = postgres::schema() else { return };
    let (campaigns, first) = (24, now() + TimeDelta::seconds(15));
    let due: Vec<DateTime<Utc>> = (0..24).map(|n| first + TimeDelta::seconds(n)).collect();
    let harness = on_server(&schema, &due).await;

    let mut one = harness.start();
    harness.wait_until_known(campaigns).await;
    let mut two = harness.start();
    harness.wait_for_log_text("this service begins when the other one ends").await;

    harness.wait_for("some posts exist", |_| !harness.ledger().is_empty()).await;
    signal(&one, Signal::KILL);
    let (killed, before) = (Instant::now(), harness.books_loaded());
    one.wait().expect("it ends");
    harness.wait_until_loaded(before + 1).await;
    assert!(killed.elapsed() < TAKEOVER, "{:?}", killed.elapsed());

    // The second one ends by itself, and hands over at once.
    let mut three = harness.start();
    signal(&two, Signal::TERM);
    let before = harness.books_loaded();
    two.wait().expect("it ends");
    let ended = Instant::now();
    harness.wait_until_loaded(before + 1).await;
    assert!(ended.elapsed() < Duration::from_secs(15), "{:?}", ended.elapsed());

    harness.wait_until_settled(campaigns).await;
    signal(&three, Signal::TERM);
    three.wait().expect("it ends");
    agrees(&harness, campaigns);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_was_stopped_in_between_sends_nothing() {
    let Some(schema) = postgres::schema() else { return };
    let (campaigns, first) = (20, now() + TimeDelta::seconds(15));
    let due: Vec<DateTime<Utc>> = (0..20).map(|n| first + TimeDelta::milliseconds(2_000 * n)).collect();
    let harness = on_server(&schema, &due).await;

    let mut one = harness.start();
    harness.wait_until_known(campaigns).await;
    let mut two = harness.start();
    harness.wait_for("some posts exist", |_| !harness.ledger().is_empty()).await;
    signal(&one, Signal::STOP);
    let before = harness.books_loaded();
    harness.wait_until_loaded(before + 1).await;
    signal(&one, Signal::CONT);
    // It finds that it was taken over, and ends: its supervisor starts it again, as one that waits.
    let ended = one.wait().expect("it ends");
    assert!(!ended.success());
    harness.wait_until_settled(campaigns).await;
    signal(&two, Signal::TERM);
    two.wait().expect("it ends");
    agrees(&harness, campaigns);
}
