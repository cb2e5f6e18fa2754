//! A disk that is full, slow, read-only, torn or missing: only recorded posts are sent, the service reports the cause,
//! and it continues as soon as it can.

use drumbeat::store::Wait;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use drumbeat::sandbox::Company;
use fastrand::Rng;
use rusqlite::Connection;

use crate::support::kill_proxy::Point;
use crate::support::process_harness::{ProcessHarness, broken_promises, now};
use crate::support::small_disk::SmallDisk;

/// A started harness that knows its book, with one campaign due at each of these seconds from now.
async fn started(harness: &ProcessHarness, due_in: &[i64]) {
    let now = now();
    harness.write_book(&due_in.iter().map(|seconds| now + TimeDelta::seconds(*seconds)).collect::<Vec<_>>());
    harness.kill_switch.set(harness.start(), None);
    harness.wait_until_known(due_in.len()).await;
}

/// Every due post exists once, and the history says so.
async fn ends_well(harness: &ProcessHarness, campaigns: usize) {
    harness.wait_until_settled(campaigns).await;
    harness.kill_switch.kill();
    let broken = broken_promises(harness, campaigns);
    assert!(broken.is_empty(), "{}\n{}", broken.join("\n"), harness.log_end());
}

/// Starts the service, which must refuse to start; returns its message.
async fn refuses_to_start(harness: &ProcessHarness) -> String {
    let mut child = harness.start();
    let ended = tokio::task::spawn_blocking(move || child.wait()).await.expect("no panic").expect("it ends");
    assert_eq!(ended.code(), Some(2), "{}", harness.log_end());
    harness.log_end()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk() {
    let mut harness = ProcessHarness::build().await;
    let Some(disk) = SmallDisk::mount(harness.path("disk"), "2m") else { return };
    harness.store = format!("sqlite://{}", disk.0.join("drumbeat.db").display());
    started(&harness, &[3, 8, 8, 9]).await;
    harness
        .wait_for("the first is posted", |store| {
            store
                .runs(&Default::default())
                .wait()
                .is_ok_and(|runs| runs.first().is_some_and(|run| run.state.is_posted()))
        })
        .await;
    let ballast = disk.0.join("ballast");
    let mut file = fs::File::create(&ballast).expect("there is room still");
    while file.write_all(&[0; 4096]).is_ok() {}
    harness.wait_for_log_text("database or disk is full").await;
    assert!(harness.log().contains("failed to record the due runs"), "{}", harness.log_end());
    assert_eq!(harness.ledger().len(), 1, "something went out that could not be recorded");
    drop(file);
    fs::remove_file(&ballast).expect("removed");
    ends_well(&harness, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_can_only_be_read() {
    let mut harness = ProcessHarness::build().await;
    let Some(disk) = SmallDisk::mount(harness.path("disk"), "2m") else { return };
    harness.store = format!("sqlite://{}", disk.0.join("drumbeat.db").display());
    started(&harness, &[5]).await;
    harness.kill_switch.kill();
    disk.remount("ro");
    let said = refuses_to_start(&harness).await;
    assert!(said.contains("can only be read"), "{said}");
    assert!(harness.ledger().is_empty());
    disk.remount("rw");
    harness.kill_switch.set(harness.start(), None);
    ends_well(&harness, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_another_process_has_locked() {
    let harness = ProcessHarness::build().await;
    started(&harness, &[3, 4]).await;
    let other = Connection::open(harness.path("drumbeat.db")).expect("the store is there");
    other.busy_timeout(Duration::from_secs(5)).expect("a timeout");
    other.execute_batch("BEGIN EXCLUSIVE").expect("locked");
    harness.wait_for_log_text("database is locked").await;
    assert!(harness.ledger().is_empty(), "something went out that could not be recorded");
    other.execute_batch("ROLLBACK").expect("let go");
    ends_well(&harness, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_tail_of_the_log() {
    let harness = ProcessHarness::build().await;
    let mut rng = Rng::with_seed(5);
    started(&harness, &[2, 3, 4, 5, 6, 7]).await;
    for point in [Point::CreateNotAnswered, Point::TokenAsked, Point::CreateHalfAnswered] {
        harness.kill_switch.kill();
        harness.kill_switch.set(harness.start(), Some(point));
        let _ = tokio::time::timeout(Duration::from_secs(4), harness.kill_switch.killed()).await;
        harness.kill_switch.kill();
        tear(&harness.path("drumbeat.db-wal"), &mut rng);
    }
    harness.kill_switch.set(harness.start(), None);
    ends_well(&harness, 6).await;
}

/// Simulates a power cut during a commit: adds a frame like the ones before it, truncated or garbled. Completed commits
/// were synced and stay.
fn tear(log: &Path, rng: &mut Rng) {
    const FRAME: usize = 24 + 4096;
    let mut bytes = fs::read(log).expect("the log is there after a kill");
    assert!(bytes.len() > 32 + FRAME, "there is something in the log");
    let mut frame = bytes[bytes.len() - FRAME..].to_vec();
    for _ in 0..rng.usize(1..50) {
        let at = rng.usize(..FRAME);
        frame[at] ^= rng.u8(1..);
    }
    frame.truncate(rng.usize(1..=FRAME));
    bytes.extend(frame);
    fs::write(log, bytes).expect("written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_is_not_there() {
    let mut harness = ProcessHarness::build().await;
    harness.write_book(&[now()]);
    harness.store = format!("sqlite://{}", harness.path("nowhere/drumbeat.db").display());
    let said = refuses_to_start(&harness).await;
    assert!(said.contains("nowhere") && said.contains("does not exist: create it"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_something_else() {
    let harness = ProcessHarness::build().await;
    harness.write_book(&[now()]);
    fs::write(harness.path("drumbeat.db"), "春风百货".repeat(1000)).expect("written");
    let said = refuses_to_start(&harness).await;
    assert!(said.contains("is not a Drumbeat database"), "{said}");
    assert!(harness.ledger().is_empty() && !said.contains(Company::chunfeng().secret.expose()));
}
