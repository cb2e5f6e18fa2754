//! Some minutes of several services, and what is judged at their end.

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::book::{Files, SourceFile};
use drumbeat::clock::Clock;
use drumbeat::engine::{Engine, EngineContext, EngineError, EngineStatus, Settings, StopCondition};
use drumbeat::ids::CorpId;
use drumbeat::load::ActiveBook;
use drumbeat::media_index::MediaIndex;
use drumbeat::run::{Run, State};
use drumbeat::sandbox::{Company, Sandbox, SandboxConfig};
use drumbeat::store::{Quota, RunFilter, ServiceLock, SimulatedPath, SimulatedServer, Store, Wait};
use drumbeat::wecom::WeCom;
use fastrand::Rng;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::super::book::{Obligations, active_book, example_book};
use super::super::judge::{self, Violation};
use super::super::{cores, in_virtual_time};
use super::Mutant;
use super::process::{Events, Network, Process, Rates, Shared};

/// Things go wrong for so long. The last post is due before, also by a clock that is five minutes behind.
const BAD_TIME: Duration = Duration::from_secs(14 * 60);
/// After that one service must bring everything to its end: longer than a lease, and than any suspension.
const QUIET_TIME: Duration = Duration::from_secs(8 * 60);

/// A request and the commits around it never take this long when nothing goes wrong.
const STUCK_TIME: Duration = Duration::from_secs(2 * 60);
/// How long a failover waits for a post before it.
const LONGEST_WAIT_FOR_A_POST: Duration = Duration::from_secs(120);
/// How far the standby is behind then.
const REPLICATION_INTERVAL: Duration = Duration::from_millis(500);

/// The result of one seed.
#[derive(Debug, Default)]
pub struct Report {
    pub due: u64,
    pub posted: u64,
    pub takeovers: u64,
    pub kills: u64,
    pub pauses: u64,
    pub commits: u64,
    pub failovers: u64,
    /// Seeds in which Drumbeat itself put everything on hold.
    pub held: u64,
    /// Posts that WeCom has and the history calls absent: their requests were late, which nothing of ours can prevent.
    pub late_sends: u64,
    pub violations: Vec<Violation>,
    /// The events, if a promise was broken.
    pub story: Vec<String>,
}

/// Totals over many seeds.
#[derive(Debug, Default)]
pub struct Sum {
    pub seeds: u64,
    pub total: Report,
    pub failed: Vec<(u64, Vec<Violation>)>,
}

/// Runs seeds on all cores; starts no new one after `enough` have failed.
pub fn run(seeds: std::ops::Range<u64>, mutant: Mutant, enough: usize) -> Sum {
    let (next, sum) = (AtomicU64::new(seeds.start), Mutex::new(Sum::default()));
    let work = || loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= seeds.end || sum.lock().expect("no worker panics").failed.len() >= enough {
            return;
        }
        let report = simulate(seed, mutant);
        let mut sum = sum.lock().expect("no worker panics");
        sum.add(seed, report);
    };
    std::thread::scope(|scope| (0..cores()).for_each(|_| drop(scope.spawn(work))));
    sum.into_inner().expect("no worker panics")
}

impl Sum {
    fn add(&mut self, seed: u64, report: Report) {
        self.seeds += 1;
        let total = &mut self.total;
        total.due += report.due;
        total.posted += report.posted;
        total.takeovers += report.takeovers;
        total.kills += report.kills;
        total.pauses += report.pauses;
        total.commits += report.commits;
        total.failovers += report.failovers;
        total.held += report.held;
        total.late_sends += report.late_sends;
        if !report.violations.is_empty() {
            total.story = report.story;
            self.failed.push((seed, report.violations));
        }
    }
}

/// Runs one seed to its end and judges it.
fn simulate(seed: u64, mutant: Mutant) -> Report {
    in_virtual_time(async {
        // Made here, at the paused clock's time.
        World::new(seed, mutant).live().await
    })
}

struct World {
    rng: Rng,
    start: DateTime<Utc>,
    shared: Arc<Shared>,
    corp: CorpId,
    settings: Settings,
    book: Arc<ActiveBook>,
    /// Ends all services.
    stop: CancellationToken,
}

/// What every service of a world has.
#[derive(Clone)]
struct Service {
    shared: Arc<Shared>,
    corp: CorpId,
    settings: Settings,
    book: Arc<ActiveBook>,
    stop: CancellationToken,
    poll: Duration,
    /// On the disk of its machine.
    send_log: Arc<File>,
}

