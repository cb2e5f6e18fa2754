//! What every store must do, tried on SQLite and on PostgreSQL.

use std::collections::BTreeMap;
use std::time::Duration;

use drumbeat::ids::{CorpId, Sha256};
use drumbeat::run::{Reason, RejectedRecipients, Run, Scope, State, Transition};
use drumbeat::store::{
    AckProgress, Address, Advance, CampaignState, Lifted, MemberResult, NudgeOutcome, PageKey, Quota, Recorded,
    RunFilter, Saved, Store, StoreError, Sweep, Wait,
};

use crate::support::postgres;
use crate::support::stored_run::{self, at, changed, through};

const CORP: &str = "ww1";

fn corp() -> CorpId {
    CorpId(CORP.to_owned())
}

/// Runs a test on a file and on a server. It gets the address, so that it can open the store several times.
#[track_caller]
fn on_both(test: impl Fn(&Address)) {
    let directory = tempfile::tempdir().expect("a directory");
    test(&Address::Sqlite(directory.path().join("a.db")));
    if let Some(schema) = postgres::schema() {
        test(&schema.of(CORP));
    }
}

fn claimed(campaign: &str, second: i64) -> Run {
    stored_run::claimed(CORP, campaign, second)
}

fn open(address: &Address) -> Store {
    Store::open(address).expect("a store")
}

/// A run that was posted in the fourth second.
fn posted() -> Run {
    let (sent, _) = changed(&claimed("a", 1), Transition::Send, 2);
    let (submitted, _) = changed(&sent, Transition::Submit { jobid: "j".to_owned(), errmsg: None }, 3);
    let (moment_id, invalid) = ("m".to_owned(), RejectedRecipients::default());
    changed(&submitted, Transition::Create { moment_id, invalid, reason: None }, 4).0
}

/// Takes the service lock for as long as the store is used: only its owner may send.
fn send(store: &Store, run: &Run, second: i64, per_minute: usize) -> (Run, Saved) {
    let (run, event) = changed(run, Transition::Send, second);
    let quota = Quota { per_minute, per_month: 5 };
    let permits = store.save_together(&[(run.clone(), event, Some(quota))]).wait().expect("saved");
    (run, permits.into_iter().next().expect("one permit"))
}

#[test]
fn an_occurrence_gets_one_run() {
    on_both(|address| {
        let store = open(address);
        let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock");
        let (first, second) = (claimed("a", 1), claimed("b", 1));
        let record = |runs: &[Run], second| store.record_due(&corp(), runs, through(second)).wait();
        assert_eq!(record(std::slice::from_ref(&first), 5).expect("recorded"), [true]);
        assert_eq!(record(&[first.clone(), second], 3).expect("recorded"), [false, true]);
        assert_eq!(store.watermark(&corp()).wait().expect("read"), Some(at(5)), "it never goes back");
        assert_eq!(open(address).run(&corp(), &first.id()).wait().expect("read"), Some(first));
        assert_eq!(store.corps().wait().expect("read"), [CORP]);
    });
}

#[test]
fn an_earlier_watermark_than_the_caller_knows_is_not_passed() {
    on_both(|address| {
        let store = open(address);
        let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock");
        let record = |campaign: &str, from: Option<i64>, through: i64| {
            let watermark = Advance { from: from.map(at), through: at(through) };
            store.record_due(&corp(), &[claimed(campaign, through)], watermark).wait()
        };
        assert!(matches!(record("a", Some(0), 1), Err(StoreError::LostCommits)), "it has none");
        assert_eq!(record("a", None, 1).expect("recorded"), [true]);
        assert!(matches!(record("b", Some(2), 3), Err(StoreError::LostCommits)));
        assert!(matches!(
            store.record_reload(&corp(), &[], &[], Advance { from: Some(at(2)), through: at(3) }).wait(),
            Err(StoreError::LostCommits)
        ));
        assert_eq!(store.watermark(&corp()).wait().expect("read"), Some(at(1)));
        assert_eq!(store.runs(&RunFilter::default()).wait().expect("read").len(), 1, "nothing is written");
        assert_eq!(record("b", Some(1), 3).expect("recorded"), [true]);
    });
}

