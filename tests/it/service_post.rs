//! Posting by hand: interrupted, repeated, from two shells, and with an inexact name.

use std::io::{BufRead, BufReader};
use std::process::{Child, Output, Stdio};

use chrono::TimeDelta;
use drumbeat::clock::Clock;
use drumbeat::run::{Reason, Run, State, Transition};
use drumbeat::sandbox::AnswerFault;
use drumbeat::store::{RunFilter, Wait};

use crate::support::service_harness::{ServiceHarness, in_seconds, until};

const NEVER_SOON: &str = "cron = \"0 9 29 2 *\"";

/// `drumbeat post`, started while WeCom is unreachable, after its run is recorded.
fn begin(harness: &ServiceHarness, campaign: &str) -> (Child, Run) {
    let before = runs(harness);
    let mut command = harness.command(&["post", campaign, "--yes"]);
    command.env("DRUMBEAT_WECOM_URL", "http://127.0.0.1:1").stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the command runs");
    let is_new = |run: &Run| before.iter().all(|it| it.id() != run.id()) && run.reason.is_some();
    let run = until(|| runs(harness).into_iter().find(is_new)).expect("it is recorded and tried");
    (child, run)
}

fn runs(harness: &ServiceHarness) -> Vec<Run> {
    harness.store().runs(&RunFilter::default()).wait().expect("the store can be read")
}

fn run(harness: &ServiceHarness, run: &Run) -> Run {
    runs(harness).into_iter().find(|it| it.id() == run.id()).expect("it is there")
}

fn signal(child: &Child, name: &str) {
    let sent = std::process::Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

fn ends(child: Child) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
    (status.code(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
}

fn texts(harness: &ServiceHarness) -> Vec<String> {
    harness.ledger().into_iter().map(|entry| entry.text).collect()
}

#[test]
fn interrupted_unsent_post_never_goes_out() {
    for signal_name in ["INT", "TERM"] {
        let harness = ServiceHarness::new();
        harness.write("spring", "春天", NEVER_SOON);
        let (child, claimed) = begin(&harness, "spring");
        // Some programs send the signal twice, which is one request to stop.
        signal(&child, signal_name);
        signal(&child, signal_name);
        let (code, said) = ends(child);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("was stopped (Ctrl-C) before anything was sent"), "{said}");
        assert_eq!(run(&harness, &claimed).state, State::Missed);
        // A later command only posts its own campaign.
        assert!(harness.says(&["post", "spring", "--yes"]).contains("1 created"));
        assert_eq!(texts(&harness), ["春天"]);
    }
}

#[test]
fn second_post_names_unfinished_run_and_refuses() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", NEVER_SOON);
    harness.write("autumn", "秋天", NEVER_SOON);
    let (child, claimed) = begin(&harness, "spring");
    signal(&child, "KILL");
    ends(child);
    let (id, cancel) = (claimed.id().to_string(), format!("drumbeat cancel {}", claimed.id()));
    harness.refuses(&["post", "spring", "--yes"], &format!("{id} is claimed: nothing of it was sent yet"));
    harness.refuses(&["post", "spring", "--yes"], &cancel);
    // Nor does another campaign's post send it.
    harness.says(&["post", "autumn", "--yes"]);
    assert_eq!(texts(&harness), ["秋天"]);
    assert!(harness.says(&["cancel", &id, "--yes"]).contains("nothing was sent, and nothing will be"));
    assert!(harness.says(&["show", &id]).contains("withdrawn by wangwu; nothing was sent"));
    harness.says(&["post", "spring", "--yes"]);
    assert_eq!(texts(&harness), ["秋天", "春天"]);
}

#[test]
fn possibly_sent_post_needs_again_flag() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", NEVER_SOON);
    let (store, now) = (harness.store(), Clock::System.now());
    let (child, mut claimed) = begin(&harness, "spring");
    signal(&child, "KILL");
    ends(child);
    for step in [
        Transition::Send,
        Transition::LoseResponse { look_at: now + TimeDelta::hours(1), reason: Reason::StoppedWhileSending },
    ] {
        let event = claimed.apply(step, now).expect("a legal move");
        store.save((&claimed, &event)).wait().expect("saved");
    }
    harness.refuses(&["post", "spring", "--yes"], "its post may exist");
    harness.refuses(&["post", "spring", "--yes"], "drumbeat post spring --again");
    assert!(harness.says(&["post", "spring", "--yes", "--again"]).contains("1 created"));
}

