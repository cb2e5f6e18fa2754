//! Eight uploads that take minutes, many posts due at one instant, and subscribers that read slowly or never: each post
//! is
//! sent once, and no text waits longer than its place in the queue requires.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::book::Corp;
use drumbeat::clock::Clock;
use drumbeat::engine::{Engine, EngineContext, EngineEvent, EngineStatus, Settings, StopCondition};
use drumbeat::load::{ActiveBook, load};
use drumbeat::run::State;
use drumbeat::sandbox::{Company, FaultProfile, Faults, Sandbox, SandboxConfig};
use drumbeat::source::Source;
use drumbeat::store::{Quota, RunFilter, Store, Wait};
use drumbeat::wecom::{Body, Request, Response, Transport, TransportError, WeCom};
use fastrand::Rng;
use tokio::sync::broadcast::Receiver;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::in_virtual_time;

const UPLOADS: usize = 8;
/// Texts that are due during the uploads, each at its own time.
const TEXTS: usize = 12;
/// Texts that are due at the same instant.
const BURST: usize = 80;
const BURST_SECOND: i64 = 120;
/// The longest time of a creation's request and answer.
const CALL: TimeDelta = TimeDelta::milliseconds(800);
/// Time for a token, a commit and a round of the engine.
const SLACK: TimeDelta = TimeDelta::seconds(3);

/// A safety measure that is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crowd {
    AsItIs,
    /// A mutant: uploads and creations share one limit.
    UploadsTakePlaces,
    /// A mutant: a post waits until each subscriber has read the events before.
    WaitsForListeners,
}

/// Runs one seed and returns the broken promises.
pub fn simulate(seed: u64, crowd: Crowd) -> Vec<String> {
    in_virtual_time(live(seed, crowd))
}

async fn live(seed: u64, crowd: Crowd) -> Vec<String> {
    let mut rng = Rng::with_seed(seed);
    let nine = "2026-06-10T09:00:00Z".parse::<DateTime<Utc>>().expect("an instant");
    let clock = Clock::starting_at(nine - TimeDelta::minutes(1));
    let behaviour =
        SandboxConfig { seed, creates_per_minute: 10_000, jobs_in_flight: 10_000, ..SandboxConfig::default() };
    let company = Company::chunfeng();
    let (corp, secret) = (company.corp.clone(), company.secret.clone());
    let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(company, behaviour)));
    let faults = Faults::new(Arc::clone(&sandbox), clock.clone(), rng.u64(..), FaultProfile::none());
    let (status, carriers) = (EngineStatus::default(), rng.usize(1..9));
    let transport = Arc::new(TransportKind {
        crowd,
        faults,
        clock: clock.clone(),
        uploads: Mutex::new(rng.fork()),
        places: Semaphore::new(carriers),
        slow: Mutex::new(status.subscribe()),
    });
    let disk = tempfile::tempdir().expect("there is room");
    let (book, due) = book(&mut rng, nine, disk.path());
    let context = EngineContext {
        clock: clock.clone(),
        store: Store::in_memory().expect("memory holds a store"),
        wecom: WeCom::new(corp, secret, Arc::clone(&transport).transport(), clock.clone()),
        source: Arc::new(book.source.clone()),
        settings: Settings {
            quota: Quota { per_minute: 10_000, per_month: 1_000_000 },
            preflight: Duration::ZERO,
            max_concurrent_sends: carriers,
            ..Settings::default()
        },
        status,
    };
    // A subscriber that never reads, and misses events.
    let _deaf = context.status.subscribe();
    let done = CancellationToken::new();
    let (_keep, books) = watch::channel(Arc::clone(&book));
    let until = StopCondition::Idle(nine + TimeDelta::minutes(5));
    let engine = Engine::start(context.clone(), book, until).await.expect("the history can be read");
    let life = async {
        engine.run(books, CancellationToken::new()).await.expect("it comes to its end");
        done.cancel();
    };
    tokio::join!(life, read_slowly(&transport, &clock, &done), read_all_the_time(&context, &done));
    let sandbox = sandbox.lock().expect("no panics");
    judge(&context.store, &sandbox, &due, carriers)
}

struct TransportKind {
    crowd: Crowd,
    faults: Arc<Faults>,
    clock: Clock,
    /// Draws the duration of each upload.
    uploads: Mutex<Rng>,
    places: Semaphore,
    /// The events that the slow subscriber has not read yet.
    slow: Mutex<Receiver<EngineEvent>>,
}

impl TransportKind {
    fn transport(self: Arc<Self>) -> Transport {
        Transport::InProcess(Arc::new(move |request| {
            let transport = Arc::clone(&self);
            Box::pin(async move { transport.deliver(request).await })
        }))
    }