impl World {
    fn new(seed: u64, mutant: Mutant) -> Self {
        let mut rng = Rng::with_seed(seed);
        let start = "2026-06-10T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant");
        let behaviour = SandboxConfig {
            seed,
            job_runs_after: Duration::ZERO,
            job_done_after: Duration::from_millis(rng.u64(1..1_000)),
            listed_after: Duration::ZERO,
            creates_per_minute: 10_000,
            says_date: rng.bool(),
            ..SandboxConfig::default()
        };
        let company = Company::chunfeng();
        let corp = company.corp.clone();
        let calm = rng.u32(..8) == 0;
        let pick = |rng: &mut Rng, rates: &[u32]| if calm { 0 } else { rates[rng.usize(..rates.len())] };
        let rates = Rates {
            pauses: pick(&mut rng, &[0, 5, 20, 60]),
            long_pauses: [0, 50, 250][rng.usize(..3)],
            kills: pick(&mut rng, &[0, 1, 4, 10]),
            commits: [0, 10, 50, 150][rng.usize(..4)],
            breaks: pick(&mut rng, &[0, 1, 5]),
            requests: pick(&mut rng, &[0, 20, 100]),
            failovers: [0, 0, 500][rng.usize(..3)],
        };
        let is_synchronous = rng.bool();
        let shared = Shared {
            mutant,
            server: SimulatedServer::start(is_synchronous).expect("memory holds a store"),
            is_synchronous,
            sandbox: Arc::new(Mutex::new(Sandbox::with_behaviour(company, behaviour))),
            true_clock: Clock::starting_at(start),
            server_off: TimeDelta::seconds(rng.i64(-600..600)),
            rates,
            events: Mutex::new(Events::new()),
        };
        let settings = Settings {
            quota: Quota { per_minute: rng.usize(2..11), per_month: 100_000 },
            // Far shorter than by default, so that less than a lease and a budget apart would show.
            settle_window: Duration::from_secs([0, 5, 60][rng.usize(..3)]),
            first_lookup: Duration::from_secs(1),
            retry_absent: false,
            max_concurrent_sends: rng.usize(1..9),
            longest_sleep: Duration::from_secs([10, 30, 60][rng.usize(..3)]),
            ..Settings::default()
        };
        let count = rng.usize(6..14);
        let book = book(&mut rng, count, start);
        Self { rng, start, shared: Arc::new(shared), corp, settings, book, stop: CancellationToken::new() }
    }

    async fn live(mut self) -> Report {
        self.load_the_book().await;
        self.shared.server.replicate().expect("memory holds a copy");
        let mut services = JoinSet::new();
        for _ in 0..self.rng.u32(2..4) {
            let service = Service {
                shared: Arc::clone(&self.shared),
                corp: self.corp.clone(),
                settings: self.settings.clone(),
                book: Arc::clone(&self.book),
                stop: self.stop.clone(),
                poll: Duration::from_secs([2, 5][self.rng.usize(..2)]),
                send_log: new_send_log(),
            };
            let off = TimeDelta::seconds(self.rng.i64(-300..300));
            let (number, rng) = (services.len() + 1, self.rng.fork());
            services.spawn(service.lives(number, Clock::starting_at(self.start + off), rng));
        }
        let bad_time = Instant::now() + BAD_TIME;
        while Instant::now() < bad_time {
            tokio::time::sleep(Duration::from_secs(self.rng.u64(30..600))).await;
            if self.shared.rates.breaks > 0 {
                let length = Duration::from_millis(self.rng.u64(10..90_000));
                self.shared.note(0, format!("the server is away for {length:?}"));
                self.shared.events().away_until = Instant::now() + length;
            }
            if self.rng.u32(..1000) < self.shared.rates.failovers {
                self.fail_over().await;
            }
        }
        self.shared.note(0, "from now on nothing goes wrong");
        self.shared.events().is_quiet = true;
        tokio::time::sleep(QUIET_TIME).await;
        let store = self.store_of(&self.process());
        let sending = || runs(&store).into_iter().filter(|run| run.state == State::Sending).collect::<Vec<_>>();
        let mut left = sending();
        if !left.is_empty() {
            // Posts that waited for the limit may be on their way: only one that stays is left.
            tokio::time::sleep(STUCK_TIME).await;
            let still = sending();
            left.retain(|run| still.iter().any(|it| it.id() == run.id() && it.version == run.version));
        }
        self.stop.cancel();
        let mut failures: Vec<String> = services.join_all().await.into_iter().flatten().collect();
        failures.extend(left.iter().map(|run| format!("{} is sending, and a service works", run.id())));
        failures.extend(self.last_life().await);
        self.judge(&store, failures)
    }

    /// The primary is lost. An asynchronous standby lacks the commits of the last seconds.
    async fn fail_over(&mut self) {
        let server = &self.shared.server;
        server.replicate().expect("memory holds a copy");
        if self.rng.bool() {
            // Just after a post was sent: the standby lacks it.
            let (sent, until) = (self.posts(), Instant::now() + LONGEST_WAIT_FOR_A_POST);
            while self.posts() == sent && Instant::now() < until {
                server.replicate().expect("memory holds a copy");
                tokio::time::sleep(REPLICATION_INTERVAL).await;
            }
        } else {
            tokio::time::sleep(Duration::from_millis(self.rng.u64(1..20_000))).await;
        }
        server.fail_over().expect("memory holds a copy");
        self.shared.events().failovers += 1;
        self.shared.note(0, "the standby becomes the primary");
        // The machine that works may fall with the primary: then another one follows it, on the standby.
        let owner = self.shared.events().owner.upgrade();
        if let Some(owner) = owner.filter(|_| self.rng.bool()) {
            owner.killed.notify_one();
        }
    }

    /// The number of posts that WeCom has.
    fn posts(&self) -> usize {
        self.shared.sandbox.lock().expect("no panics").ledger().len()
    }

    /// A process without faults and with the right time.
    fn process(&self) -> Arc<Process> {
        Process::new(&self.shared, 0, self.shared.true_clock.clone(), Rng::with_seed(0))
    }

    fn store_of(&self, process: &Arc<Process>) -> Store {
        let network = Arc::new(Network(Arc::clone(process)));
        let path = SimulatedPath { server: Arc::clone(&self.shared.server), network, send_log: new_send_log() };
        Store::on_simulated(path, self.corp.clone()).expect("the server answers")
    }

    /// Occurrences before the first load are not posted: a first service knows the book before anything goes wrong.
    async fn load_the_book(&self) {
        self.shared.events().is_quiet = true;
        let process = self.process();
        let store = self.store_of(&process);
        let _lock = store.acquire_service_lock(process.clock.now()).await.expect("nobody has it");
        let context = context(&process, &store, &self.corp, &self.settings);
        let first = Engine::start(context, Arc::clone(&self.book), StopCondition::OnRequest).await;
        drop(first.expect("nothing goes wrong"));
        self.shared.events().is_quiet = false;
    }

    /// A last service brings to its end what the others left.
    async fn last_life(&self) -> Option<String> {
        // The lease of one that was killed.
        tokio::time::sleep(Duration::from_secs(30)).await;
        let process = self.process();
        let store = self.store_of(&process);
        let _lock = store.acquire_service_lock(process.clock.now()).await.expect("nobody has it");
        let context = context(&process, &store, &self.corp, &self.settings);
        let (_books, watching) = watch::channel(Arc::clone(&self.book));
        let until = StopCondition::Idle(self.start + TimeDelta::hours(1));
        let ended = match Engine::start(context, Arc::clone(&self.book), until).await {
            Ok(engine) => engine.run(watching, CancellationToken::new()).await,
            Err(error) => Err(error),
        };
        ended.err().map(|error| error.to_string())
    }

    fn judge(&self, store: &Store, failures: Vec<String>) -> Report {
        let mut obligations = Obligations::default();
        obligations.load(&self.book, self.start);
        obligations.end(self.start + TimeDelta::hours(1));
        let runs = runs(store);
        let logs = runs.iter().map(|run| store.log(run).wait().expect("the store can be read")).collect();
        let holds = store.holds().wait().expect("the store can be read");
        let events = self.shared.events();
        let text = |run: &Run| run.post.as_ref().and_then(|post| post.text.clone()).unwrap_or_default();
        let absent: BTreeSet<String> = runs.iter().filter(|run| run.state == State::Absent).map(&text).collect();
        let mut ledger = self.shared.sandbox.lock().expect("no panics").ledger().to_vec();
        // The one residual risk that is seen here: once, and never twice.
        let mut seen = BTreeSet::new();
        ledger.retain(|entry| {
            let is_late = events.late.contains(&entry.text) && absent.contains(&entry.text);
            !(is_late && seen.insert(entry.text.clone()))
        });
        let late_sends = seen.len() as u64;
        // Held because nothing proved what another machine had sent: a person compares. Also once, and never twice.
        // A run that was held when it became due has no post of its own.
        let expected =
            |run: &Run| obligations.expected.get(&(run.campaign.to_string(), run.slot)).map(|it| it.text.clone());
        let mut held: BTreeSet<String> =
            runs.iter().filter(|run| run.state == State::Held).filter_map(expected).collect();
        let loses_commits = events.failovers > 0 && !self.shared.is_synchronous;
        // The run itself was lost: what it posted is not known, and a person is asked.
        let known: BTreeSet<String> = runs.iter().map(text).collect();
        let mut unknown = runs.iter().filter(|run| run.needs_review && run.post.is_none()).count();
        let mut posted = BTreeSet::new();
        ledger.retain(|entry| {
            let is_unknown = unknown > 0 && !known.contains(&entry.text) && posted.insert(entry.text.clone());
            unknown -= usize::from(is_unknown);
            !(held.remove(&entry.text) || is_unknown)
        });
        let case = judge::Case {
            // Commits alone that fail prevent no post.
            quiet: self.shared.rates.fail_commits_only(),
            loses_commits,
            failure: (!failures.is_empty()).then(|| failures.join("; ")),
            runs: &runs,
            logs,
            ledger,
            never_seen: BTreeSet::new(),
            expected: &obligations.expected,
            answers: judge::Answers::default(),
            holds: &[],
            creates: Vec::new(),
            per_minute: self.settings.quota.per_minute,
        };
        let mut violations = judge::judge(&case);
        // Everything had an hour.
        if !loses_commits {
            violations
                .extend(holds.iter().map(|hold| Violation::new(format!("on hold without a loss: {}", hold.reason))));
        }
        let unsent = runs.iter().filter(|run| matches!(run.state, State::Missed | State::Failed));
        violations.extend(unsent.map(|run| Violation::new(format!("{} is {}: lost", run.id(), run.state))));
        let story = if violations.is_empty() { Vec::new() } else { story(&events, &case) };
        Report {
            due: obligations.expected.len() as u64,
            posted: runs.iter().filter(|run| run.state.is_posted()).count() as u64,
            takeovers: events.takeovers,
            kills: events.kills,
            pauses: events.pauses,
            commits: events.commits,
            failovers: events.failovers,
            held: u64::from(!holds.is_empty()),
            late_sends,
            violations,
            story,
        }
    }
}