#[test]
fn second_shell_takes_over_after_first() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", NEVER_SOON);
    harness.write("autumn", "秋天", NEVER_SOON);
    let (first, _) = begin(&harness, "spring");
    let mut second = harness.command(&["post", "autumn", "--yes"]);
    let second = second.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
    until(|| (runs(&harness).len() == 2).then_some(())).expect("both are recorded");
    signal(&first, "INT");
    ends(first);
    let (code, said) = ends(second);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(texts(&harness), ["秋天"]);
}

#[test]
fn the_service_posts_the_version_just_saved() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", NEVER_SOON);
    let service = harness.service();
    service.logs_times("book loaded", 1);
    harness.write("spring", "春天来了", NEVER_SOON);
    assert!(harness.says(&["post", "spring", "--yes"]).contains("1 created"));
    service.stop();
    assert_eq!(texts(&harness), ["春天来了"]);
}

#[test]
fn campaign_removed_during_outage_is_not_posted() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", &in_seconds(6));
    harness.write("other", "别的", &in_seconds(6));
    let mut command = harness.command(&["run", "--log", "json", "--listen", "off"]);
    command.env("DRUMBEAT_WECOM_URL", "http://127.0.0.1:1");
    let service = crate::support::service_harness::Service::start(command);
    service.logs_times("book loaded", 1);
    harness.run_in("spring", "claimed");
    std::fs::remove_file(harness.book().join("spring.toml")).expect("removed");
    let missed = harness.run_in("spring", "missed");
    assert_eq!(missed["reason"], "withdrawn: the campaign was removed before this could be posted; nothing was sent");
    assert_eq!(harness.run_in("other", "claimed")["state"], "claimed");
    service.stop();
}

#[test]
fn misspelled_campaign_is_not_held() {
    let harness = ServiceHarness::new();
    harness.write("double12", "双十二", NEVER_SOON);
    // A hold needs a store that exists.
    drop(harness.store());
    harness.refuses(&["hold", "doubel12", "--reason", "价格写错了"], "did you mean `double12`?");
    harness.refuses(&["hold", "christmas", "--reason", "价格写错了"], "the campaigns are: `double12`");
    assert!(harness.store().holds().wait().expect("read").is_empty());
    let service = harness.service();
    service.logs_times("book loaded", 1);
    harness.says(&["hold", "double12.toml", "--reason", "价格写错了", "--by", "小李"]);
    let line = service.logs_times("on hold", 1);
    assert_eq!(
        (&line["scope"], &line["by"], &line["reason"]),
        (&"`double12`".into(), &"小李".into(), &"价格写错了".into())
    );
    harness.refuses(&["resume", "doubel12"], "did you mean `double12`?");
    harness.says(&["resume", "double12"]);
    service.logs_times("off hold", 1);
    harness.says(&["hold", "christmas", "--reason", "later", "--force"]);
    service.stop();
}

#[test]
fn sandbox_post_needs_no_account_and_repeats() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", NEVER_SOON);
    for again in [&[][..], &["--again"]] {
        let mut command = harness.command(&[&["post", "spring", "--yes", "--sandbox"], again].concat());
        command.env_remove("DRUMBEAT_CORP_ID").env_remove("DRUMBEAT_CORP_SECRET").env_remove("DRUMBEAT_STORE");
        let output = command.output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
    }
    assert!(harness.ledger().is_empty() && harness.path("drumbeat-sandbox.db").exists());
}

#[test]
fn a_post_says_what_it_waits_for() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", NEVER_SOON);
    harness.answers_with(&[AnswerFault::LoginPage]);
    let mut command = harness.command(&["post", "spring", "--yes"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the command runs");
    let lines = BufReader::new(child.stderr.take().expect("it is piped")).lines().map_while(Result::ok);
    let words = "not sent yet: gettoken was answered by something that is not WeCom (HTTP status 200, no JSON)";
    let line = lines.into_iter().find(|line| line.contains(words)).expect("it says so while it waits");
    assert!(line.contains("a login page of the network") && line.contains("it is tried until"), "{line}");
    signal(&child, "INT");
    child.wait().expect("it ends");
}
