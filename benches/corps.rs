//! Many corps on one PostgreSQL and several services: `cargo bench --bench corps -- postgres://… 1000 3 5`
//! (address of an empty store, corps, services, minutes).
//!
//! Each corp has ten posts due in each minute, and a sandbox of its own over HTTP, in this process. Prints how late the
//! requests were, and what memory and processor time the services needed.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::clock::Clock;
use drumbeat::ids::CorpId;
use drumbeat::sandbox::{Company, Sandbox, SandboxConfig, serve};
use drumbeat::store::{Address, Store, Wait};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const POSTS: usize = 10;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let Some(place) = words.iter().position(|word| word.starts_with("postgres")) else {
        println!("needs the address of an empty store on a server: see the head of the file");
        return;
    };
    let number = |n: usize, usual| words.get(place + n).and_then(|word| word.parse().ok()).unwrap_or(usual);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(measure(&words[place], number(1, 1_000), number(2, 3), number(3, 3)));
}

async fn measure(store: &str, corps: usize, services: usize, minutes: usize) {
    let directory = tempfile::tempdir().expect("a directory");
    let sandboxes = write(directory.path(), store, corps).await;
    let began = Instant::now();
    let mut running: Vec<Child> = (0..services).map(|n| start(directory.path(), n)).collect();
    println!("{corps} corps, {services} services");
    until_known(store, corps).await;
    println!("{:>10.1} s   until every corp is served, {} at the same time", began.elapsed().as_secs_f64(), services);
    println!("{:>10}     connections to the server", connections(store));
    let first = next_minute(now());
    tokio::time::sleep((first - now()).to_std().unwrap_or_default()).await;
    let before: Vec<f64> = running.iter().map(processor).collect();
    let length = TimeDelta::minutes(i64::try_from(minutes).expect("few"));
    tokio::time::sleep((length - TimeDelta::seconds(5)).to_std().expect("some minutes")).await;
    for (service, before) in running.iter().zip(&before) {
        let used = processor(service) - before;
        let share = used / (length.num_seconds() - 5) as f64 * 100.0;
        println!("{share:>10.1} %   of a core, {:.1} MB resident: a service", memory(service) / 1e3);
    }
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
    for n in 0..POSTS {
        let text = format!(
            "id = \"c{n}\"\n[content]\ntext = \"第 {n} 号：新品到店\"\n[visible_range]\nsender_list = {{ user_list = \
             [\"zhangshan\"] }}\n[schedule]\ncron = \"* * * * *\"\n"
        );
        fs::write(book.join(format!("c{n}.toml")), text).expect("written");
    }
    fs::write(directory.join("secret"), Company::chunfeng().secret.expose()).expect("written");
    let mut file = format!("store = '{store}'\ncreates_per_minute = 1000\nlisten = 'off'\n");
    let mut sandboxes = Vec::new();
    for n in 0..corps {
        let behaviour = SandboxConfig {
            creates_per_minute: usize::MAX,
            creates_per_month: usize::MAX,
            jobs_in_flight: usize::MAX,
            job_runs_after: Duration::ZERO,
            job_done_after: Duration::ZERO,
            listed_after: Duration::ZERO,
            ..SandboxConfig::default()
        };
        let company = Company { corp: CorpId(format!("ww{n:06}")), ..Company::chunfeng() };
        let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(company, behaviour)));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(serve(listener, Arc::clone(&sandbox), Clock::System, CancellationToken::new()));
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

/// Waits until the store knows the campaigns of every corp.
async fn until_known(store: &str, corps: usize) {
    let address: Address = store.parse().expect("an address");
    let began = Instant::now();
    loop {
        let address = address.clone();
        let known = tokio::task::spawn_blocking(move || {
            let store = Store::open_existing(&address).ok()?;
            store.corps().wait().ok().map(|corps| corps.len())
        });
        if known.await.expect("no panic").is_some_and(|known| known >= corps) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(600), "not every corp is served");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// The connections to the database that psql sees, without its own.
fn connections(store: &str) -> String {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'drumbeat'";
    let plain = store.split('?').next().unwrap_or(store);
    let output = Command::new("psql").args(["-X", "-A", "-t", "-c", sql, plain]).output();
    output.map_or_else(|_| "?".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
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
