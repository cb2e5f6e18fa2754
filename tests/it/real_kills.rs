//! The real binary against the real sandbox over sockets, killed with SIGKILL again and again: at the end every post
//! exists once, and history says so.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::clock::Clock;
use drumbeat::run::State;
use drumbeat::sandbox::{Behaviour, Company, Entry, Sandbox, serve};
use drumbeat::store::{Address, Store, Wanted};
use fastrand::Rng;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::real_socket::{Point, Trap, stand_between};
use crate::wecom_stage::png;

/// How long a life may last that is to end at a point which does not come.
const LONGEST_LIFE: Duration = Duration::from_millis(500);

/// A directory with a book, a store and a service file, and a sandbox behind a socket that can kill.
struct Stage {
    directory: tempfile::TempDir,
    sandbox: Arc<Mutex<Sandbox>>,
    trap: Arc<Trap>,
    address: String,
    _stop: tokio_util::sync::DropGuard,
}

impl Stage {
    async fn build() -> Self {
        let behaviour = Behaviour {
            creates_per_minute: usize::MAX,
            jobs_in_flight: usize::MAX,
            job_runs_after: Duration::from_millis(50),
            job_done_after: Duration::from_millis(100),
            listed_after: Duration::ZERO,
            ..Behaviour::default()
        };
        let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(Company::chunfeng(), behaviour)));
        let (inner, outer) = (free_port().await, free_port().await);
        let (inside, outside) = (inner.local_addr().expect("an address"), outer.local_addr().expect("an address"));
        let stop = CancellationToken::new();
        tokio::spawn(serve(inner, Arc::clone(&sandbox), Clock::System, stop.clone()));
        let trap = Arc::new(Trap::default());
        tokio::spawn(stand_between(outer, inside, Arc::clone(&trap)));
        let directory = tempfile::tempdir().expect("there is room");
        Self { directory, sandbox, trap, address: format!("http://{outside}"), _stop: stop.drop_guard() }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    /// One campaign for each of these instants; every third has a picture of its own. All texts differ, so that the
    /// ledger tells them apart.
    fn write_book(&self, due: &[DateTime<Utc>]) {
        let book = self.path("campaigns");
        std::fs::create_dir_all(&book).expect("a directory");
        for (n, due) in due.iter().enumerate() {
            let picture = if n % 3 == 0 {
                let name = format!("p{n}.png");
                let size = 100 + u32::try_from(n).expect("few campaigns");
                std::fs::write(book.join(&name), png(size, 100).bytes).expect("written");
                format!("images = [\"{name}\"]\n")
            } else {
                String::new()
            };
            let at = due.format("%Y-%m-%dT%H:%M:%S");
            let text = format!(
                "id = \"c{n}\"\n[content]\ntext = \"{}\"\n{picture}[visible_range]\nsender_list = {{ user_list = [\"zhangshan\"] }}\n\
                 [schedule]\nat = {at}\ntimezone = \"UTC\"\nmax_lateness = \"1h\"\n",
                text_of(n)
            );
            std::fs::write(book.join(format!("c{n}.toml")), text).expect("written");
        }
        let service = "settle_window = \"3s\"\nretry_absent = true\npreflight = \"1s\"\ncreates_per_minute = 1000000\n";
        std::fs::write(self.path("drumbeat.toml"), service).expect("written");
    }

    /// The service, as an operator starts it.
    fn start(&self) -> Child {
        let company = Company::chunfeng();
        let log = std::fs::File::options().create(true).append(true).open(self.path("log")).expect("a log");
        Command::new(env!("CARGO_BIN_EXE_drumbeat"))
            .current_dir(self.directory.path())
            .args(["--config", "drumbeat.toml", "run", "campaigns", "--wecom-url", &self.address])
            .env("DRUMBEAT_CORP_ID", company.corp.to_string())
            .env("DRUMBEAT_CORP_SECRET", company.secret.expose())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the service starts")
    }

    /// Waits until something holds of the runs in the store.
    async fn wait_for(&self, what: &str, mut holds: impl FnMut(&Store) -> bool) {
        let patience = Instant::now();
        loop {
            if let Ok(store) = Store::open_existing(&address(&self.path("drumbeat.db")))
                && holds(&store)
            {
                return;
            }
            assert!(patience.elapsed() < Duration::from_secs(90), "waited in vain until {what}: {}", self.log_end());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn log_end(&self) -> String {
        let log = std::fs::read_to_string(self.path("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(30).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// What history says, as another program would read it.
    fn history(&self) -> Vec<serde_json::Value> {
        let output = Command::new(env!("CARGO_BIN_EXE_drumbeat"))
            .current_dir(self.directory.path())
            .args(["history", "--format", "json"])
            .output()
            .expect("history runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let history: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        history["runs"].as_array().expect("runs").clone()
    }

    fn ledger(&self) -> Vec<Entry> {
        self.sandbox.lock().expect("no panics").ledger().to_vec()
    }
}

async fn free_port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a port")
}

fn address(path: &Path) -> Address {
    Address::Sqlite(path.to_owned())
}

fn text_of(n: usize) -> String {
    format!("第 {n} 号：新品到店")
}

/// Something that must not be.
fn broken_promises(stage: &Stage, campaigns: usize) -> Vec<String> {
    let mut broken = Vec::new();
    let mut made: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in stage.ledger() {
        made.entry(entry.text).or_default().push(entry.moment_id.unwrap_or_default());
    }
    let history = stage.history();
    for n in 0..campaigns {
        let campaign = format!("c{n}");
        let runs: Vec<_> = history.iter().filter(|run| run["campaign"] == campaign.as_str()).collect();
        let at_wecom = made.remove(&text_of(n)).unwrap_or_default();
        match (at_wecom.as_slice(), runs.as_slice()) {
            ([moment], [run]) if run["state"] == "created" && run["moment_id"] == moment.as_str() => {}
            ([], _) => broken.push(format!("lost: {campaign} is not at WeCom: {runs:?}")),
            ([_], _) => broken.push(format!("{campaign} is at WeCom and history does not say so: {runs:?}")),
            (many, _) => broken.push(format!("posted twice: {campaign} is at WeCom as {many:?}: {runs:?}")),
        }
    }
    broken.extend(made.into_keys().map(|text| format!("nobody asked for {text}")));
    broken
}

/// Lives through `kills` deaths and one last life, and counts broken promises.
async fn die_again_and_again(seed: u64, kills: usize, campaigns: usize, forgets: bool) -> (Stage, Vec<String>) {
    let mut rng = Rng::with_seed(seed);
    let stage = Stage::build().await;
    #[expect(clippy::disallowed_methods, reason = "the service lives in real time")]
    let now = Utc::now();
    // Due in a second's time and then all along, so that every life finds something to do.
    let first = now + TimeDelta::seconds(6);
    let spread = |n: usize| TimeDelta::milliseconds(i64::try_from(n * kills * 150 / campaigns).expect("few campaigns"));
    let due: Vec<DateTime<Utc>> = (0..campaigns).map(|n| first + spread(n)).collect();
    stage.write_book(&due);

    // The book must be known before the first time in it: what is past when first seen is not posted.
    stage.trap.set(stage.start(), None);
    let corp = Company::chunfeng().corp;
    stage.wait_for("the book is known", |store| store.known(&corp).is_ok_and(|known| known.len() == campaigns)).await;
    stage.trap.kill();

    for _ in 0..kills {
        let point = (rng.u32(..10) < 6).then(|| Point::ALL[rng.usize(..Point::ALL.len())]);
        let life = if point.is_some() { LONGEST_LIFE } else { Duration::from_millis(rng.u64(5..250)) };
        stage.trap.set(stage.start(), point);
        let _ = tokio::time::timeout(life, stage.trap.sprung()).await;
        stage.trap.kill();
        if forgets {
            forget_sending(&stage.path("drumbeat.db"));
        }
    }

    stage.trap.set(stage.start(), None);
    let settled = |store: &Store| {
        let runs = store.runs(&Wanted::default()).unwrap_or_default();
        runs.len() == campaigns && runs.iter().all(|run| run.state.is_over())
    };
    stage.wait_for("every run is over", settled).await;
    stage.trap.kill();
    let broken = broken_promises(&stage, campaigns);
    (stage, broken)
}

/// What is written before a request leaves is gone when the process dies: the mistake that the whole design is against.
fn forget_sending(store: &Path) {
    let db = rusqlite::Connection::open(store).expect("the store is there");
    db.busy_timeout(Duration::from_secs(5)).expect("a timeout can be set");
    let (sending, claimed) = (State::Sending.name(), State::Claimed.name());
    db.execute("UPDATE runs SET state = ? WHERE state = ?", [claimed, sending]).expect("the store can be written");
}

fn seed() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a failing seed is replayed by hand")]
    let given = std::env::var("DRUMBEAT_SEED").ok();
    given.map_or_else(|| fastrand::u64(..), |text| text.parse().expect("DRUMBEAT_SEED is a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_kills_and_every_post_exists_once() {
    let seed = seed();
    let (stage, broken) = die_again_and_again(seed, 200, 240, false).await;
    assert!(broken.is_empty(), "DRUMBEAT_SEED={seed}:\n{}\n{}", broken.join("\n"), stage.log_end());
    let kills = stage.trap.kills();
    for point in Point::ALL {
        assert!(kills.contains_key(&point), "nobody died at {point:?}, so seed {seed} proves less: {kills:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_forgets_what_it_was_sending_is_caught() {
    let (_stage, broken) = die_again_and_again(1, 25, 30, true).await;
    assert!(broken.iter().any(|it| it.starts_with("posted twice")), "{broken:?}");
}
