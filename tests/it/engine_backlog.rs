//! A service that was off for long records its backlog in batches, and a start never fails because of it.

use chrono::TimeDelta;
use drumbeat::run::State;

use crate::support::engine_harness::{EngineHarness, in_virtual_time, nine};
use crate::support::log_capture::Log;

#[test]
fn after_sixty_days_only_the_newest_is_posted() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        for n in 0..40 {
            let schedule = format!("cron = \"{} {} * * *\"\ntimezone = \"UTC\"", n % 60, n / 2);
            engine.write_scheduled(&format!("daily{n}"), "", &schedule);
        }
        engine.live_through(nine()).await.expect("it lives");
        let before = engine.runs().len();
        engine.pass(TimeDelta::days(60));
        engine.live_through(nine() + TimeDelta::days(60)).await.expect("it lives");
        let runs = engine.runs();
        assert_eq!(runs.len() - before, 40 * 60);
        let posted = runs.iter().filter(|run| run.state == State::Created).count();
        assert_eq!(posted, engine.ledger().len());
        // For the hour before the start, each campaign's newest occurrence.
        assert_eq!(posted - before, 2);
    });
}

#[test]
fn a_crash_amid_the_backlog_loses_nothing() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.write_scheduled("hourly", "", "cron = \"30 * * * *\"\ntimezone = \"UTC\"");
        std::fs::write(engine.dir.path().join("policy.toml"), "[limits]\nmax_per_day = 24\n").expect("written");
        engine.live_through(nine()).await.expect("it lives");
        engine.pass(TimeDelta::days(90));
        // Lives that are dropped after their first rounds.
        for _ in 0..3 {
            let book = engine.book();
            let (_keep, books) = tokio::sync::watch::channel(std::sync::Arc::clone(&book));
            let until = drumbeat::engine::StopCondition::OnRequest;
            let life = drumbeat::engine::Engine::start(engine.context.clone(), book, until).await.expect("it starts");
            let stop = tokio_util::sync::CancellationToken::new();
            let before = engine.runs().len();
            let has_recorded = async {
                while engine.runs().len() == before {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                ended = life.run(books, stop) => panic!("it ended by itself: {ended:?}"),
                () = has_recorded => {}
            }
        }
        let in_part = engine.runs().len();
        assert!((1..90 * 24).contains(&in_part), "{in_part} runs");
        engine.live_through(engine.clock.now()).await.expect("it lives");
        assert_eq!(engine.runs().len(), 90 * 24);
    });
}

#[test]
fn repeated_local_times_after_zone_changes_are_logged() {
    in_virtual_time(async {
        let (engine, log) = (EngineHarness::new(), Log::default());
        let _listening = log.listen();
        engine.write_scheduled("moved", "", "cron = \"30 9 * * *\"\ntimezone = \"Asia/Tokyo\"");
        engine.pass(-TimeDelta::hours(1));
        engine.live_through(nine()).await.expect("it lives");
        assert_eq!(engine.ledger().len(), 1);
        assert!(!log.text().contains("already has a run"));
        engine.write_scheduled("moved", "", "cron = \"30 9 * * *\"\ntimezone = \"Asia/Shanghai\"");
        engine.live_through(nine() + TimeDelta::hours(1)).await.expect("it lives");
        assert_eq!(engine.ledger().len(), 1);
        assert!(log.text().contains("already has a run"), "{}", log.text());
    });
}
