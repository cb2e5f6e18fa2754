//! Runs the service for hours: `cargo bench --bench soak -- --minutes 120`.
//!
//! The real program with a real store watches a book that is edited, broken and repaired continuously. It posts to the
//! sandbox through a proxy that loses requests and answers, and is stopped or killed from time to time. At the end
//! every post must exist once and be in the history, and the memory of each life must be flat. Otherwise the exit code
//! is 1.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it reports on the terminal")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use drumbeat::clock::Clock;
use drumbeat::sandbox::{Company, Sandbox, SandboxConfig, serve};
use drumbeat::store::{Address, RunFilter, Store, Wait};
use fastrand::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Campaigns of the book; each is due once a minute, spread over the seconds.
const CAMPAIGNS: u32 = 240;
/// The interval between two memory samples.
const SAMPLE_INTERVAL: Duration = Duration::from_secs(5);
/// The book is edited every so many samples.
const SAMPLES_PER_EDIT: u32 = 2;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    if words.iter().any(|word| word == "--test") {
        return ExitCode::SUCCESS;
    }
    let asked = words.windows(2).find(|pair| pair[0] == "--minutes").and_then(|pair| pair[1].parse().ok());
    let minutes: u32 = asked.unwrap_or(2);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(soak(Duration::from_secs(u64::from(minutes) * 60)))
}

