//! Some simulated days: the engine starts, crashes and starts again.

mod changes;
mod life;
mod transport;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::clock::Clock;
use drumbeat::engine::{EngineContext, EngineStatus, Settings};
use drumbeat::load::ActiveBook;
use drumbeat::results_poller::{ResultsPoller, Round};
use drumbeat::run::Run;
use drumbeat::sandbox::{Company, Entry, FaultProfile, Faults, Sandbox, SandboxConfig};
use drumbeat::store::{Address, Quota, RunFilter, Store, Wait};
use drumbeat::wecom::{CALL_INTERVAL, Job, Pace, WeCom};
use fastrand::Rng;
use tokio::sync::Notify;
use tokio::time::Instant;

use self::changes::BookStep;
use self::transport::TransportKind;
use super::book::{Obligations, RandomBook, example_book};
use super::in_virtual_time;
use super::judge::{self, Violation};
use super::manual_posts::ManualPosts;

/// A safety measure that is removed, to show that the proof catches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "only tests live through the mutants")]
pub enum Mutant {
    None,
    /// A lost answer counts as "not sent" and is tried again.
    LostIsNotSent,
    /// The write before a request is not on disk when the process dies.
    ForgetsSending,
    /// A lost post counts as absent at once, and absent posts are sent again.
    SettlesAtOnce,
    /// A lost post is looked up only at the time that it would have if the clock were right.
    TrustsItsClock,
    /// A claimed run is sent as it was claimed, whatever the book contains later.
    KeepsToTheClaim,
    /// A file or a book that is missing for a moment counts as removed.
    TakesAwayForRemoved,
    /// A moment in WeCom's list that differs a little from the lost post is ignored.
    SeesOnlyExact,
    /// The content of an occurrence depends on the posts before.
    TakesContentByHistory,
    /// A finished job without a moment counts as refused.
    TakesUnclearForRefused,
}

/// The result of one seed.
#[derive(Debug)]
pub struct Report {
    pub due: u64,
    pub posted: u64,
    pub crashes: u64,
    pub fault_count: u64,
    pub edits: u64,
    /// Changes of WeCom's answers, and of missing files.
    pub turns: u64,
    pub violations: Vec<Violation>,
    /// The events, line by line, if a promise was broken.
    pub story: Vec<String>,
}

/// Runs one seed to its end and judges it.
pub fn simulate(seed: u64, mutant: Mutant) -> Report {
    in_virtual_time(World::new(seed, mutant).live())
}

/// The same, with a poller of results beside the engine. The second value counts the finished sweeps.
#[allow(dead_code, reason = "only tests count results")]
pub fn simulate_with_results(seed: u64) -> (Report, u64) {
    in_virtual_time(async {
        let mut world = World::new(seed, Mutant::None);
        world.counts_results = true;
        let store = world.context.store.clone();
        let mut report = world.live().await;
        let mut finished = 0;
        for run in store.runs(&RunFilter::default()).wait().expect("the store can be read") {
            for sweep in store.sweeps(&run).wait().expect("the store can be read") {
                finished += 1;
                let asked: u64 = sweep.results.iter().map(drumbeat::store::MemberResult::members).sum();
                if sweep.errcode == 0 && asked < sweep.posted {
                    let text = format!("{}: results of {asked} of {} members", run.id(), sweep.posted);
                    report.violations.push(Violation::new(text));
                }
            }
        }
        (report, finished)
    })
}

/// Ages of a moment at which its results are asked for.
const RESULT_AGES: [Duration; 2] = [Duration::from_secs(1_800), Duration::from_secs(3 * 3_600)];

/// Asks for results like the service, until it is dropped.
async fn count_results(context: EngineContext) {
    let pace = Pace { clock: context.clock.clone(), interval: CALL_INTERVAL };
    let EngineContext { wecom, store, status, clock, .. } = context;
    let mut poller =
        ResultsPoller::new(wecom, store, status, pace, RESULT_AGES.to_vec(), Duration::from_secs(5 * 3_600));
    loop {
        if poller.round().await != Round::Swept {
            clock.sleep(Duration::from_secs(60)).await;
        }
    }
}

