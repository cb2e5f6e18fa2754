//! `drumbeat run`: the service.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::error::Result;
use super::log::{self, LogFormat};
use super::startup::Served;
use super::tenant::{self, Prepared, SHUTDOWN_TIMEOUT, runtime, warn_of_renamed_keys};
use super::{BookArg, Exit, StoreArg, background, console, run_corps, service, settings_of_all, signals, startup};
use crate::background::{BackgroundTasks, TaskList};
use crate::clock::Clock;
use crate::settings::{Flags, Settings};
use crate::web::{CorpState, Corps, Monitored};

/// Runs the service: posts what is due, until it is told to stop
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat run campaigns                     with the settings of the environment
  drumbeat --config drumbeat.toml run        with a service file
  drumbeat run --git https://git.example.com/book.git --branch main --every 60s
  drumbeat run campaigns --sandbox           for trials: posts go to the built-in sandbox
  drumbeat run campaigns --log json          log lines for machines

The service follows the book: a change in its directory, or a new commit, takes effect within seconds.
SIGHUP makes it read the book now. With --git, BOOK is its directory inside the repository.
SIGTERM and Ctrl-C stop the service after the requests in progress.
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
    /// Accept force-pushes to the branch
    #[arg(long)]
    allow_force: bool,
    /// Where /metrics, /healthz and /readyz are served, or off [default: 127.0.0.1:9118]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Where the pages are served, on this machine, or off [default: 127.0.0.1:9119]
    #[arg(long, value_name = "ADDRESS")]
    page: Option<String>,
    /// How log lines are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    log: LogFormat,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let sandbox = args.store.sandbox;
    let flags = Flags {
        store: args.store.address(),
        wecom_url: args.wecom_url,
        git: args.git,
        branch: args.branch,
        every: args.every,
        allow_force: args.allow_force,
        listen: args.listen,
        page: args.page,
        ..args.book.into_flags(flags)?
    };
    let all = settings_of_all(flags.clone())?;
    // With `--corp` the service is that of a single corp.
    if all.named_corp().is_none() && !all.corp_names().is_empty() {
        return run_corps::run(all, flags, sandbox, args.log);
    }
    let settings = Arc::new(all.of_selected_corp()?);
    service::refuse_invalid(&settings)?;
    log::start(args.log, &settings.log())?;
    warn_of_renamed_keys(&settings);
    let runtime = runtime()?;
    // Before everything else, so that a signal during the start also stops the service cleanly.
    let stop = runtime.block_on(async { signals::stop_on_signal() })?;
    let ended = runtime.block_on(serve_account(settings, sandbox, stop));
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    ended
}

async fn serve_account(settings: Arc<Settings>, sandbox: bool, stop: CancellationToken) -> Result<Exit> {
    let prepared = tenant::prepare(&settings, sandbox).await?;
    // Before the service may have to wait for another one: probes are answered meanwhile.
    let corps = Corps::account(CorpState::Starting);
    let mut tasks = BackgroundTasks::new(Clock::System, stop.clone());
    let monitored = Monitored { corps: corps.clone(), clock: Clock::System, tasks: tasks.list() };
    let health = background::start(&mut tasks, &settings, monitored).await?;
    let reload = background::reload_on_hangup(&mut tasks)?;
    let (of_process, started) = (tasks.list(), Started { health, reload });
    let serving = serve(&settings, sandbox, prepared, corps, &of_process, started, stop);
    let (served, tasks) = tasks.run_with(serving).await;
    served?;
    tasks?;
    tracing::info!("stopped");
    Ok(Exit::Clean)
}

/// What the process has before it serves the account.
struct Started {
    health: Option<SocketAddr>,
    /// Each SIGHUP.
    reload: mpsc::Receiver<()>,
}

/// Serves the account until `stop`, once no other service does.
async fn serve(
    settings: &Arc<Settings>,
    sandbox: bool,
    prepared: Prepared,
    corps: Corps,
    of_process: &TaskList,
    Started { health, reload }: Started,
    stop: CancellationToken,
) -> Result<()> {
    let tell = |state| corps.set(None, state);
    let Some((tenant, lock)) = prepared.open(settings, sandbox, None, &stop, tell).await? else { return Ok(()) };
    let mut tasks = BackgroundTasks::new(tenant.context().clock.clone(), stop.clone());
    background::start_archive(&mut tasks, tenant.context(), settings.keep()?);
    let pages = console::start(&mut tasks, of_process, &tenant, settings, sandbox).await?;
    tell(tenant::monitor(&tenant, &lock, &tasks));
    let (corp, store) = (tenant.context().wecom.corp().clone(), settings.store()?);
    tracing::info!(%corp, %store, version = env!("CARGO_PKG_VERSION"), "started");
    startup::print(&tenant, settings, Served { health, pages }, sandbox);
    let engine = tenant.start(&mut tasks, reload, stop);
    // The tasks end after the engine, even if it failed, so that notifications about the failure are sent.
    let (engine, tasks) = tasks.run_with(engine).await;
    engine?;
    tasks?;
    Ok(())
}
