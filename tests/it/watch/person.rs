//! A run that needs review: one alert with the next action, and shown on every page.

use drumbeat::store::Wait;
use std::sync::Arc;

use chrono::TimeDelta;
use drumbeat::engine::EngineEvent;
use drumbeat::notifier::AlertPolicy;
use drumbeat::notify::Severity;
use drumbeat::run::{Due, Reason, Run, Transition};
use drumbeat::web::{self, Limits, WebState};

use super::{InProcessService, MINUTELY, get, just_before, port, until};
use crate::support::service_harness::manual_due;

/// A run that only a person can settle: accepted by WeCom, or with a lost answer.
fn waiting(harness: &InProcessService, campaign: &str) -> Run {
    let at = just_before() - TimeDelta::hours(1);
    let post = Arc::clone(harness.load().campaigns[0].contents.first().post());
    let due = Due { corp: harness.context.wecom.corp().clone(), ..manual_due(campaign, at) };
    let mut run = Run::claimed(due, post, at);
    harness.context.store.record(std::slice::from_ref(&run)).wait().expect("recorded");
    for step in [Transition::Send, Transition::RequireReview { reason: Reason::Several }] {
        let event = run.apply(step, at).expect("a legal move");
        harness.context.store.save((&run, &event)).wait().expect("saved");
    }
    run
}

#[tokio::test]
async fn a_run_causes_one_alert_with_help() {
    let harness = InProcessService::with(MINUTELY).await;
    let run = waiting(&harness, "spring");
    let mut policy = AlertPolicy::default();
    let notes = policy.on_event(&EngineEvent::Run(Box::new(run.clone())), just_before());
    let [note] = notes.as_slice() else { panic!("{notes:?}") };
    let detail = note.to_string();
    assert_eq!((note.event, note.severity), ("needs_person", Severity::Alarm));
    assert!(detail.contains(&format!("drumbeat settle {} --created", run.id())), "{detail}");
    assert_eq!(policy.on_event(&EngineEvent::Run(Box::new(run)), just_before()), []);
}

#[tokio::test]
async fn earlier_reviews_raise_one_alarm_at_start() {
    let mut harness = InProcessService::with(MINUTELY).await;
    let runs: Vec<Run> = (0..7).map(|n| waiting(&harness, &format!("c{n}"))).collect();
    let (listener, address) = port().await;
    tokio::spawn(web::serve(listener, WebState::of(&harness.context), Limits::default(), harness.stop.clone()));
    let mut events = harness.context.status.subscribe();
    let _engine = harness.run();
    let (_, page) = until(|| get(address, "/readyz"), |(status, _)| *status == 200).await;
    assert!(page.contains("runs that need review: 7"), "{page}");
    let (_, metrics) = get(address, "/metrics").await;
    for name in ["runs_needing_review", "runs_waiting_for_person"] {
        assert!(metrics.contains(&format!("drumbeat_{name} 7")), "{metrics}");
    }
    let mut policy = AlertPolicy::default();
    let event = events.recv().await.expect("an event");
    let notes = policy.on_event(&event, just_before());
    let [note] = notes.as_slice() else { panic!("{notes:?}") };
    let detail = note.to_string();
    assert!(detail.starts_with("7 runs to review"), "{note:?}");
    assert!(detail.contains(&format!("drumbeat show {}", runs[0].id())) && detail.contains("history --state in_doubt"));
    assert_eq!(
        policy.on_event(&EngineEvent::Run(Box::new(runs[6].clone())), just_before()),
        [],
        "each is told of once"
    );
}