async fn soak(length: Duration) -> ExitCode {
    let seed = fastrand::u64(..);
    let mut rng = Rng::with_seed(seed);
    let directory = tempfile::tempdir().expect("a directory");
    let top = directory.path();
    let behaviour = SandboxConfig {
        creates_per_minute: usize::MAX,
        jobs_in_flight: usize::MAX,
        job_runs_after: Duration::from_millis(200),
        job_done_after: Duration::from_millis(500),
        listed_after: Duration::from_secs(1),
        ..SandboxConfig::default()
    };
    let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(Company::chunfeng(), behaviour)));
    let inner = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let outer = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (inside, outside) = (inner.local_addr().expect("an address"), outer.local_addr().expect("an address"));
    let stop = CancellationToken::new();
    tokio::spawn(serve(inner, Arc::clone(&sandbox), Clock::System, stop.clone()));
    let struck = Arc::new(Mutex::new(BTreeMap::new()));
    tokio::spawn(lossy_proxy(outer, inside, seed, Arc::clone(&struck)));

    fs::create_dir(top.join("campaigns")).expect("a directory");
    fs::write(top.join("campaigns/policy.toml"), "timezone = \"UTC\"\n[limits]\nmax_per_day = 10000\n")
        .expect("written");
    (0..CAMPAIGNS).for_each(|n| write(top, n, 0));
    let service = "settle_window = \"10s\"\nretry_absent = true\npreflight = \"1s\"\ncreates_per_minute = 1000000\n";
    fs::write(top.join("drumbeat.toml"), service).expect("written");

    println!("seed {seed}; {CAMPAIGNS} campaigns a minute for {} minutes", length.as_secs() / 60);
    let (began, mut edits, mut lives) = (Instant::now(), 0, 0_u32);
    let mut flat = true;
    // Four lives, each long enough to show the growth of memory.
    while began.elapsed() < length {
        lives += 1;
        let mut service = start(top, outside);
        let until = length * lives / 4;
        let mut resident = Vec::new();
        let mut looks = 0_u32;
        while began.elapsed() < until {
            tokio::time::sleep(SAMPLE_INTERVAL).await;
            resident.extend(memory(&service));
            looks += 1;
            if looks.is_multiple_of(SAMPLES_PER_EDIT) {
                edits += 1;
                edit(top, edits, &mut rng);
            }
            if let Some(ended) = service.try_wait().expect("a child can be asked") {
                eprintln!("the service ended by itself: {ended}\n{}", log_end(top));
                return ExitCode::FAILURE;
            }
        }
        let killed = rng.bool();
        end(&mut service, killed);
        flat &= print_memory(lives, &resident, if killed { "killed" } else { "stopped" });
    }

    // One more life without new occurrences, to settle open runs.
    (0..CAMPAIGNS).for_each(|n| fs::remove_file(top.join(format!("campaigns/c{n}.toml"))).expect("removed"));
    let mut service = start(top, outside);
    let address: Address = format!("sqlite://{}", top.join("drumbeat.db").display()).parse().expect("an address");
    let store = Store::open_existing(&address).expect("the store");
    let corp = Company::chunfeng().corp;
    let patience = Instant::now();
    while !store.open_runs(&corp).wait().expect("the runs").is_empty() && patience.elapsed() < Duration::from_secs(120)
    {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    end(&mut service, false);

    println!("{edits} edits of the book; on the transport: {:?}", struck.lock().expect("no panics"));
    let whole = print_posts(&store, &sandbox.lock().expect("no panics"));
    if flat && whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A campaign that is due every minute; its text changes with each edition.
fn write(top: &Path, n: u32, edition: u32) {
    let text = format!(
        "id = \"c{n}\"\n[content]\ntext = \"第 {n} 号，第 {edition} 版：新品到店\"\n[visible_range]\n\
         sender_list = {{ user_list = [\"zhangshan\"] }}\n[schedule]\ncron = \"{} * * * * *\"\n",
        n % 60
    );
    fs::write(top.join(format!("campaigns/c{n}.toml")), text).expect("written");
}

/// Edits some campaigns, and breaks one that the next edit repairs.
fn edit(top: &Path, edition: u32, rng: &mut Rng) {
    for _ in 0..rng.u32(1..10) {
        write(top, rng.u32(1..CAMPAIGNS), edition);
    }
    if edition.is_multiple_of(2) {
        write(top, 0, edition);
    } else {
        fs::write(top.join("campaigns/c0.toml"), "id = \"c0\"\n[content\n").expect("written");
    }
}

fn start(top: &Path, wecom: SocketAddr) -> Child {
    let company = Company::chunfeng();
    let log = fs::File::options().create(true).append(true).open(top.join("log")).expect("a log");
    Command::new(env!("CARGO_BIN_EXE_drumbeat"))
        .current_dir(top)
        .args(["--config", "drumbeat.toml", "run", "campaigns", "--listen", "off"])
        .args(["--wecom-url", &format!("http://{wecom}")])
        .env("DRUMBEAT_CORP_ID", company.corp.to_string())
        .env("DRUMBEAT_CORP_SECRET", company.secret.expose())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the service starts")
}

fn end(service: &mut Child, kill: bool) {
    if kill {
        service.kill().expect("it can be killed");
    } else {
        let stopped = Command::new("kill").args(["-s", "TERM", &service.id().to_string()]).status();
        assert!(stopped.is_ok_and(|it| it.success()), "it can be stopped");
    }
    service.wait().expect("it can be waited for");
}

/// Resident memory of a process in bytes.
fn memory(process: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Prints the memory of one life by quarters; returns whether the last quarter is like the second.
fn print_memory(life: u32, resident: &[u64], end: &str) -> bool {
    let quarters: Vec<f64> = resident
        .chunks(resident.len().div_ceil(4).max(1))
        .map(|quarter| {
            let mut quarter = quarter.to_vec();
            quarter.sort_unstable();
            quarter[quarter.len() / 2] as f64 / 1e6
        })
        .collect();
    let shown: Vec<String> = quarters.iter().map(|mb| format!("{mb:.1}")).collect();
    println!("life {life}, {end}: median resident MB in each quarter {}", shown.join("  "));
    match quarters.as_slice() {
        [_, second, _, last] => *last < second * 1.1 + 1.0,
        _ => true,
    }
}

/// Prints the outcome of the posts; returns whether each exists once and the history agrees with WeCom.
fn print_posts(store: &Store, sandbox: &Sandbox) -> bool {
    let runs = store.runs(&RunFilter::default()).wait().expect("the runs");
    let mut states = BTreeMap::new();
    runs.iter().for_each(|run| *states.entry(run.state.name()).or_insert(0_u64) += 1);
    let mut owners: BTreeMap<&str, u64> = BTreeMap::new();
    runs.iter().filter_map(|run| run.moment_id.as_deref()).for_each(|id| *owners.entry(id).or_default() += 1);
    let made: BTreeSet<&str> = sandbox.ledger().iter().filter_map(|entry| entry.moment_id.as_deref()).collect();
    // Two runs in doubt with the same text at the same time cannot be told apart: they need review, as do the moments
    // that may be theirs.
    let open: Vec<_> = runs.iter().filter(|run| !run.state.is_over()).collect();
    let text = |run: &drumbeat::run::Run| run.post.as_ref().and_then(|post| post.text.clone()).unwrap_or_default();
    let doubtful: BTreeSet<String> = open.iter().filter(|run| run.needs_review).map(|run| text(run)).collect();
    let unowned =
        sandbox.ledger().iter().filter(|it| !it.moment_id.as_deref().is_some_and(|id| owners.contains_key(id)));
    let (waiting, twice): (Vec<_>, Vec<_>) = unowned.partition(|it| doubtful.contains(it.text.trim()));
    let shared = owners.values().filter(|count| **count > 1).count();
    let invented = owners.keys().filter(|id| !made.contains(*id)).count();
    let stuck: Vec<_> = open.iter().filter(|run| !run.needs_review).map(|run| run.id().to_string()).collect();
    println!(
        "{} moments at WeCom: {} in no run, {shared} in two runs, {invented} in history only; {} more wait with {} runs for a \
         person; not over: {stuck:?}",
        made.len(),
        twice.len(),
        waiting.len(),
        open.len() - stuck.len(),
    );
    for run in &open {
        println!(
            "{} is {}: {}",
            run.id(),
            run.state,
            run.reason_text().map(|why| why.into_lang(drumbeat::text::Lang::En)).unwrap_or_default()
        );
    }
    twice.is_empty() && waiting.len() <= open.len() && stuck.is_empty() && (shared, invented) == (0, 0)
}

fn log_end(top: &Path) -> String {
    let log = fs::read_to_string(top.join("log")).unwrap_or_default();
    let mut last: Vec<&str> = log.lines().rev().take(20).collect();
    last.reverse();
    last.join("\n")
}

type Struck = Arc<Mutex<BTreeMap<&'static str, u64>>>;

/// Forwards calls to the sandbox, and loses some requests and some answers.
async fn lossy_proxy(listener: TcpListener, sandbox: SocketAddr, seed: u64, struck: Struck) {
    let mut rng = Rng::with_seed(seed);
    while let Ok((client, _)) = listener.accept().await {
        let (luck, struck) = (rng.u32(..1000), Arc::clone(&struck));
        tokio::spawn(async move { forward(client, sandbox, luck, &struck).await.ok() });
    }
}

/// Forwards one connection. `luck` is per 1,000.
async fn forward(mut client: TcpStream, sandbox: SocketAddr, luck: u32, struck: &Struck) -> std::io::Result<()> {
    let strike = |what| *struck.lock().expect("no panics").entry(what).or_default() += 1;
    let mut server = TcpStream::connect(sandbox).await?;
    match luck {
        0..20 => {
            // The request is lost: the connection ends before any byte is forwarded.
            strike("request lost");
            let mut some = [0; 64];
            client.read(&mut some).await.map(drop)
        }
        20..40 => {
            strike("answer lost");
            let (mut from_client, _to_client) = client.split();
            let (mut from_server, mut to_server) = server.split();
            let answered = async {
                let mut some = [0; 64];
                from_server.read(&mut some).await.map(drop)
            };
            tokio::select! {
                done = tokio::io::copy(&mut from_client, &mut to_server) => done.map(drop),
                done = answered => done,
            }
        }
        40..50 => {
            strike("bad gateway");
            let mut some = [0; 64];
            let _some_of_it = client.read(&mut some).await?;
            client.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbad").await
        }
        _ => tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop),
    }
}
