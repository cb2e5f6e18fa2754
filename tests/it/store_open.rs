//! A store that several processes open at the same time: the service and commands that read it.

use std::sync::Barrier;
use std::time::Duration;

use drumbeat::store::{Address, RunFilter, Store, Wait};

use crate::at_length::rounds;
use crate::support::process_harness::now;

/// The errors of several processes that open a new store, over several rounds.
fn complaints(rounds: usize, openers: usize) -> Vec<String> {
    let directory = tempfile::tempdir().expect("there is room");
    let mut complaints = Vec::new();
    for round in 0..rounds {
        let path = directory.path().join(format!("{round}.db"));
        let address: Address = format!("sqlite://{}", path.display()).parse().expect("an address");
        let together = Barrier::new(openers);
        let open = || {
            together.wait();
            Store::open(&address).err().map(|error| format!("round {round}: {error:?}"))
        };
        std::thread::scope(|scope| {
            let openers: Vec<_> = (0..openers).map(|_| scope.spawn(open)).collect();
            complaints.extend(openers.into_iter().filter_map(|opener| opener.join().expect("no panics")));
        });
    }
    complaints
}

#[test]
fn many_processes_can_open_a_new_store() {
    let complaints = complaints(rounds(30, 100), 4);
    assert!(complaints.is_empty(), "{} complaints: {}", complaints.len(), complaints[0]);
}

#[test]
fn a_read_store_is_one_file_again() {
    let directory = tempfile::tempdir().expect("there is room");
    let address: Address = format!("sqlite://{}", directory.path().join("a.db").display()).parse().expect("an address");
    let store = Store::open(&address).expect("a store");
    assert_eq!(store.runs(&RunFilter::default()).wait().expect("it can be read"), []);
    drop(store);
    let files = std::fs::read_dir(directory.path()).expect("it is there").count();
    assert_eq!(files, 1);
}

/// A child process may briefly inherit the lock of a service that was killed: the next service waits.
#[test]
fn a_lock_being_released_is_waited_for() {
    let directory = tempfile::tempdir().expect("there is room");
    let address: Address = format!("sqlite://{}", directory.path().join("a.db").display()).parse().expect("an address");
    let store = Store::open(&address).expect("a store");
    let leaving = store.acquire_service_lock(now()).wait().expect("the lock is free");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // No event shows when the other begins to wait, so it gets this long to be refused.
            std::thread::sleep(Duration::from_millis(100));
            drop(leaving);
        });
        let next = Store::open(&address).expect("the same store");
        assert!(next.acquire_service_lock(now()).wait().is_ok());
    });
}
