//! The real binary, a book and a store in a directory, and the real sandbox behind the proxy that kills.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::clock::Clock;
use drumbeat::sandbox::{Company, Entry, Sandbox, SandboxConfig, serve};
use drumbeat::store::{Address, RunFilter, Store, Wait};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::client_harness::png;
use crate::support::kill_proxy::{KillSwitch, run_proxy};

/// The longest wait for an expected event.
pub(crate) const WAIT_TIMEOUT: Duration = Duration::from_secs(90);

/// A directory with a book, a store and a service file, and a sandbox behind the proxy that kills.
pub(crate) struct ProcessHarness {
    pub(crate) directory: tempfile::TempDir,
    /// The address of the store.
    pub(crate) store: String,
    sandbox: Arc<Mutex<Sandbox>>,
    pub(crate) kill_switch: Arc<KillSwitch>,
    address: String,
    _stop: tokio_util::sync::DropGuard,
}

impl ProcessHarness {
    pub(crate) async fn build() -> Self {
        Self::with_moments_listed_after(Duration::ZERO).await
    }

    pub(crate) async fn with_moments_listed_after(listed_after: Duration) -> Self {
        let behaviour = SandboxConfig {
            creates_per_minute: usize::MAX,
            jobs_in_flight: usize::MAX,
            job_runs_after: Duration::from_millis(50),
            job_done_after: Duration::from_millis(100),
            listed_after,
            ..SandboxConfig::default()
        };
        let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(Company::chunfeng(), behaviour)));
        let (inner, outer) = (free_port().await, free_port().await);
        let (inside, outside) = (inner.local_addr().expect("an address"), outer.local_addr().expect("an address"));
        let stop = CancellationToken::new();
        tokio::spawn(serve(inner, Arc::clone(&sandbox), Clock::System, stop.clone()));
        let directory = tempfile::tempdir().expect("there is room");
        let kill_switch = Arc::new(KillSwitch::new(directory.path().join("log")));
        tokio::spawn(run_proxy(outer, inside, Arc::clone(&kill_switch)));
        let store = format!("sqlite://{}", directory.path().join("drumbeat.db").display());
        Self { directory, store, sandbox, kill_switch, address: format!("http://{outside}"), _stop: stop.drop_guard() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a campaign for each of these instants; every third has its own image. All texts differ, so that the
    /// ledger can distinguish them.
    pub(crate) fn write_book(&self, due: &[DateTime<Utc>]) {
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
        let service = "settle_window = \"3s\"\nretry_absent = true\npreflight = \"1s\"\ncreates_per_minute = 1000000\nedit_delay = \"0s\"\n";
        std::fs::write(self.path("drumbeat.toml"), service).expect("written");
    }

    /// Writes a book that is due in a few seconds and continuously after that, so that each of the `kills` lives has
    /// work. Lets the service load it, because occurrences before the first load are not posted. Returns the first due
    /// time.
    pub(crate) async fn make_known(&self, kills: usize, campaigns: usize) -> DateTime<Utc> {
        let first = now() + TimeDelta::seconds(10);
        let spread =
            |n: usize| TimeDelta::milliseconds(i64::try_from(n * kills * 150 / campaigns).expect("few campaigns"));
        let due: Vec<DateTime<Utc>> = (0..campaigns).map(|n| first + spread(n)).collect();
        self.write_book(&due);
        self.kill_switch.set(self.start(), None);
        self.wait_until_known(campaigns).await;
        self.kill_switch.kill();
        first
    }

    /// The service, as an operator starts it.
    pub(crate) fn start(&self) -> Child {
        let company = Company::chunfeng();
        let log = std::fs::File::options().create(true).append(true).open(self.path("log")).expect("a log");
        Command::new(env!("CARGO_BIN_EXE_drumbeat"))
            .current_dir(self.directory.path())
            .args(["--config", "drumbeat.toml", "run", "campaigns", "--listen", "off"])
            .args(["--wecom-url", &self.address, "--store", &self.store])
            .env("DRUMBEAT_CORP_ID", company.corp.to_string())
            .env("DRUMBEAT_CORP_SECRET", company.secret.expose())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the service starts")
    }

    /// Waits until the book is known and all runs are finished.
    pub(crate) async fn wait_until_settled(&self, campaigns: usize) {
        let settled = |store: &Store| {
            let runs = store.runs(&RunFilter::default()).wait().unwrap_or_default();
            runs.len() == campaigns && runs.iter().all(|run| run.state.is_over())
        };
        self.wait_for("every run is over", settled).await;
    }

    /// Waits until the service knows its book, because occurrences before the first load are not posted.
    pub(crate) async fn wait_until_known(&self, campaigns: usize) {
        let corp = Company::chunfeng().corp;
        self.wait_for("the book is known", |store| {
            store.campaigns(&corp).wait().is_ok_and(|known| known.len() == campaigns)
        })
        .await;
    }

    /// Waits until a condition on the store holds.
    pub(crate) async fn wait_for(&self, what: &str, mut holds: impl FnMut(&Store) -> bool) {
        let address: Address = self.store.parse().expect("an address");
        let (patience, mut kept) = (Instant::now(), None);
        loop {
            let store = kept.take().or_else(|| Store::open_existing(&address).ok());
            if store.as_ref().is_some_and(&mut holds) {
                return;
            }
            // A connection to a server is expensive. A file may be another one the next time.
            kept = store.filter(|_| matches!(address, Address::Postgres(_)));
            assert!(patience.elapsed() < WAIT_TIMEOUT, "waited in vain until {what}: {}", self.log_end());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The log of the service, over all its lives.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Waits until the log contains some words.
    pub(crate) async fn wait_for_log_text(&self, words: &str) {
        self.wait_for_log(&format!("\"{words}\""), |log| log.contains(words)).await;
    }

    async fn wait_for_log(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let patience = Instant::now();
        while !holds(&self.log()) {
            assert!(patience.elapsed() < WAIT_TIMEOUT, "waited in vain for {what}: {}", self.log_end());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// How many lives have loaded their book.
    pub(crate) fn books_loaded(&self) -> usize {
        books_loaded(&self.log())
    }

    /// Waits until so many lives have loaded their book.
    pub(crate) async fn wait_until_loaded(&self, lives: usize) {
        self.wait_until_loaded_or(lives, || false).await;
    }

    /// The same, or until another condition holds.
    pub(crate) async fn wait_until_loaded_or(&self, lives: usize, other: impl Fn() -> bool) {
        self.wait_for_log(&format!("life {lives}"), |log| other() || books_loaded(log) >= lives).await;
    }

    pub(crate) fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().rev().take(30).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// The history in the JSON format.
    pub(crate) fn history(&self) -> Vec<serde_json::Value> {
        let output = Command::new(env!("CARGO_BIN_EXE_drumbeat"))
            .current_dir(self.directory.path())
            .args(["history", "--format", "json", "--store", &self.store])
            .output()
            .expect("history runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let history: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        history["runs"].as_array().expect("runs").clone()
    }

    pub(crate) fn ledger(&self) -> Vec<Entry> {
        self.sandbox.lock().expect("no panics").ledger().to_vec()
    }
}

fn books_loaded(log: &str) -> usize {
    log.matches("book loaded").count()
}

async fn free_port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a port")
}

pub(crate) fn text_of(n: usize) -> String {
    format!("第 {n} 号：新品到店")
}

#[expect(clippy::disallowed_methods, reason = "the service lives in real time")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Whether a run was sent twice and both requests were lost.
fn is_given_up(run: &serde_json::Value) -> bool {
    run["state"] == "absent" && run["reason"].as_str().is_some_and(|reason| reason.contains("not sent a third time"))
}

/// Posts that WeCom has more than once, or that no campaign has.
pub(crate) fn posted_twice(harness: &ProcessHarness, campaigns: usize) -> Vec<String> {
    let mut made: BTreeMap<String, usize> = BTreeMap::new();
    for entry in harness.ledger() {
        *made.entry(entry.text).or_default() += 1;
    }
    let asked: Vec<String> = (0..campaigns).map(text_of).collect();
    let broken = made.into_iter().filter_map(|(text, count)| match count {
        _ if !asked.contains(&text) => Some(format!("nobody asked for {text}")),
        2.. => Some(format!("posted twice: {text}")),
        _ => None,
    });
    broken.collect()
}

/// The broken promises: posts that are lost or made twice, or whose history differs from WeCom.
pub(crate) fn broken_promises(harness: &ProcessHarness, campaigns: usize) -> Vec<String> {
    let mut broken = Vec::new();
    let mut made: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in harness.ledger() {
        made.entry(entry.text).or_default().push(entry.moment_id.unwrap_or_default());
    }
    let history = harness.history();
    for n in 0..campaigns {
        let campaign = format!("c{n}");
        let runs: Vec<_> = history.iter().filter(|run| run["campaign"] == campaign.as_str()).collect();
        let at_wecom = made.remove(&text_of(n)).unwrap_or_default();
        match (at_wecom.as_slice(), runs.as_slice()) {
            ([moment], [run]) if run["state"] == "created" && run["moment_id"] == moment.as_str() => {}
            // Both requests were lost before WeCom had them, and the history says so.
            ([], [run]) if is_given_up(run) => {}
            ([], _) => broken.push(format!("lost: {campaign} is not at WeCom: {runs:?}")),
            ([_], _) => broken.push(format!("{campaign} is at WeCom and history does not say so: {runs:?}")),
            (many, _) => broken.push(format!("posted twice: {campaign} is at WeCom as {many:?}: {runs:?}")),
        }
    }
    broken.extend(made.into_keys().map(|text| format!("nobody asked for {text}")));
    broken
}
