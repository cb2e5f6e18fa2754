//! Three services as processes on a PostgreSQL primary with a synchronous standby, and the sandbox over sockets: services
//! and servers are killed, stopped, cut off and failed over. Nothing is posted twice, and nothing is lost.

use std::collections::BTreeMap;
use std::process::Child;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::store::{RunFilter, Store, Wait};
use fastrand::Rng;
use rustix::process::{Pid, Signal, kill_process};

use crate::at_length::rounds;
use crate::real_kills::seed;
use crate::support::postgres_pair::Pair;
use crate::support::process_harness::{ProcessHarness, now, posted_twice, text_of};

/// The lease of 25 s and what was due meanwhile.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    ServiceKilled,
    ServiceStopped,
    ServiceEnded,
    ConnectionsReset,
    BackendKilled,
    PrimaryKilled,
    PrimaryStopped,
    StandbyKilled,
    WaitForStandbyCancelled,
    FailedOver,
}

impl Fault {
    const ALL: [Self; 10] = [
        Self::ServiceKilled,
        Self::ServiceStopped,
        Self::ServiceEnded,
        Self::ConnectionsReset,
        Self::BackendKilled,
        Self::PrimaryKilled,
        Self::PrimaryStopped,
        Self::StandbyKilled,
        Self::WaitForStandbyCancelled,
        Self::FailedOver,
    ];
}

/// The services: one that has ended is started again, as its supervisor does.
struct Services<'h> {
    harness: &'h ProcessHarness,
    running: Vec<Child>,
    /// Stopped services, and when they go on.
    stopped: Vec<(u32, Instant)>,
}

impl Services<'_> {
    fn keep_up(&mut self) {
        let due = |(_, until): &(u32, Instant)| *until <= Instant::now();
        for (id, _) in self.stopped.extract_if(.., |it| due(it)) {
            signal(id, Signal::CONT);
        }
        for service in &mut self.running {
            if service.try_wait().expect("a child can be asked").is_some() {
                *service = self.harness.start();
            }
        }
    }
}

impl Drop for Services<'_> {
    fn drop(&mut self) {
        for service in &mut self.running {
            let _ = service.kill();
            let _ = service.wait();
        }
    }
}

fn signal(id: u32, signal: Signal) {
    let pid = Pid::from_raw(id.try_into().expect("a process id")).expect("a process");
    let _ = kill_process(pid, signal);
}

async fn bring(fault: Fault, rng: &mut Rng, services: &mut Services<'_>, pair: &mut Pair) {
    let chosen = services.running[rng.usize(..services.running.len())].id();
    let some_time = Duration::from_millis(rng.u64(100..4_000));
    match fault {
        Fault::ServiceKilled => signal(chosen, Signal::KILL),
        Fault::ServiceEnded => signal(chosen, Signal::TERM),
        Fault::ServiceStopped => {
            signal(chosen, Signal::STOP);
            let length = Duration::from_millis(rng.u64(500..40_000));
            services.stopped.push((chosen, Instant::now() + length));
        }
        Fault::ConnectionsReset => pair.reset_connections(),
        Fault::BackendKilled => pair.kill_backend(rng.usize(..100)),
        Fault::PrimaryKilled => pair.crash_primary(),
        Fault::PrimaryStopped => {
            pair.signal_primary(Signal::STOP);
            tokio::time::sleep(some_time).await;
            pair.signal_primary(Signal::CONT);
        }
        Fault::StandbyKilled => {
            pair.kill_standby();
            tokio::time::sleep(some_time).await;
            pair.start_standby();
        }
        Fault::WaitForStandbyCancelled => {
            pair.kill_standby();
            tokio::time::sleep(some_time).await;
            pair.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
            pair.start_standby();
        }
        Fault::FailedOver => pair.fail_over(),
    }
}

/// Each campaign has one run, and the history agrees with WeCom.
fn disagreements(harness: &ProcessHarness, campaigns: usize) -> Vec<String> {
    let (history, ledger) = (harness.history(), harness.ledger());
    let mut broken = posted_twice(harness, campaigns);
    for n in 0..campaigns {
        let runs: Vec<_> = history.iter().filter(|run| run["campaign"] == format!("c{n}").as_str()).collect();
        let [run] = runs.as_slice() else {
            broken.push(format!("lost: c{n} has not one run: {runs:?}"));
            continue;
        };
        let moment = ledger.iter().find(|entry| entry.text == text_of(n)).and_then(|entry| entry.moment_id.clone());
        match moment {
            Some(moment) if run["moment_id"] == moment.as_str() => {}
            Some(moment) => broken.push(format!("WeCom has {moment}, and the history says {run}")),
            // Its process was killed before WeCom had the request.
            None if run["state"] == "absent" => {}
            None => broken.push(format!("WeCom does not have what the history says: {run}")),
        }
    }
    broken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stderr, reason = "what happened, for the person who runs the long form")]
async fn after_many_faults_every_post_exists_once() {
    let Some(mut pair) = Pair::start().await else { return };
    let (seed, faults) = (seed(), rounds(30, 300));
    let mut rng = Rng::with_seed(seed);
    let mut harness = ProcessHarness::build().await;
    harness.store = format!(
        "postgres://drumbeat@127.0.0.1:{}/postgres?schema=faults&files={}",
        pair.port,
        harness.directory.path().display()
    );
    // A post every 400 ms for about the time that the faults take.
    let (campaigns, first) = (faults * 4, now() + TimeDelta::seconds(15));
    let at = |n: usize| first + TimeDelta::milliseconds(400 * i64::try_from(n).expect("few"));
    harness.write_book(&(0..campaigns).map(at).collect::<Vec<DateTime<Utc>>>());
    let service = "settle_window = \"10s\"\npreflight = \"1s\"\ncreates_per_minute = 1000000\nedit_delay = \"0s\"\npage = \"off\"\n";
    std::fs::write(harness.path("drumbeat.toml"), service).expect("written");

    let mut services = Services { harness: &harness, running: vec![harness.start()], stopped: Vec::new() };
    harness.wait_until_known(campaigns).await;
    services.running.extend([harness.start(), harness.start()]);
    let mut counts = BTreeMap::<Fault, usize>::new();
    for n in 0..faults {
        // Each kind comes at least once.
        let fault = Fault::ALL.get(n).copied().unwrap_or_else(|| Fault::ALL[rng.usize(..Fault::ALL.len())]);
        bring(fault, &mut rng, &mut services, &mut pair).await;
        *counts.entry(fault).or_default() += 1;
        tokio::time::sleep(Duration::from_millis(rng.u64(100..1_200))).await;
        services.keep_up();
    }
    let store = Store::open_existing(&harness.store.parse().expect("an address")).expect("the server answers");
    let began = Instant::now();
    loop {
        services.keep_up();
        let runs = store.runs(&RunFilter::default()).wait().unwrap_or_default();
        if runs.len() == campaigns && runs.iter().all(|run| run.state.is_over()) {
            break;
        }
        let waited = began.elapsed() < SETTLE_TIMEOUT;
        assert!(waited, "DRUMBEAT_SEED={seed}: not settled: {}\n{}", harness.log_end(), pair.log_end());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    drop(services);
    let broken = disagreements(&harness, campaigns);
    let absent = harness.history().iter().filter(|run| run["state"] == "absent").count();
    eprintln!(
        "seed {seed}: {faults} faults {counts:?}; {campaigns} posts, {absent} of them absent; broken: {broken:?}"
    );
    assert!(broken.is_empty(), "DRUMBEAT_SEED={seed}:\n{}\n{}", broken.join("\n"), harness.log_end());
}
