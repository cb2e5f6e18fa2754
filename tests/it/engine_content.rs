//! Campaigns with several contents in the engine: each occurrence posts its own, whatever happened to the others.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::TimeDelta;
use drumbeat::engine::{Engine, StopCondition};
use drumbeat::ops::{self, PostError};
use drumbeat::run::{Run, State};
use drumbeat::store::{Address, Lifted, Recorded, Scope, Store, Wait};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::support::engine_harness::{EngineHarness, in_virtual_time, nine};

/// A campaign that is due every ten minutes from nine on, with these texts.
fn write(engine: &EngineHarness, texts: &[&str], more: &str) {
    let contents: String = texts.iter().map(|text| format!("[[content]]\ntext = \"{text}\"\n")).collect();
    let text = format!(
        "id = \"tips\"\nvisible_range.sender_list.user_list = [\"zhangshan\"]\n{contents}[schedule]\ntimezone = \"UTC\"\n\
         cron = \"*/10 1 * * *\"\nstart = 2026-03-02T01:00:00\n{more}\n"
    );
    fs::write(engine.dir.path().join("tips.toml"), text).expect("written");
    fs::write(engine.dir.path().join("policy.toml"), "limits.max_per_day = 100\n").expect("written");
}

/// The number and text of each run, oldest first.
fn posted(engine: &EngineHarness) -> Vec<(Option<u32>, String)> {
    let mut runs = engine.runs();
    runs.retain(|run| run.state == State::Created);
    runs.sort_by_key(|run| run.due);
    let text = |run: &Run| run.post.as_ref().and_then(|post| post.text.clone()).unwrap_or_default();
    runs.iter().map(|run| (run.content, text(run))).collect()
}

fn of(number: u32, text: &str) -> (Option<u32>, String) {
    (Some(number), text.to_owned())
}

fn minutes(minutes: i64) -> chrono::DateTime<chrono::Utc> {
    nine() + TimeDelta::minutes(minutes)
}

#[test]
fn each_occurrence_posts_its_turn() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        write(&engine, &["围巾", "马克杯", "手账本"], "");
        engine.live_through(minutes(35)).await.expect("it lives");
        assert_eq!(posted(&engine), [of(1, "围巾"), of(2, "马克杯"), of(3, "手账本"), of(1, "围巾")]);
    });
}

#[test]
fn an_outage_shifts_no_content() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        write(&engine, &["围巾", "马克杯", "手账本"], "max_lateness = \"5m\"");
        engine.live_through(minutes(5)).await.expect("it lives");
        engine.pass(TimeDelta::minutes(17));
        engine.live_through(minutes(35)).await.expect("it lives");
        assert_eq!(posted(&engine), [of(1, "围巾"), of(3, "手账本"), of(1, "围巾")]);
    });
}

/// What happens to a service at an occurrence. It restarts before and after each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Incident {
    Nothing,
    /// The service is down at that time.
    Outage,
    /// The campaign is on hold at that time.
    Hold,
    /// The policy was edited before.
    EditedPolicy,
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24, rng_seed: RngSeed::Fixed(12), failure_persistence: None, ..ProptestConfig::default()
    })]

    /// Restarts, outages, holds and edits of the policy leave occurrences out and give no other one another content.
    #[test]
    fn no_incident_shifts_a_content(
        incidents in prop::collection::vec(prop::sample::select(vec![
            Incident::Nothing, Incident::Outage, Incident::Hold, Incident::EditedPolicy,
        ]), 5),
        count in 2_usize..5,
    ) {
        let texts: Vec<String> = (1..=count).map(|number| format!("第 {number} 条")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let runs = in_virtual_time(async {
            let engine = EngineHarness::new();
            write(&engine, &texts, "max_lateness = \"2m\"");
            let scope = Scope::Campaign("tips".parse().expect("an id"));
            for (slot, incident) in (0..).zip(&incidents) {
                let (before, after) = (minutes(slot * 10 - 5).max(nine() - TimeDelta::seconds(30)), minutes(slot * 10 + 4));
                engine.live_through(before).await.expect("it lives");
                match incident {
                    Incident::Nothing => {}
                    Incident::Outage => engine.pass(after - engine.clock.now()),
                    Incident::Hold => {
                        let now = engine.clock.now();
                        ops::hold(&engine.context.store, &scope, "盘点", "lisi", now).await.expect("on hold");
                    }
                    Incident::EditedPolicy => {
                        let policy = format!("limits.max_per_day = 100\nlimits.max_per_audience_per_day = {}\n", slot + 100);
                        fs::write(engine.dir.path().join("policy.toml"), policy).expect("written");
                    }
                }
                engine.live_through(after).await.expect("it lives");
                if *incident == Incident::Hold {
                    let lifted = Lifted { by: "lisi".to_owned(), at: engine.clock.now(), catch_up: false };
                    ops::resume(&engine.context.store, &scope, None, lifted).await.expect("resumed");
                }
            }
            engine.runs()
        });
        let posted: Vec<_> = runs.iter().filter(|run| run.state == State::Created).collect();
        let wanted = incidents.iter().filter(|it| matches!(it, Incident::Nothing | Incident::EditedPolicy)).count();
        prop_assert_eq!(posted.len(), wanted, "{:?}", incidents);
        for run in posted {
            let firing = (run.due - nine()).num_minutes() / 10;
            let number = firing.rem_euclid(i64::try_from(count).expect("few")) + 1;
            prop_assert_eq!(run.content.map(i64::from), Some(number), "{}", run.due);
        }
    }
}