#[test]
fn the_second_writer_of_a_version_is_refused() {
    on_both(|address| {
        let (store, other) = (open(address), open(address));
        let run = claimed("a", 1);
        store.record(std::slice::from_ref(&run)).wait().expect("recorded");
        let (withdrawn, event) = changed(&run, Transition::Withdraw { reason: Reason::PostStopped }, 2);
        let (held, held_event) = changed(&run, Transition::Hold { hold: Some(7), reason: Reason::Edited }, 3);
        store.save((&withdrawn, &event)).wait().expect("saved");
        let refused = other.save((&held, &held_event)).wait();
        assert!(matches!(refused, Err(StoreError::VersionConflict { .. })), "{refused:?}");
        assert_eq!(other.save_all(&[(held, held_event)]).wait().expect("a commit"), [false]);
        assert_eq!(other.run(&corp(), &run.id()).wait().expect("read"), Some(withdrawn.clone()));
        let log = store.log(&withdrawn).wait().expect("read");
        let steps: Vec<_> = log.iter().map(|line| (line.from.as_deref(), line.to.as_str())).collect();
        assert_eq!(steps, [(None, "claimed"), (Some("claimed"), withdrawn.state.name())]);
    });
}

/// A failover lost `lost`; then another service made the same change in the same millisecond.
#[test]
fn a_version_like_a_lost_one_is_not_replaced() {
    on_both(|address| {
        let store = open(address);
        let run = claimed("a", 1);
        store.record(std::slice::from_ref(&run)).wait().expect("recorded");
        let (mut lost, _) = changed(&run, Transition::Send, 2);
        let (sending, event) = changed(&run, Transition::Send, 2);
        store.save((&sending, &event)).wait().expect("saved");
        let not_sent = Transition::Wait { until: at(3), errcode: None, errmsg: None, reason: Reason::PostStopped };
        let event = lost.apply(not_sent, at(3)).expect("a legal move");
        let refused = store.save((&lost, &event)).wait();
        assert!(matches!(refused, Err(StoreError::VersionConflict { .. })), "{refused:?}");
        assert_eq!(store.run(&corp(), &run.id()).wait().expect("read"), Some(sending));
    });
}

#[test]
fn sends_stay_within_the_limits() {
    on_both(|address| {
        let store = open(address);
        let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock");
        let runs: Vec<Run> = (0..8).map(|n| claimed(&format!("c{n}"), 1)).collect();
        store.record(&runs).wait().expect("recorded");
        let (first, permit) = send(&store, &runs[0], 100, 2);
        assert_eq!(permit, Saved::Done);
        assert_eq!(send(&store, &runs[1], 100, 2).1, Saved::Done);
        // Both wait for their answers.
        assert_eq!(send(&store, &runs[2], 101, 2).1, Saved::NotBefore(at(102)));
        let (answered, event) = changed(&first, Transition::Submit { jobid: "j".to_owned(), errmsg: None }, 110);
        store.save((&answered, &event)).wait().expect("saved");
        assert_eq!(send(&store, &runs[2], 120, 2).1, Saved::NotBefore(at(170)));
        assert_eq!(send(&store, &runs[2], 171, 2).1, Saved::Done);
        let left = store.quota_remaining(&corp(), at(171), Quota { per_minute: 9, per_month: 5 }).wait().expect("read");
        assert_eq!((left.this_minute, left.this_month), (7, 2));
        for run in &runs[3..5] {
            assert_eq!(send(&store, run, 172, 9).1, Saved::Done);
        }
        // January 1970 is over in Beijing at 16:00 of the last day.
        let next_month = Saved::NotBefore(at(31 * 86_400 - 8 * 3_600));
        assert_eq!(send(&store, &runs[5], 173, 9).1, next_month);
        assert_eq!(store.sends_in_month(&corp(), at(173)).wait().expect("read"), 5);
    });
}

