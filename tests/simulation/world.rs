//! Some simulated days: the engine starts, crashes and starts again.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::campaign::Campaign;
use drumbeat::clock::Clock;
use drumbeat::engine::{Engine, EngineContext, EngineStatus, Settings, StopCondition};
use drumbeat::load::ActiveBook;
use drumbeat::results_poller::{ResultsPoller, Round};
use drumbeat::run::{Run, State};
use drumbeat::sandbox::{AnswerFault, Company, Entry, ExternalMoment, FaultProfile, Faults, Sandbox, SandboxConfig};
use drumbeat::source::Source;
use drumbeat::store::{Address, Lifted, Quota, RunFilter, Scope, Store, StoreError, Wait};
use drumbeat::wecom::{Body, CALL_INTERVAL, Job, Pace, Request, Response, Transport, TransportError, WeCom};
use fastrand::Rng;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::book::{Obligations, RandomBook, by_history, example_book};
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
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime without I/O can be made").block_on(World::new(seed, mutant).live())
}

/// The same, with a poller of results beside the engine. The second value counts the finished sweeps.
#[allow(dead_code, reason = "only tests count results")]
pub fn simulate_with_results(seed: u64) -> (Report, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime without I/O can be made").block_on(async {
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

/// The transport of every call: records creations for the rate, and can kill the engine before or after a call.
struct TransportKind {
    faults: Arc<Faults>,
    sandbox: Arc<Mutex<Sandbox>>,
    mutant: Mutant,
    clock: Clock,
    true_clock: Clock,
    crash: Notify,
    dice: Mutex<(Rng, u32)>,
    creates: Mutex<Vec<judge::Creation>>,
}

impl TransportKind {
    fn transport(self: &Arc<Self>) -> Transport {
        let transport = Arc::clone(self);
        Transport::InProcess(Arc::new(move |request: Request| {
            let transport = Arc::clone(&transport);
            Box::pin(async move {
                transport.maybe_crash().await;
                let is_create = request.path == Request::CREATE;
                let creation = judge::Creation { by_our_clock: transport.clock.now(), at: transport.true_clock.now() };
                if transport.mutant == Mutant::TrustsItsClock && is_wide(&request) {
                    return Ok(EMPTY_LIST.clone());
                }
                let path = request.path.clone();
                let answer = transport.faults.deliver(request).await.map(|answer| transport.as_mutant(&path, answer));
                let token_was_refused = answer.as_ref().is_ok_and(|answer| {
                    let text = String::from_utf8_lossy(&answer.body);
                    ["40001", "40014", "42001"].iter().any(|code| text.contains(code))
                });
                if is_create && !token_was_refused && !matches!(answer, Err(TransportError::NotSent(_))) {
                    transport.creates.lock().expect("no panics").push(creation);
                }
                transport.maybe_crash().await;
                match answer {
                    Err(TransportError::Lost(why)) if transport.mutant == Mutant::LostIsNotSent => {
                        Err(TransportError::NotSent(why))
                    }
                    answer => answer,
                }
            })
        }))
    }

    /// An answer as a mutant reads it.
    fn as_mutant(&self, path: &str, answer: Response) -> Response {
        match self.mutant {
            Mutant::SeesOnlyExact if path.ends_with("get_moment_list") => {
                let sandbox = self.sandbox.lock().expect("no panics");
                let is_rewritten = sandbox.behaviour.answer_faults.iter().any(|fault| REWRITES.contains(fault));
                if is_rewritten { EMPTY_LIST.clone() } else { answer }
            }
            Mutant::TakesUnclearForRefused if path.ends_with("get_moment_task_result") => {
                let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                let is_unclear = body["status"] == 3 && body["result"]["moment_id"].as_str().is_none();
                if is_unclear { REFUSED_JOB.clone() } else { answer }
            }
            _ => answer,
        }
    }

    async fn maybe_crash(&self) {
        let dies = {
            let mut dice = self.dice.lock().expect("no panics");
            let per_mille = dice.1;
            dice.0.u32(..1000) < per_mille
        };
        if dies {
            self.crash.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

/// Longer than any seed.
const LONG: TimeDelta = TimeDelta::days(10);

const STORE: &str = "drumbeat.db";

/// Sets runs in `sending` back to their state before that was written.
fn forget_sending(disk: &std::path::Path) {
    let db = rusqlite::Connection::open(disk.join(STORE)).expect("the store is there");
    db.execute("UPDATE runs SET state = 'claimed' WHERE state = 'sending'", []).expect("the store can be written");
}

/// A book in which the campaigns of these runs are as in the former book.
fn keeping(former: &ActiveBook, newer: &ActiveBook, claimed: &[Run]) -> Arc<ActiveBook> {
    let is_kept = |campaign: &&Arc<Campaign>| claimed.iter().any(|run| run.campaign == campaign.id);
    let mut campaigns: Vec<_> = former.campaigns.iter().filter(is_kept).cloned().collect();
    let is_other = |campaign: &&Arc<Campaign>| campaigns.iter().all(|kept| kept.id != campaign.id);
    let others: Vec<_> = newer.campaigns.iter().filter(is_other).cloned().collect();
    campaigns.extend(others);
    campaigns.sort_by(|a, b| a.id.cmp(&b.id));
    Arc::new(ActiveBook { campaigns, ..newer.clone() })
}

static EMPTY_LIST: LazyLock<Response> =
    LazyLock::new(|| Response::new(200, br#"{"errcode":0,"moment_list":[]}"#.to_vec()));

static REFUSED_JOB: LazyLock<Response> = LazyLock::new(|| {
    let body = br#"{"errcode":0,"status":3,"type":"add_moment_task","result":{"errcode":41064,"errmsg":"refused"}}"#;
    Response::new(200, body.to_vec())
});

/// The faults that show a moment with small differences from the sent post.
const REWRITES: [AnswerFault; 7] = [
    AnswerFault::ListLinkEncoded,
    AnswerFault::ListLinkSlash,
    AnswerFault::ListLinkTitle,
    AnswerFault::ListFewerImages,
    AnswerFault::ListOneSpace,
    AnswerFault::ListCreator,
    AnswerFault::ListMinutesLate,
];

/// Time for which a file must be unchanged before its posts are sent.
const QUIET: Duration = Duration::from_secs(10);

/// A later change of the book.
#[derive(Clone, Debug)]
enum BookStep {
    /// A file is restored unchanged.
    Back(String),
    /// A file was unchanged for the edit delay.
    Settle(String),
    /// The whole book is restored.
    BookBack,
}

/// A directory without files of the book.
fn nothing_there() -> Source {
    static EMPTY: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("there is room"));
    Source::directory(EMPTY.path()).expect("it is there")
}

/// Whether a request covers more of WeCom's list than a right clock requires for a lost post.
fn is_wide(request: &Request) -> bool {
    let Body::Json(body) = &request.body else { return false };
    let asked: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    match (asked["start_time"].as_i64(), asked["end_time"].as_i64()) {
        (Some(start), Some(end)) => end - start > 24 * 3600,
        _ => false,
    }
}

/// The next event of the engine.
enum Turn {
    Crashed,
    Event,
    Failed(String),
}

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

    /// The engine from its start to its next crash or stop, and the events around it.
    async fn one_life(&mut self) -> Option<String> {
        // A new process has seen no step of the clock.
        self.clock.trust();
        self.take_steps();
        self.book.begin();
        let loaded = self.load();
        let (books, watching) = watch::channel(Arc::clone(&loaded));
        self.activate_book(&loaded);
        let engine = match Engine::start(self.context.clone(), loaded, StopCondition::OnRequest).await {
            Ok(engine) => engine,
            Err(error) => return Some(error.to_string()),
        };
        let stop = CancellationToken::new();
        let mut life = Box::pin(engine.run(watching, stop.clone()));
        let counts_results = self.counts_results;
        let mut results = Box::pin(count_results(self.context.clone()));
        loop {
            let next_step = self.steps.iter().map(|(at, _)| at.saturating_duration_since(Instant::now())).min();
            let pause = self.pause();
            let pause = next_step.map_or(pause, |step| step.min(pause).max(self.shown_twice()));
            let pause = pause + Duration::from_millis(1);
            self.maybe_lift_hold(2);
            self.take_in();
            let turn = tokio::select! {
                // The engine first: it activates a received book before anything else happens.
                biased;
                ended = &mut life => Turn::Failed(format!("the engine ended by itself: {ended:?}")),
                () = self.transport.crash.notified() => Turn::Crashed,
                () = &mut results, if counts_results => Turn::Event,
                () = tokio::time::sleep(pause) => Turn::Event,
            };
            self.take_in();
            match turn {
                Turn::Failed(why) => return Some(why),
                Turn::Crashed => break,
                // The clock was set back in the meantime.
                Turn::Event if self.clock.now() < self.end && !self.shown_twice().is_zero() => continue,
                Turn::Event if self.clock.now() >= self.end => {
                    stop.cancel();
                    return life.await.err().map(|error| error.to_string());
                }
                Turn::Event if self.take_steps() => self.hand_over(&books),
                Turn::Event => match if self.quiet { 11 } else { self.rng.u32(..18) } {
                    0 => break,
                    1 => {
                        stop.cancel();
                        if let Err(error) = life.await {
                            return Some(error.to_string());
                        }
                        self.downtime().await;
                        return None;
                    }
                    2..5 => {
                        self.change_book();
                        self.hand_over(&books);
                    }
                    // The machine is suspended: time passes, and the engine does not see it.
                    5 => {
                        let sleep = self.pause();
                        tokio::time::sleep(sleep).await;
                    }
                    6 => self.set_wall(25),
                    7 => self.add_look_alike(),
                    8 => self.lay_hold(),
                    9 => self.set_wall(3 * 3600),
                    10 => self.suspend(),
                    12 | 13 => self.manual_posts.request(&mut self.rng, &self.context.store, self.clock.now()),
                    14 => self.manual_posts.withdraw(&mut self.rng, &self.context.store, self.clock.now()),
                    15 => self.change_answers(),
                    16 => {
                        self.take_file_away();
                        self.hand_over(&books);
                    }
                    17 => {
                        self.take_book_away();
                        self.hand_over(&books);
                    }
                    _ => {}
                },
            }
        }
        self.crashes += 1;
        drop((life, results));
        self.after_crash();
        self.downtime().await;
        None
    }

    /// A last process without faults, until every run is finished.
    async fn last_life(&mut self) -> Option<String> {
        self.faults.change(FaultProfile::none());
        self.sandbox.lock().expect("no panics").behaviour.answer_faults.clear();
        self.steps.clear();
        self.away = None;
        self.book.begin();
        self.transport.dice.lock().expect("no panics").1 = 0;
        self.maybe_lift_hold(1);
        self.clock.trust();
        let loaded = self.load();
        self.activate_book(&loaded);
        let (_books, watching) = watch::channel(Arc::clone(&loaded));
        let engine = Engine::start(self.context.clone(), loaded, StopCondition::Idle(self.end)).await;
        let done = match engine {
            Ok(engine) => engine.run(watching, CancellationToken::new()).await,
            Err(error) => Err(error),
        };
        self.take_in();
        if self.handed.is_some() {
            return Some("the last book was never taken up".to_owned());
        }
        done.err().map(|error| error.to_string())
    }

    /// The occurrences of a book are required from the time at which the engine reports that it has activated the book.
    fn take_in(&mut self) {
        let tally = self.context.status.counters();
        if self.rewound_to != tally.rewound_to
            && let Some(furthest) = self.clock.latest_shown()
        {
            let runs = self.context.store.runs(&RunFilter::default()).wait().expect("the store can be read");
            self.obligations.allow(furthest, &runs);
        }
        if std::mem::replace(&mut self.taken_up_at, tally.loaded_at) != tally.loaded_at
            && let (Some(book), Some(at)) = (self.handed.take(), tally.loaded_at)
        {
            self.obligations.load(&book, at);
        }
        if std::mem::replace(&mut self.rewound_to, tally.rewound_to) != tally.rewound_to
            && let Some(to) = tally.rewound_to
        {
            self.obligations.rewind(to);
        }
    }

    fn pause(&mut self) -> Duration {
        let left = (self.end - self.clock.now()).to_std().unwrap_or_default();
        Duration::from_secs(self.rng.u64(1..7200)).max(self.shown_twice()).min(left)
    }

    /// Time for which the wall clock repeats earlier times. Nothing else happens then, so that it is clear which book was
    /// active when an occurrence fell due; the engine runs as usual.
    fn shown_twice(&self) -> Duration {
        let now = self.clock.now();
        (self.clock.latest_shown().unwrap_or(now) - now).to_std().unwrap_or_default()
    }

    async fn downtime(&mut self) {
        let length = if self.rng.bool() { self.rng.u64(..30) } else { self.rng.u64(..4 * 3600) };
        if self.rng.u32(..3) == 0 {
            self.change_book();
        }
        // A `post` that was interrupted, or repeated, while no service runs.
        match self.rng.u32(..4) {
            0 => self.manual_posts.request(&mut self.rng, &self.context.store, self.clock.now()),
            1 => self.manual_posts.withdraw(&mut self.rng, &self.context.store, self.clock.now()),
            _ => {}
        }
        tokio::time::sleep(Duration::from_secs(length).max(self.shown_twice())).await;
        // A service does not start without its book.
        if self.away.is_some() {
            let back = self.steps.iter().find(|(_, step)| matches!(step, BookStep::BookBack));
            let back = back.map_or_else(Instant::now, |(at, _)| *at);
            tokio::time::sleep_until(back + self.shown_twice()).await;
        }
    }

    /// The book as a load reads it now. While its directory is missing, the former book stays and its media cannot be
    /// read.
    fn load(&self) -> Arc<ActiveBook> {
        match &self.away {
            Some(former) => Arc::new(ActiveBook { source: nothing_there(), ..(**former).clone() }),
            None => self.book.load(self.clock.now()),
        }
    }

    /// The engine activates a load at this instant, because nothing else is ready before it, unless it doubts its clock.
    fn hand_over(&mut self, books: &watch::Sender<Arc<ActiveBook>>) {
        let loaded = self.load();
        self.activate_book(&loaded);
        let taken = match self.mutant {
            Mutant::KeepsToTheClaim => keeping(&books.borrow(), &loaded, &self.claimed()),
            Mutant::TakesContentByHistory => by_history(&loaded, &self.runs()),
            Mutant::TakesAwayForRemoved if self.away.is_some() => {
                Arc::new(ActiveBook { campaigns: Vec::new(), invalid_files: Vec::new(), ..(*loaded).clone() })
            }
            Mutant::TakesAwayForRemoved => Arc::new(ActiveBook { changing: BTreeSet::new(), ..(*loaded).clone() }),
            _ => loaded,
        };
        books.send_replace(taken);
    }

    /// Applies the changes of the book that are due; returns whether there were any.
    fn take_steps(&mut self) -> bool {
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.steps).into_iter().partition(|(at, _)| *at <= now);
        self.steps = later;
        for (at, step) in &due {
            match step {
                BookStep::Back(file) => {
                    self.book.bring_back(file);
                    self.settle_later(file, *at);
                }
                BookStep::Settle(file) => self.book.settle(file),
                BookStep::BookBack => self.away = None,
            }
        }
        !due.is_empty()
    }

    /// A file that changes now settles after the edit delay.
    fn settle_later(&mut self, file: &str, changed: Instant) {
        self.steps.retain(|(_, step)| !matches!(step, BookStep::Settle(other) if other == file));
        self.steps.push((changed + QUIET, BookStep::Settle(file.to_owned())));
    }

    /// A file is missing for less or more than the edit delay.
    fn take_file_away(&mut self) {
        let Some(file) = self.book.take_away(&mut self.rng) else { return };
        self.turns += 1;
        let now = Instant::now();
        let most = if self.rng.bool() { QUIET.as_secs() } else { 3600 };
        self.settle_later(&file, now);
        self.steps.push((now + Duration::from_secs(self.rng.u64(1..most)), BookStep::Back(file)));
    }

    /// The directory of the book is missing for a while.
    fn take_book_away(&mut self) {
        if self.away.is_some() {
            return;
        }
        self.turns += 1;
        self.away = Some(self.book.load(self.clock.now()));
        let length = Duration::from_secs(self.rng.u64(1..3600));
        self.steps.push((Instant::now() + length, BookStep::BookBack));
    }

    /// From now on WeCom answers differently from its pages, or as they say.
    fn change_answers(&mut self) {
        self.turns += 1;
        let many = self.rng.usize(..4);
        let faults: Vec<AnswerFault> =
            (0..many).map(|_| AnswerFault::ALL[self.rng.usize(..AnswerFault::ALL.len())].0).collect();
        self.answers.list_was_hidden |= faults.contains(&AnswerFault::ListHidden);
        let wrong = [AnswerFault::CreateSameJob, AnswerFault::ResultSameId];
        self.answers.names_were_wrong |= wrong.iter().any(|fault| faults.contains(fault));
        self.sandbox.lock().expect("no panics").behaviour.answer_faults = faults;
    }

    /// The engine receives a book.
    fn activate_book(&mut self, loaded: &Arc<ActiveBook>) {
        self.handed = Some(Arc::clone(loaded));
        self.manual_posts.activate_book(loaded);
    }

    fn runs(&self) -> Vec<Run> {
        self.context.store.runs(&RunFilter::default()).wait().expect("the store can be read")
    }

    fn claimed(&self) -> Vec<Run> {
        let runs = self.context.store.runs(&RunFilter { only_open: true, ..RunFilter::default() }).wait();
        runs.expect("the store can be read").into_iter().filter(|run| run.state == State::Claimed).collect()
    }

    fn change_book(&mut self) {
        self.edits += 1;
        self.book.edit(&mut self.rng);
    }

    fn after_crash(&mut self) {
        if self.mutant == Mutant::ForgetsSending {
            forget_sending(self.disk.as_ref().expect("this mutant keeps its store on disk").path());
        }
    }

    /// NTP or a person sets our wall clock, by at most this many seconds from WeCom's clock, which is unchanged.
    fn set_wall(&mut self, most: i64) {
        let off = TimeDelta::seconds(self.rng.i64(-most..=most));
        self.clock.step_wall_clock(off - self.wall_off);
        self.wall_off = off;
    }

    /// The machine is suspended: time passes, and the engine's timers stand still.
    fn suspend(&mut self) {
        let length = TimeDelta::seconds(self.rng.i64(1..4 * 3600));
        self.clock.suspend(length);
        self.true_clock.suspend(length);
    }

    /// A person holds everything.
    fn lay_hold(&mut self) {
        match self.context.store.create_hold(&Scope::Everything, "a bad feeling", "somebody", self.clock.now()).wait() {
            Ok(_) => self.holds.push(judge::HoldPeriod { from: self.true_clock.now(), to: None }),
            Err(StoreError::OnHoldAlready { .. }) => {}
            Err(error) => panic!("the store takes a hold: {error}"),
        }
    }

    /// At random, the person who holds everything resumes it, sometimes with catch-up.
    fn maybe_lift_hold(&mut self, in_so_many: u32) {
        if self.rng.u32(..in_so_many) == 0 {
            let lifted = Lifted { at: self.clock.now(), by: "somebody".to_owned(), catch_up: self.rng.bool() };
            match self.context.store.lift_hold(&Scope::Everything, None, lifted).wait() {
                Ok(_) => self.holds.last_mut().expect("it was laid").to = Some(self.true_clock.now()),
                Err(StoreError::NotOnHold(_)) => {}
                Err(error) => panic!("the store lifts a hold: {error}"),
            }
        }
    }

    /// A moment that looks like one of ours and is not: a member created it in the console.
    fn add_look_alike(&mut self) {
        let mut sandbox = self.sandbox.lock().expect("no panics");
        let text = sandbox.ledger().last().map_or_else(|| "别的内容".to_owned(), |entry| entry.text.clone());
        sandbox.add_external(ExternalMoment {
            moment_id: format!("momforeign{}", self.rng.u64(..)),
            created: self.true_clock.now(),
            creator: Some("zhangshan".to_owned()),
            public: true,
            text,
            images: 0,
        });
    }
}
