//! Runs are written and read by column position, so every field is compared.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::ids::CorpId;
use drumbeat::post::{Attachments, Audience, Post};
use drumbeat::run::{Reason, Record, RejectedRecipients, Run, Slot, State, Transition};
use drumbeat::schedule::Fold;
use drumbeat::store::{AckProgress, Quota, RunFilter, Saved, Store, Wait};

fn at(second: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(second)
}

/// A run whose fields of one type all have different values.
fn full() -> Record {
    let post =
        Post { text: Some("春季新品".to_owned()), attachments: Attachments::None, audience: Audience::Everyone };
    Record {
        corp: CorpId("ww1".to_owned()),
        campaign: "spring".parse().expect("an id"),
        slot: Slot::Scheduled { local: at(60).naive_utc(), fold: Fold::Second },
        due: at(1),
        zone: "Asia/Shanghai".to_owned(),
        deadline: at(2),
        state: State::InDoubt,
        content_sha256: Some(post.sha256()),
        content: Some(3),
        post: Some(Arc::new(post)),
        commit: Some("commit".to_owned()),
        jobid: Some("job".to_owned()),
        moment_id: Some("moment".to_owned()),
        errcode: Some(3),
        errmsg: Some("errmsg".to_owned()),
        reason: Some(Reason::Other("reason".to_owned())),
        invalid: RejectedRecipients {
            users: vec!["li".to_owned()],
            departments: vec![4],
            tags: vec!["tag".to_owned()],
        },
        attempts: 5,
        sent_at: Some(at(6)),
        lost_at: Some(at(7)),
        retries: 8,
        not_before: at(9),
        hold: Some(10),
        needs_review: false,
        version: 11,
        created_at: at(12),
        updated_at: at(13),
    }
}

#[track_caller]
fn comes_back(record: Record) {
    let store = Store::in_memory().expect("memory holds a store");
    let mut run = Run::restored(record);
    assert_eq!(store.record(std::slice::from_ref(&run)).wait().expect("recorded"), [true]);
    assert_eq!(store.runs_named(&run.id()).wait().expect("it can be read"), std::slice::from_ref(&run));
    let event = run.apply(Transition::RequireReview { reason: Reason::Several }, at(14)).expect("a legal move");
    store.save((&run, &event)).wait().expect("saved");
    assert_eq!(store.open_runs(&run.corp).wait().expect("they can be read"), std::slice::from_ref(&run));
    assert_eq!(store.unsettled_runs(&run.corp).wait().expect("they can be read"), [run]);
}

#[test]
fn a_full_run_round_trips() {
    comes_back(full());
}

#[test]
fn minimal_run_round_trips() {
    let bare = Record {
        post: None,
        content_sha256: None,
        content: None,
        commit: None,
        jobid: None,
        moment_id: None,
        errcode: None,
        errmsg: None,
        reason: None,
        invalid: RejectedRecipients::default(),
        sent_at: None,
        lost_at: None,
        hold: None,
        ..full()
    };
    comes_back(bare);
}

#[test]
fn claimed_run_is_open_but_cannot_have_been_sent() {
    let store = Store::in_memory().expect("memory holds a store");
    let waiting = Run::restored(Record { state: State::Claimed, ..full() });
    store.record(std::slice::from_ref(&waiting)).wait().expect("recorded");
    assert_eq!(store.open_runs(&waiting.corp).wait().expect("they can be read").len(), 1);
    assert_eq!(store.unsettled_runs(&waiting.corp).wait().expect("they can be read"), []);
}

/// A scheduled or manual run of a campaign that was due at a second.
fn run(campaign: &str, due: i64, by_hand: bool, state: State, hold: Option<i64>) -> Run {
    let local = at(due).naive_utc();
    let slot = if by_hand { Slot::Manual { local } } else { Slot::Scheduled { local, fold: Fold::First } };
    let campaign = campaign.parse().expect("an id");
    Run::restored(Record { campaign, slot, due: at(due), state, hold, moment_id: None, ..full() })
}

#[test]
fn the_newest_held_run_of_each_campaign() {
    let store = Store::in_memory().expect("memory holds a store");
    let held = |campaign, due| run(campaign, due, false, State::Held, Some(1));
    let runs = [
        held("again", 10),
        held("again", 20),
        held("went-on", 10),
        run("went-on", 20, false, State::Missed, None),
        held("by-hand-since", 10),
        run("by-hand-since", 20, true, State::Created, None),
        held("long-ago", 4),
        run("broken", 10, false, State::Held, None),
    ];
    store.record(&runs).wait().expect("recorded");
    let corp = CorpId("ww1".to_owned());
    let found = store.newest_held_runs(&corp, at(5)).wait().expect("they can be read");
    let mut found: Vec<String> = found.iter().map(|run| run.id().to_string()).collect();
    found.sort();
    let name = |run: &Run| run.id().to_string();
    assert_eq!(found, [name(&runs[1]), name(&runs[4])]);
    assert_eq!(store.newest_held_runs(&CorpId("ww2".to_owned()), at(5)).wait().expect("they can be read"), []);
}

