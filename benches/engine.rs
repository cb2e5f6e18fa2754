//! What the engine costs, beside the floor of the same work without it: `cargo bench --bench engine`.
//!
//! The floor is the same number of durable commits of one row and the same HTTP requests by the same client, eight at a
//! time, with no engine between them. Ratios are what to compare; the machine decides the absolute numbers.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::book::Corp;
use drumbeat::clock::Clock;
use drumbeat::engine::{Engine, Means, Pulse, Settings, Until};
use drumbeat::follow::{Follower, Place};
use drumbeat::load::load;
use drumbeat::sandbox::{Behaviour, Company, Sandbox, serve};
use drumbeat::source::Source;
use drumbeat::store::{Address, Quota, Store, Wanted};
use drumbeat::wecom::{Network, Request, Transport, WeCom};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const CARRIERS: usize = 8;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, armed, window, book] = arguments.as_slice()
        && armed == "--armed"
    {
        return stand_armed(window.parse().expect("seconds"), Path::new(book));
    }
    // `cargo test` runs benches too, to see that they run.
    let quick = std::env::args().any(|argument| argument == "--test") || cfg!(debug_assertions);
    let (throughput, burst, single) = if quick { (20, 50, 2) } else { (1_000, 10_000, 100) };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    println!(
        "{} cores; {CARRIERS} runs carried at a time",
        std::thread::available_parallelism().map_or(0, usize::from)
    );

    runtime.block_on(async {
        for over in [Over::Nothing, Over::Loopback] {
            let engine = carry(over, throughput, TimeDelta::zero()).await;
            let floor = floor(over, &engine).await;
            println!(
                "{throughput} from due to created, {over:?}: {:.0} a second; floor {:.0} a second; {:.2} x the floor's time \
                 ({} commits, {} requests)",
                throughput as f64 / engine.took.as_secs_f64(),
                throughput as f64 / floor.as_secs_f64(),
                engine.took.as_secs_f64() / floor.as_secs_f64(),
                engine.commits,
                engine.requests,
            );
        }
        let many = carry(Over::Nothing, burst, TimeDelta::zero()).await;
        println!("{burst} due in one second, {} of them created in {:.1} s:", many.created, many.took.as_secs_f64());
        println!("  lateness of the durable claim  {}", spread(many.claim_ms));
        println!("  lateness of the request        {}", spread(many.request_ms));
        let one = carry(Over::Nothing, single, TimeDelta::seconds(1)).await;
        println!("one alone in its second, {single} times:");
        println!("  lateness of the durable claim  {}", spread(one.claim_ms));
        println!("  lateness of the request        {}", spread(one.request_ms));
    });
    drop(runtime);
    for campaigns in if quick { vec![50] } else { vec![10_000, 100_000] } {
        armed(campaigns, quick);
    }
}

/// The road to the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// In process.
    Nothing,
    Loopback,
}

/// What became of many occurrences due in one second.
struct Carried {
    took: Duration,
    created: usize,
    commits: usize,
    requests: usize,
    /// From due to `claimed` on disk, and from due to the request to create, in milliseconds.
    claim_ms: Vec<f64>,
    request_ms: Vec<f64>,
}

fn behaviour() -> Behaviour {
    Behaviour {
        creates_per_minute: usize::MAX,
        creates_per_month: usize::MAX,
        jobs_in_flight: usize::MAX,
        job_runs_after: Duration::ZERO,
        job_done_after: Duration::ZERO,
        listed_after: Duration::ZERO,
        ..Behaviour::default()
    }
}

fn settings() -> Settings {
    Settings {
        quota: Quota { per_minute: 1_000_000_000, per_month: 1_000_000_000 },
        carriers: CARRIERS,
        preflight: Duration::ZERO,
        ..Settings::default()
    }
}

/// Writes a book of campaigns of one time each, or of one a week where no times are given.
fn write_book(directory: &Path, campaigns: usize, at: impl Fn(usize) -> Option<DateTime<Utc>>) -> Source {
    for n in 0..campaigns {
        let schedule = match at(n) {
            Some(at) => format!("at = {}\ntimezone = \"UTC\"", at.format("%Y-%m-%dT%H:%M:%S")),
            None => format!("cron = \"{} {} * * {}\"", n % 60, n / 60 % 24, n % 7),
        };
        let text = format!(
            "id = \"c{n:06}\"\n[content]\ntext = \"第 {n} 号：新品到店\"\n[visible_range]\n\
             sender_list = {{ user_list = [\"zhangshan\"] }}\n[schedule]\n{schedule}\n"
        );
        let shelf = directory.join(format!("d{}", n / 100));
        std::fs::create_dir_all(&shelf).expect("a directory");
        std::fs::write(shelf.join(format!("c{n}.toml")), text).expect("written");
    }
    Source::directory(directory).expect("a book")
}

#[expect(clippy::disallowed_methods, reason = "the engine is measured in real time")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

