//! The disk space of a finished run.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::archive::Archive;
use drumbeat::clock::Clock;
use drumbeat::ids::CorpId;
use drumbeat::post::{Attachments, Audience, Post};
use drumbeat::run::{Due, RejectedRecipients, Run, Slot, Transition};
use drumbeat::schedule::Fold;
use drumbeat::store::{AckProgress, Address, Quota, Store, Wait};

const CAMPAIGNS: i64 = 20;
const RUNS: i64 = 4_000;
const QUOTA: Quota = Quota { per_minute: 1_000_000, per_month: 1_000_000 };

/// Bytes per run, without members, for runs with texts made by `text`.
fn bytes_a_run(text: impl Fn(i64) -> String) -> i64 {
    let directory = tempfile::tempdir().expect("there is room");
    let path = directory.path().join("drumbeat.db");
    let store = Store::open(&Address::Sqlite(path.clone())).expect("a store");
    let begin = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000);
    for first in (0..RUNS).step_by(500) {
        let runs: Vec<Run> = (first..first + 500).map(|n| claimed(n, text(n), begin + TimeDelta::minutes(n))).collect();
        store.record(&runs).wait().expect("recorded");
        let mut changes = Vec::new();
        for mut run in runs.clone() {
            let at = run.due;
            let sent = run.apply(Transition::Send, at).expect("legal");
            changes.push((run.clone(), sent, Some(QUOTA)));
            let jobid = format!("job{:040x}", at.timestamp());
            let submitted = run.apply(Transition::Submit { jobid, errmsg: None }, at).expect("legal");
            changes.push((run.clone(), submitted, None));
            let moment_id = format!("mom{:040x}", at.timestamp());
            let create = Transition::Create { moment_id, invalid: RejectedRecipients::default(), reason: None };
            let created = run.apply(create, at).expect("legal");
            changes.push((run, created, None));
        }
        store.save_together(&changes).wait().expect("saved");
        for run in runs {
            let reached = AckProgress { asked_at: run.due, asked: 3, next_at: Some(run.due), trouble: None };
            store.save_acks(&run, &reached, &[]).wait().expect("remembered");
        }
    }
    let clock = Clock::starting_at(begin + TimeDelta::days(180));
    let archive = Archive { clock, store: store.clone(), keep: None };
    while archive.step().wait().expect("tidied") {}
    drop((archive, store));
    let db = rusqlite::Connection::open(&path).expect("a database");
    let count = |pragma: &str| db.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).expect("a number");
    let used = count("page_count") - count("freelist_count");
    used * count("page_size") / RUNS
}

fn claimed(n: i64, text: String, due: DateTime<Utc>) -> Run {
    let post = Post { text: Some(text), attachments: Attachments::None, audience: Audience::Everyone };
    let due = Due {
        corp: CorpId("ww5c8f26d1e07ab394".to_owned()),
        campaign: format!("spring-launch-{}", n % CAMPAIGNS).parse().expect("an id"),
        slot: Slot::Scheduled { local: due.naive_utc(), fold: Fold::First },
        due,
        zone: "Asia/Shanghai".to_owned(),
        deadline: due + TimeDelta::hours(1),
        commit: Some("8ef6110c0de5a7d1f3b2a9c4e6d8f0b1a2c3d4e5".to_owned()),
    };
    let now = due.due;
    Run::claimed(due, Arc::new(post), now)
}

#[tokio::test]
async fn recurring_run_takes_under_one_kilobyte() {
    let bytes = bytes_a_run(|n| format!("第 {} 号：新品到店，欢迎来选购", n % CAMPAIGNS));
    assert!(bytes <= 1_000, "{bytes} bytes a run");
}

#[tokio::test]
async fn a_run_with_its_own_text_is_small() {
    let bytes = bytes_a_run(|n| format!("第 {n} 号：新品到店，欢迎来选购"));
    assert!(bytes <= 1_000, "{bytes} bytes a run");
}