/// Claims the second occurrence while nothing reaches WeCom, changes the book, and lets it go out.
async fn claimed_then(texts: &[&str]) -> EngineHarness {
    let engine = EngineHarness::new();
    write(&engine, &["围巾", "马克杯", "手账本"], "");
    engine.live_through(minutes(5)).await.expect("it lives");
    engine.offline.store(true, Ordering::Relaxed);
    let book = Arc::new(engine.load().to_active());
    let (books, watching) = watch::channel(Arc::clone(&book));
    let until = StopCondition::Idle(minutes(15));
    let life = Engine::start(engine.context.clone(), book, until).await.expect("it starts");
    let happens = async {
        engine.clock.sleep(Duration::from_secs(360)).await;
        write(&engine, texts, "");
        books.send_replace(Arc::new(engine.load().to_active()));
        engine.clock.sleep(Duration::from_secs(1)).await;
        engine.offline.store(false, Ordering::Relaxed);
    };
    let (ended, ()) = tokio::join!(life.run(watching, CancellationToken::new()), happens);
    ended.expect("it lives");
    engine
}

#[test]
fn an_unsent_run_follows_its_own_content() {
    in_virtual_time(async {
        let engine = claimed_then(&["围巾", "马克杯，改过", "手账本"]).await;
        assert_eq!(posted(&engine)[1..], [of(2, "马克杯，改过")]);
        let engine = claimed_then(&["围巾", "马克杯", "手账本，改过"]).await;
        assert_eq!(posted(&engine)[1..], [of(2, "马克杯")]);
        let engine = claimed_then(&["围巾", "帆布袋", "马克杯", "手账本"]).await;
        assert_eq!(posted(&engine)[1..], [of(2, "帆布袋")]);
    });
}

#[test]
fn a_post_by_hand_names_its_content() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        write(&engine, &["围巾", "马克杯", "手账本"], "");
        let book = engine.load();
        let campaign = &book.result.campaigns[0];
        let refused = ops::content_to_post(campaign, None);
        let words = refused.as_ref().map_err(|error| error.to_string());
        let words = words.expect_err("a choice is asked for");
        assert!(words.contains("drumbeat post tips --content 2    马克杯"), "{words}");
        assert!(matches!(ops::content_to_post(campaign, Some(4)), Err(PostError::WhichContent { .. })));
        let content = ops::content_to_post(campaign, Some(2)).expect("a content");
        let run = ops::manual_run(engine.context.wecom.corp().clone(), campaign, content, None, engine.clock.now());
        assert_eq!(engine.context.store.record_manual_run(&run, None, false).wait().expect("recorded"), Recorded::New);
        // The content moves in the file before it is sent, and stays the one that was named.
        write(&engine, &["帆布袋", "围巾", "马克杯", "手账本"], "");
        engine.live_through(nine() - TimeDelta::seconds(30)).await.expect("it lives");
        assert_eq!(posted(&engine), [of(2, "马克杯")]);
    });
}

/// Today's store with what the program of before knew: no number of a content, and three steps of the schema less.
fn downgrade(path: &Path) {
    let db = rusqlite::Connection::open(path).expect("a store");
    let newest: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).expect("its number");
    db.execute_batch(
        "ALTER TABLE runs DROP COLUMN content; DROP TABLE results; DROP TABLE result_sweeps; DROP TABLE nudges; \
         ALTER TABLE ack_progress DROP COLUMN nudged_age; DROP TABLE moved",
    )
    .expect("the former tables");
    db.pragma_update(None, "user_version", newest - 4).expect("its former number");
}

#[test]
fn an_upgraded_service_posts_claimed_runs_once() {
    in_virtual_time(async {
        let mut engine = EngineHarness::new();
        let place = tempfile::tempdir().expect("a place");
        let address = Address::Sqlite(place.path().join("store.db"));
        engine.context.store = Store::open_inline(&address).expect("a store");
        engine.write("spring", "", 0, "");
        engine.offline.store(true, Ordering::Relaxed);
        let book = engine.book();
        let (_keep, books) = watch::channel(Arc::clone(&book));
        let stop = CancellationToken::new();
        let life = Engine::start(engine.context.clone(), book, StopCondition::OnRequest).await.expect("it starts");
        let stopping = async {
            engine.clock.sleep(Duration::from_secs(120)).await;
            stop.cancel();
        };
        let (ended, ()) = tokio::join!(life.run(books, stop.clone()), stopping);
        ended.expect("it lives");
        assert_eq!(engine.run("spring").state, State::Claimed);

        engine.context.store = Store::in_memory().expect("another store, while the file is closed");
        downgrade(&place.path().join("store.db"));
        engine.context.store = Store::open_inline(&address).expect("the upgraded store");
        engine.offline.store(false, Ordering::Relaxed);
        engine.live_through(minutes(10)).await.expect("it lives");
        let run = engine.run("spring");
        assert_eq!((run.state, run.content, engine.ledger().len()), (State::Created, None, 1));
    });
}