struct World {
    rng: Rng,
    mutant: Mutant,
    /// A poller asks for results beside the engine.
    counts_results: bool,
    /// No faults occur in this seed, so everything must be posted.
    quiet: bool,
    clock: Clock,
    /// WeCom's clock: it is never set.
    true_clock: Clock,
    end: DateTime<Utc>,
    sandbox: Arc<Mutex<Sandbox>>,
    faults: Arc<Faults>,
    transport: Arc<TransportKind>,
    context: EngineContext,
    book: RandomBook,
    obligations: Obligations,
    /// The book that the engine has received and not activated.
    handed: Option<Arc<ActiveBook>>,
    manual_posts: ManualPosts,
    taken_up_at: Option<DateTime<Utc>>,
    rewound_to: Option<DateTime<Utc>>,
    disk: Option<tempfile::TempDir>,
    /// The error of our wall clock.
    wall_off: TimeDelta,
    /// The holds on everything, by WeCom's clock.
    holds: Vec<judge::HoldPeriod>,
    /// The coming changes of the book, with their times.
    steps: Vec<(Instant, BookStep)>,
    /// The book as it was when its directory was removed.
    away: Option<Arc<ActiveBook>>,
    answers: judge::Answers,
    crashes: u64,
    edits: u64,
    /// Changes of WeCom's answers, and of missing files.
    turns: u64,
}

/// Longer than any seed.
const LONG: TimeDelta = TimeDelta::days(10);

const STORE: &str = "drumbeat.db";

