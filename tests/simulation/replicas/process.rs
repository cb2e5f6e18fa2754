//! One process: its clock, its way to the server and to WeCom, and what stops it.

use std::collections::BTreeSet;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::clock::Clock;
use drumbeat::sandbox::Sandbox;
use drumbeat::store::{CommitFault, SimulatedNetwork, SimulatedServer};
use drumbeat::wecom::{Body, CallFailure, Request, Response, Transport, TransportError};
use fastrand::Rng;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Mutant;

/// How long a client waits for an answer.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(20);

/// A request that arrives later than this after the last check was late: the lease of 25 s may have ended, of which the
/// budget before the check took up to 10 s. Nothing of ours reaches such a request any more.
const LATE: Duration = Duration::from_secs(12);

/// How much more often a process is suspended where it matters.
const OFTEN: u32 = 4;

/// What all processes meet.
pub(super) struct Shared {
    pub(super) mutant: Mutant,
    pub(super) server: Arc<SimulatedServer>,
    pub(super) sandbox: Arc<Mutex<Sandbox>>,
    /// WeCom's clock.
    pub(super) true_clock: Clock,
    /// Commits wait for the standby.
    pub(super) is_synchronous: bool,
    /// The clock of the database server: its error.
    pub(super) server_off: TimeDelta,
    /// How often things go wrong, in 1,000 each.
    pub(super) rates: Rates,
    pub(super) events: Mutex<Events>,
}

/// Rates, in 1,000.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rates {
    /// Of steps: suspended there.
    pub(super) pauses: u32,
    /// Of those: for minutes.
    pub(super) long_pauses: u32,
    /// Of steps: killed there.
    pub(super) kills: u32,
    /// Of commits.
    pub(super) commits: u32,
    /// Of questions to the server: the connection breaks.
    pub(super) breaks: u32,
    /// Of requests to WeCom.
    pub(super) requests: u32,
    /// Of the times at which something may happen to the server: its standby becomes the primary.
    pub(super) failovers: u32,
}

impl Rates {
    pub(super) fn fail_commits_only(self) -> bool {
        self.pauses == 0 && self.kills == 0 && self.breaks == 0 && self.requests == 0 && self.failovers == 0
    }
}

/// What has happened, and what lasts.
#[derive(Debug)]
pub(super) struct Events {
    /// From now on nothing goes wrong.
    pub(super) is_quiet: bool,
    /// The server does not answer until then.
    pub(super) away_until: Instant,
    /// The process that took the lease last.
    pub(super) owner: Weak<Process>,
    /// The texts of requests that arrived late.
    pub(super) late: BTreeSet<String>,
    pub(super) pauses: u64,
    pub(super) kills: u64,
    pub(super) commits: u64,
    pub(super) takeovers: u64,
    pub(super) failovers: u64,
    pub(super) story: Vec<(Instant, usize, String)>,
}

impl Events {
    pub(super) fn new() -> Self {
        Self {
            is_quiet: false,
            away_until: Instant::now(),
            owner: Weak::new(),
            late: BTreeSet::new(),
            pauses: 0,
            kills: 0,
            commits: 0,
            takeovers: 0,
            failovers: 0,
            story: Vec::new(),
        }
    }
}

impl Shared {
    /// Nothing goes wrong, and every clock is right.
    #[allow(dead_code, reason = "only tests use it")]
    pub(super) fn calm(mutant: Mutant, server: Arc<SimulatedServer>, sandbox: Sandbox, start: DateTime<Utc>) -> Self {
        Self {
            mutant,
            server,
            is_synchronous: false,
            sandbox: Arc::new(Mutex::new(sandbox)),
            true_clock: Clock::starting_at(start),
            server_off: TimeDelta::zero(),
            rates: Rates::default(),
            events: Mutex::new(Events::new()),
        }
    }

    pub(super) fn events(&self) -> MutexGuard<'_, Events> {
        self.events.lock().expect("no panics")
    }

    pub(super) fn note(&self, process: usize, what: impl Into<String>) {
        self.events().story.push((Instant::now(), process, what.into()));
    }
}

/// One process, from its start to its end.
pub(super) struct Process {
    pub(super) shared: Arc<Shared>,
    pub(super) number: usize,
    pub(super) clock: Clock,
    /// Notified when a step kills the process.
    pub(super) killed: Notify,
    state: Mutex<State>,
}

