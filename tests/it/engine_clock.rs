//! A clock that is wrong for a moment or permanently posts nothing early and loses nothing.

use drumbeat::store::Wait;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::TimeDelta;
use drumbeat::engine::{ClockStatus, EngineEvent};
use drumbeat::run::State;
use tokio::sync::broadcast::Receiver;

use crate::support::engine_harness::{EngineHarness, in_virtual_time, nine};

/// Twenty minutes after nine.
const DUE: i64 = 20 * 60;

/// The system clock is ahead for eight seconds, while a post is due in twenty minutes.
async fn glitch(engine: &EngineHarness, ahead: TimeDelta) {
    engine.write("post", "", DUE, "");
    let glitch = async {
        engine.clock.sleep(Duration::from_secs(30)).await;
        engine.clock.step_wall_clock(ahead);
        engine.clock.sleep(Duration::from_secs(8)).await;
        engine.clock.step_wall_clock(-ahead);
    };
    let (lived, ()) = tokio::join!(engine.live_through(nine() + TimeDelta::hours(1)), glitch);
    lived.expect("it lives");
    assert_eq!(engine.run("post").state, State::Created);
    assert_eq!(engine.made_after("post"), DUE);
    // The watermark never got ahead of the clock.
    let through = engine.context.store.watermark(engine.context.wecom.corp()).wait().expect("the store can be read");
    assert!(through.is_some_and(|through| through <= engine.clock.now()), "{through:?}");
}

#[test]
fn a_glitch_forward_sends_nothing_early() {
    in_virtual_time(async { glitch(&EngineHarness::new(), TimeDelta::minutes(25)).await });
}

#[test]
fn a_one_day_glitch_misses_nothing() {
    in_virtual_time(async { glitch(&EngineHarness::new(), TimeDelta::days(1)).await });
}

#[test]
fn a_glitch_of_decades_ends_with_itself() {
    in_virtual_time(async { glitch(&EngineHarness::new(), TimeDelta::days(365 * 73)).await });
}

#[test]
fn a_glitch_without_server_time_does_no_harm() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.sandbox.lock().expect("no panics").behaviour.says_date = false;
        glitch(&engine, TimeDelta::minutes(25)).await;
    });
}

#[test]
fn a_wrong_clock_posts_by_wecoms_time() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.write("post", "", DUE, "");
        let set = async {
            engine.clock.sleep(Duration::from_secs(30)).await;
            engine.clock.step_wall_clock(TimeDelta::hours(8));
        };
        let (lived, ()) = tokio::join!(engine.live_through(nine() + TimeDelta::hours(1)), set);
        lived.expect("it lives");
        assert_eq!(engine.made_after("post"), DUE);
        assert!(engine.clock.doubt().is_some_and(|doubt| doubt.is_confirmed && doubt.ahead == TimeDelta::hours(8)));
    });
}

#[test]
fn a_step_that_wecom_confirms_is_followed() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.write("post", "", DUE, "max_lateness = \"1h\"");
        let wake = async {
            engine.clock.sleep(Duration::from_secs(30)).await;
            // A paused virtual machine: time passed, and neither of its clocks noticed.
            engine.true_clock.suspend(TimeDelta::minutes(25));
            engine.clock.step_wall_clock(TimeDelta::minutes(25));
        };
        let (lived, ()) = tokio::join!(engine.live_through(nine() + TimeDelta::hours(1)), wake);
        lived.expect("it lives");
        assert_eq!(engine.run("post").state, State::Created);
        let after = engine.made_after("post");
        assert!((DUE + 4 * 60..DUE + 5 * 60).contains(&after), "{after}");
    });
}

#[test]
fn clock_in_wrong_zone_follows_wecom_time() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.write("post", "", DUE, "");
        engine.live_through(nine() - TimeDelta::seconds(30)).await.expect("it lives");
        engine.clock.step_wall_clock(TimeDelta::hours(8));
        engine.clock.trust();
        engine.live_through(nine() + TimeDelta::hours(1)).await.expect("it lives");
        assert_eq!(engine.run("post").state, State::Created);
        assert_eq!(engine.made_after("post"), DUE);
    });
}

#[test]
fn campaign_seen_at_false_time_is_rebased() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.sandbox.lock().expect("no panics").behaviour.says_date = false;
        engine.write("post", "", DUE, "");
        let set = async {
            // Long enough to be accepted without a time from WeCom.
            engine.clock.sleep(Duration::from_secs(30)).await;
            engine.clock.step_wall_clock(TimeDelta::minutes(10));
            engine.clock.sleep(Duration::from_secs(120)).await;
            engine.clock.step_wall_clock(-TimeDelta::minutes(10));
        };
        let (lived, ()) = tokio::join!(engine.live_through(nine() + TimeDelta::hours(1)), set);
        lived.expect("it lives");
        assert_eq!(engine.run("post").state, State::Created);
        assert_eq!(engine.made_after("post"), DUE);
    });
}

#[test]
fn unconfirmed_clock_makes_service_unready() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.write("post", "", DUE, "");
        let status = engine.context.status.clone();
        let mut events = status.subscribe();
        let set = async {
            engine.clock.sleep(Duration::from_secs(30)).await;
            engine.offline.store(true, Ordering::Relaxed);
            engine.clock.step_wall_clock(TimeDelta::hours(8));
            let told = next_status(&mut events).await;
            assert!(matches!(told, ClockStatus::Unconfirmed(_)), "{told:?}");
            assert!(status.trouble(engine.clock.now()).is_some_and(|why| why.en.contains("clock")));
            engine.offline.store(false, Ordering::Relaxed);
            let told = next_status(&mut events).await;
            assert!(matches!(&told, ClockStatus::Wrong(ahead) if *ahead == TimeDelta::hours(8)), "{told:?}");
        };
        let (lived, ()) = tokio::join!(engine.live_through(nine() + TimeDelta::hours(1)), set);
        lived.expect("it lives");
        assert_eq!(engine.made_after("post"), DUE);
    });
}

async fn next_status(events: &mut Receiver<EngineEvent>) -> ClockStatus {
    loop {
        if let EngineEvent::Clock(status) = events.recv().await.expect("the engine lives") {
            return status;
        }
    }
}
