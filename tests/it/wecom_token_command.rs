//! Tokens from a command: told why it is asked, and not asked in a loop.

use std::fs;
use std::time::Duration;

use drumbeat::sandbox::{Company, in_process};
use drumbeat::wecom::{Error, Next, TokenCommand, TokenCommandFailure, TokenSource, WeCom};

use crate::support::client_harness::{ClientHarness, TransportKind};

/// A company's token server: a file with its answer, and a command that prints it.
struct TokenServer {
    harness: ClientHarness,
    dir: tempfile::TempDir,
    wecom: WeCom,
}

impl TokenServer {
    async fn new() -> Self {
        let harness = ClientHarness::on(TransportKind::InProcess).await;
        let dir = tempfile::tempdir().expect("a place");
        let script = format!(
            "cd '{}'; echo \"$DRUMBEAT_TOKEN_REASON $DRUMBEAT_CORP_ID\" >> asked; cat answer",
            dir.path().display()
        );
        let command = command(&["/bin/sh", "-c", &script]);
        let wecom = client(&harness, command);
        let server = Self { harness, dir, wecom };
        server.issues_a_token().await;
        server
    }

    /// Gets a new token from WeCom, as the token server does.
    async fn issues_a_token(&self) {
        let known: Vec<String> = self.harness.sandbox().tokens().map(str::to_owned).collect();
        let company = Company::chunfeng();
        let transport = in_process(self.harness.sandbox.clone(), self.harness.clock.clone());
        let own = WeCom::new(company.corp, company.secret, transport, self.harness.clock.clone());
        own.token().await.expect("a token");
        let sandbox = self.harness.sandbox();
        let token = sandbox.tokens().find(|token| !known.iter().any(|it| it == token)).expect("a new token");
        let answer = format!("{{\"errcode\":0,\"errmsg\":\"ok\",\"access_token\":\"{token}\",\"expires_in\":7200}}");
        fs::write(self.dir.path().join("answer"), answer).expect("written");
    }

    /// The reasons for which the command was run.
    fn asked(&self) -> Vec<String> {
        let text = fs::read_to_string(self.dir.path().join("asked")).unwrap_or_default();
        let of_corp = |line: &str| line.strip_suffix(" ww5c8f26d1e07ab394").expect("the corp's id").to_owned();
        text.lines().map(of_corp).collect()
    }
}

fn command(words: &[&str]) -> TokenCommand {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    TokenCommand::of(&words).expect("a command")
}

fn client(harness: &ClientHarness, command: TokenCommand) -> WeCom {
    let transport = in_process(harness.sandbox.clone(), harness.clock.clone());
    WeCom::new(Company::chunfeng().corp, TokenSource::Command(command), transport, harness.clock.clone())
}

#[tokio::test]
async fn a_command_is_told_why_it_is_asked() {
    let server = TokenServer::new().await;
    server.wecom.follow_users().await.expect("members");
    server.wecom.follow_users().await.expect("members");
    assert_eq!(server.asked(), ["missing"]);
    server.harness.pass(7200 - 4 * 60);
    server.issues_a_token().await;
    server.wecom.follow_users().await.expect("members");
    assert_eq!(server.asked(), ["missing", "expiring"]);
    server.harness.sandbox().revoke_tokens();
    server.issues_a_token().await;
    server.wecom.follow_users().await.expect("members");
    assert_eq!(server.asked(), ["missing", "expiring", "refused"]);
}

#[tokio::test]
async fn refused_tokens_force_one_run_a_minute() {
    let server = TokenServer::new().await;
    server.wecom.follow_users().await.expect("members");
    // The token server keeps a token that WeCom no longer takes.
    server.harness.sandbox().revoke_tokens();
    let failure = async || server.wecom.follow_users().await.expect_err("no token");
    assert_eq!(failure().await, Error::TokenCommand { why: TokenCommandFailure::SameToken });
    for _ in 0..3 {
        let error = failure().await;
        assert_eq!(error, Error::TokenCommand { why: TokenCommandFailure::TooSoon });
        assert!(matches!(error.next(), Next::TryAgain { .. }));
    }
    assert_eq!(server.asked(), ["missing", "refused"]);
    server.harness.pass(61);
    server.issues_a_token().await;
    server.wecom.follow_users().await.expect("members");
    assert_eq!(server.asked(), ["missing", "refused", "refused"]);
}

#[tokio::test]
async fn a_command_that_hangs_ends_with_its_children() {
    let harness = ClientHarness::on(TransportKind::InProcess).await;
    let dir = tempfile::tempdir().expect("a place");
    let child = dir.path().join("child");
    let script = format!("sleep 600 & echo $! > '{}'; wait", child.display());
    let command = command(&["/bin/sh", "-c", &script]).ending_within(Duration::from_secs(1));
    let error = client(&harness, command).token().await.expect_err("it hangs");
    assert_eq!(error, Error::TokenCommand { why: TokenCommandFailure::TimedOut { seconds: 1 } });
    let child = fs::read_to_string(child).expect("its id");
    let is_gone = || fs::read_to_string(format!("/proc/{}/stat", child.trim())).map_or(true, |it| it.contains(") Z "));
    assert!(crate::support::service_harness::until(|| is_gone().then_some(())).is_some(), "it still runs");
}

#[tokio::test]
async fn nothing_that_a_command_writes_is_shown() {
    let harness = ClientHarness::on(TransportKind::InProcess).await;
    for script in ["echo hunter2", "echo hunter2 >&2; exit 1", "echo '{\"access_token\":\"hunter2 x\"}'"] {
        let command = command(&["/bin/sh", "-c", script, "hunter2"]);
        assert!(!format!("{command:?}").contains("hunter2"));
        let error = client(&harness, command).token().await.expect_err("no token");
        assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
    }
    assert!(TokenCommand::of(&[]).is_err());
}
