//! From the due instant to `created`, and the same commits and requests without an engine.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::store::{Address, RunFilter, Store, Wait};
use drumbeat::wecom::Request;
use tokio_util::sync::CancellationToken;

use super::harness::{CONCURRENT_SENDS, Over, Prepared, Requests, first_due, late, now};

/// The result of many occurrences due within a second.
pub(super) struct SubmitResult {
    pub(super) took: Duration,
    pub(super) created: usize,
    pub(super) commits: usize,
    pub(super) requests: usize,
    /// From due to `claimed` on disk, and from due to the creation request, in milliseconds.
    pub(super) claim_ms: Vec<f64>,
    pub(super) request_ms: Vec<f64>,
}

/// Runs occurrences to their end: all due at one instant, or one after another.
pub(super) async fn submit_runs(over: Over, campaigns: usize, apart: TimeDelta) -> SubmitResult {
    let directory = tempfile::tempdir().expect("a directory");
    let db = directory.path().join("db");
    let first = first_due(campaigns);
    let due = |n: usize| first + apart * i32::try_from(n).expect("few");
    let prepared = Prepared::of(over, campaigns, due).await;
    let store = Store::open(&Address::Sqlite(db.clone())).expect("a store");
    let watch = std::thread::spawn(move || watch_claims(&db, campaigns));
    let took = prepared.run(&store, first, due(campaigns - 1)).await;
    prepared.stop.cancel();

    let claims = watch.join().expect("the watch does not panic");
    let runs = store.runs(&RunFilter::default()).wait().expect("runs");
    let lines: usize = runs.iter().map(|run| store.log(run).wait().expect("a log").len() - 1).sum();
    let sent = prepared.sent.lock().expect("no panics");
    let sandbox = prepared.sandbox.lock().expect("no panics");
    let paths = ["/cgi-bin/gettoken", Request::CREATE, "/cgi-bin/externalcontact/get_moment_task_result"];
    SubmitResult {
        took,
        created: runs.iter().filter(|run| run.state.is_posted()).count(),
        // One commit for all due runs, then one per line of each log.
        commits: 1 + lines,
        requests: paths.iter().map(|path| usize::try_from(sandbox.calls(path)).expect("few")).sum(),
        claim_ms: claims.iter().enumerate().map(|(n, at)| late(*at, due(n))).collect(),
        request_ms: sent.iter().enumerate().map(|(n, at)| late(*at, due(n))).collect(),
    }
}

/// When each run was visible to another connection, which only sees committed data.
fn watch_claims(db: &Path, campaigns: usize) -> Vec<DateTime<Utc>> {
    let db = rusqlite::Connection::open(db).expect("the store is there");
    let mut count = db.prepare("SELECT count(*) FROM runs").expect("a question");
    let mut seen = Vec::with_capacity(campaigns);
    while seen.len() < campaigns {
        let runs: i64 = count.query_row([], |row| row.get(0)).expect("an answer");
        seen.resize(usize::try_from(runs).expect("few"), now());
        std::thread::sleep(Duration::from_millis(1));
    }
    seen
}

/// The same commits and requests without an engine.
pub(super) async fn lower_bound(over: Over, engine: &SubmitResult) -> Duration {
    let directory = tempfile::tempdir().expect("a directory");
    let db = rusqlite::Connection::open(directory.path().join("db")).expect("a database");
    db.execute_batch("PRAGMA journal_mode = wal; PRAGMA synchronous = full; CREATE TABLE rows (text TEXT)")
        .expect("SQL");
    let db = Arc::new(Mutex::new(db));
    let stop = CancellationToken::new();
    let requests = Arc::new(Requests::over(over, &stop).await);
    let left = Arc::new(AtomicUsize::new(engine.created));
    let per_run = engine.commits / engine.created;
    let started = Instant::now();
    let workers = (0..CONCURRENT_SENDS).map(|_| {
        let (db, left, requests) = (Arc::clone(&db), Arc::clone(&left), Arc::clone(&requests));
        tokio::spawn(async move {
            let commit = || {
                let row = "x".repeat(600);
                db.lock().expect("no panics").execute("INSERT INTO rows VALUES (?)", [row]).expect("a commit");
            };
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                (2..per_run).for_each(|_| commit());
                let job = requests.create().await;
                commit();
                requests.result(&job).await;
                commit();
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.expect("no panic");
    }
    let took = started.elapsed();
    stop.cancel();
    took
}

/// The least time to record due runs: this many runs with their first log lines, in one commit.
pub(super) fn claims_lower_bound(runs: usize) -> Duration {
    let directory = tempfile::tempdir().expect("a directory");
    let mut db = rusqlite::Connection::open(directory.path().join("db")).expect("a database");
    db.execute_batch(
        "PRAGMA journal_mode = wal; PRAGMA synchronous = full;
         CREATE TABLE runs (run TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID;
         CREATE TABLE events (seq INTEGER PRIMARY KEY, run TEXT, text TEXT)",
    )
    .expect("SQL");
    let started = Instant::now();
    let step = db.transaction().expect("a transaction");
    {
        let mut put = step.prepare("INSERT INTO runs VALUES (?, ?)").expect("SQL");
        let mut log = step.prepare("INSERT INTO events (run, text) VALUES (?, ?)").expect("SQL");
        let (row, line) = ("x".repeat(450), "x".repeat(50));
        for n in 0..runs {
            let run = format!("c{n:06}@2026-03-02T09:00");
            put.execute((&run, &row)).expect("a row");
            log.execute((&run, &line)).expect("a row");
        }
    }
    step.commit().expect("a commit");
    started.elapsed()
}

/// The time of single commits of one row, in milliseconds, one every hundredth of a second.
pub(super) fn commits_lower_bound(commits: usize) -> Vec<f64> {
    let directory = tempfile::tempdir().expect("a directory");
    let db = rusqlite::Connection::open(directory.path().join("db")).expect("a database");
    db.execute_batch("PRAGMA journal_mode = wal; PRAGMA synchronous = full; CREATE TABLE rows (text TEXT)")
        .expect("SQL");
    let commit = |_| {
        std::thread::sleep(Duration::from_millis(10));
        let started = Instant::now();
        db.execute("INSERT INTO rows VALUES (?)", ["x".repeat(600)]).expect("a commit");
        started.elapsed().as_secs_f64() * 1e3
    };
    (0..commits).map(commit).collect()
}
