//! What a long history costs: `cargo bench --bench big_store -- 1000000`.
//!
//! Builds a store of so many runs (20,000 without a number), half a year of them at most, and measures what people and the
//! service ask it.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::ids::CorpId;
use drumbeat::post::{Attachments, Audience, Post};
use drumbeat::run::{Due, Invalid, Move, Run, Slot};
use drumbeat::store::{Address, Quota, Store, Wanted};

/// As the program has it.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const CAMPAIGNS: usize = 500;
const QUOTA: Quota = Quota { per_minute: usize::MAX, per_month: usize::MAX };

fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let is_quick = std::env::args().any(|argument| argument == "--test");
    let runs: usize = asked.unwrap_or(if is_quick { 1_000 } else { 20_000 });
    let dir = tempfile::tempdir().expect("there is room");
    let address = Address::Sqlite(dir.path().join("big.db"));
    let corp = CorpId("ww1".to_owned());
    let end = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000);
    let apart = TimeDelta::days(180) / i32::try_from(runs).expect("not so many");
    let store = Store::open(&address).expect("a store");
    fill(&store, &corp, runs, end, apart);
    drop(store);
    let bytes = std::fs::metadata(dir.path().join("big.db")).expect("it is there").len();
    println!("{runs} runs, {} MB, {} bytes a run", bytes / 1_000_000, bytes / runs as u64);

    let (took, store) = timed(|| Store::open(&address).expect("a store"));
    tell("open", took);
    let (took, open) = timed(|| store.open_runs(&corp).expect("read").len());
    tell(&format!("runs that are open, as the engine starts ({open})"), took);
    let last = run(runs - 1, &corp, end);
    tell(
        "show: one run and its log",
        timed(|| (store.run(&last.id()).expect("read"), store.log(&last).expect("read"))).0,
    );
    tell("left of the limits", timed(|| store.left(&corp, end, QUOTA).expect("read")).0);
    tell("a day counted by state", timed(|| store.count_runs(&corp, end - TimeDelta::days(1), end).expect("read")).0);
    pages(&store, "history", &Wanted::default());
    pages(&store, "history --days 7", &Wanted { since: Some(end - TimeDelta::days(7)), ..Wanted::default() });
    pages(&store, "history --campaign", &Wanted { campaign: Some(last.campaign.clone()), ..Wanted::default() });
}

/// Records runs that were sent, in commits of a thousand.
fn fill(store: &Store, corp: &CorpId, runs: usize, end: DateTime<Utc>, apart: TimeDelta) {
    for first in (0..runs).step_by(1_000) {
        let some: Vec<Run> = (first..runs.min(first + 1_000))
            .map(|n| run(n, corp, end - apart * i32::try_from(runs - n).expect("not so many")))
            .collect();
        store.record(&some).expect("recorded");
        let mut changes = Vec::new();
        for mut run in some {
            let at = run.due;
            let sent = run.apply(Move::Send, at).expect("a legal move");
            changes.push((run.clone(), sent, Some(QUOTA)));
            let jobid = format!("job-{}", run.id());
            let submitted = run.apply(Move::Submit { jobid, errmsg: None }, at).expect("a legal move");
            changes.push((run.clone(), submitted, None));
            let created = Move::Create { moment_id: run.id().to_string(), invalid: Invalid::default(), reason: None };
            let created = run.apply(created, at).expect("a legal move");
            changes.push((run, created, None));
        }
        store.save_together(&changes).expect("saved");
    }
}

fn run(n: usize, corp: &CorpId, due: DateTime<Utc>) -> Run {
    let text = format!("第 {n} 号：新品到店，欢迎来选购");
    let post = Post { text: Some(text), attachments: Attachments::None, audience: Audience::Everyone };
    let local = DateTime::<Utc>::UNIX_EPOCH.naive_utc() + TimeDelta::minutes(i64::try_from(n).expect("not so many"));
    let of = Due {
        corp: corp.clone(),
        campaign: format!("campaign-{}", n % CAMPAIGNS).parse().expect("an id"),
        slot: Slot::ByHand { local },
        due,
        zone: "Asia/Shanghai".to_owned(),
        latest: due + TimeDelta::hours(1),
        commit: None,
    };
    Run::claimed(of, Arc::new(post), due)
}

/// Reads a history to its end, a run at a time, and tells the longest wait for the next: that is a page.
fn pages(store: &Store, what: &str, wanted: &Wanted) {
    let mut history = store.history(wanted.clone()).expect("read");
    let (began, mut longest, mut runs) = (Instant::now(), Duration::ZERO, 0);
    let mut first = None;
    loop {
        let (took, next) = timed(|| history.next());
        longest = longest.max(took);
        first.get_or_insert(took);
        if next.transpose().expect("read").is_none() {
            break;
        }
        runs += 1;
    }
    tell(&format!("{what}: first page"), first.unwrap_or_default());
    tell(&format!("{what}: longest page"), longest);
    tell(&format!("{what}: all {runs} runs"), began.elapsed());
}

fn timed<T>(what: impl FnOnce() -> T) -> (Duration, T) {
    let began = Instant::now();
    let done = what();
    (began.elapsed(), done)
}

fn tell(what: &str, took: Duration) {
    println!("{:>10.2} ms  {what}", took.as_secs_f64() * 1e3);
}
