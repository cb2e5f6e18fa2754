//! `drumbeat run`: the service.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::log::{self, LogFormat};
use super::{BookArg, Exit, StoreArg, service, settings, signals, watch_over};
use crate::engine::{Engine, Until};
use crate::load::{Loaded, load};
use crate::settings::Flags;
use crate::source::Source;

/// Runs the service: posts what is due, until it is told to stop
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat run campaigns                     with the settings of the environment
  drumbeat --config drumbeat.toml run        with a service file
  drumbeat run campaigns --log json          log lines for machines

SIGHUP reads the book again. SIGTERM and Ctrl-C let requests that are under way end, and stop.
The account comes from DRUMBEAT_CORP_ID and DRUMBEAT_CORP_SECRET_FILE (or DRUMBEAT_CORP_SECRET).")]
pub(super) struct Args {
    #[command(flatten)]
    book: BookArg,
    #[command(flatten)]
    store: StoreArg,
    /// WeCom's address [default: the official host]; plain http only for loopback
    #[arg(long, value_name = "URL")]
    wecom_url: Option<String>,
    /// Where /metrics, /healthz and /readyz are served, or off [default: 127.0.0.1:9118]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// How log lines are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    log: LogFormat,
}

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    let flags = Flags {
        book: args.book.book,
        store: args.store.store,
        wecom_url: args.wecom_url,
        listen: args.listen,
        ..flags
    };
    let settings = settings(flags)?;
    log::start(args.log, &settings.log())?;
    let source = Source::directory(&settings.book())?;
    let loaded = Arc::new(load(&source)?);
    let means = service::means(&settings, source.clone())?;
    // Held until the service ends: a second one on the same store is told so.
    let _sole = means.store.sole()?;

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let stop = signals::stop_on_signal()?;
        let beside = watch_over::begin(&means, &settings, &stop).await?;
        let (books, watching) = watch::channel(Arc::clone(&loaded));
        tokio::spawn(reload_on_hangup(source, books));
        tracing::info!(corp = %means.wecom.corp(), store = %settings.store()?, version = env!("CARGO_PKG_VERSION"), "started");
        Engine::start(means, loaded, Until::Stopped)?.run(watching, stop).await?;
        beside.end().await;
        tracing::info!("stopped");
        Ok(Exit::Clean)
    })
}

/// Reads the book again at each SIGHUP. A book that cannot be read leaves the last one in force.
async fn reload_on_hangup(source: Source, books: watch::Sender<Arc<Loaded>>) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
    while hangup.recv().await.is_some() {
        let source = source.clone();
        match tokio::task::spawn_blocking(move || load(&source)).await {
            Ok(Ok(loaded)) => drop(books.send_replace(Arc::new(loaded))),
            Ok(Err(error)) => tracing::error!(%error, "the book cannot be read; the last one stays in force"),
            Err(error) => tracing::error!(%error, "reading the book failed; the last one stays in force"),
        }
    }
}
