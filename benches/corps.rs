//! Many corps on one PostgreSQL and several services: `cargo bench --bench corps -- 1000 3 5` (corps, services, minutes),
//! on a server of its own from Debian's binaries; with `postgres://…` before the numbers, on an empty store there.
//!
//! Each corp has ten posts due in each minute, and a sandbox of its own over HTTP, in this process. Prints how long the start
//! took, how late the requests were, and what memory and processor time the services needed.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

#[path = "../tests/support/postgres.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod postgres;
#[path = "parts/sandbox.rs"]
mod sandbox;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::ids::CorpId;
use drumbeat::sandbox::{Company, Sandbox};
use sandbox::{over_http, unlimited};
use tokio_util::sync::CancellationToken;

const POSTS: usize = 10;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let quick = words.iter().any(|word| word == "--test");
    let numbers: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let number = |n: usize, usual| numbers.get(n).copied().unwrap_or(if quick { 1 } else { usual });
    let asked = words.iter().find(|word| word.starts_with("postgres")).map_or("postgres", String::as_str);
    let (_server, address) = postgres::of_bench(asked);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(measure(&address, number(0, 1_000), number(1, 3), number(2, 3)));
}

async fn measure(store: &str, corps: usize, services: usize, minutes: usize) {
    let directory = tempfile::tempdir().expect("a directory");
    let sandboxes = write(directory.path(), store, corps).await;
    let began = Instant::now();
    let mut running: Vec<Child> = (0..services).map(|n| start(directory.path(), n)).collect();
    println!("{corps} corps, {services} services");
    until_known(store, corps).await;
    println!("{:>10.1} s   until every corp is served, all services started together", began.elapsed().as_secs_f64());
    for service in &running {
        println!(
            "{:>10.1} s   of processor time, {:.1} MB resident: a service",
            processor(service),
            memory(service) / 1e3
        );
    }
    let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'drumbeat'";
    println!("{:>10}     connections to the server", sql(store, count));
    let first = next_minute(now());
    tokio::time::sleep((first - now()).to_std().unwrap_or_default()).await;
    let before: Vec<f64> = running.iter().map(processor).collect();
    let machine = machine_time();
    let length = TimeDelta::minutes(i64::try_from(minutes).expect("few"));
    tokio::time::sleep((length - TimeDelta::seconds(5)).to_std().expect("some minutes")).await;
    for (service, before) in running.iter().zip(&before) {
        let used = processor(service) - before;
        let share = used / (length.num_seconds() - 5) as f64 * 100.0;
        println!("{share:>10.1} %   of a core, {:.1} MB resident: a service", memory(service) / 1e3);
    }
    let all: f64 = running.iter().map(memory).sum();
    println!("{:>10.2} MB  resident for each corp, all services together", all / 1e3 / corps as f64);
    let (busy, total) = machine_time();
    let share = (busy - machine.0) / (total - machine.1) * 100.0;
    println!("{share:>10.1} %   of the machine busy, with the server, the sandboxes and everything else");
    // What was due last may still be on its way.
    tokio::time::sleep(Duration::from_secs(60)).await;
    let (mut late, mut missing) = (Vec::new(), 0);
    for sandbox in &sandboxes {
        let sandbox = sandbox.lock().expect("no panics");
        let mut sent: Vec<DateTime<Utc>> =
            sandbox.ledger().iter().filter(|it| it.at >= first).map(|it| it.at).collect();
        sent.sort();
        // The nth post belongs to the minute n / 10.
        for (n, at) in sent.iter().take(minutes * POSTS).enumerate() {
            let due = first + TimeDelta::minutes(i64::try_from(n / POSTS).expect("few"));
            late.push((*at - due).num_milliseconds() as f64 / 1e3);
        }
        missing += (minutes * POSTS).saturating_sub(sent.len());
    }
    late.sort_by(f64::total_cmp);
    let at = |part: f64| late.get(((late.len() as f64 - 1.0) * part) as usize).copied().unwrap_or(f64::NAN);
    println!("{:>10}     requests in {minutes} minutes, {missing} missing", late.len());
    println!("{:>10.2} s   late at p50, {:.2} at p99, {:.2} at most", at(0.5), at(0.99), at(1.0));
    for service in &mut running {
        let _ = service.kill();
        let _ = service.wait();
    }
}

