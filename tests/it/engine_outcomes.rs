//! The outcome of a post whose answer was lost or is not reliable: only proven facts are recorded, and nothing is sent
//! twice.

use chrono::TimeDelta;
use drumbeat::engine::EngineEvent;
use drumbeat::run::{Run, State};
use drumbeat::sandbox::{AnswerFault, ExternalMoment};

use crate::support::engine_harness::{EngineHarness, in_virtual_time, nine};

const LINK: &str = "link = { title = \"春季新品\", url = \"https://example.com/春\", cover = \"a.jpg\" }";

/// The content of a post, and the conditions when it is due.
#[derive(Clone, Copy, Default)]
struct Scene<'a> {
    faults: &'a [AnswerFault],
    content: &'a str,
    text: &'a str,
    /// A moment that no run owns, some seconds after nine.
    foreign: Option<(&'a str, i64)>,
}

struct End {
    run: Run,
    creations: usize,
    alarms: usize,
}

/// Lives through a day with one post due at nine and with `retry_absent`, so that wrong decisions send it twice.
fn live(scene: Scene<'_>) -> End {
    in_virtual_time(async {
        let mut engine = EngineHarness::new();
        engine.context.settings.retry_absent = true;
        engine.picture("a.jpg");
        engine.picture("b.jpg");
        let text = if scene.text.is_empty() { "post" } else { scene.text };
        engine.write_text("post", text, scene.content, 0, "max_lateness = \"4h\"");
        {
            let mut sandbox = engine.sandbox.lock().expect("no panics");
            sandbox.behaviour.answer_faults = scene.faults.to_vec();
            if let Some((text, seconds)) = scene.foreign {
                let created = nine() + TimeDelta::seconds(seconds);
                let (moment_id, text) = ("momForeign".to_owned(), text.to_owned());
                sandbox.add_external(ExternalMoment {
                    moment_id,
                    created,
                    creator: None,
                    public: false,
                    text,
                    images: 0,
                });
            }
        }
        let mut events = engine.context.status.subscribe();
        engine.live_through(nine() + TimeDelta::hours(8)).await.expect("it lives");
        let mut alarms = 0;
        while let Ok(event) = events.try_recv() {
            alarms += usize::from(matches!(event, EngineEvent::Run(run) if run.needs_review));
        }
        End { run: engine.run("post"), creations: engine.ledger().len(), alarms }
    })
}

/// The answer to the creation is lost, and the list shows the moment with these faults.
fn lost<'a>(faults: &'a [AnswerFault], content: &'a str) -> Scene<'a> {
    Scene { faults, content, ..Scene::default() }
}

#[track_caller]
fn is_found(scene: Scene<'_>) {
    let end = live(scene);
    assert_eq!((end.run.state, end.creations), (State::Created, 1), "{:?}", end.run);
    assert!(end.run.moment_id.is_some());
}

/// A review is requested once, with the candidates.
#[track_caller]
fn is_asked(scene: Scene<'_>, creations: usize, words: &str) {
    let end = live(scene);
    let reason = end.run.reason_text().map(|why| why.into_lang(drumbeat::text::Lang::En)).unwrap_or_default();
    assert_eq!((end.run.state, end.run.needs_review, end.creations), (State::InDoubt, true, creations), "{reason}");
    let settle = format!("drumbeat settle {} --created", end.run.id());
    assert!(reason.contains(words) && reason.contains(&settle), "{reason}");
    assert_eq!(end.alarms, 1, "a person is called once");
}

use AnswerFault::{
    Create502, CreateSameJob, ListCircle, ListCreator, ListEmptyKinds, ListEndless, ListFewerImages, ListHidden,
    ListLinkEncoded, ListLinkSlash, ListLinkTitle, ListMinutesLate, ListOneSpace, ListUnreadable, ResultBusy,
    ResultCodeBesideId, ResultMissing, ResultSameId, ResultUnknownJob, ResultUnreadable, ResultWithoutId,
};

