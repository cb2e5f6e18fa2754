//! `drumbeat run`: the service.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::log::{self, LogFormat};
use super::{BookArg, Exit, StoreArg, background, descriptors, service, settings, signals};
use crate::book::Corp;
use crate::book_watcher::{BookLocation, BookWatcher};
use crate::clock::Clock;
use crate::engine::{Engine, EngineContext, EngineError, StopCondition};
use crate::load::ActiveBook;
use crate::settings::{Flags, Settings};
use crate::store::Store;
use crate::wecom::WeCom;

/// How long work off the runtime's threads may go on after the end: a read of a disk that does not answer.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

/// Runs the service: posts what is due, until it is told to stop
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat run campaigns                     with the settings of the environment
  drumbeat --config drumbeat.toml run        with a service file
  drumbeat run --git https://git.example.com/book.git --branch main --every 60s
  drumbeat run campaigns --sandbox           to try it: what is due goes to a stand-in for WeCom
  drumbeat run campaigns --log json          log lines for machines

The book is followed: a change in its directory, or a new commit, is taken up within seconds.
SIGHUP has it read again now. With --git, BOOK is its directory inside the repository.
SIGTERM and Ctrl-C let requests that are under way end, and stop.
The account comes from DRUMBEAT_CORP_ID and DRUMBEAT_CORP_SECRET_FILE (or DRUMBEAT_CORP_SECRET).")]
pub(super) struct Args {
    #[command(flatten)]
    book: BookArg,
    #[command(flatten)]
    store: StoreArg,
    /// WeCom's address [default: the official host]; plain http only for loopback
    #[arg(long, value_name = "URL", conflicts_with = "sandbox")]
    wecom_url: Option<String>,
    /// Follow the book in this git repository, through the system's git and its credentials
    #[arg(long, value_name = "URL")]
    git: Option<String>,
    /// The branch to follow [default: main]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// How often to fetch [default: 60s]
    #[arg(long, value_name = "LENGTH")]
    every: Option<String>,
    /// Follow the branch even where it was rewritten
    #[arg(long)]
    allow_force: bool,
    /// Where /metrics, /healthz and /readyz are served, or off [default: 127.0.0.1:9118]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// How log lines are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    log: LogFormat,
}

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    let sandbox = args.store.sandbox;
    let flags = Flags {
        book: args.book.book,
        store: args.store.address(),
        wecom_url: args.wecom_url,
        git: args.git,
        branch: args.branch,
        every: args.every,
        allow_force: args.allow_force,
        listen: args.listen,
        ..flags
    };
    let settings = settings(flags)?;
    service::judge(&settings)?;
    log::start(args.log, &settings.log())?;
    for (former, now) in settings.renamed_keys() {
        tracing::warn!(former, now, "a key of the service file has a new name; the former one is still accepted");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    // Before anything is touched: whoever stops the service in its first moments sees it stop well too.
    let stop = runtime.block_on(async { signals::stop_on_signal() })?;
    let store = Arc::new(Store::open(&settings.store()?)?);
    // Held until the service ends: a second one on the same store is told so, before it touches anything else.
    let sole = store.acquire_service_lock(Clock::System.now())?;
    service::say_what_is_lost(&sole);
    let place = service::place(&settings)?;
    let wecom = if sandbox { service::stand_in() } else { service::wecom(&settings)? };
    // The stand-in takes a book for whatever corp it was written.
    let corp = if sandbox { Corp::default() } else { service::corp(&settings) };
    let ended = runtime.block_on(serve(&settings, wecom, store, (place, corp), stop));
    runtime.shutdown_timeout(DRAIN_TIMEOUT);
    ended
}

async fn serve(
    settings: &Settings,
    wecom: WeCom,
    store: Arc<Store>,
    (place, corp): (BookLocation, Corp),
    stop: CancellationToken,
) -> anyhow::Result<Exit> {
    let (follower, book) = tokio::select! {
        opened = BookWatcher::open(place, corp, wecom.clock().clone()) => opened?,
        () = stop.cancelled() => return Ok(Exit::Clean),
    };
    let means = service::means_with(settings, wecom, store, book.source.clone())?;
    let beside = background::begin(&means, settings, follower.status(), descriptors::raise(), &stop).await?;
    let (books, watching) = watch::channel(Arc::clone(&book));
    tracing::info!(corp = %means.wecom.corp(), store = %settings.store()?, version = env!("CARGO_PKG_VERSION"), "started");
    // The book is followed for as long as the engine works, and not a moment longer.
    let engine_ended = CancellationToken::new();
    let ((), engine) = tokio::join!(
        follower.follow(books, hangups()?, engine_ended.clone()),
        work(means, book, watching, stop, engine_ended),
    );
    // Also where the engine failed: what people are told of it must still go out.
    beside.end().await;
    engine?;
    tracing::info!("stopped");
    Ok(Exit::Clean)
}

async fn work(
    means: EngineContext,
    book: Arc<ActiveBook>,
    books: watch::Receiver<Arc<ActiveBook>>,
    stop: CancellationToken,
    ended: CancellationToken,
) -> Result<(), EngineError> {
    let _ended = ended.drop_guard();
    Engine::start(means, book, StopCondition::Stopped)?.run(books, stop).await
}

/// One message for each SIGHUP; those that come while one waits are one with it.
fn hangups() -> std::io::Result<mpsc::Receiver<()>> {
    let mut hangup = signal(SignalKind::hangup())?;
    let (tell, told) = mpsc::channel(1);
    tokio::spawn(async move {
        while hangup.recv().await.is_some() && !matches!(tell.try_send(()), Err(mpsc::error::TrySendError::Closed(())))
        {
        }
    });
    Ok(told)
}
