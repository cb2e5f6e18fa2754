//! The real engine and store in virtual time, over the sandbox in process, with a book on disk that a test may change.

use std::future::Future;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::book::Corp;
use drumbeat::clock::Clock;
use drumbeat::engine::{Engine, EngineContext, EngineError, EngineStatus, Settings, StopCondition};
use drumbeat::ids::CampaignId;
use drumbeat::load::{ActiveBook, CheckedBook, load};
use drumbeat::post::{Attachments, Audience, Post};
use drumbeat::run::{Due, Run, Slot};
use drumbeat::sandbox::{Company, Entry, Sandbox, SandboxConfig};
use drumbeat::schedule::Fold;
use drumbeat::source::Source;
use drumbeat::store::{Quota, RunFilter, Store, Wait};
use drumbeat::wecom::{Body, CallFailure, Request, Transport, TransportError, WeCom};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The upload time of files that contain `slow`; others upload instantly.
const SLOW_UPLOAD: Duration = Duration::from_secs(40);

pub(crate) struct EngineHarness {
    pub(crate) dir: TempDir,
    pub(crate) clock: Clock,
    /// WeCom's clock, which always shows the right time.
    pub(crate) true_clock: Clock,
    pub(crate) sandbox: Arc<Mutex<Sandbox>>,
    /// While it is set, no request reaches WeCom.
    pub(crate) offline: Arc<AtomicBool>,
    /// The time in seconds to get a token.
    pub(crate) slow_token: Arc<AtomicU64>,
    pub(crate) context: EngineContext,
}

/// Nine in the morning in Shanghai on a Monday.
pub(crate) fn nine() -> DateTime<Utc> {
    "2026-03-02T01:00:00Z".parse().expect("an instant")
}

fn start() -> Clock {
    Clock::starting_at(nine() - TimeDelta::minutes(1))
}

/// Runs a test in virtual time.
pub(crate) fn in_virtual_time<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime without I/O can be made").block_on(test)
}

