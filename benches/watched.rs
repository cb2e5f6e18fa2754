//! Whether observers delay a post: `cargo bench --bench watched -- 501000`.
//!
//! Three real services, each with a store of this many runs (20,000 by default). One has no observers; another has a
//! notifier that never answers, a daily summary, and 50 clients on its metrics or on its console; the third counts the
//! results of its newest runs, which the others do not. Rounds of 20 posts due at once alternate between them. Lateness is the time from the due instant to the arrival at WeCom.
//!
//! Clients and WeCom share the cores with the service, so there is a floor: the first service, while the same clients
//! query a bare server of the bench. That server answers faster, so its clients take more of the cores.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

#[path = "parts/history.rs"]
mod history;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use drumbeat::clock::Clock;
use drumbeat::sandbox::{Company, Sandbox, SandboxConfig, serve};
use drumbeat::store::{Address, Store};
use tokio_util::sync::CancellationToken;

const POSTS: usize = 20;
const CLIENTS: usize = 50;
/// The interval between two bursts, in seconds, including the clients' time before each.
const APART: i64 = 3;

/// The activity of 50 clients while 20 posts are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Load {
    /// No clients and no notifier.
    None,
    /// Each client asks once a second: fifteen times as often as Prometheus by default.
    EverySecond,
    /// Each client asks again as soon as it has its answer.
    AtOnce,
    /// The same, with a bare server: only the cores of the service are shared.
    Floor,
    /// 200 requests a second for the pages of the console, all clients together.
    Console,
    /// No clients, and results are counted: a call and a commit every tenth of a second.
    Counting,
}

const LOADS: [Load; 10] = [
    Load::None,
    Load::EverySecond,
    Load::None,
    Load::AtOnce,
    Load::None,
    Load::Floor,
    Load::None,
    Load::Console,
    Load::None,
    Load::Counting,
];
const SERVICES: [&str; 3] = ["alone", "watched", "counting"];
const METRICS: &[&str] = &["/metrics", "/readyz"];
const CONSOLE: &[&str] = &["/", "/runs", "/runs?state=missed", "/review", "/health"];
/// Of 50 clients, for 200 requests a second.
const CONSOLE_PAUSE: Duration = Duration::from_millis(250);

fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let is_quick = std::env::args().any(|argument| argument == "--test");
    let runs: usize = asked.unwrap_or(if is_quick { 1_000 } else { 20_000 });
    let rounds = if is_quick { LOADS.len() } else { 8 * LOADS.len() };

    let harness = Setup::new(runs, rounds);
    let (alone, _) = start(&harness, "alone", None);
    let (watched, pages) = start(&harness, "watched", Some(silent_robot()));
    let (counting, _) = start(&harness, "counting", None);
    let (pages, bare) = (pages.expect("it has pages"), bare_server());
    let metrics = pages.metrics;
    let answers = Arc::new(AtomicU64::new(0));
    let mut asked_in: Vec<(Load, u64)> = Vec::new();
    for (round, due) in harness.rounds.iter().enumerate() {
        let load = LOADS[round % LOADS.len()];
        sleep_until(*due - TimeDelta::milliseconds(1_500));
        let clients = match load {
            Load::None | Load::Counting => None,
            Load::EverySecond => Some(Clients::start(metrics, METRICS, Duration::from_secs(1), &answers)),
            Load::AtOnce => Some(Clients::start(metrics, METRICS, Duration::ZERO, &answers)),
            Load::Floor => Some(Clients::start(bare, METRICS, Duration::ZERO, &answers)),
            Load::Console => Some(Clients::start(pages.console, CONSOLE, CONSOLE_PAUSE, &answers)),
        };
        let before = answers.load(Ordering::Relaxed);
        sleep_until(*due + TimeDelta::milliseconds(1_000));
        asked_in.push((load, answers.load(Ordering::Relaxed) - before));
        drop(clients);
    }
    drop((alone, watched, counting));

    let mut late: BTreeMap<Load, Vec<f64>> = BTreeMap::new();
    for (text, at) in harness.arrivals() {
        let round: usize = text.rsplit(' ').next().and_then(|n| n.parse().ok()).expect("a round");
        let lateness = (at - harness.rounds[round]).num_microseconds().unwrap_or(i64::MAX) as f64 / 1e3;
        late.entry(LOADS[round % LOADS.len()]).or_default().push(lateness);
    }
    let counted = harness.sandbox.lock().expect("no panics").calls("/cgi-bin/externalcontact/get_moment_task");
    println!(
        "{runs} runs in each store; {POSTS} posts due at once, {rounds} rounds; {counted} moments asked for results"
    );
    let none = percentile(&late[&Load::None], 0.99);
    for (load, times) in &late {
        let asked: u64 = asked_in.iter().filter(|(in_load, _)| in_load == load).map(|(_, answers)| answers).sum();
        let of_rounds = asked_in.iter().filter(|(in_load, _)| in_load == load).count();
        println!(
            "{load:>12?}: lateness p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms ({} posts); p99 {:.2} x none; {:.0} answers a second",
            percentile(times, 0.5),
            percentile(times, 0.99),
            percentile(times, 1.0),
            times.len(),
            percentile(times, 0.99) / none,
            asked as f64 / of_rounds as f64 / 2.5,
        );
        assert_eq!(times.len(), of_rounds * POSTS, "a post of {load:?} did not go out");
    }
}

