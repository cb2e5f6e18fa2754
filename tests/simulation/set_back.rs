//! A store that is restored to an earlier commit between two processes, while WeCom keeps the posts.
//!
//! Every campaign has one occurrence and its own text, so a second moment of a text is a second post. If only WeCom's
//! list
//! has the first post, the second counts only if the list showed the first when the second was sent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::book::{Files, SourceFile};
use drumbeat::clock::Clock;
use drumbeat::engine::{Engine, EngineContext, EngineStatus, Settings, StopCondition};
use drumbeat::load::ActiveBook;
use drumbeat::media_index::MediaIndex;
use drumbeat::run::State;
use drumbeat::sandbox::{Company, FaultProfile, Faults, Sandbox, SandboxConfig};
use drumbeat::store::{Address, Lifted, Quota, RunFilter, Scope, ServiceLock, Store, Wait};
use drumbeat::wecom::{Body, Request, Response, Transport, TransportError, WeCom};
use fastrand::Rng;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::book::{active_book, example_book};
use super::in_virtual_time;

const CAMPAIGNS: usize = 10;

/// The number of corrections of each campaign's text.
type Versions = [usize; CAMPAIGNS];

/// What is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetBack {
    /// The store alone: its witness has more.
    Store,
    /// The store and its witness, as from a snapshot of the disk: only WeCom's list has more.
    StoreAndWitness,
    /// A mutant: neither the witness nor the list is read.
    NothingIsAsked,
    /// A mutant of `StoreAndWitness`: the list is searched for the current text of a campaign only, not for former ones.
    OnlyTheCurrentVersion,
}

/// Runs one seed and returns the broken promises.
pub fn simulate(seed: u64, what: SetBack) -> Vec<String> {
    in_virtual_time(live(seed, what))
}

async fn live(seed: u64, what: SetBack) -> Vec<String> {
    let mut rng = Rng::with_seed(seed);
    let start = "2026-06-10T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant");
    let clock = Clock::starting_at(start);
    let behaviour = SandboxConfig {
        seed,
        job_done_after: Duration::from_secs(rng.u64(1..60)),
        listed_after: Duration::from_secs(rng.u64(0..120)),
        ..SandboxConfig::default()
    };
    let company = Company::chunfeng();
    let (corp, secret) = (company.corp.clone(), company.secret.clone());
    let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(company, behaviour)));
    let faults = Faults::new(Arc::clone(&sandbox), clock.clone(), rng.u64(..), FaultProfile::drawn(&mut rng));
    let transport = TransportKind {
        faults: Arc::clone(&faults),
        sandbox: Arc::clone(&sandbox),
        clock: clock.clone(),
        what,
        versions: Arc::new(Mutex::new([0; CAMPAIGNS])),
        sent_again: Arc::default(),
    };
    let disk = tempfile::tempdir().expect("there is room");
    let open = || Store::open_inline(&Address::Sqlite(disk.path().join("drumbeat.db"))).expect("a store");
    let store = open();
    let mut sole: ServiceLock = store.acquire_service_lock(clock.now()).wait().expect("nobody has it");
    let mut context = EngineContext {
        clock: clock.clone(),
        store,
        wecom: WeCom::new(corp, secret, transport.transport(), clock.clone()),
        source: Arc::new(example_book()),
        settings: Settings { quota: Quota { per_minute: 10, per_month: 100_000 }, ..Settings::default() },
        status: EngineStatus::default(),
    };
    let mut active_book = book(start, transport.versions());
    let end = start + TimeDelta::hours(6);
    let mut earlier = None;
    while clock.now() < end {
        let life = Duration::from_secs(rng.u64(60..3600));
        let (_books, watching) = watch::channel(Arc::clone(&active_book));
        let engine = Engine::start(context.clone(), Arc::clone(&active_book), StopCondition::OnRequest)
            .await
            .expect("the history can be read");
        // The process dies at the end of its time, at any step.
        let _ = tokio::time::timeout(life, engine.run(watching, CancellationToken::new())).await;
        // Longer than a moment needs to appear in WeCom's list.
        tokio::time::sleep(Duration::from_secs(rng.u64(300..1200))).await;
        lift_hold(&context.store, clock.now(), rng.bool());
        let claimed = claimed(&context.store);
        match (&earlier, rng.u32(..3)) {
            (None, _) if !claimed.is_empty() || rng.u32(..6) == 0 => earlier = Some(copy(disk.path(), rng.u64(..))),
            (Some(copied), 0) => {
                drop(sole);
                context.store = Store::in_memory().expect("memory holds a store");
                put_back(disk.path(), copied, what);
                context.store = open();
                sole = context.store.acquire_service_lock(clock.now()).wait().expect("nobody has it");
                if matches!(what, SetBack::StoreAndWitness | SetBack::OnlyTheCurrentVersion) {
                    // A person corrected a campaign that the snapshot has claimed; it may have been sent since.
                    transport.correct(&self::claimed(&context.store));
                    active_book = self::book(start, transport.versions());
                }
            }
            _ => {}
        }
    }
    faults.change(FaultProfile::none());
    lift_hold(&context.store, clock.now(), false);
    let (_books, watching) = watch::channel(Arc::clone(&active_book));
    let last =
        Engine::start(context.clone(), active_book, StopCondition::Idle(end)).await.expect("the history can be read");
    last.run(watching, CancellationToken::new()).await.expect("it comes to its end");
    let sent_again = match what {
        SetBack::Store => posted_twice(&sandbox.lock().expect("no panics")),
        SetBack::StoreAndWitness | SetBack::NothingIsAsked | SetBack::OnlyTheCurrentVersion => {
            transport.sent_again.lock().expect("no panics").clone()
        }
    };
    judge(&context.store, sent_again)
}