/// A file in memory.
pub(super) fn new_send_log() -> Arc<File> {
    let memory = rustix::fs::memfd_create("sends", rustix::fs::MemfdFlags::empty()).expect("memory");
    Arc::new(File::from(memory))
}

impl Service {
    /// Process after process, until the world ends. Returns what made an engine fail.
    async fn lives(self, number: usize, clock: Clock, mut rng: Rng) -> Vec<String> {
        let mut failures = Vec::new();
        let mut off = TimeDelta::zero();
        tokio::time::sleep(Duration::from_millis(rng.u64(..20_000))).await;
        while !self.stop.is_cancelled() {
            // A new process has seen no step of the clock.
            clock.trust();
            let process = Process::new(&self.shared, number, clock.clone(), rng.fork());
            let stop = self.stop.child_token();
            let mut life = Box::pin(self.life(&process, stop.clone()));
            loop {
                let pause = Duration::from_secs(rng.u64(5..400));
                tokio::select! {
                    biased;
                    ended = &mut life => {
                        failures.extend(ended.err());
                        break;
                    }
                    () = process.killed.notified() => break self.note_kill(number),
                    () = tokio::time::sleep(pause) => match rng.u32(..6) {
                        _ if self.shared.events().is_quiet => {}
                        0 if self.shared.rates.pauses > 0 => process.suspend_for_some_time(),
                        1 if self.shared.rates.kills > 0 => break self.note_kill(number),
                        2 => stop.cancel(),
                        // NTP or a person sets the clock.
                        3 => {
                            let by = TimeDelta::seconds(rng.i64(-300..300)) - off;
                            off += by;
                            clock.step_wall_clock(by);
                        }
                        _ => {}
                    },
                }
            }
            // Before its parts are dropped: a killed process gives nothing back.
            process.die();
            drop(life);
            tokio::time::sleep(Duration::from_millis(rng.u64(10..60_000))).await;
        }
        failures
    }