struct State {
    rng: Rng,
    /// For the statements of one call of the store: how many there are changes nothing after the call.
    statements: Rng,
    is_dead: bool,
    suspended_until: Instant,
    /// A COMMIT was sent since the last step.
    has_committed: bool,
    hidden: TimeDelta,
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Process {
    pub(super) fn new(shared: &Arc<Shared>, number: usize, clock: Clock, rng: Rng) -> Arc<Self> {
        let state = State {
            statements: rng.clone(),
            rng,
            is_dead: false,
            suspended_until: Instant::now(),
            has_committed: false,
            hidden: TimeDelta::zero(),
        };
        let (shared, killed) = (Arc::clone(shared), Notify::new());
        Arc::new(Self { shared, number, clock, killed, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panics")
    }

    /// Nothing of this process reaches anybody any more.
    pub(super) fn die(&self) {
        self.state().is_dead = true;
    }

    /// The whole process stands still.
    pub(super) fn suspend(&self, length: Duration) {
        self.shared.events().pauses += 1;
        self.shared.note(self.number, format!("suspended for {length:?}"));
        let until = Instant::now() + length;
        let mut state = self.state();
        state.suspended_until = state.suspended_until.max(until);
    }

    /// The same for a random time.
    pub(super) fn suspend_for_some_time(&self) {
        let length = self.pause();
        self.suspend(length);
    }

    /// Whether something happens that has this rate in 1,000.
    fn happens(&self, rate: u32) -> bool {
        !self.shared.events().is_quiet && self.state().rng.u32(..1000) < rate
    }

    /// A step of the process: it may be suspended or killed here.
    async fn step(&self) {
        let began = Instant::now();
        // More often where it matters: between a commit and what it permits.
        let has_committed = std::mem::take(&mut self.state().has_committed);
        let rate = self.shared.rates.pauses * if has_committed { OFTEN } else { 1 };
        if self.happens(rate) {
            let length = self.pause();
            if self.state().rng.bool() {
                self.suspend(length);
            } else {
                // This task alone waits, for a thread or a page of memory.
                tokio::time::sleep(length).await;
            }
        }
        loop {
            let until = self.state().suspended_until;
            if until <= Instant::now() {
                break;
            }
            tokio::time::sleep_until(until).await;
        }
        if self.shared.mutant == Mutant::CountsNoPause && has_committed {
            self.hide(TimeDelta::from_std(began.elapsed()).expect("minutes"));
        }
        if self.happens(self.shared.rates.kills) {
            self.killed.notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// A mutant: the clock of the budget does not show this time, until the next request has left.
    fn hide(&self, length: TimeDelta) {
        self.state().hidden += length;
        self.clock.suspend(-length);
        self.clock.step_wall_clock(length);
    }

    fn pause(&self) -> Duration {
        let long = self.shared.rates.long_pauses;
        let mut state = self.state();
        Duration::from_millis(match state.rng.u32(..1000) {
            dice if dice < long => state.rng.u64(40_000..400_000),
            dice if dice < 500 => state.rng.u64(8_000..40_000),
            _ => state.rng.u64(10..8_000),
        })
    }

    /// The way of this process to WeCom.
    pub(super) fn transport(self: &Arc<Self>) -> Transport {
        let process = Arc::clone(self);
        Transport::InProcess(Arc::new(move |request| {
            let process = Arc::clone(&process);
            Box::pin(async move { process.carry(request).await })
        }))
    }

    async fn carry(&self, request: Request) -> Result<Response, TransportError> {
        let (checked, hidden) = (Instant::now(), self.state().hidden);
        self.hide(-hidden);
        // Also between the check of the budget and the first byte, and there more often.
        let is_create = request.path == Request::CREATE;
        if is_create && self.happens(self.shared.rates.pauses * OFTEN) {
            self.suspend_for_some_time();
        }
        self.step().await;
        let fault = self.happens(self.shared.rates.requests).then(|| self.state().rng.u32(..3));
        let (there, back) = {
            let mut state = self.state();
            let slow = if state.rng.u32(..40) == 0 { 8_000 } else { 400 };
            (Duration::from_millis(state.rng.u64(1..slow)), Duration::from_millis(state.rng.u64(1..slow)))
        };
        if fault == Some(0) {
            return Err(TransportError::NotSent(CallFailure::NoConnection("Connection refused".to_owned())));
        }
        if fault == Some(1) {
            tokio::time::sleep(CLIENT_TIMEOUT).await;
            return Err(TransportError::Lost(CallFailure::AnswerTimeout));
        }
        tokio::time::sleep(there).await;
        let answer = {
            let (shared, now) = (&self.shared, self.shared.true_clock.now());
            if is_create {
                let text = text_in(&request);
                if checked.elapsed() > LATE {
                    shared.events().late.insert(text.clone());
                }
                shared.note(self.number, format!("sends {text}, {:?} after the check", checked.elapsed()));
            }
            let mut sandbox = shared.sandbox.lock().expect("no panics");
            let date = sandbox.behaviour.says_date.then_some(now);
            Response { date, ..sandbox.handle(&request, now) }
        };
        tokio::time::sleep(back).await;
        self.step().await;
        match fault {
            Some(_) => Err(TransportError::Lost(CallFailure::ConnectionBroken("Connection reset by peer".to_owned()))),
            None => Ok(answer),
        }
    }
}

/// The text of the post that a request creates.
fn text_in(request: &Request) -> String {
    let Body::Json(body) = &request.body else { return String::new() };
    let asked: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    asked["text"]["content"].as_str().unwrap_or_default().to_owned()
}

/// One process as the store's network.
#[derive(Debug)]
pub(super) struct Network(pub(super) Arc<Process>);

impl SimulatedNetwork for Network {
    fn pause(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let process = Arc::clone(&self.0);
        Box::pin(async move {
            process.step().await;
            let mut state = process.state();
            state.statements = Rng::with_seed(state.rng.u64(..));
        })
    }

    fn is_reachable(&self) -> bool {
        let process = &self.0;
        let is_away = process.state().is_dead || process.shared.events().away_until > Instant::now();
        let breaks = || process.state().statements.u32(..1000) < process.shared.rates.breaks;
        !is_away && (process.shared.events().is_quiet || !breaks())
    }

    fn commit(&self) -> Option<CommitFault> {
        let process = &self.0;
        process.state().has_committed = true;
        if !process.happens(process.shared.rates.commits) {
            return None;
        }
        process.shared.events().commits += 1;
        let lost = match process.shared.mutant {
            Mutant::TrustsEveryCommit => CommitFault::Forgotten,
            _ => CommitFault::Lost,
        };
        let faults = [lost, CommitFault::Unanswered, CommitFault::LocalOnly, CommitFault::LostAfterWarning];
        let fault = faults[process.state().rng.usize(..faults.len())];
        process.shared.note(process.number, format!("commit: {fault:?}"));
        Some(fault)
    }

    fn now(&self) -> i64 {
        let shared = &self.0.shared;
        (shared.true_clock.now() + shared.server_off).timestamp_millis()
    }

    fn altered(&self, sql: &str) -> Option<String> {
        self.0.shared.mutant.altered(sql)
    }
}
