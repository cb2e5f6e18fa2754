//! Controls the service from outside: holds, settling, cancelling, and one service per store.

use chrono::TimeDelta;
use drumbeat::clock::Clock;
use drumbeat::ids::CorpId;
use drumbeat::post::{Attachments, Audience, Post};
use drumbeat::run::{Due, Reason, Run, Slot, Transition};
use drumbeat::sandbox::Company;
use drumbeat::store::{Lifted, Quota, Saved, Scope, Store, Wait};

use crate::support::service_harness::{ServiceHarness, in_seconds, until};

#[test]
fn held_occurrences_post_only_with_catch_up() {
    let harness = ServiceHarness::new();
    harness.write("left", "不发的", &in_seconds(8));
    harness.write("caught", "补发的", &in_seconds(8));
    let service = harness.service();
    service.logs_times("book loaded", 1);
    harness.says(&["hold", "left", "--reason", "the price is wrong", "--by", "lisi"]);
    harness.says(&["hold", "caught", "--reason", "news of the day"]);
    harness.refuses(&["hold", "left", "--reason", "again"], "already on hold");
    harness.refuses(&["post", "left", "--yes"], "`drumbeat resume left` lifts that");
    let held = harness.run_in("left", "held");
    assert_eq!(held["reason"], "`left` was put on hold by lisi: the price is wrong");
    harness.run_in("caught", "held");
    harness.refuses(&["resume", "--all"], "everything is not on hold; on hold are: `left`");
    harness.says(&["resume", "left"]);
    harness.says(&["resume", "caught", "--catch-up"]);
    harness.run_in("caught", "created");
    assert!(harness.says(&["show", held["run"].as_str().expect("a name")]).contains("held by"));
    service.stop();
    assert_eq!(harness.ledger().iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(), ["补发的"]);
    harness.run_in("left", "held");
}

#[test]
fn holds_apply_without_a_running_service() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", &in_seconds(8));
    let service = harness.service();
    service.logs_times("book loaded", 1);
    service.stop();
    harness.says(&["hold", "--all", "--reason", "moving house"]);
    let due = harness.says(&["history", "--campaign", "spring"]);
    assert!(due.contains("on hold: everything") && due.contains("`spring` is scheduled since"), "{due}");
    let due = Clock::System.now() + TimeDelta::seconds(8);
    until(|| (Clock::System.now() > due).then_some(())).expect("time passes");
    harness.says(&["resume", "--all", "--catch-up"]);
    let service = harness.service();
    harness.run_in("spring", "created");
    service.stop();
    assert_eq!(harness.ledger().len(), 1);
    // No occurrence is caught up twice.
    let service = harness.service();
    service.logs_times("book loaded", 1);
    service.stop();
    assert_eq!(harness.ledger().len(), 1);
}

fn post() -> Post {
    Post { text: Some("你好".to_owned()), attachments: Attachments::None, audience: Audience::Everyone }
}

fn claimed(id: &str, corp: &CorpId) -> Run {
    let now = Clock::System.now();
    let due = Due {
        corp: corp.clone(),
        campaign: id.parse().expect("an id"),
        slot: Slot::Manual { local: now.naive_utc() },
        due: now,
        zone: "UTC".to_owned(),
        deadline: now + TimeDelta::hours(1),
        commit: None,
    };
    Run::claimed(due, post().into(), now)
}

#[test]
fn a_hold_stops_a_claimed_run() {
    let store = Store::in_memory().expect("memory holds a store");
    let (corp, now) = (CorpId("corp".to_owned()), Clock::System.now());
    let run = claimed("spring", &corp);
    store.record(std::slice::from_ref(&run)).wait().expect("recorded");
    let hold = store.create_hold(&Scope::Corp(corp.clone()), "why", "li", now).wait().expect("laid");
    let send = || {
        let mut run = run.clone();
        let event = run.apply(Transition::Send, now).expect("a claimed run can be sent");
        let quota = Quota { per_minute: 10, per_month: 10 };
        store.save_together(&[(run, event, Some(quota))]).wait().expect("answered").remove(0)
    };
    assert_eq!(send(), Saved::OnHold(hold));
    let lifted = Lifted { at: now, by: "li".to_owned(), catch_up: false };
    store.lift_hold(&Scope::Corp(corp), None, lifted).wait().expect("lifted");
    assert_eq!(send(), Saved::Done);
}

/// Adds a run whose answer was lost to the store, which needs review now or later.
fn lost(harness: &ServiceHarness, id: &str, needs_person: bool) -> String {
    let (store, now) = (harness.store(), Clock::System.now());
    let mut run = claimed(id, &Company::chunfeng().corp);
    store.record(std::slice::from_ref(&run)).wait().expect("recorded");
    let reason = || Reason::StoppedWhileSending;
    let mut steps =
        vec![Transition::Send, Transition::LoseResponse { look_at: now + TimeDelta::hours(1), reason: reason() }];
    steps.extend(needs_person.then(|| Transition::RequireReview { reason: reason() }));
    for step in steps {
        let event = run.apply(step, now).expect("a legal move");
        store.save((&run, &event)).wait().expect("saved");
    }
    run.id().to_string()
}

#[test]
fn a_person_settles_what_looking_cannot() {
    let harness = ServiceHarness::new();
    let (one, two, looking) =
        (lost(&harness, "one", true), lost(&harness, "two", true), lost(&harness, "looking", false));
    harness.refuses(&["settle", &looking, "--absent"], "still searches for the post");
    harness.refuses(&["settle", &one], "required");
    harness.refuses(&["settle", "one@2020-01-01T09:00", "--absent"], "not found in this store");
    assert!(harness.says(&["settle", &one, "--created", "mom1"]).contains("is created"));
    harness.refuses(&["settle", &one, "--absent"], "say why with --reason");
    harness.refuses(&["settle", &two, "--created", "mom1"], "owns mom1 already");
    assert!(harness.says(&["settle", &two, "--absent", "--by", "lisi"]).contains("is absent"));
    assert!(harness.says(&["show", &two]).contains("lisi looked and WeCom does not have it"));
}

#[test]
fn cancelled_post_logs_its_progress() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", &in_seconds(6));
    let service = harness.service();
    service.logs_times("book loaded", 1);
    let run = harness.run_in("spring", "created");
    let name = run["run"].as_str().expect("a name");
    harness.refuses(&["cancel", name], "add --yes");
    let said = harness.says(&["cancel", name, "--yes"]);
    assert!(said.contains("0 of 2 members had posted it already"), "{said}");
    assert!(harness.says(&["show", name]).contains("cancelled by wangwu; 0 of 2 members"));
    harness.refuses(&["cancel", &lost(&harness, "other", true), "--yes"], "because its request was sent");
    service.stop();
}

#[test]
fn a_second_service_on_the_store_fails() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", "cron = \"0 9 * * MON\"");
    let first = harness.service();
    first.logs_times("book loaded", 1);
    harness.refuses(&["run"], "another Drumbeat uses the store");
    // The first service is not affected.
    harness.write("autumn", "秋天", "cron = \"0 9 * * TUE\"");
    first.logs_times("book loaded", 2);
    let (status, _) = first.stop();
    assert!(status.success());
}
