//! `drumbeat run` for several corps: the service of each, side by side.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::error::Result;
use super::log::{self, LogFormat};
use super::tenant::{self, SHUTDOWN_TIMEOUT};
use super::{Exit, background, console, output, service, signals};
use crate::background::{BackgroundTasks, Task, TaskList};
use crate::clock::Clock;
use crate::duration;
use crate::ids::{CorpId, CorpName};
use crate::invocation::command;
use crate::limits::BEIJING;
use crate::notify::{HttpSink, Notification, Severity};
use crate::secret::Secret;
use crate::settings::{CodesPlace, Credential, Flags, Settings};
use crate::store::{Address, Store};
use crate::suite_callbacks::{Callbacks, SuiteWork, WorkLease};
use crate::supervisor::{self, Change, Service, Start};
use crate::text::{Lang, StaticText, Text, UserError as _};
use crate::web::{CorpState, Corps, Limits, Monitored};
use crate::wecom::suite::{Authorisation, CallbackKeys, Codes, Suite};

/// How often a server that is away is tried again.
const SERVER_INTERVAL: Duration = Duration::from_secs(2);

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
    let monitored = Monitored { corps: corps.clone(), clock, tasks: tasks.list() };
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
    let tell = |state: CorpState| configs.keys().for_each(|name| corps.set(Some(name), state.clone()));
    tell(CorpState::Starting);
    let suite = if sandbox { None } else { start_suite(&mut tasks, all, &stop, tell).await? };
    let service = Arc::new(CorpService { corps: corps.clone(), tasks: tasks.list(), sandbox, suite });
    let ((), tasks) = tasks.run_with(supervisor::run(service, corps, configs, changes, stop)).await;
    tasks?;
    tracing::info!("stopped");
    Ok(Exit::Clean)
}

/// A provider's app in the service.
struct RunningSuite {
    suite: Suite,
    /// Its codes are on a server, for all replicas.
    is_shared: bool,
    kept: watch::Receiver<u64>,
    keep_cancelled: Duration,
}

/// Starts the callbacks of a provider's app and their work, if the service file has one. `None` also if the service was told
/// to stop before.
///
/// # Errors
/// Its settings are invalid, the file of its codes cannot be opened, or its address cannot be bound.
async fn start_suite(
    tasks: &mut BackgroundTasks,
    all: &Settings,
    stop: &CancellationToken,
    tell: impl Fn(CorpState),
) -> Result<Option<RunningSuite>> {
    let Some(settings) = all.suite()? else { return Ok(None) };
    let lease = match &settings.codes {
        CodesPlace::File(_) => None,
        CodesPlace::Server { store, .. } => match reachable(store, stop, tell).await? {
            Some(store) => Some(WorkLease::new(store)),
            None => return Ok(None),
        },
    };
    let (of, url) = (settings.clone(), all.wecom_url().0);
    let opened = tokio::task::spawn_blocking(move || service::open_suite(&of, &url)).await;
    let suite = opened.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))?;
    let is_shared = lease.is_some();
    let Some(keys) = CallbackKeys::new(settings.token.clone(), &settings.encoding_aes_key) else {
        fail!(
            en: "`suite.callback_aes_key_file` has no EncodingAESKey: 43 letters and digits",
            zh: "`suite.callback_aes_key_file` 里不是 EncodingAESKey：应该是 43 个字母和数字"
        )
    };
    let callbacks = Callbacks::new(suite.clone(), keys, settings.provider.clone());
    let other = text!(en: "choose another address in `suite.listen`", zh: "请在 `suite.listen` 里换一个地址");
    if let Some(listener) = background::bound(settings.listen, &other, "callbacks are not served").await? {
        tracing::info!(address = %listener.local_addr()?, "callbacks of the suite are served");
        let (callbacks, limits) = (callbacks.clone(), Limits::default());
        let purpose = StaticText { en: "answers the callbacks of the suite", zh: "接收第三方应用的回调" };
        let task = Task { name: "suite_callbacks", purpose, period: None };
        tasks.start(task, |_, stop| callbacks.serve(listener, limits, stop));
    }
    let keep_cancelled = settings.keep_cancelled;
    let work = SuiteWork { suite: suite.clone(), kept: callbacks.kept().clone(), keep_cancelled, lease };
    let purpose = StaticText {
        en: "exchanges codes of authorisations, and removes data of corps that withdrew",
        zh: "换取永久授权码，清理取消授权的企业的数据",
    };
    let task = Task { name: "suite_work", purpose, period: None };
    tasks.start(task, |report, stop| work.run(report, stop));
    Ok(Some(RunningSuite { suite, is_shared, kept: callbacks.kept().subscribe(), keep_cancelled }))
}

