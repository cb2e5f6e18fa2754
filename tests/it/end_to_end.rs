//! Book in, sandbox out, history right: the real binary over a real socket.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use drumbeat::clock::Clock;
use serde_json::Value;

const WAIT_TIMEOUT: Duration = Duration::from_secs(40);

fn drumbeat() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
    command.env_clear().env("TZ", "UTC").stdin(Stdio::null());
    command
}

/// `drumbeat sandbox` on a free port, and the settings that it prints.
struct Wecom {
    process: Child,
    address: String,
    settings: Vec<(String, String)>,
}

impl Wecom {
    fn start() -> Self {
        let mut process = drumbeat().arg("sandbox").stdout(Stdio::piped()).spawn().expect("the binary runs");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let mut settings = Vec::new();
        let mut address = String::new();
        while settings.len() < 3 {
            let line = lines.next().expect("the sandbox says where it listens").expect("it speaks UTF-8");
            if let Some(url) = line.strip_prefix("listening on http://") {
                url.clone_into(&mut address);
            }
            if let Some((name, value)) = line.strip_prefix("export ").and_then(|line| line.split_once('=')) {
                settings.push((name.to_owned(), value.to_owned()));
            }
        }
        Self { process, address, settings }
    }

    /// The posts that were sent.
    fn ledger(&self) -> Vec<Value> {
        let mut socket = TcpStream::connect(&self.address).expect("the sandbox listens");
        let ask = format!("GET /sandbox/ledger HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address);
        socket.write_all(ask.as_bytes()).expect("the sandbox reads");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("the sandbox answers");
        let (_, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer has a body");
        serde_json::from_str(body).expect("the ledger is JSON")
    }
}

impl Drop for Wecom {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A directory with a book, a store and an account.
struct Place {
    dir: tempfile::TempDir,
    wecom: Wecom,
}

impl Place {
    fn new() -> Self {
        let place = Self { dir: tempfile::tempdir().expect("there is room"), wecom: Wecom::start() };
        fs::create_dir(place.book()).expect("the directory is ours");
        place
    }

    fn book(&self) -> std::path::PathBuf {
        self.dir.path().join("book")
    }

    fn campaign(&self, id: &str, content: &str, senders: &str, schedule: &str) {
        let text = format!(
            "id = \"{id}\"\n[content]\n{content}\n[visible_range]\nsender_list = {{ user_list = [{senders}] }}\n[schedule]\n{schedule}\n"
        );
        fs::write(self.book().join(format!("{id}.toml")), text).expect("the directory is ours");
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = drumbeat();
        command.args(args).current_dir(self.dir.path()).envs(self.wecom.settings.iter().cloned());
        command
    }

    fn output(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the binary runs")
    }

    fn service(&self) -> Child {
        self.command(&["run", "book", "--log", "json"]).stderr(Stdio::piped()).spawn().expect("the binary runs")
    }

    fn history(&self) -> Vec<Value> {
        let output = self.output(&["history", "--format", "json"]);
        let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
        let history: Value = serde_json::from_str(&text).unwrap_or_default();
        history["runs"].as_array().cloned().unwrap_or_default()
    }

    /// The history, after this many runs have finished.
    fn settled(&self, runs: usize) -> Vec<Value> {
        let start = Instant::now();
        loop {
            let history = self.history();
            let open = ["claimed", "sending", "submitted", "in_doubt"];
            let over = history.iter().filter(|run| !open.contains(&run["state"].as_str().unwrap_or_default())).count();
            if over >= runs {
                return history;
            }
            assert!(start.elapsed() < WAIT_TIMEOUT, "not settled: {history:#?}");
            std::thread::yield_now();
        }
    }
}

fn terminate(service: &mut Child) -> (Option<i32>, String) {
    let pid = service.id().to_string();
    Command::new("kill").args(["-TERM", &pid]).status().expect("there is kill");
    let mut log = String::new();
    service.stderr.take().expect("it is piped").read_to_string(&mut log).expect("the log is UTF-8");
    (service.wait().expect("it was started here").code(), log)
}

/// A local time in Shanghai some seconds from now, as TOML.
fn soon(seconds: i64) -> String {
    let at = Clock::System.now() + TimeDelta::seconds(seconds);
    at.with_timezone(&chrono_tz::Asia::Shanghai).format("%Y-%m-%dT%H:%M:%S").to_string()
}

#[test]
fn book_in_sandbox_out_history_right() {
    let place = Place::new();
    let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("campaigns/media/member-day.jpg");
    fs::copy(picture, place.book().join("picture.jpg")).expect("the example book has it");
    place.campaign("words", "text = \"春季新品上架\"", "\"zhangshan\"", &format!("at = {}", soon(3)));
    place.campaign(
        "picture",
        "text = \"看图\"\nimages = [\"picture.jpg\"]",
        "\"lisi\", \"nobody\"",
        &format!("at = {}", soon(4)),
    );
    place.campaign("too-late", "text = \"旧闻\"", "\"lisi\"", &format!("at = {}", soon(-7200)));

    let mut service = place.service();
    let history = place.settled(3);
    let (code, log) = terminate(&mut service);
    assert_eq!(code, Some(0), "{log}");

    let of = |campaign: &str| history.iter().find(|run| run["campaign"] == campaign).expect("every campaign was due");
    assert_eq!(of("words")["state"], "created");
    assert_eq!(of("picture")["state"], "partial");
    assert_eq!(of("picture")["invalid_users"], serde_json::json!(["nobody"]));
    assert_eq!(of("too-late")["state"], "missed");

    let ledger = place.wecom.ledger();
    assert_eq!(ledger.len(), 2, "{ledger:#?}");
    for run in [of("words"), of("picture")] {
        assert!(ledger.iter().any(|entry| entry["moment_id"] == run["moment_id"]), "{run:#?} is not in {ledger:#?}");
    }
    // Every change of a run is one event in the log.
    let events: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of_words = events.iter().filter(|event| event["campaign"] == "words");
    let mut states: Vec<&str> = of_words.filter_map(|event| event["state"].as_str()).collect();
    states.dedup();
    assert_eq!(states, ["claimed", "sending", "submitted", "created"], "{log}");
    for (name, value) in &place.wecom.settings {
        assert!(name != "DRUMBEAT_CORP_SECRET" || !log.contains(value.as_str()), "the secret is in the log");
    }

    // A second service has nothing left to do.
    let mut again = place.service();
    let start = Instant::now();
    while !place.dir.path().join("drumbeat.db-wal").exists() && start.elapsed() < WAIT_TIMEOUT {
        std::thread::yield_now();
    }
    let (code, _) = terminate(&mut again);
    assert_eq!(code, Some(0));
    assert_eq!(place.history(), history);
    assert_eq!(place.wecom.ledger().len(), 2);
}

#[test]
fn one_campaign_by_hand() {
    let place = Place::new();
    place.campaign("words", "text = \"春季新品上架\"", "\"zhangshan\"", "cron = \"0 9 * * MON\"");

    let unasked = place.output(&["post", "words", "--book", "book"]);
    assert_eq!(unasked.status.code(), Some(2), "there is no terminal");
    let unknown = place.output(&["post", "word", "--book", "book", "--yes"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("did you mean `words`?"));
    assert_eq!(place.wecom.ledger().len(), 0);

    let posted = place.output(&["post", "words", "--book", "book", "--yes", "--format", "json"]);
    assert_eq!(posted.status.code(), Some(0), "{}", String::from_utf8_lossy(&posted.stderr));
    let history = place.history();
    assert_eq!(history.len(), 1);
    assert_eq!(history[0]["state"], "created");
    assert_eq!(place.wecom.ledger()[0]["moment_id"], history[0]["moment_id"]);
}

#[test]
fn manual_posts_go_through_the_running_service() {
    let place = Place::new();
    place.campaign("words", "text = \"春季新品上架\"", "\"zhangshan\"", "cron = \"0 9 * * MON\"");
    let mut service = place.service();
    let mut lock = String::new();
    let start = Instant::now();
    while !lock.contains("started") && start.elapsed() < WAIT_TIMEOUT {
        let mut byte = [0; 1];
        let stderr = service.stderr.as_mut().expect("it is piped");
        if stderr.read(&mut byte).expect("the log can be read") == 1 {
            lock.push(byte[0].into());
        }
    }
    let posted = place.output(&["post", "words", "--book", "book", "--yes"]);
    assert_eq!(posted.status.code(), Some(0), "{}", String::from_utf8_lossy(&posted.stderr));
    let (_, log) = terminate(&mut service);
    assert!(log.contains("submitted"), "the service did it: {log}");
    assert_eq!(place.wecom.ledger().len(), 1);
}

/// Failures before any action: one clear message and exit code 2.
#[track_caller]
fn refuses(output: &Output, with: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(with), "it said: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn impossible_operations_report_an_error() {
    let place = Place::new();
    place.campaign("words", "text = \"春季新品上架\"", "\"zhangshan\"", "cron = \"0 9 * * MON\"");

    refuses(&place.output(&["rehearse", "nowhere"]), "directory `nowhere` not found");
    refuses(&place.output(&["rehearse", "book", "--from", "tomorrow"]), "is not a time");
    refuses(&place.output(&["history"]), "no store at");
    refuses(&place.output(&["show", "what"]), "names no run");
    refuses(&place.output(&["run", "book", "--store", "mysql://x"]), "invalid store address");
    refuses(&place.output(&["run", "book", "--wecom-url", "http://example.com"]), "https");
    refuses(&place.output(&["--config", "nowhere.toml", "run", "book"]), "nowhere.toml");

    let without_secret =
        place.command(&["run", "book"]).env_remove("DRUMBEAT_CORP_SECRET").output().expect("the binary runs");
    refuses(&without_secret, "the corp secret is missing");
    let without_corp =
        place.command(&["run", "book"]).env_remove("DRUMBEAT_CORP_ID").output().expect("the binary runs");
    refuses(&without_corp, "the corp id is missing");

    fs::write(place.dir.path().join("notes.db"), "a shopping list, long enough to be no empty database at all")
        .expect("ours");
    refuses(&place.output(&["history", "--store", "sqlite://notes.db"]), "is not a Drumbeat database");

    let newer = rusqlite::Connection::open(place.dir.path().join("newer.db")).expect("ours");
    newer.pragma_update(None, "application_id", 0x4472_756d).expect("ours");
    newer.pragma_update(None, "user_version", 99).expect("ours");
    drop(newer);
    refuses(&place.output(&["history", "--store", "sqlite://newer.db"]), "upgrade Drumbeat");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it is bound").to_string();
    refuses(&place.output(&["sandbox", "--listen", &address]), "failed to listen on");
}
