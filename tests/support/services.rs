//! Three services as processes on one server, and what must hold after any faults.

use std::process::Child;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::store::{RunFilter, Store, Wait};
use fastrand::Rng;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::process_harness::{ProcessHarness, now, posted_twice, text_of};

/// Enough for a lease of 25 s, for what was due meanwhile, and for a slow machine.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(300);

/// A store on the server at a port of this machine, and a book with a post for each interval.
pub(crate) async fn harness_on(port: u16, campaigns: usize, interval: TimeDelta) -> ProcessHarness {
    let mut harness = ProcessHarness::build().await;
    let files = harness.directory.path().display();
    harness.store = format!("postgres://drumbeat@127.0.0.1:{port}/postgres?schema=faults&files={files}");
    let first = now() + TimeDelta::seconds(15);
    let at = |n: usize| first + interval * i32::try_from(n).expect("few");
    harness.write_book(&(0..campaigns).map(at).collect::<Vec<DateTime<Utc>>>());
    let service = "settle_window = \"10s\"\npreflight = \"1s\"\ncreates_per_minute = 1000000\nedit_delay = \"0s\"\npage = \"off\"\n";
    std::fs::write(harness.path("drumbeat.toml"), service).expect("written");
    harness
}

/// Services: [`Services::keep_up`] starts one that has ended again, as its supervisor does.
pub(crate) struct Services<'h> {
    harness: &'h ProcessHarness,
    running: Vec<Child>,
    /// Stopped services, and when they go on.
    stopped: Vec<(u32, Instant)>,
}

impl<'h> Services<'h> {
    /// Starts three.
    pub(crate) async fn start(harness: &'h ProcessHarness, campaigns: usize) -> Self {
        let mut services = Self { harness, running: vec![harness.start()], stopped: Vec::new() };
        harness.wait_until_known(campaigns).await;
        services.running.extend([harness.start(), harness.start()]);
        services
    }

    /// The process id of any of them.
    pub(crate) fn any(&self, rng: &mut Rng) -> u32 {
        self.running[rng.usize(..self.running.len())].id()
    }

    /// Stops one for a time, or until the next [`Services::keep_up`] after it.
    pub(crate) fn stop(&mut self, id: u32, length: Duration) {
        signal(id, Signal::STOP);
        self.stopped.push((id, Instant::now() + length));
    }

    /// Starts those that have ended, and continues those that were stopped for long enough.
    pub(crate) fn keep_up(&mut self) {
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

    /// Waits until every campaign has a run that is over. Returns where the history and WeCom disagree.
    pub(crate) async fn end(mut self, campaigns: usize) -> Vec<String> {
        let store = Store::open_existing(&self.harness.store.parse().expect("an address")).expect("the server answers");
        let began = Instant::now();
        loop {
            self.keep_up();
            let runs = store.runs(&RunFilter::default()).wait().unwrap_or_default();
            if runs.len() >= campaigns && runs.iter().all(|run| run.state.is_over()) {
                return disagreements(self.harness, campaigns);
            }
            if began.elapsed() > SETTLE_TIMEOUT {
                let open = runs.iter().filter(|run| !run.state.is_over()).count();
                return vec![format!("not settled: {} of {campaigns} runs, {open} of them open", runs.len())];
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
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

pub(crate) fn signal(id: u32, signal: Signal) {
    let pid = Pid::from_raw(id.try_into().expect("a process id")).expect("a process");
    let _ = kill_process(pid, signal);
}

/// What is wrong, where each campaign must have one run, and the history must agree with WeCom.
pub(crate) fn disagreements(harness: &ProcessHarness, campaigns: usize) -> Vec<String> {
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

/// How many runs are without a post, for the person who reads the end of a test.
pub(crate) fn absent(harness: &ProcessHarness) -> String {
    let absent = harness.history().iter().filter(|run| run["state"] == "absent").count();
    format!("{absent} of them absent")
}