#[test]
fn a_fully_polled_run_is_not_polled() {
    let store = Store::in_memory().expect("a store");
    let run = Run::restored(Record { state: State::Created, updated_at: at(1_000), ..full() });
    store.record(std::slice::from_ref(&run)).wait().expect("recorded");
    let (corp, created_after, now) = (CorpId("ww1".to_owned()), at(0), at(5_000));
    let due = || store.acks_to_poll(&corp, created_after, now).wait().expect("read").now.len();
    assert_eq!(due(), 1);
    let last = AckProgress { asked_at: now, asked: 1, next_at: None, trouble: None };
    store.save_acks(&run, &last, &[("li".to_owned(), true)]).wait().expect("saved");
    assert_eq!(due(), 0);
    assert_eq!(store.acks(&run).wait().expect("read").0, Some(last));
}

#[test]
fn due_confirmation_polls_take_turns() {
    let store = Store::in_memory().expect("memory holds a store");
    let posted = |n: i64| {
        let (campaign, updated_at) = (format!("c{n}").parse().expect("an id"), at(1_000 + n));
        let (state, moment_id) = (State::Created, Some(format!("moment{n}")));
        Run::restored(Record { campaign, state, moment_id, updated_at, ..full() })
    };
    let runs: Vec<Run> = (0..450).map(posted).collect();
    store.record(&runs).wait().expect("recorded");
    store.record(&[run("open", 1, false, State::Submitted, None)]).wait().expect("recorded");
    let (corp, now) = (CorpId("ww1".to_owned()), at(5_000));
    let mut turns = Vec::new();
    loop {
        let to_ask = store.acks_to_poll(&corp, at(1_009), now).wait().expect("they can be read");
        if to_ask.now.is_empty() {
            assert_eq!(to_ask.next_at, Some(at(6_010)), "the first of them comes again");
            break;
        }
        turns.push((to_ask.now.len(), to_ask.next_at == Some(now)));
        for (run, before) in to_ask.now {
            assert_eq!(before, None);
            let next_at = Some(run.updated_at + TimeDelta::seconds(5_000));
            store
                .save_acks(&run, &AckProgress { asked_at: now, asked: 1, next_at, trouble: None }, &[])
                .wait()
                .expect("saved");
        }
    }
    // Moments created up to the given instant are excluded.
    assert_eq!(turns, [(200, true), (200, true), (40, false)]);
    let again = store.acks_to_poll(&corp, at(1_009), at(6_011)).wait().expect("they can be read");
    assert_eq!(
        again.now.iter().map(|(run, before)| (run.clone(), before.is_some())).collect::<Vec<_>>(),
        [(runs[10].clone(), true), (runs[11].clone(), true)]
    );
}

#[test]
fn shared_commit_returns_each_result() {
    let store = Store::in_memory().expect("memory holds a store");
    let runs = ["spring", "summer"].map(|campaign| run(campaign, 1, false, State::InDoubt, None));
    store.record(&runs).wait().expect("recorded");
    let [spring, summer] = runs.map(|mut run| {
        let event = run.apply(Transition::RequireReview { reason: Reason::Several }, at(14)).expect("a legal move");
        (run, event, None)
    });
    let saved = store.save_together(&[spring.clone(), spring.clone(), summer.clone()]).wait().expect("saved");
    assert_eq!(saved, [Saved::Done, Saved::VersionConflict, Saved::Done]);
    for (run, ..) in [spring, summer] {
        assert_eq!(store.runs_named(&run.id()).wait().expect("it can be read"), [run]);
    }
}

/// Runs of three corps and campaigns in every state, many due at the same time, in the order of a history.
fn many() -> Vec<Run> {
    let one = |n: usize| {
        let due = i64::try_from(n / 7).expect("few");
        let corp = CorpId(format!("ww{}", n * n % 3));
        let campaign = ["spring", "summer", "autumn"][n % 3].parse().expect("an id");
        let slot = Slot::Manual { local: at(i64::try_from(n).expect("few")).naive_utc() };
        let state = State::ALL[n / 3 % State::ALL.len()];
        Run::restored(Record { corp, campaign, slot, due: at(due), state, moment_id: None, ..full() })
    };
    let mut runs: Vec<Run> = (0..3_000).map(one).collect();
    runs.sort_by_key(|run| (run.due, run.corp.0.clone(), run.id()));
    runs
}

