//! `drumbeat run` for several corps: the service of each, side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::error::Result;
use super::log::{self, LogFormat};
use super::tenant::{self, SHUTDOWN_TIMEOUT};
use super::{Exit, background, console, output, service, signals};
use crate::background::{BackgroundTasks, Task};
use crate::clock::Clock;
use crate::ids::CorpName;
use crate::invocation::command;
use crate::notify::{HttpSink, Notification, Severity};
use crate::secret::Secret;
use crate::settings::{Credential, Flags, Settings};
use crate::supervisor::{self, Change, Service, Start};
use crate::text::{Lang, StaticText, Text, UserError as _};
use crate::web::{CorpState, Corps, Monitored};

/// The settings of a corp, and its secrets as they were when the service file was read.
#[derive(Clone)]
struct CorpConfig {
    settings: Arc<Settings>,
    secrets: (Option<Credential>, Option<Secret>),
}

impl CorpConfig {
    fn new(settings: Settings) -> Self {
        let credential = settings.account().ok().map(|account| account.credential);
        let secrets = (credential, settings.notify_url().ok().flatten());
        Self { settings: Arc::new(settings), secrets }
    }
}

type Configs = BTreeMap<CorpName, CorpConfig>;

/// Runs the service of every corp of the settings, until it is told to stop.
///
/// # Errors
/// A setting of the process is invalid. One of a corp keeps only this corp from starting.
pub(super) fn run(all: Settings, flags: Flags, sandbox: bool, format: LogFormat) -> Result<Exit> {
    service::refuse_invalid(&all)?;
    log::start(format, &all.log())?;
    tenant::warn_of_renamed_keys(&all);
    let runtime = tenant::runtime()?;
    let stop = runtime.block_on(async { signals::stop_on_signal() })?;
    let ended = runtime.block_on(serve(&all, flags, sandbox, stop));
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    ended
}

async fn serve(all: &Settings, flags: Flags, sandbox: bool, stop: CancellationToken) -> Result<Exit> {
    let (corps, clock) = (Corps::default(), Clock::System);
    let mut tasks = BackgroundTasks::new(clock.clone(), stop.clone());
    let monitored = Monitored::Corps { corps: corps.clone(), clock, tasks: tasks.list() };
    let health = background::start(&mut tasks, all, monitored).await?;
    let changes = reload_on_hangup(&mut tasks, flags)?;
    let configs = configs(all)?;
    let count = configs.len();
    tracing::info!(corps = count, version = env!("CARGO_PKG_VERSION"), "started");
    if output::can_ask() {
        output::print_info(text!(
            en: "Drumbeat is running for {count} corps; history: {history}; stop with Ctrl-C",
            zh: "Drumbeat 已启动，共 {count} 家企业；发表记录：{history}；按 Ctrl-C 停止",
            history = command("history --days 7")
        ));
        if let Some(address) = health {
            output::print_info(text!(
                en: "  health: http://{address}/readyz",
                zh: "  运行状态：http://{address}/readyz"
            ));
        }
    }
    let service = Arc::new(CorpService { corps: corps.clone(), sandbox });
    let ((), tasks) = tasks.run_with(supervisor::run(service, corps, configs, changes, stop)).await;
    tasks?;
    tracing::info!("stopped");
    Ok(Exit::Clean)
}

/// The settings of each corp.
fn configs(all: &Settings) -> Result<Configs> {
    let of = |name: CorpName| Ok((name.clone(), CorpConfig::new(all.of_corp(&name)?)));
    all.corp_names().into_iter().map(of).collect()
}

