//! The cost of a long history: `cargo bench --bench big_store -- 1000000`.
//!
//! `-- 1000000 postgres` fills a store on a PostgreSQL of its own, from Debian's binaries (without members);
//! `-- 1000000 postgres://…` one on that server, unless it has them already.
//!
//! Builds a store with this many runs (20,000 by default), over half a year at most. Measures the queries of people and
//! of the service, on the store itself and through the program. The first figures find the store in memory, as it was
//! just written.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

#[path = "parts/history.rs"]
mod history;
#[path = "../tests/support/postgres.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod postgres;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::ids::CorpId;
use drumbeat::store::{AckProgress, Address, RunFilter, Store, Wait};
use history::{QUOTA, fill, run};

/// The allocator of the program.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let is_quick = std::env::args().any(|argument| argument == "--test");
    let runs: usize = asked.unwrap_or(if is_quick { 1_000 } else { 20_000 });
    let dir = tempfile::tempdir().expect("there is room");
    let corp = CorpId("ww1".to_owned());
    let asked = std::env::args().find(|argument| argument.starts_with("postgres"));
    let (own_server, server) = asked.map(|asked| postgres::of_bench(&asked)).unzip();
    let address_words = server.clone().unwrap_or_else(|| format!("sqlite://{}", dir.path().join("big.db").display()));
    let address = address_words.parse::<Address>().expect("an address").of_corp_id(Some(corp.clone()));
    let end = now();
    let apart = TimeDelta::days(180) / i32::try_from(runs).expect("not so many");
    let store = Store::open(&address).expect("a store");
    let lock = store.acquire_service_lock(end).wait().expect("nobody else has it");
    let last = run(runs - 1, &corp, end);
    // A store that was filled before is only measured.
    if store.run(&corp, &last.id()).wait().expect("read").is_none() {
        let (took, ()) = timed(|| fill(&store, &corp, runs, end, apart));
        print_duration("fill", took);
    }
    drop((lock, store));
    let path = dir.path().join("big.db");
    if server.is_none() {
        let bytes = std::fs::metadata(&path).expect("it is there").len();
        println!("{runs} runs, {} MB, {} bytes a run", bytes / 1_000_000, bytes / runs as u64);
    }
    if let Some(own) = own_server.iter().flatten().next() {
        let sql = "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace \
                   WHERE nspname = 'drumbeat' AND relkind = 'r'";
        let bytes: usize = own.sql(sql).parse().expect("a number");
        println!("{runs} runs, {} MB, {} bytes a run", bytes / 1_000_000, bytes / runs);
    }

    let (took, store) = timed(|| Store::open(&address).expect("a store"));
    print_duration("open", took);
    let (took, open) = timed(|| store.open_runs(&corp).wait().expect("read").len());
    print_duration(&format!("runs that are open, as the engine starts ({open})"), took);
    print_duration(
        "show: one run and its log",
        timed(|| (store.runs_named(&last.id()).wait().expect("read"), store.log(&last).wait().expect("read"))).0,
    );
    print_duration("left of the limits", timed(|| store.quota_remaining(&corp, end, QUOTA).wait().expect("read")).0);
    print_duration(
        "a day counted by state",
        timed(|| store.count_runs(&corp, end - TimeDelta::days(1), end).wait().expect("read")).0,
    );
    pages(&store, "history", &RunFilter::default());
    pages(&store, "history --days 7", &RunFilter { since: Some(end - TimeDelta::days(7)), ..RunFilter::default() });
    pages(&store, "history --campaign", &RunFilter { campaign: Some(last.campaign.clone()), ..RunFilter::default() });
    let month = RunFilter { since: Some(end - TimeDelta::days(31)), ..RunFilter::default() };
    print_duration(
        "a month counted by day",
        timed(|| store.count_runs(&corp, end - TimeDelta::days(31), end).wait().expect("read")).0,
    );
    pages(&store, "a month", &month);
    if server.is_none() {
        members(&store, &path, &corp, runs, end, 200);
        members(&store, &path, &corp, runs, end, 5_000);
    }
    drop(store);

    let id = last.id().to_string();
    for words in [
        &["--version"][..],
        &["show", &id],
        &["history", "--days", "7"],
        &["history"],
        &["history", "--format", "json"],
    ] {
        let (took, peak) = measure_command(&dir, &address_words, words);
        print_duration(&format!("drumbeat {}: at most {:.1} MB", words.join(" "), peak as f64 / 1e3), took);
    }
    print_duration("drumbeat run, until its first round", started(&dir, &address_words));
}