#[track_caller]
fn finds(store: &Store, runs: &[Run], wanted: &RunFilter, is_wanted: impl Fn(&Run) -> bool) {
    let expected: Vec<&Run> = runs.iter().filter(|run| is_wanted(run)).collect();
    assert!(!expected.is_empty(), "{wanted:?} finds something");
    let found = store.runs(wanted).wait().expect("they can be read");
    assert!(found.iter().eq(expected.iter().copied()), "{wanted:?}: {} of {}", found.len(), expected.len());
}

#[test]
fn paged_history_lists_each_run_once_in_order() {
    let (store, runs) = (Store::in_memory().expect("memory holds a store"), many());
    store.record(&runs).wait().expect("recorded");
    let all = RunFilter::default;
    finds(&store, &runs, &all(), |_| true);
    let corp = CorpId("ww1".to_owned());
    finds(&store, &runs, &RunFilter { corp: Some(corp.clone()), ..all() }, |run| run.corp == corp);
    let spring = Some("spring".parse().expect("an id"));
    finds(&store, &runs, &RunFilter { campaign: spring.clone(), ..all() }, |run| {
        Some(&run.campaign) == spring.as_ref()
    });
    let since = Some(at(100));
    finds(&store, &runs, &RunFilter { since, ..all() }, |run| run.due >= at(100));
    finds(&store, &runs, &RunFilter { only_open: true, ..all() }, |run| !run.state.is_over());
    for state in State::ALL {
        let wanted = RunFilter { state: Some(state), ..all() };
        finds(&store, &runs, &wanted, |run| run.state == state);
        finds(&store, &runs, &RunFilter { since, ..wanted.clone() }, |run| run.state == state && run.due >= at(100));
        let of_campaign = RunFilter { campaign: spring.clone(), ..wanted.clone() };
        finds(&store, &runs, &of_campaign, |run| run.state == state && Some(&run.campaign) == spring.as_ref());
        if !state.is_over() {
            finds(&store, &runs, &RunFilter { only_open: true, ..wanted }, |run| run.state == state);
        }
    }
}

#[test]
fn runs_are_counted_by_state_and_period() {
    let store = Store::in_memory().expect("memory holds a store");
    let runs = [
        run("too-early", 9, false, State::Created, None),
        run("first", 10, false, State::Created, None),
        run("last", 19, false, State::Created, None),
        run("lost", 15, false, State::InDoubt, None),
        run("too-late", 20, false, State::Created, None),
    ];
    store.record(&runs).wait().expect("recorded");
    let counted = store.count_runs(&CorpId("ww1".to_owned()), at(10), at(20)).wait().expect("they can be counted");
    assert_eq!(counted.into_iter().collect::<Vec<_>>(), [(State::InDoubt, 1), (State::Created, 2)]);
}

#[test]
fn send_quota_is_counted_per_month() {
    let store = Store::in_memory().expect("memory holds a store");
    let quota = Quota { per_minute: 100, per_month: 2 };
    let send = |campaign: &str, when: &str| {
        let when: DateTime<Utc> = when.parse().expect("an instant");
        let mut run = run(campaign, 1, false, State::Claimed, None);
        store.record(std::slice::from_ref(&run)).wait().expect("recorded");
        let event = run.apply(Transition::Send, when).expect("a legal move");
        store.save_together(&[(run, event, Some(quota))]).wait().expect("saved").remove(0)
    };
    let next: DateTime<Utc> = "2026-02-28T16:00:00Z".parse().expect("March begins in Beijing");
    assert_eq!(send("a", "2026-02-27T00:00:00Z"), Saved::Done);
    assert_eq!(send("b", "2026-02-28T15:00:00Z"), Saved::Done);
    assert_eq!(send("c", "2026-02-28T15:10:00Z"), Saved::NotBefore(next));
    assert_eq!(send("d", "2026-02-28T16:00:00Z"), Saved::Done);
    // A clock that is set back does not permit sends beyond the quota of a later month.
    assert!(matches!(send("e", "2026-02-26T00:00:00Z"), Saved::NotBefore(_)));
    let left = store.quota_remaining(&CorpId("ww1".to_owned()), next, quota).wait().expect("it can be read");
    assert_eq!(left.this_month, 1);
}
