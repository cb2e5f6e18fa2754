//! The service as operators see it: pages, notifications and confirmations. Real sockets, real time.

mod backup;
mod doctor;
mod notification_texts;
mod notify;
mod pages;
mod person;
mod ack_poller;
mod receiver;
mod reload;
pub(crate) mod secrets;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::book::Corp;
use drumbeat::clock::Clock;
use drumbeat::engine::{Engine, EngineContext, EngineError, EngineStatus, Settings, StopCondition};
use drumbeat::ids::CorpId;
use drumbeat::load::{ActiveBook, load};
use drumbeat::sandbox::{self, Company, Sandbox, SandboxConfig};
use drumbeat::secret::Secret;
use drumbeat::source::Source;
use drumbeat::store::{Address, Store, Wait};
use drumbeat::wecom::{Network, Transport, WeCom};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A campaign that is due every minute, for two members.
pub(crate) const MINUTELY: &str = r#"
id = "minutely"
title = "每分钟"
owner = "wangwu"
[content]
text = "春季新品上架，前三天九折。"
[visible_range]
sender_list = { user_list = ["zhangshan", "lisi"] }
[schedule]
cron = "* * * * *"
"#;

/// Allows a test's campaign to be due any number of times per day.
const POLICY: &str = "[limits]\nmax_per_day = 10000\n";

/// A second before a full minute on a Monday morning.
pub(crate) fn just_before() -> DateTime<Utc> {
    "2026-03-02T00:59:59.5Z".parse().expect("a time")
}

/// A service in this process: real engine and store, with WeCom on a socket.
pub(crate) struct InProcessService {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) context: EngineContext,
    pub(crate) sandbox: Arc<Mutex<Sandbox>>,
    pub(crate) stop: CancellationToken,
    books: Option<watch::Sender<Arc<ActiveBook>>>,
}

impl InProcessService {
    pub(crate) async fn with(campaign: &str) -> Self {
        let company = Company::chunfeng();
        let secret = company.secret.clone();
        Self::calling(campaign, Sandbox::with_behaviour(company, quick()), secret).await
    }

    pub(crate) async fn calling(campaign: &str, sandbox: Sandbox, secret: Secret) -> Self {
        let dir = tempfile::tempdir().expect("there is room");
        let book = dir.path().join("book");
        std::fs::create_dir(&book).expect("a directory");
        write(&book.join("policy.toml"), POLICY);
        write(&book.join("campaign.toml"), campaign);
        // The book must be known before its first post is due, however busy the machine is.
        let clock = Clock::starting_at(just_before() - TimeDelta::seconds(30));
        let corp = sandbox.company().corp.clone();
        let sandbox = Arc::new(Mutex::new(sandbox));
        let stop = CancellationToken::new();
        let (listener, address) = port().await;
        tokio::spawn(sandbox::serve(listener, Arc::clone(&sandbox), clock.clone(), stop.clone()));
        let network = Network::new(&format!("http://{address}")).expect("a loopback address");
        let context = EngineContext {
            wecom: WeCom::new(CorpId(corp.0), secret, Transport::Network(network), clock.clone()),
            store: Store::open(&Address::Sqlite(dir.path().join("drumbeat.db"))).expect("a store"),
            clock,
            source: Arc::new(Source::directory(&book).expect("a book")),
            settings: Settings { longest_sleep: Duration::from_millis(100), ..Settings::default() },
            status: EngineStatus::default(),
        };
        Self { dir, context, sandbox, stop, books: None }
    }

    pub(crate) fn load(&self) -> Arc<ActiveBook> {
        Arc::new(load(&self.context.source, &Corp::default()).expect("the book can be read").to_active())
    }

    /// Starts the engine.
    pub(crate) fn run(&mut self) -> JoinHandle<Result<(), EngineError>> {
        let book = self.load();
        let (books, watching) = watch::channel(Arc::clone(&book));
        self.books = Some(books);
        let engine =
            Engine::start(self.context.clone(), book, StopCondition::OnRequest).wait().expect("the engine starts");
        self.context.clock.suspend((just_before() - self.context.clock.now()).max(TimeDelta::zero()));
        tokio::spawn(engine.run(watching, self.stop.clone()))
    }

    /// Changes the campaign's file and passes the new book to the engine.
    pub(crate) fn edit(&self, campaign: &str) {
        write(&self.dir.path().join("book/campaign.toml"), campaign);
        self.books.as_ref().expect("the engine runs").send_replace(self.load());
    }
}

impl Drop for InProcessService {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A WeCom whose jobs finish immediately.
pub(crate) fn quick() -> SandboxConfig {
    SandboxConfig {
        job_runs_after: Duration::ZERO,
        job_done_after: Duration::ZERO,
        listed_after: Duration::ZERO,
        dispatched_after: Duration::ZERO,
        ..SandboxConfig::default()
    }
}

pub(crate) fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a file can be written");
}

pub(crate) async fn port() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// An unreachable WeCom: due runs are claimed and not sent.
pub(crate) async fn nowhere(context: &EngineContext) -> WeCom {
    let (listener, address) = port().await;
    drop(listener);
    let network = Network::new(&format!("http://{address}")).expect("a loopback address");
    let company = Company::chunfeng();
    WeCom::new(context.wecom.corp().clone(), company.secret, Transport::Network(network), context.clock.clone())
}

/// Repeats a request until its answer is `good`, for at most a minute.
pub(crate) async fn until<T, F: Future<Output = T>>(mut ask: impl FnMut() -> F, good: impl Fn(&T) -> bool) -> T {
    for _ in 0..1_200 {
        let answer = ask().await;
        if good(&answer) {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("what was waited for did not come in a minute");
}

/// Status and body of a page.
pub(crate) async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let head = format!("GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, body.to_owned())
}
