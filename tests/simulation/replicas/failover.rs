//! One service, and a failover to an asynchronous standby at one of its calls of the store: tried at each call.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::engine::{Engine, EngineError, Settings, StopCondition};
use drumbeat::run::State;
use drumbeat::sandbox::{Company, Sandbox, SandboxConfig};
use drumbeat::store::{CommitFault, Quota, SimulatedNetwork, SimulatedPath, SimulatedServer, Store};
use fastrand::Rng;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::super::in_virtual_time;
use super::Mutant;
use super::process::{Network, Process, Shared};
use super::world::{book, context, new_send_log, runs};

/// When nothing but renewals of the lease happens, in milliseconds after the start.
const IDLE_FROM: i64 = 6_000;
const IDLE_TO: i64 = 300_000;

/// Fails over at every call of the store, or at each of so many, beginning with the `first`, and returns the first broken
/// promise. The standby lacks what was written since `lags` calls before.
pub fn at_calls(lags: &[usize], first: usize, every: usize, mutant: Mutant) -> Option<String> {
    let (calls, broken) = simulate(mutant, 0, usize::MAX);
    assert!(broken.is_none() && calls > 100, "{calls} calls without a failover: {broken:?}");
    let mut all =
        lags.iter().flat_map(|lag| (first..calls).chain(0..first).step_by(every).map(move |call| (*lag, call)));
    all.find_map(|(lag, call)| {
        let (_, broken) = simulate(mutant, lag, call);
        broken.map(|broken| format!("failover at call {call}, {lag} calls behind: {broken}"))
    })
}

/// Posts everything once, with a failover at a call. Returns the number of calls, and what is wrong.
fn simulate(mutant: Mutant, lag: usize, at: usize) -> (usize, Option<String>) {
    in_virtual_time(live(mutant, lag, at))
}

async fn live(mutant: Mutant, lag: usize, at: usize) -> (usize, Option<String>) {
    let start = "2026-06-10T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant");
    let behaviour = SandboxConfig {
        job_runs_after: Duration::ZERO,
        job_done_after: Duration::from_millis(500),
        listed_after: Duration::ZERO,
        ..SandboxConfig::default()
    };
    let company = Company::chunfeng();
    let corp = company.corp.clone();
    let server = SimulatedServer::start(false).expect("memory holds a store");
    let shared =
        Arc::new(Shared::calm(mutant, Arc::clone(&server), Sandbox::with_behaviour(company, behaviour), start));
    // One a minute: what is due meanwhile waits, so a failover can lose runs that were not sent.
    let settings = Settings { quota: Quota { per_minute: 1, per_month: 100 }, ..Settings::default() };
    let book = book(&mut Rng::with_seed(7), 6, start);
    let process = Process::new(&shared, 1, shared.true_clock.clone(), Rng::with_seed(0));
    let calls = Arc::new(AtomicUsize::default());
    let store_with = |at: usize| {
        let (server, network, calls) = (Arc::clone(&server), Network(Arc::clone(&process)), Arc::clone(&calls));
        let network = Arc::new(FailsOver { network, server: Arc::clone(&server), calls, start, lag, at });
        let path = SimulatedPath { server, network, send_log: new_send_log() };
        Store::on_simulated(path, corp.clone()).expect("the server answers")
    };
    // Occurrences before the first load are not posted.
    let store = store_with(usize::MAX);
    let lock = store.acquire_service_lock(process.clock.now()).await.expect("nobody has it");
    let context_of = |store: &Store| context(&process, store, &corp, &settings);
    let first = Engine::start(context_of(&store), Arc::clone(&book), StopCondition::OnRequest).await;
    drop((first.expect("nothing goes wrong"), lock));
    server.replicate().expect("memory holds a copy");
    calls.store(0, Ordering::Relaxed);

    let store = store_with(at);
    let until = || StopCondition::Idle(start + TimeDelta::hours(1));
    // A service that fails at its start, or whose lease is lost, is started again, as systemd does.
    let ended = loop {
        let Ok(_lock) = store.acquire_service_lock(process.clock.now()).await else { continue };
        let (_books, watching) = watch::channel(Arc::clone(&book));
        let Ok(engine) = Engine::start(context_of(&store), Arc::clone(&book), until()).await else { continue };
        match engine.run(watching, CancellationToken::new()).await {
            Err(EngineError::Displaced(_)) => {}
            ended => break ended,
        }
    };
    let made = calls.load(Ordering::Relaxed);
    if let Err(error) = ended {
        return (made, Some(format!("the engine ended by itself: {error}")));
    }
    let runs = runs(&store_with(usize::MAX));
    let has_run = |id: &str| runs.iter().any(|run| run.campaign.as_str() == id);
    let lost = book.campaigns.iter().find(|campaign| !has_run(campaign.id.as_str()));
    let unsent = runs.iter().find(|run| matches!(run.state, State::Missed | State::Failed | State::Absent));
    let mut seen = BTreeSet::new();
    let ledger = shared.sandbox.lock().expect("no panics").ledger().to_vec();
    let twice = ledger.iter().find(|entry| !seen.insert(entry.text.clone()));
    let broken = lost
        .map(|campaign| format!("{} has no run: lost", campaign.id))
        .or_else(|| unsent.map(|run| format!("{} is {}", run.id(), run.state)))
        .or_else(|| twice.map(|entry| format!("\"{}\" was posted twice", entry.text)));
    (made, broken)
}

/// The standby stops following `lag` calls before the one at which it becomes the primary.
#[derive(Debug)]
struct FailsOver {
    network: Network,
    server: Arc<SimulatedServer>,
    /// Calls at the start and from the first post on: in between, leases are renewed.
    calls: Arc<AtomicUsize>,
    start: DateTime<Utc>,
    lag: usize,
    at: usize,
}

impl SimulatedNetwork for FailsOver {
    fn pause(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let since = self.network.now() - self.start.timestamp_millis();
        if (IDLE_FROM..IDLE_TO).contains(&since) {
            return self.network.pause();
        }
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if call == self.at.saturating_sub(self.lag) {
            self.server.replicate().expect("memory holds a copy");
        }
        if call == self.at {
            self.server.fail_over().expect("memory holds a copy");
        }
        self.network.pause()
    }

    fn is_reachable(&self) -> bool {
        self.network.is_reachable()
    }

    fn commit(&self) -> Option<CommitFault> {
        self.network.commit()
    }

    fn now(&self) -> i64 {
        self.network.now()
    }

    fn altered(&self, sql: &str) -> Option<String> {
        self.network.altered(sql)
    }
}