#[test]
fn nothing_on_hold_is_sent() {
    on_both(|address| {
        let store = open(address);
        let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock");
        let run = claimed("a", 1);
        store.record(std::slice::from_ref(&run)).wait().expect("recorded");
        for scope in [Scope::Everything, Scope::Corp(corp()), Scope::Campaign(run.campaign.clone())] {
            let hold = store.create_hold(&scope, "错字", "wangwu", at(2)).wait().expect("held");
            assert_eq!(send(&store, &run, 3, 9).1, Saved::OnHold(hold.clone()));
            let again = store.create_hold(&scope, "again", "lisi", at(2)).wait();
            assert!(matches!(again, Err(StoreError::OnHoldAlready(active)) if *active == hold));
            assert_eq!(store.active_hold(&corp(), &run.campaign).wait().expect("read"), Some(hold.clone()));
            let lifted = || Lifted { at: at(4), by: "lisi".to_owned(), catch_up: true };
            assert!(store.lift_hold(&scope, Some(hold.id + 1), lifted()).wait().is_err());
            let hold = store.lift_hold(&scope, Some(hold.id), lifted()).wait().expect("lifted");
            assert_eq!(store.holds().wait().expect("read").last(), Some(&hold));
            assert!(matches!(store.lift_hold(&scope, None, lifted()).wait(), Err(StoreError::NotOnHold(_))));
        }
        assert_eq!(send(&store, &run, 5, 9).1, Saved::Done);
    });
}

#[test]
fn one_service_has_the_lock() {
    on_both(|address| {
        let (store, other) = (open(address), open(address));
        let lock = store.acquire_service_lock(at(0)).wait().expect("the lock");
        let second = other.acquire_service_lock(at(0)).wait();
        assert!(second.is_err_and(|error| error.is_in_use()));
        drop(lock);
        drop(other.acquire_service_lock(at(0)).wait().expect("the lock is free"));
    });
}

#[test]
fn a_moment_belongs_to_one_run() {
    on_both(|address| {
        let store = open(address);
        let run = |campaign| {
            let reason = Reason::StoppedWhileSending;
            let (sent, _) = changed(&claimed(campaign, 1), Transition::Send, 2);
            changed(&sent, Transition::LoseResponse { look_at: at(3), reason }, 3).0
        };
        let runs = [run("a"), run("b")];
        store.record(&runs).wait().expect("recorded");
        let create = |run: &Run| {
            let (moment_id, invalid) = ("m1".to_owned(), RejectedRecipients::default());
            changed(run, Transition::Create { moment_id, invalid, reason: None }, 4)
        };
        let (first, second) = (create(&runs[0]), create(&runs[1]));
        store.save((&first.0, &first.1)).wait().expect("saved");
        assert!(store.save((&second.0, &second.1)).wait().is_err());
        let asked = ["m0".to_owned(), "m1".to_owned()];
        assert_eq!(store.owned_moments(&corp(), &asked).wait().expect("read"), ["m1"]);
        assert_eq!(store.owner_of_moment(&corp(), "m1").wait().expect("read"), Some(runs[0].id()));
        assert_eq!(store.unsettled_runs(&corp()).wait().expect("read"), [runs[1].clone()]);
    });
}

#[test]
fn a_job_and_a_moment_of_another_run_are_refused() {
    on_both(|address| {
        let store = open(address);
        let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock");
        let claimed = ["a", "b", "c"].map(|campaign| claimed(campaign, 1));
        store.record(&claimed).wait().expect("recorded");
        let sending = claimed.map(|run| send(&store, &run, 2, 9).0);
        let submit = |run: &Run, jobid: &str| {
            let (run, event) = changed(run, Transition::Submit { jobid: jobid.to_owned(), errmsg: None }, 3);
            (run, event, None)
        };
        let [a, b, c] = &sending;
        // Both in one commit, and one that is there already.
        let changes = [submit(a, "j1"), submit(b, "j1"), submit(c, "j2")];
        let saved = store.save_together(&changes).wait().expect("saved");
        assert_eq!(saved, [Saved::Done, Saved::OwnedBy(a.id()), Saved::Done]);
        assert_eq!(store.save_together(&[submit(b, "j2")]).wait().expect("saved"), [Saved::OwnedBy(c.id())]);
        let create = |(run, ..): &(Run, _, _)| {
            let (moment_id, invalid) = ("m1".to_owned(), RejectedRecipients::default());
            let (run, event) = changed(run, Transition::Create { moment_id, invalid, reason: None }, 4);
            (run, event, None)
        };
        let saved = store.save_together(&[create(&changes[2]), create(&changes[0])]).wait().expect("saved");
        assert_eq!(saved, [Saved::Done, Saved::OwnedBy(c.id())]);
        // The job of a run that ends in the same commit is its own; afterwards it is nobody's.
        let create_a = |moment_id: &str| {
            let (moment_id, invalid) = (moment_id.to_owned(), RejectedRecipients::default());
            let (run, event) = changed(&changes[0].0, Transition::Create { moment_id, invalid, reason: None }, 4);
            (run, event, None)
        };
        let saved = store.save_together(&[submit(b, "j1"), create_a("m2")]).wait().expect("saved");
        assert_eq!(saved, [Saved::OwnedBy(a.id()), Saved::Done]);
        let saved = store.save_together(&[submit(b, "j2"), submit(a, "j1")]).wait().expect("saved");
        assert_eq!(saved, [Saved::Done, Saved::VersionConflict]);
    });
}

