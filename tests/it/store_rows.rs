//! Runs are written and read by the place of their columns, so every field is seen to come back as itself.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::ids::{CorpId, Sha256};
use drumbeat::post::{Attachments, Audience, Post};
use drumbeat::run::{Invalid, Move, Record, Run, Slot, State};
use drumbeat::schedule::Pass;
use drumbeat::store::Store;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(second)
}

/// A run of which no two fields of a kind hold the same.
fn full() -> Record {
    let post =
        Post { text: Some("春季新品".to_owned()), attachments: Attachments::None, audience: Audience::Everyone };
    Record {
        corp: CorpId("ww1".to_owned()),
        campaign: "spring".parse().expect("an id"),
        slot: Slot::Scheduled { local: at(60).naive_utc(), pass: Pass::Second },
        due: at(1),
        zone: "Asia/Shanghai".to_owned(),
        latest: at(2),
        state: State::InDoubt,
        post: Some(Arc::new(post)),
        content_sha256: Some(Sha256::of(b"content")),
        commit: Some("commit".to_owned()),
        jobid: Some("job".to_owned()),
        moment_id: Some("moment".to_owned()),
        errcode: Some(3),
        errmsg: Some("errmsg".to_owned()),
        reason: Some("reason".to_owned()),
        invalid: Invalid { users: vec!["li".to_owned()], departments: vec![4], tags: vec!["tag".to_owned()] },
        attempts: 5,
        sent_at: Some(at(6)),
        lost_at: Some(at(7)),
        asked: 8,
        not_before: at(9),
        hold: Some(10),
        needs_person: false,
        version: 11,
        created_at: at(12),
        updated_at: at(13),
    }
}

#[track_caller]
fn comes_back(record: Record) {
    let store = Store::in_memory().expect("memory holds a store");
    let mut run = Run::restored(record);
    assert_eq!(store.record(std::slice::from_ref(&run)).expect("recorded"), [true]);
    assert_eq!(store.run(&run.id()).expect("it can be read"), std::slice::from_ref(&run));
    let event = run.apply(Move::CallPerson { reason: "nobody knows".to_owned() }, at(14)).expect("a legal move");
    store.save((&run, &event)).expect("saved");
    assert_eq!(store.open_runs(&run.corp).expect("they can be read"), std::slice::from_ref(&run));
    assert_eq!(store.unsettled_runs(&run.corp).expect("they can be read"), [run]);
}

#[test]
fn a_run_with_everything_comes_back_as_it_was() {
    comes_back(full());
}

#[test]
fn a_run_with_next_to_nothing_comes_back_as_it_was() {
    let bare = Record {
        post: None,
        content_sha256: None,
        commit: None,
        jobid: None,
        moment_id: None,
        errcode: None,
        errmsg: None,
        reason: None,
        invalid: Invalid::default(),
        sent_at: None,
        lost_at: None,
        hold: None,
        ..full()
    };
    comes_back(bare);
}

#[test]
fn what_only_waits_is_not_unsettled() {
    let store = Store::in_memory().expect("memory holds a store");
    let waiting = Run::restored(Record { state: State::Claimed, ..full() });
    store.record(std::slice::from_ref(&waiting)).expect("recorded");
    assert_eq!(store.open_runs(&waiting.corp).expect("they can be read").len(), 1);
    assert_eq!(store.unsettled_runs(&waiting.corp).expect("they can be read"), []);
}