#[test]
fn one_exact_match_in_time_is_the_post() {
    is_found(lost(&[Create502], ""));
    is_found(lost(&[Create502], LINK));
    is_found(lost(&[Create502], "images = [\"a.jpg\", \"b.jpg\"]"));
}

#[test]
fn absent_kinds_may_be_written_as_empty_objects() {
    is_found(lost(&[Create502, ListEmptyKinds], ""));
    is_found(lost(&[Create502, ListEmptyKinds], LINK));
}

#[test]
fn a_similar_moment_needs_review() {
    let near = "with nearly the same content, created";
    is_asked(lost(&[Create502, ListLinkEncoded], LINK), 1, near);
    is_asked(lost(&[Create502, ListLinkSlash], LINK), 1, near);
    is_asked(lost(&[Create502, ListLinkTitle], LINK), 1, near);
    is_asked(lost(&[Create502, ListFewerImages], "images = [\"a.jpg\", \"b.jpg\"]"), 1, near);
    is_asked(lost(&[Create502, ListCreator], ""), 1, near);
    is_asked(Scene { text: "春季  新品", ..lost(&[Create502, ListOneSpace], "") }, 1, near);
}

#[test]
fn an_equal_post_at_another_time_needs_review() {
    is_asked(lost(&[Create502, ListMinutesLate], ""), 1, "with the same content, created 30m");
}

#[test]
fn possible_manual_moment_prevents_second_post() {
    // The list has another post that could be ours.
    let foreign = Some(("post", 5));
    is_asked(
        Scene { foreign, ..lost(&[Create502, ListHidden], "") },
        1,
        "the moment momForeign with nearly the same content",
    );
    let far = Some(("post", 2 * 3600));
    let end = live(Scene { foreign: far, ..lost(&[Create502, ListHidden], "") });
    assert!(end.creations > 1, "what comes into being after the window is no reason to wait: {:?}", end.run);
}

#[test]
fn absent_post_is_resent_only_with_retry_absent() {
    let end = live(lost(&[Create502, ListHidden], ""));
    assert_eq!(end.run.state, State::Absent, "{:?}", end.run);
    assert!(end.creations > 1, "the scene does send again what is surely absent");
}

#[test]
fn finished_job_without_moment_is_looked_up() {
    for fault in [ResultWithoutId, ResultMissing, ResultUnreadable, ResultBusy, ResultUnknownJob] {
        is_found(lost(&[fault], ""));
    }
}

#[test]
fn finished_job_without_listed_moment_needs_review() {
    for fault in [ResultWithoutId, ResultMissing, ResultUnreadable, ResultBusy, ResultUnknownJob] {
        is_asked(lost(&[fault, ListHidden], ""), 1, "WeCom took the request, and its list does not show the post");
    }
}

#[test]
fn error_code_with_a_moment_id_needs_review() {
    is_asked(lost(&[ResultCodeBesideId], ""), 1, "names the moment");
}

#[test]
fn unreadable_list_needs_review_after_four_windows() {
    for fault in [ListUnreadable, ListCircle, ListEndless] {
        let end = live(lost(&[Create502, fault], ""));
        assert!(end.run.needs_review && end.run.state == State::InDoubt && end.creations == 1, "{:?}", end.run);
        let waited = (end.run.updated_at - end.run.lost_at.expect("it was lost")).num_minutes();
        assert!((60..65).contains(&waited), "{waited}");
        let reason = end.run.reason_text().map(|why| why.into_lang(drumbeat::text::Lang::En)).unwrap_or_default();
        assert!(reason.contains("WeCom's list cannot be read") && reason.contains("drumbeat settle"), "{reason}");
        assert!(!reason.contains("nothing to do"), "a person is to do something: {reason}");
    }
}

#[test]
fn endless_list_stops_after_idle_pages() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.write("post", "", 0, "");
        engine.sandbox.lock().expect("no panics").behaviour.answer_faults = vec![Create502, ListEndless];
        engine.live_through(nine() + TimeDelta::hours(2)).await.expect("it lives");
        let looks = engine.verbs(&engine.run("post")).len();
        let pages = engine.sandbox.lock().expect("no panics").calls("/cgi-bin/externalcontact/get_moment_list");
        assert!(pages > 0 && pages as usize <= 4 * looks, "{pages} pages in {looks} looks");
    });
}