fn late(at: DateTime<Utc>, due: DateTime<Utc>) -> f64 {
    (at - due).num_microseconds().unwrap_or(i64::MAX) as f64 / 1e3
}

/// Carries occurrences to their end: all due at one instant, or one after the other.
async fn carry(over: Over, campaigns: usize, apart: TimeDelta) -> Carried {
    let directory = tempfile::tempdir().expect("a directory");
    let (book, db) = (directory.path().join("book"), directory.path().join("db"));
    std::fs::create_dir(&book).expect("a directory");
    // Time for the book to be written and read before the first instant comes.
    let first = now().timestamp() + 3 + i64::try_from(campaigns / 1_000).expect("few");
    let first = DateTime::from_timestamp(first, 0).expect("an instant");
    let due = |n: usize| first + apart * i32::try_from(n).expect("few");
    let source = write_book(&book, campaigns, |n| Some(due(n)));
    let loaded = Arc::new(load(&source, &Corp::default()).expect("a book").in_force());
    let store = Arc::new(Store::open(&Address::Sqlite(db.clone())).expect("a store"));
    let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(Company::chunfeng(), behaviour())));
    let sent: Arc<Mutex<Vec<DateTime<Utc>>>> = Arc::default();
    let stop = CancellationToken::new();
    let wecom = wecom(over, &sandbox, &sent, &stop).await;
    let pulse = Pulse::default();
    let means = Means {
        clock: Clock::System,
        store: Arc::clone(&store),
        wecom,
        source: Arc::new(source),
        settings: settings(),
        pulse,
    };
    let (_books, watching) = watch::channel(Arc::clone(&loaded));
    let engine = Engine::start(means, loaded, Until::Settled(due(campaigns - 1))).expect("an engine");
    assert!(now() < first, "the book took longer to load than the time that was left for it");
    let watch = std::thread::spawn(move || watch_claims(&db, campaigns));
    engine.run(watching, CancellationToken::new()).await.expect("a good end");
    let took = (now() - first).to_std().unwrap_or_default();
    stop.cancel();

    let claims = watch.join().expect("the watch does not panic");
    let runs = store.runs(&Wanted::default()).expect("runs");
    let lines: usize = runs.iter().map(|run| store.log(run).expect("a log").len() - 1).sum();
    let sent = sent.lock().expect("no panics");
    let sandbox = sandbox.lock().expect("no panics");
    let paths = ["/cgi-bin/gettoken", Request::CREATE, "/cgi-bin/externalcontact/get_moment_task_result"];
    Carried {
        took,
        created: runs.iter().filter(|run| run.state.is_posted()).count(),
        // One for all that is due, then one for each line of each log.
        commits: 1 + lines,
        requests: paths.iter().map(|path| usize::try_from(sandbox.calls(path)).expect("few")).sum(),
        claim_ms: claims.iter().enumerate().map(|(n, at)| late(*at, due(n))).collect(),
        request_ms: sent.iter().enumerate().map(|(n, at)| late(*at, due(n))).collect(),
    }
}

/// When each run was seen in the store by somebody else, who sees only what was committed.
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

/// WeCom by a road; in process, the instants at which creations left are noted.
async fn wecom(
    over: Over,
    sandbox: &Arc<Mutex<Sandbox>>,
    sent: &Arc<Mutex<Vec<DateTime<Utc>>>>,
    stop: &CancellationToken,
) -> WeCom {
    let transport = match over {
        Over::Nothing => {
            let (sandbox, sent) = (Arc::clone(sandbox), Arc::clone(sent));
            Transport::InProcess(Arc::new(move |request: Request| {
                if request.path == Request::CREATE {
                    sent.lock().expect("no panics").push(now());
                }
                let answer = sandbox.lock().expect("no panics").handle(&request, now());
                Box::pin(std::future::ready(Ok(answer)))
            }))
        }
        Over::Loopback => {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            tokio::spawn(serve(listener, Arc::clone(sandbox), Clock::System, stop.clone()));
            Transport::Network(Network::new(&format!("http://{address}")).expect("a client"))
        }
    };
    let company = Company::chunfeng();
    WeCom::new(company.corp, company.secret, transport, Clock::System)
}

