//! Posts that were removed are not sent, and corrected posts are sent corrected: an unsent run follows its campaign
//! until its request is sent.

use std::fs;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::TimeDelta;
use drumbeat::engine::{Engine, StopCondition};
use drumbeat::load::ActiveBook;
use drumbeat::ops::{self, TransitionResult};
use drumbeat::run::{Reason, Run, State};
use drumbeat::store::{Recorded, Wait};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::support::engine_harness::{EngineHarness, in_virtual_time, nine};

/// A campaign due at nine is claimed while WeCom is unreachable. Then `happens` changes the book or the run, and WeCom
/// becomes reachable.
async fn claimed_then(happens: impl FnOnce(&EngineHarness)) -> EngineHarness {
    let engine = EngineHarness::new();
    engine.write("spring", "", 0, "");
    engine.offline.store(true, Ordering::Relaxed);
    live(&engine, async |books| {
        engine.clock.sleep(Duration::from_secs(180)).await;
        assert_eq!(engine.run("spring").state, State::Claimed);
        happens(&engine);
        books.send_replace(Arc::new(engine.load().to_active()));
        engine.clock.sleep(Duration::from_secs(1)).await;
        engine.offline.store(false, Ordering::Relaxed);
    })
    .await;
    engine
}

/// Runs the engine until ten past nine while the book changes.
async fn live<F: Future<Output = ()>>(
    engine: &EngineHarness,
    happens: impl FnOnce(watch::Sender<Arc<ActiveBook>>) -> F,
) {
    let book = Arc::new(engine.load().to_active());
    let (books, watching) = watch::channel(Arc::clone(&book));
    let until = StopCondition::Idle(nine() + TimeDelta::minutes(10));
    let life = Engine::start(engine.context.clone(), book, until).await.expect("it starts");
    let (ended, ()) = tokio::join!(life.run(watching, CancellationToken::new()), happens(books));
    ended.expect("it lives");
}

/// The reason of the run's state; nothing was sent.
#[track_caller]
fn not_sent(engine: &EngineHarness, state: State) -> String {
    let run = engine.run("spring");
    assert_eq!((run.state, engine.ledger().len()), (state, 0), "{run:#?}");
    run.reason_text().map(|why| why.into_lang(drumbeat::text::Lang::En)).expect("a reason")
}

fn edit(engine: &EngineHarness, from: &str, to: &str) {
    let path = engine.dir.path().join("spring.toml");
    let text = fs::read_to_string(&path).expect("read");
    fs::write(&path, text.replace(from, to)).expect("written");
}

#[test]
fn a_campaign_that_is_removed_is_withdrawn() {
    in_virtual_time(async {
        let engine = claimed_then(|it| fs::remove_file(it.dir.path().join("spring.toml")).expect("removed")).await;
        let why = not_sent(&engine, State::Missed);
        assert_eq!(why, "withdrawn: the campaign was removed before this could be posted; nothing was sent");
    });
}

#[test]
fn a_removed_time_is_withdrawn() {
    in_virtual_time(async {
        let engine = claimed_then(|it| it.write("spring", "", 24 * 3600, "")).await;
        let why = not_sent(&engine, State::Missed);
        assert!(why.contains("does not have this time any more"), "{why}");
    });
}

#[test]
fn another_time_zone_is_another_time() {
    in_virtual_time(async {
        let engine = claimed_then(|it| {
            let local = nine().format("%Y-%m-%dT%H:%M:%S");
            it.write_scheduled("spring", "", &format!("at = {local}\ntimezone = \"America/New_York\""));
        })
        .await;
        not_sent(&engine, State::Missed);
    });
}

#[test]
fn a_file_that_gets_an_error_is_held() {
    in_virtual_time(async {
        let engine = claimed_then(|it| it.write("spring", "half = ", 0, "")).await;
        let why = not_sent(&engine, State::Held);
        assert!(why.starts_with("its file spring.toml has an error"), "{why}");
    });
}

#[test]
fn a_file_with_unreadable_id_is_held() {
    in_virtual_time(async {
        let engine = claimed_then(|it| fs::write(it.dir.path().join("spring.toml"), "id = \"").expect("written")).await;
        let why = not_sent(&engine, State::Held);
        assert!(why.starts_with("its file spring.toml has an error"), "{why}");
    });
}

