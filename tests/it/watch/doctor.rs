//! `doctor`: the outcomes of its checks, in the order in which to correct them.

use drumbeat::book_watcher::{BookLocation, Remote};
use drumbeat::clock::Clock;
use drumbeat::doctor::{CheckOutcome, CheckStatus, DoctorInput, address_seen, examine};
use drumbeat::ids::CorpId;
use drumbeat::sandbox::{self, Company, Sandbox};
use drumbeat::secret::Secret;
use drumbeat::store::Address;
use drumbeat::text::{Lang, Text};
use drumbeat::wecom::{Network, Transport, WeCom};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::port;

async fn input(secret: &str, refuses_with: Option<i64>, clock: Clock) -> (DoctorInput, tempfile::TempDir, DropGuard) {
    let mut sandbox = Sandbox::new(Company::chunfeng());
    sandbox.behaviour.refuses_with = refuses_with;
    let corp = CorpId(sandbox.company().corp.0.clone());
    let stop = CancellationToken::new();
    let (listener, address) = port().await;
    tokio::spawn(sandbox::serve(listener, Arc::new(Mutex::new(sandbox)), Clock::System, stop.clone()));
    let network = Network::new(&format!("http://{address}")).expect("a loopback address");
    let wecom = WeCom::new(corp, Secret::new(secret), Transport::Network(network), clock.clone());
    let dir = tempfile::tempdir().expect("there is room");
    let book = BookLocation::Directory {
        book: dir.path().to_owned(),
        poll: Duration::from_secs(60),
        events: false,
        edit_delay: Duration::ZERO,
    };
    let input = DoctorInput {
        clock,
        renamed_keys: Vec::new(),
        settings: Vec::new(),
        book: Ok(book),
        store: Address::Sqlite(dir.path().join("drumbeat.db")),
        account: Ok(wecom),
        notify_url: Ok(Some(Secret::new("https://example.com/hook/0f1e2d3c"))),
    };
    (input, dir, stop.drop_guard())
}

fn good_secret() -> String {
    Company::chunfeng().secret.expose().to_owned()
}

fn verdicts(outcomes: &[CheckOutcome]) -> Vec<(&str, CheckStatus)> {
    outcomes.iter().map(|outcome| (outcome.check, outcome.status)).collect()
}

#[track_caller]
fn outcome<'a>(outcomes: &'a [CheckOutcome], check: &str) -> &'a CheckOutcome {
    outcomes.iter().find(|outcome| outcome.check == check).expect("the check was made")
}

#[tokio::test]
async fn all_is_well() {
    let (input, _dir, _stop) = input(&good_secret(), None, Clock::System).await;
    let outcomes = examine(&input).await;
    let order: Vec<&str> = outcomes.iter().map(|outcome| outcome.check).collect();
    let expected = [
        "settings",
        "store",
        "disk",
        "git",
        "book",
        "account",
        "clock",
        "token",
        "trusted address",
        "permission",
        "notifications",
        "zone data",
    ];
    assert_eq!(order, expected);
    assert!(outcomes.iter().all(|outcome| outcome.status != CheckStatus::Failed), "{outcomes:#?}");
    assert!(outcome(&outcomes, "permission").what.get(Lang::En).contains("members who can post"));
    let store = input.store.beside("");
    assert!(!store.exists(), "the doctor makes nothing");
}

#[tokio::test]
async fn a_damaged_store_needs_a_backup() {
    let (input, _dir, _stop) = input(&good_secret(), None, Clock::System).await;
    let file = input.store.beside("");
    drop(drumbeat::store::Store::open(&input.store).expect("a store"));
    assert_eq!(outcome(&examine(&input).await, "store").status, CheckStatus::Passed);
    let whole = std::fs::read(&file).expect("the store is there");
    let mut changed = whole.clone();
    changed[4096..].fill(0xa5);
    for damaged in [changed, whole[..whole.len() / 2].to_vec()] {
        std::fs::write(&file, damaged).expect("written");
        let outcomes = examine(&input).await;
        let found = outcome(&outcomes, "store");
        assert_eq!(found.status, CheckStatus::Failed);
        assert!(found.what.get(Lang::En).contains("is damaged"), "{found:?}");
        let todo = found.todo.as_ref().map_or("", |todo| todo.get(Lang::En));
        assert!(todo.contains("a copy made by `drumbeat backup`") && todo.contains("docs/running.md"), "{found:?}");
    }
}

#[tokio::test]
async fn wrong_secret_is_the_only_finding() {
    let (input, _dir, _stop) = input("wrong", None, Clock::System).await;
    let outcomes = examine(&input).await;
    assert_eq!(outcome(&outcomes, "token").status, CheckStatus::Failed);
    assert_eq!(outcome(&outcomes, "permission").status, CheckStatus::Skipped);
    assert!(!format!("{outcomes:?}").contains("wrong"), "{outcomes:?}");
}