#[test]
fn a_post_lost_twice_is_not_resent() {
    let end = live(lost(&[Create502, ListHidden], ""));
    assert_eq!((end.run.state, end.creations), (State::Absent, 2), "{:?}", end.run);
    assert!(
        end.run
            .reason_text()
            .map(|why| why.into_lang(drumbeat::text::Lang::En))
            .is_some_and(|reason| reason.contains("not sent a third time"))
    );
}

#[test]
fn dead_job_with_unreadable_list_needs_review() {
    in_virtual_time(async {
        let mut engine = EngineHarness::new();
        engine.context.settings.longest_sleep = std::time::Duration::from_secs(600);
        engine.write("post", "", 0, "");
        {
            let behaviour = &mut engine.sandbox.lock().expect("no panics").behaviour;
            behaviour.job_done_after = std::time::Duration::from_secs(40 * 3600);
            behaviour.answer_faults = vec![ListUnreadable];
        }
        engine.live_through(nine() + TimeDelta::hours(1)).await.expect("it ends, since a person must say");
        let run = engine.run("post");
        assert!(run.needs_review && run.state == State::InDoubt, "{run:?}");
    });
}

/// Two campaigns with different texts, a minute apart.
#[track_caller]
fn second_needs_review(fault: AnswerFault, job_done_after: u64, words: &str) {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.write("first", "", 0, "");
        engine.write("second", "", 60, "");
        {
            let behaviour = &mut engine.sandbox.lock().expect("no panics").behaviour;
            behaviour.answer_faults = vec![fault];
            behaviour.job_done_after = std::time::Duration::from_secs(job_done_after);
        }
        engine.live_through(nine() + TimeDelta::hours(1)).await.expect("it lives");
        assert_eq!(engine.run("first").state, State::Created);
        let run = engine.run("second");
        assert!(run.needs_review && run.state == State::InDoubt, "{run:?}");
        let reason = run.reason_text().map(|why| why.into_lang(drumbeat::text::Lang::En)).unwrap_or_default();
        assert!(reason.contains(words) && reason.contains("drumbeat settle"), "{reason}");
        assert_eq!(engine.ledger().len(), 2);
    });
}

#[test]
fn a_moment_of_another_run_needs_review() {
    second_needs_review(ResultSameId, 5, "owns already");
}

#[test]
fn duplicate_job_id_is_noticed() {
    second_needs_review(CreateSameJob, 300, "which run first@");
    // By the time of the second, the first is over: its moment shows it.
    second_needs_review(CreateSameJob, 5, "which run");
}

#[test]
fn the_page_lists_every_fault_of_the_sandbox() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/exactly-once.md")).expect("a page");
    for (fault, name, what) in AnswerFault::ALL {
        assert!(page.contains(&format!("| `{name}` | {} |", what.en)), "{name}");
        assert_eq!(name.parse(), Ok(fault));
    }
}

#[test]
fn runs_in_doubt_share_one_list_walk() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        for n in 0..20 {
            engine.write(&format!("post{n}"), "", n, "");
        }
        engine.sandbox.lock().expect("no panics").behaviour.answer_faults = vec![Create502, ListHidden];
        engine.live_through(nine() + TimeDelta::hours(1)).await.expect("it lives");
        assert!(engine.runs().iter().all(|run| run.state == State::Absent), "{:#?}", engine.runs());
        let looks: usize = engine.runs().iter().map(|run| engine.verbs(run).len()).sum();
        let walks = engine.sandbox.lock().expect("no panics").calls("/cgi-bin/externalcontact/get_moment_list");
        // They were lost within twenty seconds, so each group of five seconds has its own last look.
        assert!(looks > 240 && walks < 60, "{walks} walks for {looks} moves of 20 runs");
    });
}
