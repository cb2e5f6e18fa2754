//! Members' confirmations after a moment was created: polled over a socket, kept in the store.

use std::time::Duration;

use chrono::TimeDelta;
use drumbeat::ack_poller::AckPoller;
use drumbeat::engine::EngineEvent;
use drumbeat::notifier::AlertPolicy;
use drumbeat::report::acknowledgements::{Entry, csv, human, json, markdown};
use drumbeat::run::Run;
use drumbeat::sandbox::{AnswerFault, Company, Sandbox, SandboxConfig};
use drumbeat::store::{RunFilter, Wait};
use drumbeat::text::Lang;

use super::{InProcessService, MINUTELY, quick, until};

/// A harness with one created moment and nothing else to post.
async fn one_moment(behaviour: SandboxConfig) -> (InProcessService, Run, AckPoller) {
    let company = Company::chunfeng();
    let secret = company.secret.clone();
    let mut harness = InProcessService::calling(MINUTELY, Sandbox::with_behaviour(company, behaviour), secret).await;
    let engine = harness.run();
    let posted = || {
        let runs = harness.context.store.runs(&RunFilter::default()).wait().expect("the store can be read");
        std::future::ready(runs.into_iter().find(|run| run.state.is_posted()))
    };
    let run = until(posted, Option::is_some).await.expect("a posted run");
    engine.abort();
    let _ = engine.await;
    let context = &harness.context;
    let poller = AckPoller {
        clock: context.clock.clone(),
        store: context.store.clone(),
        wecom: context.wecom.clone(),
        status: context.status.clone(),
        window: Duration::from_secs(3 * 24 * 3600),
    };
    (harness, run, poller)
}

fn entry(harness: &InProcessService, run: &Run) -> Entry {
    let (progress, members) = harness.context.store.acks(run).wait().expect("the store can be read");
    Entry { run: run.clone(), progress, members, nudges: Vec::new() }
}

fn posted(entry: &Entry) -> (usize, usize) {
    (entry.members.iter().filter(|asked| asked.posted_at.is_some()).count(), entry.members.len())
}

#[tokio::test]
async fn poll_delays_grow_while_members_confirm() {
    let confirmed_within = Duration::from_secs(2 * 24 * 3600);
    let (harness, run, poller) = one_moment(SandboxConfig { never_confirm: 0, confirmed_within, ..quick() }).await;
    assert!(human(&[entry(&harness, &run)], None, Lang::En).contains("not asked yet"));
    poller.round().await;
    assert_eq!(posted(&entry(&harness, &run)), (0, 2));
    assert!(human(&[entry(&harness, &run)], None, Lang::En).contains("0 of 2"));
    let mut asked = 1;
    for _ in 0..72 {
        harness.context.clock.suspend(TimeDelta::hours(1));
        poller.round().await;
        let progress = entry(&harness, &run).progress.expect("it was asked");
        assert!(progress.asked >= asked);
        asked = progress.asked;
    }
    assert_eq!(posted(&entry(&harness, &run)), (2, 2));
    assert!(asked < 30, "asked {asked} times in three days");
    let calls = harness.sandbox.lock().expect("no panic").calls("/cgi-bin/externalcontact/get_moment_task");
    harness.context.clock.suspend(TimeDelta::hours(12));
    poller.round().await;
    let after = harness.sandbox.lock().expect("no panic").calls("/cgi-bin/externalcontact/get_moment_task");
    assert_eq!(calls, after, "when all have posted, or the window is over, nothing is asked any more");
}

#[tokio::test]
async fn moment_still_being_dispatched_is_fine() {
    let (harness, run, poller) =
        one_moment(SandboxConfig { dispatched_after: Duration::from_secs(3600), ..quick() }).await;
    poller.round().await;
    let entry = entry(&harness, &run);
    assert_eq!(entry.progress.as_ref().map(|it| (it.asked, it.trouble.clone())), Some((1, None)));
    assert!(human(&[entry], None, Lang::En).contains("still telling the members"));
}

#[tokio::test]
async fn the_report_shows_a_missing_permission() {
    let (harness, run, poller) = one_moment(quick()).await;
    harness.sandbox.lock().expect("no panic").behaviour.refuses_with = Some(48002);
    poller.round().await;
    assert!(human(&[entry(&harness, &run)], None, Lang::En).contains("48002"));
}

#[tokio::test]
async fn the_forms_of_a_report() {
    let (harness, run, poller) = one_moment(SandboxConfig { never_confirm: 100, ..quick() }).await;
    poller.round().await;
    let entries = [entry(&harness, &run)];
    let lines: Vec<String> = csv(&entries, Lang::En).lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "run,campaign,member,posted,seen_at");
    assert_eq!(lines[1], "minutely@2026-03-02T09:00,minutely,lisi,no,");
    assert!(
        markdown(&entries, Lang::En)
            .ends_with("| minutely&#64;&#8203;2026-03-02T09&#58;00 | created | 0 of 2 | lisi, zhangshan |\n")
    );
    let json: serde_json::Value = serde_json::from_str(&json(&entries, Lang::En).expect("JSON")).expect("JSON");
    assert_eq!((&json["runs"][0]["members"], &json["runs"][0]["posted"]), (&2.into(), &0.into()));
    assert_eq!(json["runs"][0]["not_yet"], serde_json::json!(["lisi", "zhangshan"]));
}

#[tokio::test]
async fn moment_without_members_is_reported_once() {
    let (harness, run, poller) =
        one_moment(SandboxConfig { answer_faults: vec![AnswerFault::TaskEmpty], ..quick() }).await;
    let mut events = harness.context.status.subscribe();
    poller.round().await;
    assert!(
        human(&[entry(&harness, &run)], None, Lang::En).contains("still telling the members"),
        "it may yet choose them"
    );
    for _ in 0..5 {
        harness.context.clock.suspend(TimeDelta::minutes(6));
        poller.round().await;
    }
    assert!(human(&[entry(&harness, &run)], None, Lang::En).contains("no member was asked to post it"));
    let mut policy = AlertPolicy::default();
    let published: Vec<EngineEvent> = std::iter::from_fn(|| events.try_recv().ok()).collect();
    let notes: Vec<_> =
        published.iter().flat_map(|event| policy.on_event(event, harness.context.clock.now())).collect();
    assert_eq!(notes.iter().filter(|note| note.event == "nobody_asked").count(), 1, "{notes:?}");
}
