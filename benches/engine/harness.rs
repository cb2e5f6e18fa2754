//! The parts shared by all measurements.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use drumbeat::book::Corp;
use drumbeat::clock::Clock;
use drumbeat::engine::{Engine, EngineContext, EngineStatus, Settings, StopCondition};
use drumbeat::load::{ActiveBook, load};
use drumbeat::post::Post;
use drumbeat::sandbox::{Company, Sandbox};
use drumbeat::source::Source;
use drumbeat::store::{Quota, Store};
use drumbeat::wecom::{Network, Request, Transport, WeCom};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::sandbox::{over_http, unlimited};

/// Concurrent sends.
pub(super) const CONCURRENT_SENDS: usize = 8;

/// The transport to the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// In process.
    Nothing,
    Loopback,
}

pub(super) fn settings() -> Settings {
    Settings {
        quota: Quota { per_minute: 1_000_000_000, per_month: 1_000_000_000 },
        max_concurrent_sends: CONCURRENT_SENDS,
        preflight: Duration::ZERO,
        ..Settings::default()
    }
}

/// Writes a book of campaigns with one time each, or weekly ones if no times are given.
pub(super) fn write_book(directory: &Path, campaigns: usize, at: impl Fn(usize) -> Option<DateTime<Utc>>) -> Source {
    for n in 0..campaigns {
        let schedule = match at(n) {
            Some(at) => format!("at = {}\ntimezone = \"UTC\"", at.format("%Y-%m-%dT%H:%M:%S")),
            None => format!("cron = \"{} {} * * {}\"", n % 60, n / 60 % 24, n % 7),
        };
        let text = format!(
            "id = \"c{n:06}\"\n[content]\ntext = \"第 {n} 号：新品到店\"\n[visible_range]\n\
             sender_list = {{ user_list = [\"zhangshan\"] }}\n[schedule]\n{schedule}\n"
        );
        let directory = directory.join(format!("d{}", n / 100));
        std::fs::create_dir_all(&directory).expect("a directory");
        std::fs::write(directory.join(format!("c{n}.toml")), text).expect("written");
    }
    Source::directory(directory).expect("a book")
}

#[expect(clippy::disallowed_methods, reason = "the engine is measured in real time")]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}

pub(super) fn late(at: DateTime<Utc>, due: DateTime<Utc>) -> f64 {
    (at - due).num_microseconds().unwrap_or(i64::MAX) as f64 / 1e3
}

/// WeCom over a transport; in process, it records the instants of the creation requests.
pub(super) async fn wecom(
    over: Over,
    sandbox: &Arc<Mutex<Sandbox>>,
    sent: &Arc<Mutex<Vec<DateTime<Utc>>>>,
    stop: &CancellationToken,
) -> WeCom {
    let transport = match over {
        Over::Nothing => {
            let (sandbox, sent) = (Arc::clone(sandbox), Arc::clone(sent));
            Transport::InProcess(Arc::new(move |request: Request| {
                if request.path == Request::CREATE {
                    sent.lock().expect("no panics").push(now());
                }
                let answer = sandbox.lock().expect("no panics").handle(&request, now());
                Box::pin(std::future::ready(Ok(answer)))
            }))
        }
        Over::Loopback => {
            let address = over_http(sandbox, stop).await;
            Transport::Network(Network::new(&format!("http://{address}")).expect("a client"))
        }
    };
    let company = Company::chunfeng();
    WeCom::new(company.corp, company.secret, transport, Clock::System)
}

/// A book on disk, loaded, with a sandbox: what an engine needs but a store.
pub(super) struct Prepared {
    _book: tempfile::TempDir,
    pub(super) sandbox: Arc<Mutex<Sandbox>>,
    pub(super) sent: Arc<Mutex<Vec<DateTime<Utc>>>>,
    pub(super) stop: CancellationToken,
    source: Source,
    loaded: Arc<ActiveBook>,
    wecom: WeCom,
}

impl Prepared {
    /// Campaigns that are due at `due`.
    pub(super) async fn of(over: Over, campaigns: usize, due: impl Fn(usize) -> DateTime<Utc>) -> Self {
        let book = tempfile::tempdir().expect("a directory");
        let source = write_book(book.path(), campaigns, |n| Some(due(n)));
        let loaded = Arc::new(load(&source, &Corp::default()).expect("a book").to_active());
        let (sandbox, sent, stop) = (unlimited(Company::chunfeng()), Arc::default(), CancellationToken::new());
        let wecom = wecom(over, &sandbox, &sent, &stop).await;
        Self { _book: book, sandbox, sent, stop, source, loaded, wecom }
    }

    /// Runs the engine on a store from before `first` until everything due at `last` has ended. Returns the time from
    /// `first` on.
    pub(super) async fn run(&self, store: &Store, first: DateTime<Utc>, last: DateTime<Utc>) -> Duration {
        let context = EngineContext {
            clock: Clock::System,
            store: store.clone(),
            wecom: self.wecom.clone(),
            source: Arc::new(self.source.clone()),
            settings: settings(),
            status: EngineStatus::default(),
        };
        let (_books, watching) = watch::channel(Arc::clone(&self.loaded));
        let until = StopCondition::Idle(last);
        let engine = Engine::start(context, Arc::clone(&self.loaded), until).await.expect("an engine");
        assert!(now() < first, "the book took longer to load than the time that was left for it");
        engine.run(watching, CancellationToken::new()).await.expect("a good end");
        (now() - first).to_std().unwrap_or_default()
    }
}

/// The first instant that is due: time to write and load the book before it.
pub(super) fn first_due(campaigns: usize) -> DateTime<Utc> {
    let first = now().timestamp() + 4 + i64::try_from(campaigns / 1_000).expect("few");
    DateTime::from_timestamp(first, 0).expect("an instant")
}

/// Requests alone: what a floor sends.
pub(super) struct Requests {
    wecom: WeCom,
    post: Arc<Post>,
}

impl Requests {
    pub(super) async fn over(over: Over, stop: &CancellationToken) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let book = write_book(directory.path(), 1, |_| None);
        let campaigns = load(&book, &Corp::default()).expect("a book").result.campaigns;
        let post = Arc::clone(campaigns[0].contents.first().post());
        let sandbox = unlimited(Company::chunfeng());
        Self { wecom: wecom(over, &sandbox, &Arc::default(), stop).await, post }
    }

    pub(super) async fn create(&self) -> String {
        self.wecom.create(&self.post, &[]).await.expect("a job").0
    }

    pub(super) async fn result(&self, job: &str) {
        self.wecom.result(job).await.expect("a result");
    }
}
