//! `drumbeat settle`: a person can settle every state, or is told the next action.

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::clock::Clock;
use drumbeat::post::{Attachments, Audience, Post};
use drumbeat::run::{Due, Reason, RejectedRecipients, Run, Transition};
use drumbeat::store::Wait;

use crate::support::service_harness::{ServiceHarness, manual_due};

const SENT_AGO: TimeDelta = TimeDelta::hours(1);

fn reason() -> Reason {
    Reason::Other("for the test".to_owned())
}

fn due(campaign: &str) -> Due {
    let at: DateTime<Utc> = "2026-03-02T01:00:00Z".parse().expect("an instant");
    manual_due(campaign, at)
}

/// A run that was claimed an hour ago and has made these transitions since.
fn stored(harness: &ServiceHarness, campaign: &str, steps: Vec<Transition>) -> String {
    let at = Clock::System.now() - SENT_AGO;
    let post = Post { text: Some("春".to_owned()), attachments: Attachments::None, audience: Audience::Everyone };
    let mut run = Run::claimed(due(campaign), post.into(), at);
    let store = harness.store();
    store.record(std::slice::from_ref(&run)).wait().expect("recorded");
    for mut step in steps {
        // A job belongs to one run.
        if let Transition::Submit { jobid, .. } = &mut step {
            *jobid = format!("job-{campaign}");
        }
        let event = run.apply(step, at).expect("a legal move");
        store.save((&run, &event)).wait().expect("saved");
    }
    run.id().to_string()
}

fn submitted() -> Vec<Transition> {
    vec![Transition::Send, Transition::Submit { jobid: "job".to_owned(), errmsg: None }]
}

/// The transitions of a sent run, followed by this one.
fn then(step: Transition) -> Vec<Transition> {
    submitted().into_iter().chain([step]).collect()
}

#[test]
fn every_sent_run_can_be_settled_both_ways() {
    let harness = ServiceHarness::new();
    let lost = || vec![Transition::Send, Transition::LoseResponse { look_at: Clock::System.now(), reason: reason() }];
    // The process that sent it has ended: the store is not locked.
    for (n, steps) in [vec![Transition::Send], submitted(), lost()].into_iter().enumerate() {
        let (one, two) = (stored(&harness, &format!("a{n}"), steps.clone()), stored(&harness, &format!("b{n}"), steps));
        assert!(harness.says(&["settle", &one, "--created", &format!("mom{n}")]).contains("is created"));
        assert!(harness.says(&["settle", &two, "--absent", "--by", "lisi"]).contains("is absent"));
        assert!(harness.says(&["show", &two]).contains("lisi looked and WeCom does not have it"));
    }
}

#[test]
fn ended_run_is_corrected_with_a_reason() {
    let harness = ServiceHarness::new();
    let refuse = Transition::Refuse { errcode: 40058, errmsg: "no".to_owned(), reason: reason() };
    let miss = vec![
        Transition::Send,
        Transition::LoseResponse { look_at: Clock::System.now(), reason: reason() },
        Transition::ConfirmAbsent { reason: reason() },
    ];
    let give_up = vec![Transition::GiveUp { errcode: None, errmsg: None, reason: reason() }];
    let hold = vec![Transition::Hold { hold: Some(1), reason: reason() }];
    let scenes = [
        ("refused", then(refuse)),
        ("expired", then(Transition::Expire { reason: reason() })),
        ("absent", miss),
        ("failed", give_up),
        ("held", hold),
        ("claimed", Vec::new()),
    ];
    for (state, steps) in scenes {
        let (run, moment) = (stored(&harness, state, steps), format!("mom-{state}"));
        harness.refuses(&["settle", &run, "--created", &moment], "say why with --reason");
        let why = ["--reason", "it stands in the console", "--by", "lisi"];
        let said = harness.says(&[&["settle", &run, "--created", &moment][..], &why].concat());
        assert!(said.contains("is created"), "{state}: {said}");
        let shown = harness.says(&["show", &run]);
        let words = format!("lisi corrected `{state}`: it exists at WeCom: it stands in the console");
        assert!(shown.contains(&words) && shown.contains(&moment), "{state}: {shown}");
    }
}

#[test]
fn only_a_persons_moment_id_can_be_corrected() {
    let harness = ServiceHarness::new();
    let lost = vec![Transition::Send, Transition::LoseResponse { look_at: Clock::System.now(), reason: reason() }];
    let run = stored(&harness, "typo", lost);
    harness.says(&["settle", &run, "--created", "mom1"]);
    harness.refuses(&["settle", &run, "--created", "mom1"], "already");
    harness.says(&["settle", &run, "--created", "mom2", "--reason", "a slip"]);
    assert!(harness.says(&["settle", &run, "--absent", "--reason", "the wrong post"]).contains("is absent"));
    let create =
        Transition::Create { moment_id: "mom3".to_owned(), invalid: RejectedRecipients::default(), reason: None };
    let made = stored(&harness, "made", then(create));
    harness.refuses(&["settle", &made, "--absent", "--reason", "no"], "`drumbeat cancel made@");
}

#[test]
fn refused_settles_name_the_next_action() {
    let harness = ServiceHarness::new();
    let claimed = stored(&harness, "claimed", Vec::new());
    harness.refuses(&["settle", &claimed, "--absent"], "`drumbeat cancel claimed@");
    let hold = stored(&harness, "held", vec![Transition::Hold { hold: Some(1), reason: reason() }]);
    harness.refuses(&["settle", &hold, "--absent"], "already recorded");
    let sent = stored(&harness, "sent", vec![Transition::Send]);
    // While a service runs, only it knows whether the request is still in progress.
    let store = harness.store();
    let lock = store.acquire_service_lock(Clock::System.now()).wait().expect("the lock is free");
    harness.refuses(&["settle", &sent, "--absent"], "`drumbeat show sent@");
    drop(lock);
    harness.refuses(&["settle", &sent, "--created", "two words"], "copy the id alone");
}