    fn note_kill(&self, number: usize) {
        self.shared.events().kills += 1;
        self.shared.note(number, "killed");
    }

    /// One process as the program runs it: it waits for the lease, and works until it is stopped or loses the lease.
    async fn life(&self, process: &Arc<Process>, stop: CancellationToken) -> Result<(), String> {
        let network = Arc::new(Network(Arc::clone(process)));
        let (server, send_log) = (Arc::clone(&self.shared.server), Arc::clone(&self.send_log));
        let path = SimulatedPath { server, network, send_log };
        let Some((store, _lock)) = self.take_over(process, path, &stop).await else { return Ok(()) };
        let context = context(process, &store, &self.corp, &self.settings);
        let (_books, watching) = watch::channel(Arc::clone(&self.book));
        let Ok(engine) = Engine::start(context, Arc::clone(&self.book), StopCondition::OnRequest).await else {
            return Ok(());
        };
        match engine.run(watching, stop).await {
            Ok(()) => Ok(()),
            Err(EngineError::Displaced(_)) => {
                self.shared.note(process.number, "finds that it was taken over");
                Ok(())
            }
            Err(error) => Err(format!("the engine ended by itself: {error}")),
        }
    }

    /// The store and its lease, when no other service has it. `None`: told to stop.
    async fn take_over(
        &self,
        process: &Arc<Process>,
        path: SimulatedPath,
        stop: &CancellationToken,
    ) -> Option<(Store, ServiceLock)> {
        while !stop.is_cancelled() {
            if let Ok(store) = Store::on_simulated(path.clone(), self.corp.clone()) {
                while !stop.is_cancelled() {
                    if let Ok(lock) = store.acquire_service_lock(process.clock.now()).await {
                        self.shared.events().takeovers += 1;
                        self.shared.events().owner = Arc::downgrade(process);
                        self.shared.note(process.number, "begins");
                        // A takeover that is lost too, with what was sent after it, is not detected (docs/replicas.md).
                        self.shared.server.replicate().expect("memory holds a copy");
                        return Some((store, lock));
                    }
                    tokio::time::sleep(self.poll).await;
                }
            }
            tokio::time::sleep(self.poll).await;
        }
        None
    }
}

