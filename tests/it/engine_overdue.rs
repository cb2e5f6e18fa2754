//! Occurrences before the start may have been posted in a history that was lost: WeCom's list is read before they are
//! sent.

use std::time::Duration;

use chrono::TimeDelta;
use drumbeat::run::{Reason, Run, State, Transition};
use drumbeat::sandbox::ExternalMoment;
use drumbeat::store::Wait;

use crate::support::engine_harness::{EngineHarness, in_virtual_time, nine};

/// A store whose snapshot has the run of nine claimed with the text "spring". A minute past nine, a post is made that
/// the snapshot lacks. Ten past nine, the service starts on the snapshot with a book that says `now`.
fn restored(posted: Option<&str>, now: &str, also: impl FnOnce(&EngineHarness)) -> (Run, usize) {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.claim("spring", "spring", 0);
        engine.write_text("spring", now, "", 0, "");
        if let Some(text) = posted {
            list(&engine, text);
        }
        also(&engine);
        engine.pass(TimeDelta::minutes(11));
        engine.live_through(nine() + TimeDelta::minutes(40)).await.expect("it lives");
        let sent = engine.ledger().len();
        (engine.run("spring"), sent)
    })
}

/// Adds a moment made through the API to WeCom's list, a minute past nine.
fn list(engine: &EngineHarness, text: &str) {
    list_at(engine, text, 60);
}

/// The same at another time, in seconds after nine.
fn list_at(engine: &EngineHarness, text: &str, seconds: i64) {
    engine.sandbox.lock().expect("no panics").add_external(ExternalMoment {
        moment_id: format!("mom-{text}"),
        created: nine() + TimeDelta::seconds(seconds),
        creator: None,
        public: true,
        text: text.to_owned(),
        images: 0,
    });
}

#[track_caller]
fn waits_for_person((run, sent): (Run, usize), moment: &str) {
    assert_eq!((run.state, run.needs_review, sent), (State::InDoubt, true, 0), "{run:#?}");
    let why = run.reason_text().map(|why| why.into_lang(drumbeat::text::Lang::En)).expect("a reason");
    assert!(why.contains(moment) && why.contains(&format!("drumbeat settle {} --created", run.id())), "{why}");
}

#[test]
fn posted_version_is_not_followed_by_correction() {
    waits_for_person(restored(Some("spring"), "spring corrected", |_| {}), "mom-spring");
}

#[test]
fn an_unknown_version_needs_review() {
    waits_for_person(restored(Some("spring, second try"), "spring corrected", |_| {}), "mom-spring, second try");
}

#[test]
fn corrections_before_a_restart_count() {
    let corrected = |engine: &EngineHarness| {
        let mut run = engine.run("spring");
        let book = engine.book();
        let campaign = book.campaign(&run.campaign).expect("it is there");
        let (post, deadline) = (campaign.contents.first().post().clone(), run.deadline);
        let step = Transition::CatchUp { content: None, post, deadline, commit: None, reason: Reason::CaughtUp };
        let event = run.apply(step, nine()).expect("a legal move");
        engine.context.store.save((&run, &event)).wait().expect("saved");
    };
    waits_for_person(restored(Some("spring"), "spring corrected", corrected), "mom-spring");
}

#[test]
fn a_correction_is_posted_where_nothing_was() {
    let (run, sent) = restored(None, "spring corrected", |_| {});
    assert_eq!((run.state, sent), (State::Created, 1), "{run:#?}");
    assert_eq!(run.post.as_ref().and_then(|post| post.text.as_deref()), Some("spring corrected"));
}

#[test]
fn moment_of_another_run_is_never_matched() {
    let owned = |engine: &EngineHarness| {
        let mut other = engine.claim("autumn", "autumn", 30);
        let created = Transition::Settle { moment_id: Some("mom-autumn".to_owned()), reason: Reason::FoundInList };
        let event = other.apply(created, nine()).expect("a legal move");
        engine.context.store.save((&other, &event)).wait().expect("saved");
    };
    let (run, sent) = restored(Some("autumn"), "spring corrected", owned);
    assert_eq!((run.state, sent), (State::Created, 1), "{run:#?}");
}

#[test]
fn an_unchanged_campaign_does_not_mind_other_moments() {
    let (run, sent) = restored(Some("of another program"), "spring", |_| {});
    assert_eq!((run.state, sent), (State::Created, 1), "{run:#?}");
}

/// The answer to another run with the same content was lost eight minutes before nine.
fn lost_before(engine: &EngineHarness) {
    let mut early = engine.claim("early", "spring", -480);
    let lost = Transition::LoseResponse { look_at: early.due, reason: Reason::StoppedWhileSending };
    for (step, seconds) in [(Transition::Send, -479), (lost, -453)] {
        let event = early.apply(step, nine() + TimeDelta::seconds(seconds)).expect("a legal move");
        engine.context.store.save((&early, &event)).wait().expect("saved");
    }
}

#[test]
fn the_twin_of_a_forgotten_send_does_not_take_its_moment() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        lost_before(&engine);
        engine.claim("spring", "spring", 0);
        engine.write_text("spring", "spring", "", 0, "max_lateness = \"3h\"\n");
        list(&engine, "spring");
        engine.pass(TimeDelta::minutes(11));
        let person = async {
            tokio::time::sleep(Duration::from_secs(30 * 60)).await;
            let mut early = engine.run("early");
            assert_eq!((early.state, early.needs_review), (State::InDoubt, true), "{early:#?}");
            // The person sees that it was not posted.
            let settle = Transition::Settle { moment_id: None, reason: Reason::Absent };
            let event = early.apply(settle, engine.context.clock.now()).expect("a legal move");
            engine.context.store.save((&early, &event)).wait().expect("saved");
        };
        let (lived, ()) = tokio::join!(engine.live_through(nine() + TimeDelta::minutes(40)), person);
        lived.expect("it lives");
        let spring = engine.run("spring");
        assert_eq!((spring.state, spring.moment_id.as_deref()), (State::Created, Some("mom-spring")), "{spring:#?}");
        assert_eq!(engine.ledger().len(), 0);
    });
}

#[test]
fn a_lost_run_still_finds_its_moment_beside_a_twin() {
    let early = |engine: &EngineHarness| {
        lost_before(engine);
        list_at(engine, "spring", -470);
    };
    let (run, sent) = restored(None, "spring", early);
    assert_eq!((run.state, sent), (State::Created, 1), "{run:#?}");
}