/// The transport of every call. It records posts that are sent while the list already shows them, and answers the mutant
/// with an empty list.
#[derive(Clone)]
struct TransportKind {
    faults: Arc<Faults>,
    sandbox: Arc<Mutex<Sandbox>>,
    clock: Clock,
    what: SetBack,
    versions: Arc<Mutex<Versions>>,
    sent_again: Arc<Mutex<BTreeSet<String>>>,
}

impl TransportKind {
    fn transport(&self) -> Transport {
        let transport = self.clone();
        Transport::InProcess(Arc::new(move |request| {
            let transport = transport.clone();
            Box::pin(async move { transport.carry(request).await })
        }))
    }

    async fn carry(&self, request: Request) -> Result<Response, TransportError> {
        if self.what == SetBack::NothingIsAsked && request.path.ends_with("get_moment_list") {
            return Ok(Response::new(200, br#"{"errcode":0,"moment_list":[]}"#.to_vec()));
        }
        if request.path == Request::CREATE {
            // The lookup and the commit come before the request, and an answer may be slow.
            let seen = self.clock.now() - TimeDelta::minutes(1);
            let sandbox = self.sandbox.lock().expect("no panics");
            let sent = (0..CAMPAIGNS).filter(|n| is_in(&request, &name_of(*n)));
            let is_listed =
                |n: usize| (0..=self.versions()[n]).any(|version| sandbox.lists(&text_of(n, version), seen));
            self.sent_again.lock().expect("no panics").extend(sent.filter(|n| is_listed(*n)).map(name_of));
        }
        let asks_list = request.path.ends_with("get_moment_list");
        let answer = self.faults.deliver(request).await;
        if asks_list && self.what == SetBack::OnlyTheCurrentVersion {
            answer.map(|it| self.current(it))
        } else {
            answer
        }
    }

    fn versions(&self) -> Versions {
        *self.versions.lock().expect("no panics")
    }

    fn correct(&self, campaigns: &[usize]) {
        let mut versions = self.versions.lock().expect("no panics");
        campaigns.iter().for_each(|n| versions[*n] += 1);
    }

    /// An answer of the list without the texts that no campaign has now.
    fn current(&self, answer: Response) -> Response {
        let Ok(mut body) = serde_json::from_slice::<serde_json::Value>(&answer.body) else { return answer };
        let texts: Vec<String> = self.versions().iter().enumerate().map(|(n, version)| text_of(n, *version)).collect();
        if let Some(moments) = body["moment_list"].as_array_mut() {
            moments.retain(|moment| texts.iter().any(|text| moment["text"]["content"] == text.as_str()));
        }
        Response { body: body.to_string().into_bytes(), ..answer }
    }
}

fn is_in(request: &Request, text: &str) -> bool {
    matches!(&request.body, Body::Json(body) if String::from_utf8_lossy(body).contains(text))
}

fn name_of(n: usize) -> String {
    format!("第 {n} 号：")
}

fn text_of(n: usize, version: usize) -> String {
    format!("{}新品到店{}", name_of(n), "！".repeat(version))
}

/// The campaigns with a run that was not sent.
fn claimed(store: &Store) -> Vec<usize> {
    let open = store.runs(&RunFilter { only_open: true, ..RunFilter::default() }).wait().expect("they can be read");
    let claimed = open.iter().filter(|run| run.state == State::Claimed);
    claimed.filter_map(|run| run.campaign.as_str().strip_prefix('c')?.parse().ok()).collect()
}

fn book(start: DateTime<Utc>, versions: Versions) -> Arc<ActiveBook> {
    let file = |n: usize| {
        let minutes = i64::try_from(10 + n * 20).expect("few");
        let at = (start + TimeDelta::minutes(minutes)).format("%Y-%m-%dT%H:%M:%S");
        let text = format!(
            "id = \"c{n}\"\n[content]\ntext = \"{}\"\n[visible_range]\nsender_list = {{ user_list = [\"zhangshan\"] }}\n\
             [schedule]\nat = {at}\ntimezone = \"UTC\"\nmax_lateness = \"6h\"\n",
            text_of(n, versions[n])
        );
        SourceFile::new(&format!("c{n}.toml"), &text)
    };
    let files = Files { campaigns: (0..CAMPAIGNS).map(file).collect(), ..Files::default() };
    let book = active_book(files, &MediaIndex::default(), start);
    assert_eq!((book.campaigns.len(), book.invalid_files.len()), (CAMPAIGNS, 0));
    book
}

const FILES: [&str; 3] = ["drumbeat.db", "drumbeat.db-wal", "drumbeat.db.lock"];

/// The files as they are now; returns their name.
fn copy(disk: &Path, name: u64) -> std::path::PathBuf {
    let to = disk.join(name.to_string());
    std::fs::create_dir(&to).expect("there is room");
    for file in FILES.iter().filter(|file| disk.join(file).exists()) {
        std::fs::copy(disk.join(file), to.join(file)).expect("copied");
    }
    to
}

fn put_back(disk: &Path, copied: &Path, what: SetBack) {
    let remove = |file: &str| drop(std::fs::remove_file(disk.join(file)));
    remove("drumbeat.db-shm");
    for file in FILES.iter().filter(|file| what != SetBack::Store || !file.ends_with(".lock")) {
        remove(file);
        if copied.join(file).exists() {
            std::fs::copy(copied.join(file), disk.join(file)).expect("copied");
        }
    }
}

/// A person has looked at WeCom and resumes everything.
fn lift_hold(store: &Store, at: DateTime<Utc>, catch_up: bool) {
    let _ = store.lift_hold(&Scope::Everything, None, Lifted { at, by: "somebody".to_owned(), catch_up }).wait();
}

fn posted_twice(sandbox: &Sandbox) -> BTreeSet<String> {
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in sandbox.ledger().iter().filter(|entry| entry.errcode == 0) {
        *made.entry(&entry.text).or_default() += 1;
    }
    made.into_iter().filter(|(_, count)| *count > 1).map(|(text, _)| text.to_owned()).collect()
}

fn judge(store: &Store, posted_twice: BTreeSet<String>) -> Vec<String> {
    let mut broken: Vec<String> = posted_twice.into_iter().map(|text| format!("posted twice: {text}")).collect();
    let runs = store.runs(&RunFilter::default()).wait().expect("they can be read");
    for n in 0..CAMPAIGNS {
        let of_campaign = || runs.iter().filter(|run| run.campaign.as_str() == format!("c{n}"));
        match of_campaign().next() {
            Some(run) if of_campaign().count() == 1 && (run.state.is_over() || run.needs_review) => {}
            _ => broken.push(format!("lost: c{n} has no outcome: {:?}", of_campaign().collect::<Vec<_>>())),
        }
    }
    broken
}