#[test]
fn every_transition_is_read_back_as_it_was_saved() {
    let reason = || Reason::StoppedWhileSending;
    let (send, lose) = (Transition::Send, || Transition::LoseResponse { look_at: at(9), reason: reason() });
    let submit = || Transition::Submit { jobid: "j".to_owned(), errmsg: Some("partly".to_owned()) };
    let create = |users: &[&str]| Transition::Create {
        moment_id: "m".to_owned(),
        invalid: RejectedRecipients {
            users: users.iter().map(|it| (*it).to_owned()).collect(),
            ..RejectedRecipients::default()
        },
        reason: Some(reason()),
    };
    let refuse = Transition::Refuse { errcode: 40_058, errmsg: "no".to_owned(), reason: reason() };
    let give_up = Transition::GiveUp { errcode: Some(-1), errmsg: Some("busy".to_owned()), reason: reason() };
    let wait = Transition::Wait { until: at(7), errcode: Some(-1), errmsg: Some("busy".to_owned()), reason: reason() };
    let post = claimed("other", 1).post.clone().expect("a post");
    let catch_up = Transition::CatchUp {
        content: Some(7),
        post,
        deadline: at(99),
        commit: Some("def".to_owned()),
        reason: reason(),
    };
    let review = || Transition::RequireReview { reason: reason() };
    let settle = |moment: Option<&str>| Transition::Settle { moment_id: moment.map(str::to_owned), reason: reason() };
    let lives = [
        vec![send.clone(), wait, Transition::Queue { reason: reason() }, give_up],
        vec![send.clone(), submit(), Transition::AskAgain { at: at(8), reason: Some(reason()) }, create(&["u"])],
        vec![send.clone(), submit(), create(&[]), Transition::Cancel { reason: reason() }],
        vec![send.clone(), refuse],
        vec![send.clone(), submit(), Transition::Expire { reason: reason() }],
        vec![send.clone(), lose(), Transition::Resend { reason: reason() }, Transition::Withdraw { reason: reason() }],
        vec![send.clone(), lose(), Transition::ConfirmAbsent { reason: reason() }],
        vec![send.clone(), lose(), review(), settle(Some("m"))],
        vec![send, submit(), review(), settle(None)],
        vec![Transition::Hold { hold: Some(3), reason: reason() }, catch_up],
        vec![Transition::Doubt { sent_at: at(2), look_at: at(6), reason: reason() }],
    ];
    on_both(|address| {
        let store = open(address);
        for (n, life) in lives.iter().enumerate() {
            let mut run = claimed("a", i64::try_from(n).expect("few"));
            store.record(std::slice::from_ref(&run)).wait().expect("recorded");
            for (second, mut step) in (10..).zip(life.clone()) {
                // A job and a moment belong to one run.
                match &mut step {
                    Transition::Submit { jobid: id, .. }
                    | Transition::Create { moment_id: id, .. }
                    | Transition::Settle { moment_id: Some(id), .. } => *id = format!("{id}{n}"),
                    _ => {}
                }
                let (next, event) = changed(&run, step, second);
                store.save((&next, &event)).wait().expect("saved");
                assert_eq!(store.run(&corp(), &next.id()).wait().expect("read"), Some(next.clone()), "{}", event.verb);
                run = next;
            }
        }
    });
}