impl EngineHarness {
    /// Must run inside a Tokio runtime. The time is a minute before [`nine`].
    pub(crate) fn new() -> Self {
        let (clock, true_clock) = (start(), start());
        let behaviour = SandboxConfig { creates_per_minute: 10_000, ..SandboxConfig::default() };
        let company = Company::chunfeng();
        let (corp, secret) = (company.corp.clone(), company.secret.clone());
        let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(company, behaviour)));
        let offline = Arc::new(AtomicBool::new(false));
        let slow_token = Arc::new(AtomicU64::new(0));
        let transport = transport(&sandbox, &offline, &slow_token, &true_clock);
        let wecom = WeCom::new(corp, secret, transport, clock.clone());
        let dir = TempDir::new().expect("a place for the test");
        let context = EngineContext {
            clock: clock.clone(),
            store: Store::in_memory().expect("memory holds a store"),
            wecom,
            source: Arc::new(Source::directory(dir.path()).expect("the book is there")),
            settings: Settings {
                quota: Quota { per_minute: 10_000, per_month: 1_000_000 },
                preflight: Duration::ZERO,
                ..Settings::default()
            },
            status: EngineStatus::default(),
        };
        Self { dir, clock, true_clock, sandbox, offline, slow_token, context }
    }

    /// Advances the time while the engine does not run.
    pub(crate) fn pass(&self, by: TimeDelta) {
        self.clock.suspend(by);
        self.true_clock.suspend(by);
    }

    /// Writes a campaign that is due some seconds after nine.
    pub(crate) fn write(&self, id: &str, content: &str, seconds: i64, more: &str) {
        let at = (nine() + TimeDelta::seconds(seconds)).format("%Y-%m-%dT%H:%M:%S");
        self.write_scheduled(id, content, &format!("at = {at}\ntimezone = \"UTC\"\n{more}"));
    }

    /// The same with a text.
    pub(crate) fn write_text(&self, id: &str, text: &str, content: &str, seconds: i64, more: &str) {
        self.write(id, content, seconds, more);
        let file = self.dir.path().join(format!("{id}.toml"));
        let written = std::fs::read_to_string(&file).expect("it was written");
        std::fs::write(file, written.replace(&format!("text = \"{id}\""), &format!("text = \"{text}\"")))
            .expect("written");
    }

    pub(crate) fn write_scheduled(&self, id: &str, content: &str, schedule: &str) {
        let text = format!(
            "id = \"{id}\"\n[content]\ntext = \"{id}\"\n{content}\n[visible_range]\n\
             sender_list = {{ user_list = [\"zhangshan\"] }}\n[schedule]\n{schedule}\n"
        );
        std::fs::write(self.dir.path().join(format!("{id}.toml")), text).expect("written");
    }

    /// Adds an image of the example book to this book. The upload of one named `slow…` takes [`SLOW_UPLOAD`].
    pub(crate) fn picture(&self, name: &str) {
        // A byte after its end keeps it a valid JPEG but makes it a different file.
        let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("campaigns/media/member-day.jpg");
        let mut bytes = std::fs::read(picture).expect("the example book has it");
        bytes.extend_from_slice(name.as_bytes());
        std::fs::write(self.dir.path().join(name), bytes).expect("written");
    }

    pub(crate) fn book(&self) -> Arc<ActiveBook> {
        let loaded = self.load();
        assert_eq!(loaded.result.count(drumbeat::finding::Level::Error), 0, "{:?}", loaded.result.findings);
        Arc::new(loaded.to_active())
    }

    /// Loads the book, valid or not.
    pub(crate) fn load(&self) -> CheckedBook {
        let source = Source::directory(self.dir.path()).expect("the book is there");
        load(&source, &Corp::default()).expect("the book can be read")
    }

    /// Runs the engine through an instant, and until it can do nothing for any open run.
    pub(crate) async fn live_through(&self, end: DateTime<Utc>) -> Result<(), EngineError> {
        let book = self.book();
        let (_keep, books) = watch::channel(Arc::clone(&book));
        let engine = Engine::start(self.context.clone(), book, StopCondition::Idle(end)).await?;
        engine.run(books, CancellationToken::new()).await
    }

    pub(crate) fn runs(&self) -> Vec<Run> {
        self.context.store.runs(&RunFilter::default()).wait().expect("the store can be read")
    }

    /// What happened to a run.
    pub(crate) fn verbs(&self, run: &Run) -> Vec<String> {
        let log = self.context.store.log(run).wait().expect("the store can be read");
        log.into_iter().map(|line| line.verb).collect()
    }

    /// The only run of a campaign.
    #[track_caller]
    pub(crate) fn run(&self, campaign: &str) -> Run {
        let mut runs = self.runs();
        runs.retain(|run| run.campaign.as_str() == campaign);
        assert_eq!(runs.len(), 1, "{runs:#?}");
        runs.remove(0)
    }

    pub(crate) fn id(&self, campaign: &str) -> CampaignId {
        campaign.parse().expect("an id")
    }

    /// Records the claimed run of a campaign that is due some seconds after nine.
    pub(crate) fn claim(&self, campaign: &str, text: &str, seconds: i64) -> Run {
        let due = nine() + TimeDelta::seconds(seconds);
        let slot = Slot::Scheduled { local: due.naive_utc(), fold: Fold::First };
        let due = Due {
            corp: self.context.wecom.corp().clone(),
            campaign: self.id(campaign),
            slot,
            due,
            zone: "UTC".to_owned(),
            deadline: due + TimeDelta::hours(1),
            commit: None,
        };
        let audience =
            Audience::Lists { users: ["zhangshan".to_owned()].into(), departments: [].into(), tags: [].into() };
        let post = Post { text: Some(text.to_owned()), attachments: Attachments::None, audience };
        let run = Run::claimed(due, Arc::new(post), nine());
        assert_eq!(self.context.store.record(std::slice::from_ref(&run)).wait().expect("recorded"), [true]);
        run
    }

    pub(crate) fn ledger(&self) -> Vec<Entry> {
        self.sandbox.lock().expect("no panics").ledger().to_vec()
    }

    /// How many seconds after nine the post of a campaign was made.
    #[track_caller]
    pub(crate) fn made_after(&self, campaign: &str) -> i64 {
        let ledger = self.ledger();
        let entry = ledger.iter().find(|entry| entry.text == campaign).unwrap_or_else(|| panic!("{ledger:#?}"));
        (entry.at - nine()).num_seconds()
    }
}

fn transport(
    sandbox: &Arc<Mutex<Sandbox>>,
    offline: &Arc<AtomicBool>,
    slow_token: &Arc<AtomicU64>,
    clock: &Clock,
) -> Transport {
    let (sandbox, offline, clock) = (Arc::clone(sandbox), Arc::clone(offline), clock.clone());
    let slow_token = Arc::clone(slow_token);
    Transport::InProcess(Arc::new(move |request: Request| {
        let (sandbox, offline, clock) = (Arc::clone(&sandbox), Arc::clone(&offline), clock.clone());
        let slow_token = Duration::from_secs(slow_token.load(Ordering::Relaxed));
        Box::pin(async move {
            if request.path.ends_with("gettoken") {
                clock.sleep(slow_token).await;
            }
            if offline.load(Ordering::Relaxed) {
                return Err(TransportError::NotSent(CallFailure::ConnectTimeout));
            }
            if let Body::Multipart(part) = &request.body
                && part.bytes.windows(4).any(|bytes| bytes == b"slow")
            {
                clock.sleep(SLOW_UPLOAD).await;
            }
            Ok(sandbox.lock().expect("no panics").handle(&request, clock.now()))
        })
    }))
}