pub(super) fn context(process: &Arc<Process>, store: &Store, corp: &CorpId, settings: &Settings) -> EngineContext {
    let secret = process.shared.sandbox.lock().expect("no panics").company().secret.clone();
    EngineContext {
        clock: process.clock.clone(),
        store: store.clone(),
        wecom: WeCom::new(corp.clone(), secret, process.transport(), process.clock.clone()),
        source: Arc::new(example_book()),
        settings: settings.clone(),
        status: EngineStatus::default(),
    }
}

pub(super) fn runs(store: &Store) -> Vec<Run> {
    store.runs(&RunFilter::default()).wait().expect("the store can be read")
}

/// Campaigns with one occurrence each, some at the same time.
pub(super) fn book(rng: &mut Rng, count: usize, start: DateTime<Utc>) -> Arc<ActiveBook> {
    let mut file = |n: usize| {
        let at = (start + TimeDelta::seconds(310 + 10 * rng.i64(0..20))).format("%Y-%m-%dT%H:%M:%S");
        // Unlike each other, so that the search for one does not find another.
        let words = rng.u64(..);
        let text = format!(
            "id = \"c{n}\"\n[content]\ntext = \"{words:x}\"\n[visible_range]\nsender_list = {{ user_list = [\"zhangshan\"] }}\n\
             [schedule]\nat = {at}\ntimezone = \"UTC\"\nmax_lateness = \"1h\"\n"
        );
        SourceFile::new(&format!("c{n}.toml"), &text)
    };
    let files = Files { campaigns: (0..count).map(&mut file).collect(), ..Files::default() };
    let book = active_book(files, &MediaIndex::default(), start);
    assert_eq!((book.campaigns.len(), book.invalid_files.len()), (count, 0));
    book
}

/// Everything that happened, in order.
fn story(events: &Events, case: &judge::Case<'_>) -> Vec<String> {
    let first = events.story.first().map_or_else(Instant::now, |(at, ..)| *at);
    let line = |(at, process, what): &(Instant, usize, String)| format!("{:>9.3?} {process} {what}", *at - first);
    let mut lines: Vec<String> = events.story.iter().map(line).collect();
    for (run, log) in case.runs.iter().zip(&case.logs) {
        lines.push(format!("{} {}", run.id(), run.state));
        lines.extend(log.iter().map(|line| format!("    {} {:?} → {} {}", line.at, line.from, line.to, line.verb)));
    }
    lines.extend(case.ledger.iter().map(|entry| format!("ledger {} {} {:?}", entry.at, entry.text, entry.moment_id)));
    lines
}
