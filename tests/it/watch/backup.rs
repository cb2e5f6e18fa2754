//! A backup taken while the service ran continues where the original was.

use chrono::TimeDelta;
use drumbeat::run::State;
use drumbeat::store::{Address, Lifted, RunFilter, Scope, Store, StoreError, Wait};

use super::{InProcessService, MINUTELY, nowhere, until};

#[tokio::test]
async fn a_copy_taken_while_the_service_runs_restores() {
    let mut harness = InProcessService::with(MINUTELY).await;
    let engine = harness.run();
    let store = harness.context.store.clone();
    let runs = || std::future::ready(store.runs(&RunFilter::default()).wait().expect("the store can be read"));
    until(runs, |runs| runs.iter().any(|run| run.state.is_posted())).await;
    let copy = harness.dir.path().join("copy.db");
    store.back_up(&copy, harness.context.clock.now()).wait().expect("a copy");
    assert!(
        matches!(store.back_up(&copy, harness.context.clock.now()).wait(), Err(StoreError::AlreadyExists { .. })),
        "no file is written over"
    );
    // The service continues after the backup, which lacks its later work.
    harness.context.clock.suspend(TimeDelta::seconds(60));
    until(runs, |runs| runs.iter().filter(|run| run.state.is_posted()).count() == 2).await;
    engine.abort();
    let _ = engine.await;

    let restored = Store::open(&Address::Sqlite(copy)).expect("the copy opens");
    let found = restored.runs(&RunFilter::default()).wait().expect("the copy can be read");
    let before = store.runs(&RunFilter::default()).wait().expect("the store can be read");
    assert_eq!(found, before[..1]);
    assert_eq!(restored.log(&found[0]).wait().expect("a log"), store.log(&before[0]).wait().expect("a log"));
    let holds = restored.holds().wait().expect("the holds");
    assert!(holds.iter().any(|hold| hold.scope == Scope::Everything && hold.lifted.is_none()), "{holds:?}");
    assert!(store.holds().wait().expect("the holds").is_empty(), "only the copy is on hold");
    restored.check_writable().wait().expect("the copy can be written");
    let corp = harness.context.wecom.corp();
    assert!(restored.watermark(corp).wait().expect("how far") < store.watermark(corp).wait().expect("how far"));
}

fn states(store: &Store) -> Vec<State> {
    store.runs(&RunFilter::default()).wait().expect("the store can be read").iter().map(|run| run.state).collect()
}

#[tokio::test]
async fn restored_backup_repeats_no_post() {
    let mut harness = InProcessService::with(MINUTELY).await;
    let nowhere = nowhere(&harness.context).await;
    let there = std::mem::replace(&mut harness.context.wecom, nowhere);
    let engine = harness.run();
    let original = harness.context.store.clone();
    until(async || states(&original), |states| states == &[State::Claimed]).await;
    let copy = harness.dir.path().join("copy.db");
    original.back_up(&copy, harness.context.clock.now()).wait().expect("a copy");
    engine.abort();
    let _ = engine.await;

    // The original sends the claimed post and the next one, and is then lost.
    harness.context.wecom = there;
    let engine = harness.run();
    until(async || states(&original), |states| states == &[State::Created]).await;
    harness.context.clock.suspend(TimeDelta::seconds(60));
    until(async || states(&original), |states| states == &[State::Created; 2]).await;
    engine.abort();
    let _ = engine.await;

    harness.context.store = Store::open(&Address::Sqlite(copy)).expect("the copy opens");
    let _restored = harness.run();
    let restored = harness.context.store.clone();
    until(async || states(&restored), |states| states == &[State::Held; 2]).await;
    let lifted = Lifted { at: harness.context.clock.now(), by: "wangwu".to_owned(), catch_up: false };
    restored.lift_hold(&Scope::Everything, None, lifted).wait().expect("it is on hold");
    harness.context.clock.suspend(TimeDelta::seconds(60));
    until(async || states(&restored), |states| states == &[State::Held, State::Held, State::Created]).await;
    assert_eq!(harness.sandbox.lock().expect("no panics").ledger().len(), 3, "each minute was posted once");
}