#[tokio::test]
async fn doctor_checks_permissions_beyond_the_token() {
    let (input, _dir, _stop) = input(&good_secret(), Some(48002), Clock::System).await;
    let outcomes = examine(&input).await;
    assert_eq!(outcome(&outcomes, "token").status, CheckStatus::Passed);
    assert_eq!(outcome(&outcomes, "permission").status, CheckStatus::Failed);
    assert!(
        outcome(&outcomes, "permission")
            .todo
            .as_ref()
            .is_some_and(|todo| todo.get(Lang::En).contains("可调用接口的应用"))
    );
}

#[tokio::test]
async fn untrusted_ip_differs_from_missing_permission() {
    let (input, _dir, _stop) = input(&good_secret(), Some(60020), Clock::System).await;
    let outcomes = examine(&input).await;
    assert_eq!(outcome(&outcomes, "trusted address").status, CheckStatus::Failed);
    assert_eq!(outcome(&outcomes, "permission").status, CheckStatus::Skipped);
}

#[test]
fn the_address_that_wecom_saw() {
    let said = "not allow to access from your ip, hint: [1661], from ip: 203.0.113.7, more info at https://open";
    assert_eq!(address_seen(said), Some("203.0.113.7"));
    assert_eq!(address_seen("not allow, from ip: 2001:db8::1"), Some("2001:db8::1"));
    assert_eq!(address_seen("not allow, from ip: <script>"), None);
    assert_eq!(address_seen("not allow"), None);
}

#[tokio::test]
async fn a_clock_that_is_off_is_found() {
    let clock = Clock::starting_at(Clock::System.now() - chrono::TimeDelta::minutes(5));
    let (input, _dir, _stop) = input(&good_secret(), None, clock).await;
    assert_eq!(outcome(&examine(&input).await, "clock").status, CheckStatus::Failed);
}

#[tokio::test]
async fn sample_key_foreign_file_and_missing_account() {
    let dir = tempfile::tempdir().expect("there is room");
    let store = dir.path().join("other.db");
    std::fs::write(&store, "no database at all, but long enough to be looked at as one").expect("written");
    let sample = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa";
    let input = DoctorInput {
        renamed_keys: vec![("reach_window", "confirmation_window")],
        settings: Vec::new(),
        book: Err(Text::quoted("there is none")),
        clock: Clock::System,
        store: Address::Sqlite(store),
        account: Err(Text::quoted("the corp id is missing")),
        notify_url: Ok(Some(Secret::new(sample))),
    };
    let outcomes = examine(&input).await;
    let bad: Vec<_> = verdicts(&outcomes).into_iter().filter(|(_, verdict)| *verdict == CheckStatus::Failed).collect();
    assert_eq!(bad.iter().map(|(check, _)| *check).collect::<Vec<_>>(), ["store", "book", "account", "notifications"]);
    let renamed = outcomes.iter().find(|it| it.check == "settings" && it.status == CheckStatus::Warning);
    assert!(renamed.is_some_and(|it| it.what.get(Lang::En).contains("`reach_window`")), "{outcomes:?}");
    assert!(!format!("{outcomes:?}").contains("693axxx6"), "the address is not repeated");
}

#[tokio::test]
async fn directory_pull_is_complete_and_deterministic() {
    let (input, _dir, _stop) = input(&good_secret(), None, Clock::System).await;
    let wecom = input.account.expect("an account");
    let senders = wecom.follow_users().await.expect("senders");
    let mut departments = crate::support::client_harness::departments(&wecom).await;
    let tags = wecom.tags().await.expect("tags");
    let write = |departments: &[drumbeat::wecom::Department]| {
        drumbeat::report::directory::toml("ww", &senders, departments, &tags).expect("TOML")
    };
    let text = write(&departments);
    departments.reverse();
    assert_eq!(text, write(&departments));
    let read: toml::Table = text.parse().expect("TOML");
    assert_eq!(read["departments"].as_array().map(Vec::len), Some(departments.len()));
    assert_eq!(read["senders"].as_array().map(Vec::len), Some(senders.len()));
    let group = &read["tag_groups"].as_array().expect("groups")[0];
    assert!(group["tags"].as_array().is_some_and(|tags| !tags.is_empty()));
}

#[tokio::test]
async fn a_book_that_cannot_be_followed() {
    let (mut input, dir, _stop) = input(&good_secret(), None, Clock::System).await;
    let away = dir.path().join("away");
    input.book = Ok(BookLocation::Directory {
        book: away.clone(),
        poll: Duration::from_secs(60),
        events: false,
        edit_delay: Duration::ZERO,
    });
    assert_eq!(outcome(&examine(&input).await, "book").status, CheckStatus::Failed);

    let followed = |branch: &str, repository: &std::path::Path| {
        Ok(BookLocation::Git(Remote {
            url: Secret::new(repository.to_str().expect("UTF-8")),
            branch: branch.to_owned(),
            path: String::new(),
            every: Duration::from_secs(60),
            alarm_after: Duration::from_secs(60),
            time_limit: Duration::from_secs(10),
            allow_force: false,
            clone: dir.path().join("clone"),
        }))
    };
    input.book = followed("main", &away);
    let outcomes = examine(&input).await;
    assert!(outcome(&outcomes, "book").what.get(Lang::En).contains("does not answer"), "{outcomes:?}");
    let there = dir.path().join("there");
    let git = |words: &[&str]| {
        let config = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
        let done = Command::new("git").args(config).args(words).stdin(Stdio::null()).status().expect("git runs");
        assert!(done.success(), "{words:?}");
    };
    let path = there.to_str().expect("UTF-8");
    git(&["init", "-q", "-b", "main", path]);
    git(&["-C", path, "commit", "-q", "--allow-empty", "-m", "a"]);
    input.book = followed("main", &there);
    assert_eq!(outcome(&examine(&input).await, "book").status, CheckStatus::Passed);
    input.book = followed("live", &there);
    let outcomes = examine(&input).await;
    assert!(outcome(&outcomes, "book").what.get(Lang::En).contains("no branch `live`"), "{outcomes:?}");
}

