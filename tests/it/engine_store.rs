//! A store that rejects writes for a while: people are alerted once if that lasts, and once when it is over.

use std::time::Duration;

use chrono::TimeDelta;
use drumbeat::notifier::AlertPolicy;
use drumbeat::store::{Address, Store};
use rusqlite::Connection;

use crate::support::engine_harness::{EngineHarness, in_virtual_time, nine};

/// The events that people are told if the store rejects writes for some seconds from nine on. A post is due at nine,
/// and one two minutes later.
fn events_during_failure(seconds: u64) -> Vec<&'static str> {
    in_virtual_time(async {
        let mut engine = EngineHarness::new();
        let place = tempfile::tempdir().expect("a place");
        let file = place.path().join("a.db");
        engine.context.store = Store::open_inline(&Address::Sqlite(file.clone())).expect("a store");
        engine.write("first", "", 0, "");
        engine.write("second", "", 120, "");
        let mut events = engine.context.status.subscribe();
        let fault = async {
            let other = Connection::open(&file).expect("the store is there");
            engine.clock.sleep(Duration::from_secs(59)).await;
            let fails = "CREATE TRIGGER fault BEFORE INSERT ON watermarks BEGIN SELECT RAISE(ABORT, 'no room'); END";
            other.execute_batch(fails).expect("it fails from here on");
            engine.clock.sleep(Duration::from_secs(1 + seconds)).await;
            assert_eq!(engine.runs(), [], "nothing is recorded, so nothing is posted");
            other.execute_batch("DROP TRIGGER fault").expect("it takes everything again");
        };
        let (lived, ()) = tokio::join!(engine.live_through(nine() + TimeDelta::minutes(3)), fault);
        lived.expect("it lives");
        assert_eq!((engine.made_after("first") >= 0, engine.made_after("second")), (true, 120));
        let mut policy = AlertPolicy::default();
        std::iter::from_fn(|| events.try_recv().ok())
            .flat_map(|event| policy.on_event(&event, nine()))
            .map(|note| note.event)
            .filter(|event| ["store_failing", "recovered"].contains(event))
            .collect()
    })
}

#[test]
fn failing_store_and_recovery_notify_once_each() {
    assert_eq!(events_during_failure(30), ["store_failing", "recovered"]);
}

#[test]
fn brief_store_failures_cause_no_alert() {
    assert_eq!(events_during_failure(2), Vec::<&str>::new());
}