/// A store on a server, once it answers: a server that is away for a while ends no service. `None`: the service was told to
/// stop.
async fn reachable(address: &Address, stop: &CancellationToken, tell: impl Fn(CorpState)) -> Result<Option<Store>> {
    let mut is_told = false;
    loop {
        let address = address.clone();
        let opened = tokio::select! {
            opened = tokio::task::spawn_blocking(move || Store::open(&address)) => opened,
            () = stop.cancelled() => return Ok(None),
        };
        match opened.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic())) {
            Ok(store) => return Ok(Some(store)),
            Err(error) if !error.is_temporary() => return Err(error.into()),
            Err(error) => {
                if !std::mem::replace(&mut is_told, true) {
                    tracing::error!(%error, "the codes of the app cannot be read, so no corp is served; trying again");
                    tell(CorpState::Failed(error.text()));
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(SERVER_INTERVAL) => {}
            () = stop.cancelled() => return Ok(None),
        }
    }
}

impl RunningSuite {
    /// Keeps where the data of a corp are, so that they can be removed even if the service file no longer names it.
    async fn note_store(&self, corp: &CorpId, store: &Address) -> Result<()> {
        let (corp, store) = (corp.clone(), store.clone().absolute());
        if self.is_shared && matches!(store, Address::Sqlite(_)) {
            fail!(
                en: "the codes of the app are on a server, so the store of its corps must be on one too",
                zh: "第三方应用的授权码在数据库服务器上，这家企业的记录库也必须在数据库服务器上"
            )
        }
        let note = move |codes: &mut Codes| {
            let entry = codes.corps.entry(corp).or_default();
            match store {
                Address::Sqlite(path) => entry.stores.insert(path),
                Address::Postgres(address) => entry.servers.insert(address.to_string()),
            }
        };
        self.suite.change(note).await?;
        Ok(())
    }

    /// Why the corp cannot be served, if it has not authorised the app.
    async fn refusal(&self, corp: &CorpId) -> Option<Text> {
        let (suite, of, keep) = (self.suite.clone(), corp.clone(), duration::text(self.keep_cancelled));
        match tokio::task::spawn_blocking(move || suite.authorisation(&of)).await {
            Ok(Ok(Authorisation::Given)) => None,
            Ok(Ok(Authorisation::None)) => Some(text!(
                en: "the corp has not authorised the provider's app yet",
                zh: "这家企业还没有授权第三方应用"
            )),
            Ok(Ok(Authorisation::Cancelled(at))) => Some(text!(
                en: "the corp withdrew its authorisation on {at}; its data are removed {keep} after that",
                zh: "这家企业已在 {at} 取消授权；再过 {keep}会清理它的数据",
                at = Text::quoted(at.with_timezone(&BEIJING).format("%Y-%m-%d %H:%M").to_string()), keep = keep
            )),
            Ok(Err(error)) => Some(error.with_causes()),
            Err(panicked) => Some(Text::quoted(panicked.to_string())),
        }
    }

    /// Ends when the corp withdraws its authorisation.
    async fn withdrawal(&self, corp: &CorpId) -> Text {
        let mut kept = self.kept.clone();
        while kept.changed().await.is_ok() {
            if let Some(why) = self.refusal(corp).await {
                return why;
            }
        }
        std::future::pending().await
    }
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
    /// The tasks of the process.
    tasks: TaskList,
    sandbox: bool,
    suite: Option<RunningSuite>,
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
        let account = if self.sandbox { None } else { Some(settings.account()?) };
        let of_suite = account.filter(|it| it.credential == Credential::Suite).map(|it| it.corp);
        let suite = self.suite.as_ref().zip(of_suite.as_ref());
        if let Some((suite, corp)) = suite {
            if let Some(why) = suite.refusal(corp).await {
                return Err(why.into());
            }
            suite.note_store(corp, &settings.store()?).await?;
        }
        let shared = self.suite.as_ref().map(|it| &it.suite);
        let prepared = tenant::prepare(&settings, self.sandbox).await?;
        let tell = |state| self.corps.set(Some(&name), state);
        let Some((tenant, lock)) = prepared.open(&settings, self.sandbox, shared, &stop, tell).await? else {
            return Ok(());
        };
        // It may have withdrawn while this service waited for another one: its data must not begin again.
        if let Some((suite, corp)) = suite
            && let Some(why) = suite.refusal(corp).await
        {
            return Err(why.into());
        }
        let mut tasks = BackgroundTasks::new(tenant.context().clock.clone(), stop.clone());
        background::start_archive(&mut tasks, tenant.context(), settings.keep()?);
        console::start(&mut tasks, &self.tasks, &tenant, &settings, self.sandbox).await?;
        tell(tenant::monitor(&tenant, &lock, &tasks));
        let (corp, store) = (tenant.context().wecom.corp().clone(), settings.store()?);
        tracing::info!(%corp, %store, "the corp is served");
        let engine = tenant.start(&mut tasks, reload, stop.clone());
        let serving = tasks.run_with(engine);
        let mut serving = std::pin::pin!(serving);
        let withdrawn = async {
            match suite {
                Some((suite, corp)) => suite.withdrawal(corp).await,
                None => std::future::pending().await,
            }
        };
        let (engine, tasks) = tokio::select! {
            ended = &mut serving => ended,
            why = withdrawn => {
                stop.cancel();
                let _ = serving.await;
                return Err(why.into());
            }
        };
        engine?;
        tasks?;
        Ok(())
    }
}