/// Starts the task that reads the service file again on SIGHUP. A file with an error changes nothing.
fn reload_on_hangup(tasks: &mut BackgroundTasks, flags: Flags) -> std::io::Result<mpsc::Receiver<Change<CorpConfig>>> {
    let mut hangup = signal(SignalKind::hangup())?;
    let (sender, changes) = mpsc::channel(1);
    let task = Task {
        name: "reload_signal",
        purpose: StaticText {
            en: "reads the service file and the books again on SIGHUP",
            zh: "收到 SIGHUP 时重新读取服务配置文件和各活动目录",
        },
        period: None,
    };
    tasks.start(task, |report, stop| async move {
        while let Some(Some(())) = stop.run_until_cancelled(hangup.recv()).await {
            let read = read_again(flags.clone());
            report.pass(read.is_ok());
            let change = read.unwrap_or_else(|why| {
                tracing::error!(
                    error = why.get(Lang::En),
                    "failed to reload the service file: the corps stay as they are"
                );
                Change::Books
            });
            if sender.send(change).await.is_err() {
                break;
            }
        }
        stop.cancelled().await;
    });
    Ok(changes)
}

fn read_again(flags: Flags) -> std::result::Result<Change<CorpConfig>, Text> {
    let all = Settings::new(flags).map_err(|error| error.with_causes())?;
    if all.corp_names().is_empty() {
        return Err(text!(
            en: "there is no [[corp]] in it any more: restart the service for a single account",
            zh: "里面已经没有 `[[corp]]`：要改成单个账号，请重启服务"
        ));
    }
    let errors = service::settings_errors(&all);
    if !errors.is_empty() {
        return Err(Text::join(&errors, &Text::quoted("; ")));
    }
    configs(&all).map(Change::Corps).map_err(super::error::CliError::into_text)
}

/// The service of one corp, as the supervisor starts it.
struct CorpService {
    corps: Corps,
    sandbox: bool,
}

impl Service for CorpService {
    type Config = CorpConfig;

    fn is_same(&self, one: &CorpConfig, other: &CorpConfig) -> bool {
        one.settings.is_same_corp(&other.settings) && one.secrets == other.secrets
    }

    async fn serve(&self, start: Start<CorpConfig>) -> std::result::Result<(), Text> {
        self.serve_corp(start).await.map_err(super::error::CliError::into_text)
    }

    async fn tell(&self, CorpConfig { settings, .. }: &CorpConfig, why: &Text) -> bool {
        let Ok(Some(url)) = settings.notify_url() else { return true };
        let Ok(sink) = HttpSink::new(url) else { return true };
        let name = settings.corp_name().map_or_else(String::new, ToString::to_string);
        let notification = Notification {
            event: "corp_failed",
            severity: Severity::Alarm,
            at: Clock::System.now(),
            headline: text!(
                en: "Nothing is posted for the corp `{name}`: its service is not running",
                zh: "企业 `{name}` 的朋友圈现在不会发表：它的服务没有在运行"
            ),
            detail: Some(text!(
                en: "{why}. It is tried again every minute; `{doctor}` checks everything",
                zh: "{why}。每分钟会再试一次；`{doctor}` 可以全面检查",
                why = why,
                doctor = command("doctor")
            )),
            owner: None,
            campaign: None,
            run: None,
            lang: settings.lang(None),
        };
        match sink.deliver(&[notification]).await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, "failed to notify people of a corp that is not served");
                false
            }
        }
    }
}

impl CorpService {
    async fn serve_corp(&self, start: Start<CorpConfig>) -> Result<()> {
        let Start { name, config: CorpConfig { settings, .. }, reload, stop } = start;
        service::refuse_invalid(&settings)?;
        let Some((tenant, _lock)) = tenant::open(&settings, self.sandbox, &stop).await? else { return Ok(()) };
        let mut tasks = BackgroundTasks::new(tenant.context().clock.clone(), stop.clone());
        background::start_archive(&mut tasks, tenant.context(), settings.keep()?);
        console::start(&mut tasks, &tenant, &settings, self.sandbox).await?;
        self.corps.set(&name, CorpState::Running(background::web_state(&tenant, &tasks)));
        let (corp, store) = (tenant.context().wecom.corp().clone(), settings.store()?);
        tracing::info!(%corp, %store, "the corp is served");
        let engine = tenant.start(&mut tasks, reload, stop);
        let (engine, tasks) = tasks.run_with(engine).await;
        engine?;
        tasks?;
        Ok(())
    }
}
