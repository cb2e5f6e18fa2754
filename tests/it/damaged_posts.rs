//! A stored post that was changed on the disk, which SQLite does not notice: it is neither sent nor looked up, and
//! other runs stay readable.

use std::path::PathBuf;

use chrono::TimeDelta;
use drumbeat::report;
use drumbeat::run::{Reason, Run, State, Transition};
use drumbeat::store::{Address, RunFilter, Store, Wait};

use crate::support::engine_harness::{EngineHarness, in_virtual_time, nine};

/// How a stored text is damaged.
#[derive(Clone, Copy, Debug)]
enum Damage {
    /// Another valid post.
    OtherWord,
    /// Not a post.
    NoJson,
    /// Not a text.
    NoUtf8,
}

const ALL: [Damage; 3] = [Damage::OtherWord, Damage::NoJson, Damage::NoUtf8];

/// A harness whose store is a file.
fn on_disk() -> (EngineHarness, PathBuf) {
    let mut engine = EngineHarness::new();
    let path = engine.dir.path().join("drumbeat.db");
    engine.context.store = Store::open_inline(&Address::Sqlite(path.clone())).expect("a store");
    engine.pass(TimeDelta::minutes(2));
    (engine, path)
}

/// Changes the stored posts that have this text.
fn damage(path: &PathBuf, text: &str, damage: Damage) {
    let db = rusqlite::Connection::open(path).expect("it is there");
    let changed = match damage {
        Damage::OtherWord => format!("replace(body, '{text}', 'other')"),
        Damage::NoJson => "substr(body, 2)".to_owned(),
        Damage::NoUtf8 => "CAST(x'ff' || body AS TEXT)".to_owned(),
    };
    // A disk error does not fire triggers.
    db.execute_batch("DROP TRIGGER IF EXISTS posts_are_kept").expect("written");
    let sql = format!("UPDATE posts SET body = {changed} WHERE instr(body, '{text}')");
    assert_eq!(db.execute(&sql, []).expect("written"), 1);
}

fn moved(engine: &EngineHarness, run: &mut Run, steps: impl IntoIterator<Item = Transition>) {
    for step in steps {
        let event = run.apply(step, nine()).expect("a legal move");
        engine.context.store.save((run, &event)).wait().expect("saved");
    }
}

fn lose() -> Transition {
    Transition::LoseResponse { look_at: nine(), reason: Reason::Other("the answer was lost".to_owned()) }
}

#[track_caller]
fn is_failed(how: Damage) {
    in_virtual_time(async {
        let (engine, path) = on_disk();
        engine.claim("spring", "spring", 0);
        engine.write("spring", "", 0, "");
        damage(&path, "spring", how);
        engine.live_through(nine() + TimeDelta::minutes(40)).await.expect("it lives");
        let run = engine.run("spring");
        let why = run.reason_text().map(|why| why.into_lang(drumbeat::text::Lang::En)).unwrap_or_default();
        assert_eq!((run.state, engine.ledger().len()), (State::Failed, 0), "{how:?}: {run:#?}");
        assert!(why.contains("its digest differs") && why.contains("drumbeat post spring"), "{how:?}: {why}");
    });
}

#[test]
fn nothing_of_a_damaged_post_is_sent() {
    ALL.into_iter().for_each(is_failed);
}

#[test]
fn damaged_stored_text_is_neither_matched_nor_resent() {
    in_virtual_time(async {
        let (mut engine, path) = on_disk();
        engine.context.settings.retry_absent = true;
        let mut run = engine.claim("spring", "spring", 0);
        moved(&engine, &mut run, [Transition::Send, lose()]);
        engine.write("spring", "", 0, "");
        damage(&path, "spring", Damage::OtherWord);
        engine.live_through(nine() + TimeDelta::minutes(40)).await.expect("it lives");
        let run = engine.run("spring");
        assert_eq!((run.state, run.needs_review, engine.ledger().len()), (State::InDoubt, true, 0), "{run:#?}");
    });
}

#[test]
fn equal_content_repairs_a_damaged_post() {
    in_virtual_time(async {
        let (engine, path) = on_disk();
        engine.claim("spring", "spring", 0);
        damage(&path, "spring", Damage::OtherWord);
        assert!(engine.run("spring").lacks_post());
        engine.claim("again", "spring", 60);
        assert!(!engine.run("spring").lacks_post() && !engine.run("again").lacks_post());
    });
}

#[track_caller]
fn others_are_read(how: Damage) {
    in_virtual_time(async {
        let (engine, path) = on_disk();
        for (campaign, seconds) in [("spring", 0), ("summer", 1), ("autumn", 2)] {
            let mut run = engine.claim(campaign, campaign, seconds);
            let created =
                Transition::Settle { moment_id: Some(format!("mom-{campaign}")), reason: Reason::FoundInList };
            moved(&engine, &mut run, [created]);
        }
        damage(&path, "summer", how);
        let store = &engine.context.store;
        let read = store.runs(&RunFilter::default()).wait().expect("they can be read");
        let lacking: Vec<bool> = read.iter().map(|run| run.lacks_post()).collect();
        assert_eq!(lacking, [false, true, false], "{how:?}");
        let now = nine() + TimeDelta::hours(1);
        assert_eq!(
            store
                .acks_to_poll(engine.context.wecom.corp(), nine() - TimeDelta::days(1), now)
                .wait()
                .expect("read")
                .now
                .len(),
            3
        );
        let shown = report::runs::history(&read, None, drumbeat::text::Lang::En);
        let marked: Vec<bool> = shown.lines().map(|line| line.contains("unreadable")).collect();
        assert_eq!(marked.iter().filter(|it| **it).count(), 1, "{shown}");
        let json = report::runs::json(&read, drumbeat::text::Lang::En).expect("written");
        assert_eq!(json.matches("\"post_unreadable\": true").count(), 1, "{json}");
    });
}

#[test]
fn a_damaged_post_does_not_hide_other_runs() {
    ALL.into_iter().for_each(others_are_read);
}

#[test]
fn a_damaged_reason_stays_readable() {
    in_virtual_time(async {
        let (engine, path) = on_disk();
        let mut run = engine.claim("spring", "spring", 0);
        moved(&engine, &mut run, [Transition::Send, lose()]);
        let db = rusqlite::Connection::open(&path).expect("it is there");
        db.execute("UPDATE runs SET reason = CAST(x'ff' || reason AS TEXT)", []).expect("written");
        assert!(
            engine
                .run("spring")
                .reason_text()
                .map(|why| why.into_lang(drumbeat::text::Lang::En))
                .is_some_and(|why| why.ends_with("the answer was lost"))
        );
    });
}