#[test]
fn histories_are_read_in_pages() {
    on_both(|address| {
        let store = open(address);
        let runs: Vec<Run> = (0..30).map(|n| claimed(if n % 3 == 0 { "a" } else { "ab" }, 60 * n)).collect();
        store.record(&runs).wait().expect("recorded");
        let missed = changed(&runs[4], Transition::Withdraw { reason: Reason::PostStopped }, 9_000);
        store.save((&missed.0, &missed.1)).wait().expect("saved");
        let read = |wanted: RunFilter| -> Vec<i64> {
            store.runs(&wanted).wait().expect("read").iter().map(|run| run.due.timestamp() / 60).collect()
        };
        let of_a =
            RunFilter { corp: Some(corp()), campaign: Some("a".parse().expect("an id")), ..RunFilter::default() };
        assert_eq!(read(of_a.clone()), (0..10).map(|n| 3 * n).collect::<Vec<_>>());
        assert_eq!(read(RunFilter::default()), (0..30).collect::<Vec<_>>());
        assert_eq!(read(RunFilter { since: Some(at(1_680)), ..RunFilter::default() }), [28, 29]);
        assert_eq!(read(RunFilter { state: Some(missed.0.state), ..RunFilter::default() }), [4]);
        assert_eq!(read(RunFilter { only_open: true, ..RunFilter::default() }).len(), 29);
        assert_eq!(store.open_runs(&corp()).wait().expect("read").len(), 29);
        for wanted in [RunFilter::default(), of_a, RunFilter { only_open: true, ..RunFilter::default() }] {
            let (mut before, mut seen) = (PageKey::NEWEST, Vec::new());
            loop {
                let page = store.newest_runs(&corp(), &wanted, before, 4).wait().expect("read");
                seen.extend(page.runs.iter().map(|run| run.due.timestamp() / 60));
                let Some(older) = page.older else { break };
                before = older;
            }
            seen.reverse();
            assert_eq!(seen, read(wanted));
        }
        let days = [at(0)..at(600), at(600)..at(9_999)];
        let days = store.runs_of_days(&corp(), &days, 12).wait().expect("read");
        let counts: Vec<_> = days.iter().map(|day| (day.runs.len(), day.count)).collect();
        assert_eq!(counts, [(10, 10), (12, 20)]);
        let counted = store.count_runs(&corp(), at(0), at(300)).wait().expect("read");
        assert_eq!(counted, BTreeMap::from([(State::Claimed, 4), (missed.0.state, 1)]));
        assert_eq!(store.newest_from(&corp(), None, 3).wait().expect("read"), Some(at(60 * 26)));
    });
}

#[test]
fn confirmations_are_kept() {
    on_both(|address| {
        let store = open(address);
        let run = posted();
        store.record(std::slice::from_ref(&run)).wait().expect("recorded");
        let due = |second| store.acks_to_poll(&corp(), at(0), at(second)).wait().expect("read");
        assert_eq!(due(10).now.len(), 1);
        let reached = AckProgress { asked_at: at(10), asked: 2, next_at: Some(at(50)), trouble: None };
        let members = |li, wang| [("li".to_owned(), li), ("wang".to_owned(), wang)];
        store.save_acks(&run, &reached, &members(true, false)).wait().expect("saved");
        assert_eq!((due(20).now.len(), due(20).next_at), (0, Some(at(50))));
        let later = AckProgress { asked_at: at(60), next_at: None, ..reached };
        store.save_acks(&run, &later, &members(false, true)).wait().expect("saved");
        let (progress, acks) = store.acks(&run).wait().expect("read");
        assert_eq!(progress, Some(later));
        let acks: Vec<_> = acks.into_iter().map(|ack| (ack.member, ack.posted_at)).collect();
        assert_eq!(acks, [("li".to_owned(), Some(at(10))), ("wang".to_owned(), Some(at(60)))]);
        assert!(due(99).now.is_empty());
    });
}