impl World {
    fn new(seed: u64, mutant: Mutant) -> Self {
        let mut rng = Rng::with_seed(seed);
        let quiet = rng.u32(..10) == 0;
        // In half of the seeds, around the weeks in which clocks change.
        let days = [("2026-03-07", 2), ("2026-03-28", 2), ("2026-10-24", 2), ("2026-10-31", 2), ("2026-06-10", 1)];
        let (day, length) = days[rng.usize(..days.len())];
        let midnight = format!("{day}T00:00:00Z").parse::<DateTime<Utc>>().expect("a date of the list above");
        let start = midnight + TimeDelta::minutes(rng.i64(0..1440));
        let (clock, true_clock) = (Clock::starting_at(start), Clock::starting_at(start));

        let behaviour = SandboxConfig {
            seed,
            job_done_after: Duration::from_secs(rng.u64(1..60)),
            listed_after: Duration::from_secs(rng.u64(0..200)),
            creates_per_minute: 10_000,
            // Without WeCom's time, a step of our clock is accepted after a while.
            says_date: mutant != Mutant::TrustsItsClock && rng.bool(),
            ..SandboxConfig::default()
        };
        let company = Company::chunfeng();
        let (corp, secret) = (company.corp.clone(), company.secret.clone());
        let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(company, behaviour)));
        let profile = if quiet { FaultProfile::none() } else { FaultProfile::drawn(&mut rng) };
        let faults = Faults::new(Arc::clone(&sandbox), true_clock.clone(), rng.u64(..), profile);
        let deadliness = if quiet { 0 } else { [0, 2, 10, 40][rng.usize(..4)] };
        let transport = Arc::new(TransportKind {
            faults: Arc::clone(&faults),
            sandbox: Arc::clone(&sandbox),
            mutant,
            clock: clock.clone(),
            true_clock: true_clock.clone(),
            crash: Notify::new(),
            dice: Mutex::new((rng.fork(), deadliness)),
            creates: Mutex::new(Vec::new()),
        });
        let wecom = WeCom::new(corp, secret, transport.transport(), clock.clone());
        let settle_window = if mutant == Mutant::SettlesAtOnce { 0 } else { 15 * 60 };
        let settings = Settings {
            quota: Quota { per_minute: rng.usize(2..11), per_month: 100_000 },
            settle_window: Duration::from_secs(settle_window),
            retry_absent: mutant == Mutant::SettlesAtOnce || rng.bool(),
            max_concurrent_sends: rng.usize(1..9),
            longest_sleep: Duration::from_secs(3600),
            ..Settings::default()
        };
        let disk = (mutant == Mutant::ForgetsSending).then(|| tempfile::tempdir().expect("there is room"));
        let context = EngineContext {
            clock: clock.clone(),
            store: match &disk {
                Some(disk) => {
                    Store::open_inline(&Address::Sqlite(disk.path().join(STORE))).expect("a store can be made")
                }
                None => Store::in_memory().expect("memory holds a store"),
            },
            wecom,
            source: Arc::new(example_book()),
            settings,
            status: EngineStatus::default(),
        };
        let book = RandomBook::new(&mut rng, midnight.date_naive());
        let manual_posts = ManualPosts::new(context.wecom.corp().clone(), &context.status);
        let end = start + TimeDelta::hours(length * 12);
        let obligations = Obligations::default();
        Self {
            rng,
            mutant,
            counts_results: false,
            quiet,
            clock,
            true_clock,
            end,
            sandbox,
            faults,
            transport,
            context,
            book,
            obligations,
            handed: None,
            manual_posts,
            taken_up_at: None,
            rewound_to: None,
            disk,
            wall_off: TimeDelta::zero(),
            holds: Vec::new(),
            steps: Vec::new(),
            away: None,
            answers: judge::Answers::default(),
            crashes: 0,
            edits: 0,
            turns: 0,
        }
    }

    async fn live(mut self) -> Report {
        let mut failure = None;
        if !self.quiet && self.rng.u32(..3) == 0 {
            self.change_answers();
        }
        while self.clock.now() < self.end && failure.is_none() {
            failure = self.one_life().await;
        }
        if failure.is_none() {
            failure = self.last_life().await;
        }
        let runs = self.context.store.runs(&RunFilter::default()).wait().expect("the store can be read");
        self.obligations.allow(self.clock.latest_shown().unwrap_or(self.end), &runs);
        self.obligations.end(self.end);
        let logs = runs.iter().map(|run| self.context.store.log(run).wait().expect("the store can be read")).collect();
        let never_seen = self.never_seen(&runs).await;
        let case = judge::Case {
            quiet: self.quiet,
            loses_commits: false,
            failure,
            runs: &runs,
            logs,
            ledger: self.ledger(),
            never_seen,
            expected: &self.obligations.expected,
            answers: self.answers,
            holds: &self.holds,
            creates: self.transport.creates.lock().expect("no panics").clone(),
            per_minute: self.context.settings.quota.per_minute,
        };
        let mut violations = judge::judge(&case);
        violations.extend(self.manual_posts.end(&runs).into_iter().map(Violation::new));
        let story = if violations.is_empty() { Vec::new() } else { self.story(&case) };
        Report {
            story,
            due: self.obligations.expected.len() as u64,
            posted: runs.iter().filter(|run| run.state.is_posted()).count() as u64,
            crashes: self.crashes,
            fault_count: self.faults.injected().len() as u64,
            edits: self.edits,
            turns: self.turns,
            violations,
        }
    }

    fn ledger(&self) -> Vec<Entry> {
        self.sandbox.lock().expect("no panics").ledger().to_vec()
    }

    /// The moments without an owner that the list does not show and whose job has not ended, as the sandbox knows.
    async fn never_seen(&self, runs: &[Run]) -> BTreeSet<String> {
        let owned: BTreeSet<&str> = runs.iter().filter_map(|run| run.moment_id.as_deref()).collect();
        let mut never_seen = BTreeSet::new();
        for Entry { at, jobid, moment_id, .. } in self.ledger() {
            let Some(moment_id) = moment_id.filter(|id| !owned.contains(&**id)) else { continue };
            // After a day, a job cannot be polled; the list still shows its moment.
            let has_ended = matches!(self.context.wecom.result(&jobid).await, Ok(Job::Done(_)));
            let listed = self.context.wecom.moments(at - LONG, at + LONG, |it| it.moment_id == moment_id).await;
            let is_listed = listed.map_or(true, |listed| !listed.is_empty());
            if !has_ended && !is_listed {
                never_seen.insert(moment_id);
            }
        }
        never_seen
    }

    fn story(&self, case: &judge::Case<'_>) -> Vec<String> {
        let mut lines: Vec<(DateTime<Utc>, String)> = Vec::new();
        for (run, log) in case.runs.iter().zip(&case.logs) {
            for line in log {
                let why = line
                    .reason
                    .as_ref()
                    .map(|why| why.text(&run.id()).into_lang(drumbeat::text::Lang::En))
                    .unwrap_or_default();
                lines.push((line.at, format!("{} {:?} → {} {why}", run.id(), line.from, line.to)));
            }
        }
        let owned = case.runs.iter().filter_map(|run| Some((run, run.moment_id.as_deref()?)));
        lines.extend(owned.map(|(run, moment)| (run.updated_at, format!("{} owns {moment}", run.id()))));
        lines.extend(self.faults.injected().iter().map(|it| (it.at, format!("✗ {} {}", it.path, it.fault))));
        lines.extend(
            case.ledger.iter().map(|it| (it.at, format!("ledger {} {:?} {}", it.text, it.moment_id, it.errcode))),
        );
        lines.sort();
        lines.into_iter().map(|(at, what)| format!("{} {what}", at.format("%d %H:%M:%S%.3f"))).collect()
    }
}
