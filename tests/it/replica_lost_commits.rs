//! Failovers of a real PostgreSQL with the service as a process: a standby that lacks the last commits makes everything
//! wait for a person, and one that has them holds nothing.

use std::path::Path;
use std::process::{Child, Command};

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::store::{Hold, RunFilter, Store, Wait};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::postgres_pair::Pair;
use crate::support::process_harness::{ProcessHarness, now, posted_twice, text_of};

const CAMPAIGNS: usize = 40;

/// A service on the address of a pair, with a post each second.
async fn on_pair(pair: &Pair) -> ProcessHarness {
    let mut harness = ProcessHarness::build().await;
    harness.store = on_machine(pair, harness.directory.path());
    let first = now() + TimeDelta::seconds(12);
    let at = |n: usize| first + TimeDelta::seconds(i64::try_from(n).expect("few"));
    harness.write_book(&(0..CAMPAIGNS).map(at).collect::<Vec<DateTime<Utc>>>());
    let service = "settle_window = \"3s\"\npreflight = \"1s\"\ncreates_per_minute = 1000000\nedit_delay = \"0s\"\npage = \"off\"\n";
    std::fs::write(harness.path("drumbeat.toml"), service).expect("written");
    harness
}

/// The address on a machine whose own files are in a directory.
fn on_machine(pair: &Pair, files: &Path) -> String {
    format!("postgres://drumbeat@127.0.0.1:{}/postgres?schema=lost&files={}", pair.proxy.port, files.display())
}

/// Stopped at the end of a test, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn stop(mut self) {
        let pid = Pid::from_raw(self.0.id().try_into().expect("a process id")).expect("a process");
        kill_process(pid, Signal::TERM).expect("it is there");
        self.0.wait().expect("it ends");
    }
}

async fn wait_for_posts(harness: &ProcessHarness, posts: usize) {
    harness.wait_for(&format!("{posts} posts exist"), |_| harness.ledger().len() >= posts).await;
}

fn active_holds(store: &Store) -> Vec<Hold> {
    let mut holds = store.holds().wait().unwrap_or_default();
    holds.retain(|hold| hold.lifted.is_none());
    holds
}

/// Each occurrence has its run, which is over or waits for a person. What WeCom has, it has once.
async fn ends(harness: &ProcessHarness) {
    let has_ended = |store: &Store| {
        let runs = store.runs(&RunFilter::default()).wait().unwrap_or_default();
        runs.len() == CAMPAIGNS && runs.iter().all(|run| run.state.is_over() || run.needs_review)
    };
    harness.wait_for("every run has ended", has_ended).await;
    assert_eq!(posted_twice(harness, CAMPAIGNS), [""; 0], "{}", harness.log_end());
}

#[track_caller]
fn catching_up_is_refused(harness: &ProcessHarness) {
    let resume = Command::new(env!("CARGO_BIN_EXE_drumbeat"))
        .args(["resume", "--all", "--catch-up", "--store", &harness.store])
        .output()
        .expect("it runs");
    assert!(!resume.status.success(), "{}", String::from_utf8_lossy(&resume.stdout));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_commits_hold_everything_and_post_nothing_twice() {
    let Some(mut pair) = Pair::start_asynchronous().await else { return };
    let harness = on_pair(&pair).await;
    let service = Running(harness.start());
    wait_for_posts(&harness, 2).await;
    pair.cut_standby();
    let before = harness.ledger().len();
    wait_for_posts(&harness, before + 3).await;
    pair.fail_over();
    harness.wait_for("it is on hold", |store| !active_holds(store).is_empty()).await;
    let hold = active_holds(&Store::open_existing(&harness.store.parse().expect("an address")).expect("it answers"));
    assert!(hold[0].reason.contains("this machine") && hold[0].forbids_catch_up(), "{}", hold[0].reason);
    ends(&harness).await;
    // The new server knew nothing of the last ones: each is found at WeCom, or a person is asked.
    let history = harness.history();
    for n in 0..CAMPAIGNS {
        let is_posted = harness.ledger().iter().any(|entry| entry.text == text_of(n));
        let run = history.iter().find(|run| run["campaign"] == format!("c{n}").as_str()).expect("each has a run");
        let knows = ["created", "in_doubt"].iter().any(|state| run["state"] == *state);
        assert_eq!(knows, is_posted, "{run}: {}", harness.log_end());
    }
    catching_up_is_refused(&harness);
    service.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_commits_of_another_machine_hold_everything() {
    let Some(mut pair) = Pair::start_asynchronous().await else { return };
    let mut harness = on_pair(&pair).await;
    let first = Running(harness.start());
    wait_for_posts(&harness, 2).await;
    pair.cut_standby();
    let before = harness.ledger().len();
    wait_for_posts(&harness, before + 3).await;
    first.stop();
    pair.fail_over();
    let second = tempfile::tempdir().expect("a directory");
    harness.store = on_machine(&pair, second.path());
    let _service = Running(harness.start());
    harness.wait_for("it is on hold", |store| !active_holds(store).is_empty()).await;
    ends(&harness).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clean_failover_holds_nothing() {
    let Some(mut pair) = Pair::start().await else { return };
    let mut harness = on_pair(&pair).await;
    let first = Running(harness.start());
    wait_for_posts(&harness, 2).await;
    // The same process goes on …
    pair.fail_over();
    let before = harness.ledger().len();
    wait_for_posts(&harness, before + 2).await;
    // … and after another failover, another machine does.
    first.stop();
    pair.fail_over();
    let second = tempfile::tempdir().expect("a directory");
    harness.store = on_machine(&pair, second.path());
    let _service = Running(harness.start());
    ends(&harness).await;
    let posted: Vec<String> = harness.ledger().into_iter().map(|entry| entry.text).collect();
    assert_eq!((0..CAMPAIGNS).filter(|n| !posted.contains(&text_of(*n))).count(), 0, "{}", harness.log_end());
    let store = Store::open_existing(&harness.store.parse().expect("an address")).expect("it answers");
    assert_eq!(store.holds().wait().expect("read"), []);
}