#[test]
fn results_are_kept_and_summed() {
    on_both(|address| {
        let store = open(address);
        let run = posted();
        store.record(std::slice::from_ref(&run)).wait().expect("recorded");
        let ages = [Duration::from_secs(60), Duration::from_secs(600)];
        let due = |second| store.results_due(&corp(), &ages, at(second)).wait().expect("read");
        assert!(due(50).is_none());
        assert_eq!(due(70).map(|it| it.age), Some(ages[0]));
        let result = |member: &str, customers, errcode| MemberResult {
            member: Ok(member.to_owned()),
            department: Some(2),
            customers,
            likes: 1,
            comments: 0,
            errcode,
        };
        let both = [result("li", 5, 0), result("wang", 7, 0)];
        for result in &both {
            store.save_result(&run, ages[0], result).wait().expect("saved");
        }
        store.save_result(&run, ages[0], &both[1]).wait().expect("saved again");
        assert_eq!(due(70).map(|it| it.known), Some(vec!["li".to_owned(), "wang".to_owned()]));
        let sweep = Sweep { age: ages[0], asked_at: at(70), members: 3, posted: 2, errcode: 0, results: both.to_vec() };
        store.save_sweep(&run, &sweep).wait().expect("saved");
        assert_eq!(store.sweeps(&run).wait().expect("read"), std::slice::from_ref(&sweep));
        assert!(due(80).is_none());
        assert_eq!(due(700).map(|it| it.age), Some(ages[1]));
        // Only the sums are left.
        assert!(store.sum_results(at(100)).wait().expect("summed"));
        assert!(!store.sum_results(at(100)).wait().expect("nothing more"));
        let sums = MemberResult { member: Err(2), customers: 12, likes: 2, ..both[0].clone() };
        assert_eq!(store.sweeps(&run).wait().expect("read"), [Sweep { results: vec![sums], ..sweep }]);
    });
}

#[test]
fn members_are_reminded_twice_at_most() {
    on_both(|address| {
        let (store, other) = (open(address), open(address));
        let run = posted();
        store.record(std::slice::from_ref(&run)).wait().expect("recorded");
        let ages = [Duration::from_secs(60), Duration::from_secs(600)];
        let due = |second| {
            let due = store.nudges_due(&corp(), &ages, at(second)).wait().expect("read");
            due.into_iter().map(|it| it.age).collect::<Vec<_>>()
        };
        assert_eq!((due(50), due(70), due(700)), (vec![], vec![ages[0]], vec![ages[1]]));
        let progress = AckProgress { asked_at: at(60), asked: 1, next_at: Some(at(90)), trouble: None };
        let acks = [("li".to_owned(), false), ("wang".to_owned(), false)];
        store.save_acks(&run, &progress, &acks).wait().expect("saved");
        let both = ["li", "wang"].map(str::to_owned);
        let begin = |store: &Store, second| {
            store.begin_nudges(&run, &both, at(second - 1), Some("wangwu"), at(second)).wait().expect("saved")
        };
        assert_eq!((begin(&store, 70).len(), begin(&other, 70).len()), (2, 0));
        let outcome = |name: &str, outcome| (name.to_owned(), outcome);
        let outcomes = [outcome("li", Some(NudgeOutcome::Sent)), outcome("wang", None)];
        store.end_nudges(&run, &outcomes).wait().expect("saved");
        store.save_nudged_age(&run, ages[0]).wait().expect("saved");
        assert_eq!((due(70), due(700)), (vec![], vec![ages[1]]));
        // What was not sent does not count.
        assert_eq!(
            (begin(&other, 80).len(), begin(&store, 90), begin(&store, 100).len()),
            (2, vec!["wang".to_owned()], 0)
        );
        let nudges = store.nudges(&run).wait().expect("read");
        let nudges: Vec<_> = nudges.iter().map(|it| (&*it.member, it.number, it.at, it.outcome)).collect();
        let unknown = NudgeOutcome::Unknown;
        let (first, second, third) = (at(70), at(80), at(90));
        assert_eq!(
            nudges,
            [
                ("li", 1, first, NudgeOutcome::Sent),
                ("li", 2, second, unknown),
                ("wang", 1, second, unknown),
                ("wang", 2, third, unknown)
            ]
        );
        let exported = store.export(at(99_999), 10).wait().expect("read");
        assert!(exported[0].line.contains("\"nudges\":[{") && exported[0].line.contains("\"outcome\":\"sent\""));
        let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock");
        store.remove_exported(&exported, "1970-01", 7).wait().expect("removed");
        while store.remove_members().wait().expect("removed") {}
        assert_eq!(store.nudges(&run).wait().expect("read"), []);
    });
}