/// Measures the polling of this many members per run, for at most 400,000 members in all.
fn members(store: &Store, path: &Path, corp: &CorpId, runs: usize, end: DateTime<Utc>, members: usize) {
    let of = (400_000 / members).min(runs / 2);
    let names: Vec<(String, bool)> = (0..members).map(|n| (format!("member-{n:08}"), n % 2 == 0)).collect();
    let before = used(path);
    let began = Instant::now();
    // Different runs for each number.
    for n in (0..of).map(|n| if members > 1_000 { n } else { runs - 1 - n }) {
        let reached = AckProgress { asked_at: end, asked: 3, next_at: Some(end), trouble: None };
        store.save_acks(&run(n, corp, end), &reached, &names).wait().expect("remembered");
    }
    let bytes = (used(path) - before) as f64 / (of * members) as f64;
    print_duration(&format!("{of} runs with {members} members each: {bytes:.1} bytes a member"), began.elapsed());
}

/// Used bytes of a store.
fn used(path: &Path) -> i64 {
    let db = rusqlite::Connection::open(path).expect("a database");
    let count = |pragma: &str| db.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).expect("a number");
    (count("page_count") - count("freelist_count")) * count("page_size")
}

fn drumbeat(directory: &tempfile::TempDir, store: &str, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
    command.args(words).env("DRUMBEAT_STORE", store).current_dir(directory.path());
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// The time of a command as a whole process, and its peak memory in kB.
fn measure_command(directory: &tempfile::TempDir, store: &str, words: &[&str]) -> (Duration, u64) {
    let began = Instant::now();
    let mut child = drumbeat(directory, store, words).spawn().expect("it starts");
    let (status, mut peak) = (format!("/proc/{}/status", child.id()), 0);
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let most = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        peak = most.unwrap_or(0).max(peak);
        if let Some(ended) = child.try_wait().expect("it is ours") {
            assert!(ended.success(), "{words:?}: {ended}");
            return (began.elapsed(), peak);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The time of the service from its start until it posts.
fn started(directory: &tempfile::TempDir, store: &str) -> Duration {
    let book = directory.path().join("campaigns");
    std::fs::create_dir_all(&book).expect("a directory");
    let campaign =
        "id = \"spring\"\ncontent.text = \"春\"\nvisible_range.all = true\nschedule.cron = \"0 9 * * MON\"\n";
    std::fs::write(book.join("spring.toml"), campaign).expect("written");
    let began = Instant::now();
    let mut service = drumbeat(directory, store, &["run", "campaigns", "--listen", "off", "--log", "json"]);
    service
        .env("DRUMBEAT_CORP_ID", "ww1")
        .env("DRUMBEAT_CORP_SECRET", "none")
        .env("DRUMBEAT_WECOM_URL", "http://127.0.0.1:9");
    let mut child = service.stderr(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines().map_while(Result::ok);
    let has_begun = lines.any(|line| line.contains("\"book loaded\""));
    let took = began.elapsed();
    let _ = child.kill();
    let _ = child.wait();
    assert!(has_begun, "it did not start");
    took
}

#[expect(clippy::disallowed_methods, reason = "the program reads the history of the last days")]
fn now() -> DateTime<Utc> {
    use chrono::Timelike;
    Utc::now().with_nanosecond(0).expect("a second")
}

/// Reads a whole history run by run, and prints the longest wait for the next run, which is that for a page.
fn pages(store: &Store, what: &str, wanted: &RunFilter) {
    let mut history = store.history(wanted.clone()).wait().expect("read");
    let (began, mut longest, mut runs) = (Instant::now(), Duration::ZERO, 0);
    let mut first = None;
    loop {
        let (took, next) = timed(|| history.next().wait());
        longest = longest.max(took);
        first.get_or_insert(took);
        if next.expect("read").is_none() {
            break;
        }
        runs += 1;
    }
    print_duration(&format!("{what}: first page"), first.unwrap_or_default());
    print_duration(&format!("{what}: longest page"), longest);
    print_duration(&format!("{what}: all {runs} runs"), began.elapsed());
}

fn timed<T>(what: impl FnOnce() -> T) -> (Duration, T) {
    let began = Instant::now();
    let done = what();
    (began.elapsed(), done)
}

fn print_duration(what: &str, took: Duration) {
    println!("{:>10.2} ms  {what}", took.as_secs_f64() * 1e3);
}