#[test]
fn runs_on_newly_forbidden_days_are_held() {
    in_virtual_time(async {
        let engine = claimed_then(|it| {
            let policy = "[calendar]\nblackout = [{ from = 2026-03-01, to = 2026-03-03, reason = \"哀悼日\" }]\n";
            fs::write(it.dir.path().join("policy.toml"), policy).expect("written");
        })
        .await;
        let why = not_sent(&engine, State::Held);
        assert!(why.contains("哀悼日") || why.contains("error"), "{why}");
    });
}

#[test]
fn a_shorter_lateness_counts() {
    in_virtual_time(async {
        let engine = claimed_then(|it| it.write("spring", "", 0, "max_lateness = \"1m\"")).await;
        let why = not_sent(&engine, State::Failed);
        assert!(why.starts_with("max_lateness passed"), "{why}");
    });
}

#[test]
fn a_corrected_text_goes_out_corrected() {
    in_virtual_time(async {
        let engine = claimed_then(|it| edit(it, "text = \"spring\"", "text = \"春天\"")).await;
        let (run, ledger) = (engine.run("spring"), engine.ledger());
        assert_eq!((run.state, ledger.len(), &*ledger[0].text), (State::Created, 1, "春天"));
        let log = engine.context.store.log(&run).wait().expect("read");
        let line = log.iter().find(|line| line.verb == "catch up").expect("the log says that it changed");
        let digest = format!("{:.12}", run.content_sha256.expect("a digest").to_string());
        assert!(
            line.reason
                .as_ref()
                .is_some_and(|why| why.text(&run.id()).into_lang(drumbeat::text::Lang::En).contains(&digest)),
            "{line:?}"
        );
    });
}

#[test]
fn a_corrected_audience_goes_out_corrected() {
    in_virtual_time(async {
        let engine = claimed_then(|it| edit(it, "zhangshan", "lisi")).await;
        let sent = format!("{:?}", engine.ledger());
        assert!(sent.contains("lisi") && !sent.contains("zhangshan"), "{sent}");
    });
}

#[test]
fn unchanged_runs_are_sent_despite_other_changes() {
    in_virtual_time(async {
        let engine = claimed_then(|it| {
            fs::rename(it.dir.path().join("spring.toml"), it.dir.path().join("moved.toml")).expect("moved");
            it.write("other", "", 3600, "");
        })
        .await;
        let run = engine.run("spring");
        assert_eq!((run.state, engine.ledger().len()), (State::Created, 1));
        assert!(!engine.verbs(&run).contains(&"catch up".to_owned()));
    });
}

#[test]
fn book_loaded_during_token_fetch_is_compared() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.write("spring", "", 0, "");
        engine.slow_token.store(30, Ordering::Relaxed);
        live(&engine, async |books| {
            engine.clock.sleep(Duration::from_secs(70)).await;
            assert_eq!(engine.run("spring").state, State::Claimed);
            fs::remove_file(engine.dir.path().join("spring.toml")).expect("removed");
            books.send_replace(Arc::new(engine.load().to_active()));
        })
        .await;
        not_sent(&engine, State::Missed);
    });
}

/// A manual post of the campaign as it is in the book.
fn by_hand(engine: &EngineHarness) -> Run {
    let book = engine.load();
    let corp = engine.context.wecom.corp().clone();
    let run = ops::manual_run(corp, &book.result.campaigns[0], 1, None, engine.clock.now());
    assert_eq!(engine.context.store.record_manual_run(&run, None, false).wait().expect("recorded"), Recorded::New);
    run
}

fn change_text(engine: &EngineHarness) {
    edit(engine, "text = \"spring\"", "text = \"春天\"");
}

/// A manual post while WeCom is unreachable; then `happens`, then WeCom becomes reachable.
async fn by_hand_then(before: impl FnOnce(&EngineHarness), happens: impl FnOnce(&EngineHarness)) -> EngineHarness {
    let engine = EngineHarness::new();
    engine.write("spring", "", 24 * 3600, "");
    engine.offline.store(true, Ordering::Relaxed);
    let service_has = Arc::new(engine.load().to_active());
    before(&engine);
    by_hand(&engine);
    let (books, watching) = watch::channel(Arc::clone(&service_has));
    let until = StopCondition::Idle(nine() + TimeDelta::minutes(10));
    let life = Engine::start(engine.context.clone(), service_has, until).await.expect("it starts");
    let (ended, ()) = tokio::join!(life.run(watching, CancellationToken::new()), async {
        engine.clock.sleep(Duration::from_secs(180)).await;
        happens(&engine);
        books.send_replace(Arc::new(engine.load().to_active()));
        engine.clock.sleep(Duration::from_secs(1)).await;
        engine.offline.store(false, Ordering::Relaxed);
    });
    ended.expect("it lives");
    engine
}

