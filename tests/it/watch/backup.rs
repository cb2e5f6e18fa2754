//! A copy of the store that was taken while the service ran takes up where it was.

use drumbeat::store::{Address, Store, StoreError, Wanted};

use super::{House, MINUTELY, until};

#[tokio::test]
async fn a_copy_taken_while_the_service_runs_restores() {
    let mut house = House::with(MINUTELY).await;
    let engine = house.run();
    let store = house.means.store.clone();
    let runs = || std::future::ready(store.runs(&Wanted::default()).expect("the store can be read"));
    until(runs, |runs| runs.iter().any(|run| run.state.is_posted())).await;
    let copy = house.dir.path().join("copy.db");
    store.back_up(&copy).expect("a copy");
    assert!(matches!(store.back_up(&copy), Err(StoreError::InTheWay { .. })), "no file is written over");
    // The service goes on after the copy; what it does then is not in it.
    house.means.clock.step(chrono::TimeDelta::seconds(60));
    until(runs, |runs| runs.iter().filter(|run| run.state.is_posted()).count() == 2).await;
    engine.abort();
    let _ = engine.await;

    let restored = Store::open(&Address::Sqlite(copy)).expect("the copy opens");
    let found = restored.runs(&Wanted::default()).expect("the copy can be read");
    let before = store.runs(&Wanted::default()).expect("the store can be read");
    assert_eq!(found, before[..1]);
    assert_eq!(restored.log(&found[0]).expect("a log"), store.log(&before[0]).expect("a log"));
    restored.is_writable().expect("the copy can be written");
    let corp = house.means.wecom.corp();
    assert!(restored.through(corp).expect("how far") < store.through(corp).expect("how far"));
}