/// Runs a command with a service file; returns its exit code and its output.
fn with_service_file(text: &str, words: &[&str]) -> (Option<i32>, String) {
    let dir = tempfile::tempdir().expect("there is room");
    std::fs::create_dir(dir.path().join("campaigns")).expect("there is room");
    std::fs::write(dir.path().join("c.toml"), text).expect("there is room");
    let mut command = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
    command.current_dir(dir.path()).env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
    let output = command.args(["--config", "c.toml"]).args(words).stdin(Stdio::null()).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn doctor_and_run_refuse_the_same_settings() {
    for (file, said) in [
        ("reach_window = \"three days\"", "`reach_window` in c.toml"),
        ("confirmation_window = \"x\"", "`confirmation_window` in c.toml"),
        ("confirmation_window = \"1d\"\nreach_window = \"1d\"", "`reach_window` in c.toml: the former name"),
        ("daily_summary = \"nine\"", "`daily_summary` in c.toml"),
        ("poll = \"0s\"", "`poll` in c.toml"),
        ("preflight = \"x\"", "`preflight` in c.toml"),
        ("settle_window = \"x\"", "`settle_window` in c.toml"),
        ("heartbeat_every = \"0s\"", "`heartbeat_every` in c.toml"),
        ("creates_per_minute = 0", "`creates_per_minute` in c.toml"),
        ("listen = \"here\"", "`listen` in c.toml"),
        ("log = \"loud\"", "`loud` is not a log level"),
        ("wecom_url = \"http://example.com\"", "`wecom_url` in c.toml"),
        ("notify_url_file = \"not-there\"", "`notify_url_file` in c.toml"),
        ("git.every = \"x\"", "`git.every` in c.toml"),
        ("settle_window = \"0s\"", "`settle_window` in c.toml: it must be at least 1m"),
        ("edit_delay = \"x\"", "`edit_delay` in c.toml"),
        ("keep = \"1d\"", "`keep` in c.toml"),
    ] {
        // Also for settings that the command does not use: the sandbox needs no address, and no repository is watched.
        let (code, told) = with_service_file(file, &["run", "campaigns", "--sandbox"]);
        assert!(code == Some(2) && told.contains(said), "{file}: {code:?} {told}");
        let (code, told) = with_service_file(file, &["doctor"]);
        assert!(code == Some(1) && told.contains(said), "{file}: {code:?} {told}");
    }
}

/// A text in the form of an app's secret.
const SECRET: &str = "abcDEF0123456789-_abcDEF0123456789-_abcDEF0";

/// The message of `run` when it refuses these variables and this service file.
fn refused_with(variables: &[(&str, &str)], file: &str) -> String {
    let dir = tempfile::tempdir().expect("there is room");
    std::fs::create_dir(dir.path().join("campaigns")).expect("there is room");
    std::fs::write(dir.path().join("c.toml"), file).expect("there is room");
    let mut command = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
    command.current_dir(dir.path()).env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
    command.envs(variables.iter().copied()).args(["--config", "c.toml", "run", "campaigns"]);
    let output = command.stdin(Stdio::null()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[test]
fn misplaced_secret_is_refused_and_hidden() {
    let (id, secret, file) = ("DRUMBEAT_CORP_ID", "DRUMBEAT_CORP_SECRET", "DRUMBEAT_CORP_SECRET_FILE");
    let in_file = |key: &str| format!("{key} = \"{SECRET}\"\n");
    for (variables, text, said) in [
        (vec![(id, SECRET), (secret, "x")], String::new(), "has the form of a secret"),
        (vec![(id, "ww1"), (file, SECRET)], String::new(), "has the form of a secret"),
        (vec![(id, "ww1"), (secret, "x"), (file, "y")], String::new(), "is set as well"),
        (vec![(id, "ww1")], in_file("corp_secret"), "name that in `corp_secret_file`"),
        (vec![(id, "ww1")], in_file("notify_url"), "name that in `notify_url_file`"),
        (vec![(id, "ww1")], format!("store = \"postgres://u:{SECRET}@h/db\""), "`postgres://…`"),
    ] {
        let told = refused_with(&variables, &text);
        assert!(told.contains(said) && !told.contains(SECRET), "{variables:?} {told}");
    }
}