fn percentile(times: &[f64], share: f64) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[((times.len() as f64 - 1.0) * share).round() as usize]
}

/// WeCom, and a directory for each service with a book and a store.
struct Setup {
    directory: tempfile::TempDir,
    sandbox: Arc<Mutex<Sandbox>>,
    wecom: SocketAddr,
    /// The due time of each round. The first watched one is on a full minute, when the daily summary is made.
    rounds: Vec<DateTime<Utc>>,
    _stop: tokio_util::sync::DropGuard,
}

impl Setup {
    fn new(runs: usize, rounds: usize) -> Self {
        let directory = tempfile::tempdir().expect("there is room");
        let top = directory.path();
        for name in SERVICES {
            fs::create_dir_all(top.join(name).join("campaigns")).expect("a directory");
        }
        let address = Address::Sqlite(top.join("alone/drumbeat.db"));
        let apart = TimeDelta::days(180) / i32::try_from(runs).expect("not so many");
        history::fill(&Store::open(&address).expect("a store"), &Company::chunfeng().corp, runs, now(), apart);
        for name in &SERVICES[1..] {
            fs::copy(top.join("alone/drumbeat.db"), top.join(name).join("drumbeat.db")).expect("copied");
        }

        let behaviour = SandboxConfig {
            creates_per_minute: usize::MAX,
            creates_per_month: usize::MAX,
            jobs_in_flight: usize::MAX,
            ..SandboxConfig::default()
        };
        let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(Company::chunfeng(), behaviour)));
        let stop = CancellationToken::new();
        let (tell, told) = std::sync::mpsc::channel();
        let (shared, ends) = (Arc::clone(&sandbox), stop.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
                tell.send(listener.local_addr().expect("an address")).expect("it is waited for");
                serve(listener, shared, Clock::System, ends).await
            })
        });
        let wecom = told.recv().expect("the sandbox listens");

        // Time for both services to start.
        let minute = (now() + TimeDelta::seconds(80)).with_second(0).and_then(|it| it.with_nanosecond(0));
        let first = minute.expect("a minute") - TimeDelta::seconds(APART);
        let due = |round: usize| first + TimeDelta::seconds(APART * i64::try_from(round).expect("few"));
        let this = Self { sandbox, wecom, rounds: (0..rounds).map(due).collect(), _stop: stop.drop_guard(), directory };
        this.write_books();
        this
    }

    fn write_books(&self) {
        for name in SERVICES {
            let book = self.path(name).join("campaigns");
            fs::write(book.join("policy.toml"), "timezone = \"UTC\"\n[limits]\nmax_per_day = 10000\n")
                .expect("written");
            for (round, due) in self.rounds.iter().enumerate() {
                let service = match LOADS[round % LOADS.len()] {
                    Load::None | Load::Floor => "alone",
                    Load::EverySecond | Load::AtOnce | Load::Console => "watched",
                    Load::Counting => "counting",
                };
                if service != name {
                    continue;
                }
                for n in 0..POSTS {
                    let text = format!(
                        "id = \"c{round}-{n}\"\n[content]\ntext = \"新品到店 {n} {round}\"\n[visible_range]\n\
                         sender_list = {{ user_list = [\"zhangshan\"] }}\n[schedule]\nat = {}\n",
                        due.format("%Y-%m-%dT%H:%M:%S")
                    );
                    fs::write(book.join(format!("c{round}-{n}.toml")), text).expect("written");
                }
            }
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The text of each post, and when it arrived at WeCom.
    fn arrivals(&self) -> Vec<(String, DateTime<Utc>)> {
        let sandbox = self.sandbox.lock().expect("no panics");
        sandbox.ledger().iter().map(|entry| (entry.text.clone(), entry.at)).collect()
    }
}

/// Where a service answers.
struct Pages {
    metrics: SocketAddr,
    console: SocketAddr,
}

/// The real program, and where it answers. With a robot it has pages and a daily summary.
fn start(harness: &Setup, name: &str, robot: Option<SocketAddr>) -> (Service, Option<Pages>) {
    let directory = harness.path(name);
    let results = if name == "counting" { "1d" } else { "0s" };
    let mut settings = format!("creates_per_minute = 1000000\nedit_delay = \"0s\"\nresults_after = [\"{results}\"]\n");
    // Only calls for results are counted.
    settings += "confirmation_window = \"0s\"\n";
    if robot.is_some() {
        let beijing = harness.rounds[1] + TimeDelta::hours(8);
        settings += &format!("daily_summary = \"{}\"\n", beijing.format("%H:%M"));
    }
    fs::write(directory.join("drumbeat.toml"), settings).expect("written");
    let company = Company::chunfeng();
    let mut command = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
    command.current_dir(&directory).args(["--config", "drumbeat.toml", "run", "campaigns", "--log", "json"]);
    command.args(["--wecom-url", &format!("http://{}", harness.wecom)]);
    let listen = if robot.is_some() { "127.0.0.1:0" } else { "off" };
    command.args(["--listen", listen, "--page", listen]);
    command.env("DRUMBEAT_CORP_ID", company.corp.to_string());
    command.env("DRUMBEAT_CORP_SECRET", company.secret.expose());
    if let Some(robot) = robot {
        command.env("DRUMBEAT_NOTIFY_URL", format!("http://{robot}/hook"));
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the service starts");
    let mut log = BufReader::new(child.stderr.take().expect("it is piped")).lines().map_while(Result::ok);
    let (mut said, mut metrics, mut console) = (String::new(), None, None);
    let address = |said: &str| {
        let port = said.split("127.0.0.1:").nth(1).and_then(|rest| rest.split('"').next());
        port.and_then(|port| format!("127.0.0.1:{port}").parse::<SocketAddr>().ok())
    };
    while !said.contains("\"started\"") {
        said = log.next().expect("it starts");
        if said.contains("metrics and health are served") {
            metrics = address(&said);
        }
        if said.contains("the pages are served") {
            console = address(&said);
        }
    }
    std::thread::spawn(move || log.for_each(drop));
    (Service(child), metrics.zip(console).map(|(metrics, console)| Pages { metrics, console }))
}

struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Clients that send requests until this is dropped.
struct Clients {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Clients {
    /// Each client keeps one connection, and pauses this long after each answer.
    fn start(server: SocketAddr, paths: &'static [&str], pause: Duration, answers: &Arc<AtomicU64>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let client = |n: usize| {
            let (stop, answers) = (Arc::clone(&stop), Arc::clone(answers));
            std::thread::spawn(move || {
                let mut stream = TcpStream::connect(server).expect("a connection");
                stream.set_nodelay(true).expect("an option");
                // Spreads the clients over the pause.
                std::thread::sleep(pause * u32::try_from(n).expect("few") / CLIENTS as u32);
                for asked in n.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    ask(&mut stream, paths[asked % paths.len()]);
                    answers.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(pause);
                }
            })
        };
        let threads = (0..CLIENTS).map(client).collect();
        Self { stop, threads }
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.drain(..).for_each(|client| client.join().expect("no client panics"));
    }
}

/// Sends one request and reads its whole answer.
fn ask(stream: &mut TcpStream, page: &str) {
    write!(stream, "GET {page} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").expect("written");
    let (mut bytes, mut piece) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let count = stream.read(&mut piece).expect("an answer");
        assert!(count > 0, "the connection ended");
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if length.is_some_and(|length: usize| body.len() >= length) {
            return;
        }
    }
}

/// The address of a robot that accepts connections and never answers.
fn silent_robot() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || listener.incoming().collect::<Vec<_>>());
    address
}

/// Answers every request with as many bytes as the metrics have.
fn bare_server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let page = format!("HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n{}", "x".repeat(4_000));
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let page = page.clone();
            std::thread::spawn(move || {
                let mut request = [0; 1024];
                while client.read(&mut request).is_ok_and(|count| count > 0) {
                    if client.write_all(page.as_bytes()).is_err() {
                        break;
                    }
                }
            });
        }
    });
    address
}

fn sleep_until(at: DateTime<Utc>) {
    std::thread::sleep((at - now()).to_std().unwrap_or_default());
}

#[expect(clippy::disallowed_methods, reason = "the service lives in real time")]
fn now() -> DateTime<Utc> {
    Utc::now()
}