#[test]
fn a_post_by_hand_follows_its_campaign_too() {
    in_virtual_time(async {
        let engine = by_hand_then(|_| (), change_text).await;
        assert_eq!(engine.ledger().iter().map(|it| &*it.text).collect::<Vec<_>>(), ["春天"]);
        let engine =
            by_hand_then(|_| (), |it| fs::remove_file(it.dir.path().join("spring.toml")).expect("removed")).await;
        not_sent(&engine, State::Missed);
    });
}

#[test]
fn manual_post_of_another_book_copy_stays_separate() {
    in_virtual_time(async {
        let engine = by_hand_then(change_text, |_| ()).await;
        let why = not_sent(&engine, State::Missed);
        assert!(why.contains("the service has another version"), "{why}");
    });
}

#[test]
fn only_unsent_runs_can_be_withdrawn() {
    in_virtual_time(async {
        let engine = claimed_then(|it| {
            let run = it.run("spring");
            let done =
                ops::withdraw(&it.context.store, run, by_lisi(), it.clock.now()).wait().expect("the store works");
            assert!(matches!(done, TransitionResult::Done(_)), "{done:?}");
        })
        .await;
        assert_eq!(not_sent(&engine, State::Missed), "withdrawn by lisi; nothing was sent");
        let engine = claimed_then(|_| ()).await;
        let run = engine.run("spring");
        let done =
            ops::withdraw(&engine.context.store, run.clone(), by_lisi(), engine.clock.now()).wait().expect("works");
        assert_eq!(done, TransitionResult::TooLate(run));
    });
}

#[test]
fn second_manual_post_is_told_of_unfinished_run() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.write("spring", "", 24 * 3600, "");
        let first = by_hand(&engine);
        engine.pass(TimeDelta::seconds(1));
        let corp = engine.context.wecom.corp().clone();
        let second = ops::manual_run(corp, &engine.load().result.campaigns[0], 1, None, engine.clock.now());
        let store = &engine.context.store;
        assert_eq!(
            store.record_manual_run(&second, None, false).wait().expect("works"),
            Recorded::Unfinished(vec![first.clone()])
        );
        assert_eq!(engine.runs().len(), 1);
        ops::withdraw(store, first, by_lisi(), engine.clock.now()).wait().expect("works");
        assert_eq!(store.record_manual_run(&second, None, false).wait().expect("works"), Recorded::New);
        engine.pass(TimeDelta::seconds(1));
        let third =
            ops::manual_run(second.corp.clone(), &engine.load().result.campaigns[0], 1, None, engine.clock.now());
        assert_eq!(store.record_manual_run(&third, None, true).wait().expect("works"), Recorded::New);
    });
}

/// A campaign is due at nine while its file is missing. `returns` is the text of the book afterwards, if any.
#[track_caller]
fn away_when_due(returns: impl FnOnce(&EngineHarness), state: State, texts: &[&str]) {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.write("spring", "", 0, "");
        live(&engine, async |books| {
            engine.clock.sleep(Duration::from_secs(55)).await;
            fs::remove_file(engine.dir.path().join("spring.toml")).expect("removed");
            let mut book = engine.load().to_active();
            book.changing = [engine.id("spring")].into();
            books.send_replace(Arc::new(book));
            engine.clock.sleep(Duration::from_secs(20)).await;
            assert_eq!((engine.run("spring").state, engine.ledger().len()), (State::Claimed, 0));
            returns(&engine);
            books.send_replace(Arc::new(engine.load().to_active()));
        })
        .await;
        assert_eq!(engine.run("spring").state, state, "{:?}", engine.run("spring"));
        assert_eq!(engine.ledger().iter().map(|entry| &*entry.text).collect::<Vec<_>>(), texts);
    });
}

#[test]
fn briefly_missing_file_loses_no_post() {
    away_when_due(|engine| engine.write("spring", "", 0, ""), State::Created, &["spring"]);
}

#[test]
fn file_replaced_when_due_is_posted_as_replaced() {
    away_when_due(|engine| engine.write_text("spring", "corrected", "", 0, ""), State::Created, &["corrected"]);
}

#[test]
fn a_removed_file_withdraws_its_due_post() {
    away_when_due(|_| {}, State::Missed, &[]);
}

fn by_lisi() -> Reason {
    Reason::WithdrawnBy { by: "lisi".to_owned() }
}