#[test]
fn campaigns_and_uploads_are_remembered() {
    on_both(|address| {
        let store = open(address);
        let state = |id: &str, since| CampaignState {
            campaign: id.parse().expect("an id"),
            fingerprint: format!("{id}{since}"),
            since: at(since),
            timing: "{}".to_owned(),
        };
        let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock");
        store.record_reload(&corp(), &[state("b", 1), state("a", 1)], &[], through(1)).wait().expect("saved");
        let gone = ["b".parse().expect("an id")];
        store.record_reload(&corp(), &[state("a", 9)], &gone, through(9)).wait().expect("saved");
        assert_eq!(store.campaigns(&corp()).wait().expect("read"), [state("a", 9)]);
        assert_eq!(store.campaign_ids().wait().expect("read").len(), 1);
        store.rewind(&corp(), at(4)).wait().expect("saved");
        assert_eq!(store.watermark(&corp()).wait().expect("read"), Some(at(4)));
        assert_eq!(store.campaigns(&corp()).wait().expect("read")[0].since, at(4));
        let digest = Sha256::of(b"a picture");
        let id = |since| store.media_id(&corp(), digest, at(since)).wait().expect("read");
        store.put_media(&corp(), digest, "m1", at(5)).wait().expect("saved");
        store.put_media(&corp(), digest, "m2", at(6)).wait().expect("saved");
        assert_eq!((id(5).as_deref(), id(6)), (Some("m2"), None));
        store.forget_media(&corp(), digest).wait().expect("saved");
        assert_eq!(id(0), None);
    });
}

#[test]
fn a_removed_run_never_comes_back() {
    on_both(|address| {
        let store = open(address);
        let runs = [claimed("a", 1), claimed("b", 2)];
        store.record(&runs).wait().expect("recorded");
        let (over, event) = changed(&runs[0], Transition::Withdraw { reason: Reason::PostStopped }, 3);
        store.save((&over, &event)).wait().expect("saved");
        let exported = store.export(at(99_999), 10).wait().expect("read");
        assert_eq!(exported.len(), 1, "an open run is kept");
        assert!(exported[0].line.contains("\"campaign\":\"a\"") && exported[0].line.contains("\"events\":[{"));
        assert_eq!(store.exported_bytes("1970-01").wait().expect("read"), 0);
        let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock");
        store.remove_exported(&exported, "1970-01", 77).wait().expect("removed");
        assert_eq!(store.exported_bytes("1970-01").wait().expect("read"), 77);
        assert!(!store.remove_members().wait().expect("removed"));
        assert!(!store.remove_sends(at(99_999)).wait().expect("removed"));
        assert_eq!(store.record(&runs).wait().expect("recorded"), [false, false]);
        assert_eq!(store.runs(&RunFilter::default()).wait().expect("read"), [runs[1].clone()]);
    });
}

#[test]
fn changes_by_others_are_noticed() {
    on_both(|address| {
        let (store, other) = (open(address), open(address));
        let version = || store.data_version().wait().expect("read");
        let before = version();
        store.record(&[claimed("a", 1)]).wait().expect("recorded");
        assert_eq!(version(), before, "own changes do not count");
        other.record(&[claimed("b", 1)]).wait().expect("recorded");
        let after = version();
        assert_ne!(after, before);
        store.create_hold(&Scope::Everything, "why", "wangwu", at(1)).wait().expect("held");
        assert_ne!(version(), after, "a person's change through this process");
        let asked = store.record_manual_run(&claimed("c", 1), Some("wangwu"), false).wait().expect("asked");
        assert!(matches!(asked, Recorded::OnHold(_)));
    });
}

#[test]
fn people_are_told_of_unfinished_runs() {
    on_both(|address| {
        let store = open(address);
        let first = claimed("a", 1);
        assert_eq!(store.record_manual_run(&first, None, false).wait().expect("asked"), Recorded::New);
        assert_eq!(store.record_manual_run(&first, None, true).wait().expect("asked"), Recorded::SameSecond);
        let asked = store.record_manual_run(&claimed("a", 2), None, false).wait().expect("asked");
        assert_eq!(asked, Recorded::Unfinished(vec![first.clone()]));
        assert_eq!(store.unfinished_runs(&corp(), &first.campaign).wait().expect("read"), [first]);
    });
}

#[test]
fn concurrent_writers_lose_nothing() {
    on_both(|address| {
        drop(open(address));
        std::thread::scope(|scope| {
            for writer in 0..4 {
                scope.spawn(move || {
                    let store = open(address);
                    for n in 0..10 {
                        let runs = [claimed("shared", n), claimed(&format!("w{writer}"), n)];
                        store.record(&runs).wait().expect("recorded");
                    }
                });
            }
        });
        assert_eq!(open(address).runs(&RunFilter::default()).wait().expect("read").len(), 50);
    });
}