/// The same commits and the same requests, with no engine.
async fn floor(over: Over, engine: &Carried) -> Duration {
    let directory = tempfile::tempdir().expect("a directory");
    let book = write_book(directory.path(), 1, |_| None);
    let post = Arc::clone(&load(&book, &Corp::default()).expect("a book").verdict.campaigns[0].post);
    let db = rusqlite::Connection::open(directory.path().join("db")).expect("a database");
    db.execute_batch("PRAGMA journal_mode = wal; PRAGMA synchronous = full; CREATE TABLE rows (text TEXT)")
        .expect("SQL");
    let db = Arc::new(Mutex::new(db));
    let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(Company::chunfeng(), behaviour())));
    let stop = CancellationToken::new();
    let wecom = wecom(over, &sandbox, &Arc::default(), &stop).await;
    let left = Arc::new(AtomicUsize::new(engine.created));
    let per_run = engine.commits / engine.created;
    let started = Instant::now();
    let workers = (0..CARRIERS).map(|_| {
        let (db, left, wecom, post) = (Arc::clone(&db), Arc::clone(&left), wecom.clone(), Arc::clone(&post));
        tokio::spawn(async move {
            let commit = || {
                let row = "x".repeat(600);
                db.lock().expect("no panics").execute("INSERT INTO rows VALUES (?)", [row]).expect("a commit");
            };
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                (2..per_run).for_each(|_| commit());
                let job = wecom.create(&post, &[]).await.expect("a job");
                commit();
                wecom.result(&job.0).await.expect("a result");
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

fn spread(mut times: Vec<f64>) -> String {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(f64::NAN);
    format!("p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms ({})", at(0.5), at(0.99), at(1.0), times.len())
}

/// Cold start, memory and idle processor time with many campaigns armed: in a process of its own, so that nothing else is
/// in the figures.
fn armed(campaigns: usize, quick: bool) {
    let directory = tempfile::tempdir().expect("a directory");
    write_book(directory.path(), campaigns, |_| None);
    let itself = std::env::current_exe().expect("this program");
    let window = if quick { "1" } else { "60" };
    let status = std::process::Command::new(itself)
        .args(["--armed", window])
        .arg(directory.path())
        .status()
        .expect("it can be started once more");
    assert!(status.success());
}

/// What [`armed`] starts: the parts of the service, put together as `drumbeat run` does it.
fn stand_armed(window: u64, directory: &Path) {
    let store = tempfile::tempdir().expect("a directory");
    let before = resident();
    let started = Instant::now();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = Arc::new(Store::open(&Address::Sqlite(store.path().join("db"))).expect("a store"));
        let place = Place::Directory { book: directory.to_owned(), poll: Duration::from_secs(30), events: true };
        let (follower, book) = Follower::open(place, Corp::default(), Clock::System).await.expect("a book");
        let read = started.elapsed();
        let campaigns = book.campaigns.len();
        let sandbox = Arc::new(Mutex::new(Sandbox::new(Company::chunfeng())));
        let stop = CancellationToken::new();
        let means = Means {
            clock: Clock::System,
            store,
            wecom: wecom(Over::Nothing, &sandbox, &Arc::default(), &stop).await,
            source: Arc::new(book.source.clone()),
            settings: settings(),
            pulse: Pulse::default(),
        };
        let pulse = means.pulse.clone();
        let (books, watching) = watch::channel(Arc::clone(&book));
        let engine = Engine::start(means, book, Until::Stopped).expect("an engine");
        let ready = started.elapsed();
        let (_again, asks) = mpsc::channel(1);
        let following = tokio::spawn(follower.follow(books, asks, stop.clone()));
        let engine = tokio::spawn(engine.run(watching, stop.clone()));
        tokio::time::sleep(Duration::from_secs(1)).await;
        let busy = processor_time();
        tokio::time::sleep(Duration::from_secs(window)).await;
        let busy = processor_time() - busy;
        let (standing, highest) = (resident(), memory("VmHWM:"));
        // One file of the book changes, and it is read again while the former one is in force.
        let loaded_at = pulse.tally().loaded_at;
        let file = directory.join("d0/c0.toml");
        let text = std::fs::read_to_string(&file).expect("a file of the book");
        std::fs::write(&file, text.replace("新品", "上新")).expect("written");
        let (changed, mut taken_up) = (Instant::now(), Duration::ZERO);
        while pulse.tally().loaded_at == loaded_at {
            assert!(changed.elapsed() < Duration::from_secs(60), "the change was not taken up");
            tokio::time::sleep(Duration::from_millis(5)).await;
            taken_up = changed.elapsed();
        }
        // What was freed goes back to the system within seconds.
        tokio::time::sleep(Duration::from_secs(window / 2)).await;
        println!(
            "{campaigns} armed: {:.2} s to read and check the files, {:.2} s to the first round; {standing:.1} MB resident \
             ({highest:.1} MB at most; {before:.1} MB before the book), {:.1} MB after a change that was in force {:.2} s \
             later; {:.3} % of a core over {window} s idle",
            read.as_secs_f64(),
            ready.as_secs_f64(),
            resident(),
            taken_up.as_secs_f64(),
            busy.as_secs_f64() * 100.0 / window as f64,
        );
        stop.cancel();
        following.await.expect("no panic");
        engine.await.expect("no panic").expect("a good end");
    });
}

/// Resident memory in MB; not a number where there is no such kernel.
fn resident() -> f64 {
    memory("VmRSS:")
}

fn memory(line: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let number = text.split(line).nth(1).and_then(|rest| rest.split_whitespace().next());
    number.and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e3
}

/// What this process has had of all cores.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).expect("not negative"),
        u32::try_from(time.tv_nsec).expect("below a second"),
    )
}