    async fn deliver(&self, request: Request) -> Result<Response, TransportError> {
        let is_create = request.path == Request::CREATE;
        let is_upload = matches!(request.body, Body::Multipart(_));
        let _place = match self.crowd {
            Crowd::UploadsTakePlaces if is_create || is_upload => Some(self.places.acquire().await),
            _ => None,
        };
        while self.crowd == Crowd::WaitsForListeners && is_create && self.unheard() > 0 {
            self.clock.sleep(Duration::from_secs(1)).await;
        }
        if is_upload {
            let minutes = self.uploads.lock().expect("no panics").u64(120..400);
            self.clock.sleep(Duration::from_secs(minutes)).await;
        }
        self.faults.deliver(request).await
    }

    fn unheard(&self) -> usize {
        self.slow.lock().expect("no panics").len()
    }
}

/// A subscriber that reads one event per second.
async fn read_slowly(transport: &TransportKind, clock: &Clock, done: &CancellationToken) {
    while !done.is_cancelled() {
        let _ = transport.slow.lock().expect("no panics").try_recv();
        clock.sleep(Duration::from_secs(1)).await;
    }
}

/// A reader that reads all status data every second.
async fn read_all_the_time(context: &EngineContext, done: &CancellationToken) {
    let (corp, always) = (context.wecom.corp(), DateTime::<Utc>::MIN_UTC..DateTime::<Utc>::MAX_UTC);
    while !done.is_cancelled() {
        let _ = context.status.counters();
        let seen = context.store.runs(&RunFilter::default()).wait().expect("the store can be read");
        let counted = context.store.count_runs(corp, always.start, always.end).wait().expect("the store can be read");
        assert_eq!(counted.values().sum::<usize>(), seen.len());
        context.clock.sleep(Duration::from_secs(1)).await;
    }
}

/// Pictures due at nine, texts due during the uploads, and many texts at once; with their due times.
fn book(rng: &mut Rng, nine: DateTime<Utc>, dir: &Path) -> (Arc<ActiveBook>, BTreeMap<String, DateTime<Utc>>) {
    let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("campaigns/media/member-day.jpg");
    let picture = std::fs::read(picture).expect("the example book has it");
    let mut due = BTreeMap::new();
    let mut write = |id: String, second: i64, content: &str| {
        let at = nine + TimeDelta::seconds(second);
        let text = format!(
            "id = \"{id}\"\n[content]\ntext = \"{id}\"\n{content}\n[visible_range]\n\
             sender_list = {{ user_list = [\"zhangshan\"] }}\n[schedule]\nat = {}\ntimezone = \"UTC\"\n",
            at.format("%Y-%m-%dT%H:%M:%S")
        );
        std::fs::write(dir.join(format!("{id}.toml")), text).expect("written");
        due.insert(id, at);
    };
    for n in 0..UPLOADS {
        // A byte after the end of a JPEG changes its digest, and it stays a valid JPEG.
        let bytes = [picture.as_slice(), n.to_string().as_bytes()].concat();
        std::fs::write(dir.join(format!("{n}.jpg")), bytes).expect("written");
        write(format!("picture-{n}"), 0, &format!("images = [\"{n}.jpg\"]"));
    }
    for n in 0..TEXTS {
        // Before the burst, each at its own time.
        write(format!("text-{n}"), i64::try_from(n).expect("few") * 8 + rng.i64(1..4), "");
    }
    (0..BURST).for_each(|n| write(format!("burst-{n}"), BURST_SECOND, ""));
    let source = Source::directory(dir).expect("the book is there");
    let book = load(&source, &Corp::default()).expect("the book can be read").to_active();
    assert_eq!((book.campaigns.len(), book.invalid_files.len()), (UPLOADS + TEXTS + BURST, 0));
    (Arc::new(book), due)
}

fn judge(store: &Store, sandbox: &Sandbox, due: &BTreeMap<String, DateTime<Utc>>, carriers: usize) -> Vec<String> {
    let mut broken = Vec::new();
    let runs = store.runs(&RunFilter::default()).wait().expect("they can be read");
    for (id, due) in due {
        let made: Vec<_> = sandbox.ledger().iter().filter(|entry| entry.text == *id).collect();
        let is_created = runs.iter().any(|run| run.campaign.as_str() == id && run.state == State::Created);
        if made.len() != 1 || !is_created {
            broken.push(format!("{id} was posted {} times", made.len()));
        }
        let at_once = if id.starts_with("burst") { BURST } else { 1 };
        let turns = i32::try_from(at_once.div_ceil(carriers)).expect("few");
        let late = made.iter().map(|entry| entry.at - *due).max().unwrap_or_default();
        if !id.starts_with("picture") && late > SLACK + CALL * turns {
            broken.push(format!("{id} was {} s late, with {carriers} carriers", late.num_seconds()));
        }
    }
    broken
}
