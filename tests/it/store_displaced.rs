//! A store that is removed, renamed or replaced while a service has it open: that service sends nothing more.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::ids::CorpId;
use drumbeat::post::{Attachments, Audience, Post};
use drumbeat::run::{Due, Run, Slot, Transition};
use drumbeat::schedule::Fold;
use drumbeat::store::{Address, Quota, Saved, Store, StoreError, Wait};

use crate::support::process_harness::{ProcessHarness, WAIT_TIMEOUT, now, posted_twice};

fn at(second: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(second)
}

/// Requests a send permit after a change to the files of the open store.
fn permit_after(change: impl FnOnce(&dyn Fn(&str) -> PathBuf)) -> Result<Saved, StoreError> {
    let directory = tempfile::tempdir().expect("there is room");
    let path = |end: &str| directory.path().join(format!("a.db{end}"));
    let store = Store::open(&Address::Sqlite(path(""))).expect("a store");
    let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock is free");
    let post = Post { text: Some("新品".to_owned()), attachments: Attachments::None, audience: Audience::Everyone };
    let due = Due {
        corp: CorpId("ww1".to_owned()),
        campaign: "spring".parse().expect("an id"),
        slot: Slot::Scheduled { local: at(60).naive_utc(), fold: Fold::First },
        due: at(60),
        zone: "UTC".to_owned(),
        deadline: at(3660),
        commit: None,
    };
    let mut run = Run::claimed(due, Arc::new(post), at(60));
    store.record(&[run.clone()]).wait().expect("recorded");
    change(&path);
    let event = run.apply(Transition::Send, at(61)).expect("a legal move");
    let quota = Quota { per_minute: 100, per_month: 100 };
    let mut saved = store.save_together(&[(run, event, Some(quota))]).wait()?;
    Ok(saved.remove(0))
}

#[track_caller]
fn displaced(left: Result<Saved, StoreError>) {
    assert!(matches!(left, Err(StoreError::Displaced { .. })), "{left:?}");
}

fn remove(path: PathBuf) {
    fs::remove_file(path).expect("removed");
}

#[test]
fn store_at_its_path_permits_sending() {
    assert_eq!(permit_after(|_| {}).expect("saved"), Saved::Done);
}

#[test]
fn the_database_is_removed() {
    displaced(permit_after(|path| remove(path(""))));
}

#[test]
fn all_files_are_removed_and_made_anew() {
    displaced(permit_after(|path| {
        ["", "-wal", "-shm", ".lock"].into_iter().for_each(|end| remove(path(end)));
        Store::open(&Address::Sqlite(path("")))
            .expect("a store")
            .acquire_service_lock(at(1))
            .wait()
            .expect("the lock is free");
    }));
}

#[test]
fn the_database_is_renamed() {
    displaced(permit_after(|path| fs::rename(path(""), path(".moved")).expect("renamed")));
}

#[test]
fn a_copy_takes_the_place_of_the_database() {
    displaced(permit_after(|path| {
        fs::copy(path(""), path(".copy")).expect("copied");
        fs::rename(path(".copy"), path("")).expect("renamed");
    }));
}

#[test]
fn the_lock_file_is_removed() {
    displaced(permit_after(|path| remove(path(".lock"))));
}

#[test]
fn the_log_is_removed() {
    displaced(permit_after(|path| remove(path("-wal"))));
}

#[test]
fn the_directory_is_replaced() {
    displaced(permit_after(|path| {
        let database = path("");
        let directory = database.parent().expect("it is in a directory");
        let elsewhere = directory.with_extension("moved");
        fs::rename(directory, &elsewhere).expect("renamed");
        fs::create_dir(directory).expect("made");
        fs::remove_dir_all(elsewhere).expect("removed");
    }));
}

/// Two services that use the same path at the same time make one post, and the first one says why it stops.
async fn second_service_after(change: impl FnOnce(&dyn Fn(&str) -> PathBuf)) {
    let harness = ProcessHarness::build().await;
    harness.write_book(&[now() + TimeDelta::seconds(8)]);
    let mut first = harness.start();
    harness.wait_until_known(1).await;
    change(&|end| harness.path(&format!("drumbeat.db{end}")));
    harness.kill_switch.set(harness.start(), None);
    let ended = tokio::time::timeout(WAIT_TIMEOUT, tokio::task::spawn_blocking(move || first.wait())).await;
    let ended = ended.expect("it ends by itself").expect("no panic").expect("it ends");
    assert_eq!(ended.code(), Some(2), "{}", harness.log_end());
    assert!(harness.log().contains("was removed, renamed or replaced"), "{}", harness.log_end());
    harness.wait_until_settled(1).await;
    harness.kill_switch.kill();
    assert_eq!((harness.ledger().len(), posted_twice(&harness, 1)), (1, vec![]), "{}", harness.log_end());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_service_finds_no_store() {
    second_service_after(|path| {
        ["", "-wal", "-shm", ".lock"].map(path).into_iter().for_each(remove);
    })
    .await;
}