/// Writes one book for all, and a service file; starts a sandbox for each corp.
async fn write(directory: &Path, store: &str, corps: usize) -> Vec<Arc<Mutex<Sandbox>>> {
    let book = directory.join("campaigns");
    fs::create_dir(&book).expect("a directory");
    fs::write(book.join("policy.toml"), "timezone = \"UTC\"\n[limits]\nmax_per_day = 10000\n").expect("written");
    // The rules look at every occurrence of a book: one without an end has half a million in a year.
    let end = (now() + TimeDelta::days(1)).date_naive();
    for n in 0..POSTS {
        let text = format!(
            "id = \"c{n}\"\n[content]\ntext = \"第 {n} 号：新品到店\"\n[visible_range]\nsender_list = {{ user_list = \
             [\"zhangshan\"] }}\n[schedule]\ncron = \"* * * * *\"\nend = {end}\n"
        );
        fs::write(book.join(format!("c{n}.toml")), text).expect("written");
    }
    fs::write(directory.join("secret"), Company::chunfeng().secret.expose()).expect("written");
    let mut file = format!("store = '{store}'\ncreates_per_minute = 1000\nlisten = 'off'\n");
    let mut sandboxes = Vec::new();
    for n in 0..corps {
        let sandbox = unlimited(Company { corp: CorpId(format!("ww{n:06}")), ..Company::chunfeng() });
        let address = over_http(&sandbox, &CancellationToken::new()).await;
        sandboxes.push(sandbox);
        write!(
            file,
            "[[corp]]\nname = 'corp-{n}'\ncorp_id = 'ww{n:06}'\ncorp_secret_file = '{}'\nbook = '{}'\nwecom_url = 'http://{address}'\n",
            directory.join("secret").display(),
            book.display()
        )
        .expect("a text");
    }
    fs::write(directory.join("drumbeat.toml"), file).expect("written");
    sandboxes
}

fn start(directory: &Path, n: usize) -> Child {
    let log = fs::File::create(directory.join(format!("log-{n}"))).expect("a log");
    let mut service = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
    service
        .current_dir(directory)
        .args(["--config", "drumbeat.toml", "run"])
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    service.stderr(log).spawn().expect("it starts")
}

/// Waits until the store knows the campaigns of every corp: the first round of each.
async fn until_known(store: &str, corps: usize) {
    let began = Instant::now();
    let known = || sql(store, "SELECT count(DISTINCT corp) FROM drumbeat.campaigns").parse::<usize>().unwrap_or(0);
    while known() < corps {
        assert!(began.elapsed() < Duration::from_secs(900), "not every corp is served: {}", known());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// The answer of the server to a question, as psql prints it.
fn sql(store: &str, sql: &str) -> String {
    let plain = store.split('?').next().unwrap_or(store);
    let output = Command::new("psql").args(["-X", "-A", "-t", "-c", sql, plain]).output().expect("psql runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The busy time and the whole time of all cores since the machine started, in ticks.
fn machine_time() -> (f64, f64) {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks: Vec<f64> =
        stat.lines().next().unwrap_or_default().split_whitespace().filter_map(|it| it.parse().ok()).collect();
    let total: f64 = ticks.iter().sum();
    (total - ticks.get(3).unwrap_or(&0.0) - ticks.get(4).unwrap_or(&0.0), total)
}

/// The processor time of a process in seconds.
fn processor(process: &Child) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.id())).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}

/// Resident memory in kB.
fn memory(process: &Child) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

fn next_minute(now: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = now.timestamp() / 60 * 60 + 60;
    // Time for the corps that were found last.
    DateTime::from_timestamp(seconds + 60, 0).expect("an instant")
}

#[expect(clippy::disallowed_methods, reason = "the services live in real time")]
fn now() -> DateTime<Utc> {
    Utc::now()
}
