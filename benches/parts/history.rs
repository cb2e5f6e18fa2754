//! A long history, as left by a service.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::ids::CorpId;
use drumbeat::post::{Attachments, Audience, Post};
use drumbeat::run::{Due, RejectedRecipients, Run, Slot, Transition};
use drumbeat::store::{Quota, Store, Wait};

const CAMPAIGNS: usize = 500;
pub const QUOTA: Quota = Quota { per_minute: usize::MAX, per_month: usize::MAX };

/// Records runs that were sent, in commits of a thousand.
pub fn fill(store: &Store, corp: &CorpId, runs: usize, end: DateTime<Utc>, apart: TimeDelta) {
    for first in (0..runs).step_by(1_000) {
        let some: Vec<Run> = (first..runs.min(first + 1_000))
            .map(|n| run(n, corp, end - apart * i32::try_from(runs - n).expect("not so many")))
            .collect();
        store.record(&some).wait().expect("recorded");
        let mut changes = Vec::new();
        for mut run in some {
            let at = run.due;
            let sent = run.apply(Transition::Send, at).expect("a legal move");
            changes.push((run.clone(), sent, Some(QUOTA)));
            let jobid = format!("job-{}", run.id());
            let submitted = run.apply(Transition::Submit { jobid, errmsg: None }, at).expect("a legal move");
            changes.push((run.clone(), submitted, None));
            let created = Transition::Create {
                moment_id: run.id().to_string(),
                invalid: RejectedRecipients::default(),
                reason: None,
            };
            let created = run.apply(created, at).expect("a legal move");
            changes.push((run, created, None));
        }
        store.save_together(&changes).wait().expect("saved");
    }
}

pub fn run(n: usize, corp: &CorpId, due: DateTime<Utc>) -> Run {
    let text = format!("第 {n} 号：新品到店，欢迎来选购");
    let post = Post { text: Some(text), attachments: Attachments::None, audience: Audience::Everyone };
    let local = DateTime::<Utc>::UNIX_EPOCH.naive_utc() + TimeDelta::minutes(i64::try_from(n).expect("not so many"));
    let of = Due {
        corp: corp.clone(),
        campaign: format!("campaign-{}", n % CAMPAIGNS).parse().expect("an id"),
        slot: Slot::Manual { local },
        due,
        zone: "Asia/Shanghai".to_owned(),
        deadline: due + TimeDelta::hours(1),
        commit: None,
    };
    Run::claimed(of, Arc::new(post), due)
}
