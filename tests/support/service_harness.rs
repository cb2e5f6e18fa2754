//! The real binary as a service over a real sandbox, with its own store and book.

use std::fs;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::clock::Clock;
use drumbeat::run::{Due, Slot};
use drumbeat::sandbox::{AnswerFault, Company, Entry, Sandbox, SandboxConfig, serve};
use drumbeat::store::{Address, Store};
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// Longer than any step takes on a busy machine.
pub(crate) const WAIT_TIMEOUT: Duration = Duration::from_secs(40);

/// The due occurrence of a new manual run.
pub(crate) fn manual_due(campaign: &str, at: DateTime<Utc>) -> Due {
    Due {
        corp: Company::chunfeng().corp,
        campaign: campaign.parse().expect("an id"),
        slot: Slot::Manual { local: at.naive_utc() },
        due: at,
        zone: "Asia/Shanghai".to_owned(),
        deadline: at,
        commit: None,
    }
}

pub(crate) struct ServiceHarness {
    pub(crate) dir: TempDir,
    sandbox: Arc<Mutex<Sandbox>>,
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
}

impl ServiceHarness {
    pub(crate) fn new() -> Self {
        Self::of(Company::chunfeng())
    }

    /// The service of another company.
    pub(crate) fn of(company: Company) -> Self {
        let dir = TempDir::new().expect("a place for the test");
        let behaviour = SandboxConfig {
            job_runs_after: Duration::ZERO,
            job_done_after: Duration::ZERO,
            listed_after: Duration::ZERO,
            dispatched_after: Duration::ZERO,
            ..SandboxConfig::default()
        };
        let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(company, behaviour)));
        let stop = CancellationToken::new();
        let (shared, told) = (Arc::clone(&sandbox), stop.clone());
        let (tell, address) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
                tell.send(listener.local_addr().expect("an address")).expect("the test waits for it");
                serve(listener, shared, Clock::System, told).await
            })
        });
        let address = address.recv().expect("the sandbox listens");
        fs::create_dir(dir.path().join("campaigns")).expect("made");
        Self { dir, sandbox, address, stop }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn book(&self) -> PathBuf {
        self.path("campaigns")
    }

    pub(crate) fn address_of_store(&self) -> String {
        format!("sqlite://{}", self.path("drumbeat.db").display())
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(&self.address_of_store().parse::<Address>().expect("an address")).expect("the store opens")
    }

    pub(crate) fn write(&self, id: &str, text: &str, schedule: &str) {
        write(&self.book(), id, text, schedule);
    }

    pub(crate) fn answers_with(&self, faults: &[AnswerFault]) {
        self.sandbox.lock().expect("no panics").behaviour.answer_faults = faults.to_vec();
    }

    /// Removes the rate limits of WeCom and of the service.
    pub(crate) fn remove_limits(&self) {
        let behaviour = &mut self.sandbox.lock().expect("no panics").behaviour;
        (behaviour.creates_per_minute, behaviour.jobs_in_flight) = (usize::MAX, usize::MAX);
        fs::write(self.path("drumbeat.toml"), "creates_per_minute = 1000000\nedit_delay = \"0s\"\n").expect("written");
    }

    pub(crate) fn sandbox(&self) -> MutexGuard<'_, Sandbox> {
        self.sandbox.lock().expect("no panics")
    }

    /// Sets how many creations WeCom takes in a minute.
    pub(crate) fn takes_per_minute(&self, creates: usize) {
        let behaviour = &mut self.sandbox.lock().expect("no panics").behaviour;
        (behaviour.creates_per_minute, behaviour.jobs_in_flight) = (creates, usize::MAX);
    }

    pub(crate) fn ledger(&self) -> Vec<Entry> {
        self.sandbox.lock().expect("no panics").ledger().to_vec()
    }

    #[expect(clippy::disallowed_methods, reason = "the commands look for git where the test does")]
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let company = Company::chunfeng();
        let mut command = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
        command.args(words).current_dir(self.dir.path()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.dir.path());
        command.env("USER", "wangwu").env("DRUMBEAT_STORE", self.address_of_store());
        command.env("DRUMBEAT_CORP_ID", &company.corp.0).env("DRUMBEAT_CORP_SECRET", company.secret.expose());
        command.env("DRUMBEAT_WECOM_URL", format!("http://{}", self.address));
        command
    }

    /// Runs a command to its end.
    pub(crate) fn output(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("the command runs")
    }

    /// Runs a command that must succeed, and returns its output.
    #[track_caller]
    pub(crate) fn says(&self, words: &[&str]) -> String {
        let output = self.output(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Runs a command that must fail with these words.
    #[track_caller]
    pub(crate) fn refuses(&self, words: &[&str], with: &str) {
        let output = self.output(words);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
        assert!(said.contains(with), "{words:?} says: {said}");
    }

    /// Waits until a run of a campaign is in a state, and returns it as shown by `history`.
    #[track_caller]
    pub(crate) fn run_in(&self, campaign: &str, state: &str) -> Value {
        let mut last = Value::Null;
        until(|| {
            let text = self.says(&["history", "--campaign", campaign, "--format", "json"]);
            last = serde_json::from_str(&text).expect("JSON");
            last["runs"].as_array().and_then(|runs| runs.iter().find(|run| run["state"] == state)).cloned()
        })
        .unwrap_or_else(|| panic!("no run of {campaign} is {state}: {last}"))
    }

    pub(crate) fn service(&self) -> Service {
        self.service_with(&[], self.address)
    }

    pub(crate) fn service_with(&self, words: &[&str], wecom: SocketAddr) -> Service {
        let mut command = self.command(&["run", "--log", "json"]);
        command.args(words).env("DRUMBEAT_WECOM_URL", format!("http://{wecom}"));
        Service::start(command)
    }
}

impl Drop for ServiceHarness {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub(crate) fn write(book: &Path, id: &str, text: &str, schedule: &str) {
    let text = format!(
        "id = \"{id}\"\n[content]\ntext = \"{text}\"\n[visible_range]\nsender_list = {{ user_list = [\"zhangshan\", \"lisi\"] }}\n[schedule]\n{schedule}\n"
    );
    // Renames it into place, as editors do.
    let part = book.join(format!(".{id}.part"));
    fs::write(&part, text).expect("written");
    fs::rename(&part, book.join(format!("{id}.toml"))).expect("renamed");
}

/// A single time some seconds from now, in the format of campaign files.
pub(crate) fn in_seconds(seconds: i64) -> String {
    at(Clock::System.now() + TimeDelta::seconds(seconds))
}

pub(crate) fn at(instant: DateTime<Utc>) -> String {
    format!("at = {}\ntimezone = \"UTC\"", instant.format("%Y-%m-%dT%H:%M:%S"))
}

/// Polls until there is an answer, or until the timeout.
pub(crate) fn until<T>(mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + WAIT_TIMEOUT;
    loop {
        match ask() {
            None if Instant::now() < end => std::thread::sleep(Duration::from_millis(50)),
            answer => return answer,
        }
    }
}

/// A running service and its log.
pub(crate) struct Service {
    child: Child,
    log: Arc<(Mutex<Vec<Value>>, Condvar)>,
}

impl Service {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the service starts");
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let log = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let shared = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
                shared.0.lock().expect("no panics").push(event);
                shared.1.notify_all();
            }
        });
        Self { child, log }
    }

    /// The log so far.
    pub(crate) fn log(&self) -> Vec<Value> {
        self.log.0.lock().expect("no panics").clone()
    }

    /// Waits until an event was logged.
    #[track_caller]
    pub(crate) fn logs(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let (log, more) = &*self.log;
        let events = log.lock().expect("no panics");
        let (events, _) =
            more.wait_timeout_while(events, WAIT_TIMEOUT, |events| !events.iter().any(&wanted)).expect("no panics");
        match events.iter().find(|event| wanted(event)) {
            Some(event) => event.clone(),
            None => panic!("it never logged {what}; it logged: {events:#?}"),
        }
    }

    /// Waits until a message was logged so many times.
    #[track_caller]
    pub(crate) fn logs_times(&self, message: &str, times: usize) -> Value {
        let (log, more) = &*self.log;
        let is_it = |event: &&Value| event["message"] == message;
        let events = log.lock().expect("no panics");
        let (events, _) = more
            .wait_timeout_while(events, WAIT_TIMEOUT, |events| events.iter().filter(is_it).count() < times)
            .expect("no panics");
        match events.iter().filter(is_it).nth(times - 1) {
            Some(event) => event.clone(),
            None => panic!("it did not log `{message}` {times} times; it logged: {events:#?}"),
        }
    }

    /// A page of its monitoring, with the head.
    pub(crate) fn page(&self, path: &str) -> String {
        let said = self.logs("where it serves", |event| event["message"] == "metrics and health are served");
        let address: SocketAddr = said["address"].as_str().expect("an address").parse().expect("an address");
        let mut stream = TcpStream::connect(address).expect("it listens");
        stream.set_read_timeout(Some(WAIT_TIMEOUT)).expect("a time");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").expect("asked");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("answered");
        text
    }

    /// Waits until a page of its monitoring has a status and a text.
    #[track_caller]
    pub(crate) fn shows(&self, path: &str, status: u16, wanted: &str) {
        let start = format!("HTTP/1.1 {status} ");
        let shown = until(|| Some(self.page(path)).filter(|it| it.starts_with(&start) && it.contains(wanted)));
        shown.unwrap_or_else(|| panic!("{path} never answers {status} with {wanted}: {}", self.page(path)));
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Tells it to stop and waits for its end.
    pub(crate) fn stop(mut self) -> (ExitStatus, Vec<Value>) {
        self.signal("TERM");
        self.ends()
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> (ExitStatus, Vec<Value>) {
        let status = until(|| self.child.try_wait().expect("it is ours"));
        (status.expect("it ends in time"), self.log())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
