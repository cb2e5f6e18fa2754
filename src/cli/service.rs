//! Shared by the commands that use WeCom, the store and the service's settings.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::error::{CliError, Context, Result};
use super::open_store::open_store;
use super::{SANDBOX_FILE, log};
use crate::book::{Corp, Directory, read_directory};
use crate::book_watcher::{ACTIVE_REF, BookLocation, Remote};
use crate::clock::Clock;
use crate::engine::{self, EngineContext, EngineStatus};
use crate::git;
use crate::ids::{CampaignId, CorpId};
use crate::load::load;
use crate::notify::{Heartbeat, HttpSink};
use crate::nudger::NudgeConfig;
use crate::ops;
use crate::post::Names;
use crate::run::Run;
use crate::sandbox::{Company, Sandbox, SandboxConfig, in_process};
use crate::settings::{CodesPlace, Credential, Settings, SuiteSettings};
use crate::source::Source;
use crate::store::{Address, Store, StoreError, Wait};
use crate::suite_callbacks::CodesOnServer;
use crate::tenant::TenantConfig;
use crate::text::{Text, UserError};
use crate::wecom::suite::{Suite, Vault};
use crate::wecom::{Network, TokenCommand, TokenSource, Transport, WeCom};

/// The context of an engine for a single command.
pub(super) fn engine_context(settings: &Settings, source: Source, sandbox: bool) -> Result<EngineContext> {
    let wecom = if sandbox { self::sandbox() } else { wecom(settings)? };
    let (clock, store) = (wecom.clock().clone(), open_store(settings, sandbox)?);
    let (source, status) = (Arc::new(source), EngineStatus::default());
    Ok(EngineContext { clock, store, wecom, source, settings: engine_settings(settings)?, status })
}

/// The configuration of a corp's service.
pub(super) fn tenant_config(settings: &Settings, sandbox: bool) -> Result<TenantConfig> {
    Ok(TenantConfig {
        corp: corp_in(settings, sandbox),
        book: book_location(settings)?,
        engine: engine_settings(settings)?,
        notify: settings
            .notify_url()?
            .map(HttpSink::new)
            .transpose()
            .context(|| text!(en: "DRUMBEAT_NOTIFY_URL is wrong", zh: "`DRUMBEAT_NOTIFY_URL` 不对"))?,
        daily_summary: settings.daily_summary()?,
        daily_plan: settings.daily_plan()?,
        lang: settings.lang_choice(),
        ack_window: settings.confirmation_window()?,
        results_after: settings.results_after()?,
        results_keep: settings.results_keep()?,
        nudge: nudge_config(settings)?,
    })
}

/// How the service reminds members, if the settings say so.
fn nudge_config(settings: &Settings) -> Result<Option<NudgeConfig>> {
    let (ages, agent) = (settings.nudge_after()?, settings.agent()?);
    let (text, lang) = (settings.nudge_text()?, settings.lang_choice());
    Ok(agent.filter(|_| !ages.is_empty()).map(|agent| NudgeConfig { ages, agent, text, lang }))
}

fn engine_settings(settings: &Settings) -> Result<engine::Settings> {
    let mut engine = engine::Settings { retry_absent: settings.retry_absent(), ..engine::Settings::default() };
    if let Some(window) = settings.settle_window()? {
        engine.settle_window = window;
    }
    if let Some(preflight) = settings.preflight()? {
        engine.preflight = preflight;
    }
    if let Some(limit) = settings.creates_per_minute()? {
        engine.quota.per_minute = limit;
    }
    Ok(engine)
}

/// The client of WeCom with the settings' account and address.
pub(super) fn wecom(settings: &Settings) -> Result<WeCom> {
    wecom_with(settings, None)
}

/// The same; `shared` is the provider's app of the service, whose token all its corps share.
pub(super) fn wecom_with(settings: &Settings, shared: Option<&Suite>) -> Result<WeCom> {
    let account = settings.account()?;
    let network = Network::new(&account.wecom_url)?;
    let source = match account.credential {
        Credential::Secret(secret) => TokenSource::Secret(secret),
        Credential::Command(words) => TokenSource::Command(TokenCommand::of(&words)?),
        Credential::Suite => match (shared, settings.suite()?) {
            (Some(suite), _) => TokenSource::Suite(suite.clone()),
            (None, Some(suite)) => TokenSource::Suite(open_suite(&suite, &account.wecom_url)?),
            (None, None) => unreachable!("the settings refuse a corp of a suite without one"),
        },
    };
    Ok(WeCom::new(account.corp, source, Transport::Network(network), Clock::guarded()))
}

/// The provider's app of the settings, with the permanent codes that it keeps.
pub(super) fn open_suite(suite: &SuiteSettings, wecom_url: &str) -> Result<Suite> {
    let transport = Transport::Network(Network::new(wecom_url)?);
    let vault = match &suite.codes {
        CodesPlace::File(path) => Vault::open(path, &suite.codes_key)?,
        CodesPlace::Server { store, former } => {
            let vault = Vault::at(Box::new(CodesOnServer(Store::open(store)?)), &suite.codes_key)?;
            if let Some(former) = former
                && vault.take_over(former)?
            {
                let file = former.display();
                tracing::info!(%file, "the codes of the app are in the store from now on, and this file is not used any more");
            }
            vault
        }
    };
    Ok(Suite::new(suite.id.clone(), suite.secret.clone(), vault, transport, Clock::guarded()))
}

/// A sandbox configuration with unique ids: a store outlives the sandbox, and an id must belong to one run.
pub(super) fn sandbox_config() -> SandboxConfig {
    let seed = Clock::System.now().timestamp_micros().unsigned_abs();
    SandboxConfig { seed, ..SandboxConfig::default() }
}

/// The sandbox as WeCom. It forgets everything when the process ends.
pub(super) fn sandbox() -> WeCom {
    let company = Company::chunfeng();
    let (corp, secret) = (CorpId(company.corp.0.clone()), company.secret.clone());
    let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(company, sandbox_config())));
    // Unlike WeCom's, the sandbox's time is the system's.
    WeCom::new(corp, secret, in_process(sandbox, Clock::System), Clock::guarded())
}

/// The corp of the settings, if any. It reveals a directory of another corp.
pub(super) fn corp(settings: &Settings) -> Corp {
    // Without `[[corp]]`, a name only selects a directory file.
    let name = settings.corp_name().cloned().or_else(|| settings.named_corp()?.parse().ok());
    Corp { id: settings.corp(), name, ..Corp::default() }
}

/// The corp as a book for the sandbox knows it, which accepts a book of any corp.
pub(super) fn corp_in(settings: &Settings, sandbox: bool) -> Corp {
    let corp = corp(settings);
    if sandbox { Corp { id: None, ..corp } } else { corp }
}

/// The book at the commit that a run was posted from: in the clone of the watched repository, or in the repository
/// around the book.
pub(super) fn posted_from(settings: &Settings, run: &Run) -> Option<Source> {
    let commit = run.commit.as_ref()?;
    followed_at(settings, commit).or_else(|| Source::revision(&settings.book(), commit).ok())
}

/// The names of a run's ids: from the directory at the run's commit, or else in the current book. Empty without a
/// directory of the run's corp.
pub(super) fn names(settings: &Settings, run: &Run, posted_from: Option<&Source>) -> Names {
    let name = corp(settings).name;
    let of = |source: &Source| source.directory_file(name.as_ref()).map(|file| read_directory(&Arc::new(file)));
    let now = || Source::directory(&settings.book()).ok().as_ref().and_then(of);
    let directory = posted_from.and_then(of).or_else(now);
    let is_its = |directory: &Directory| directory.corp.as_ref().is_some_and(|corp| corp.value == run.corp.0);
    let is_whole = |directory: &Directory| directory.parse_errors.is_empty() && directory.errors.is_empty();
    directory.filter(|it| is_its(it) && is_whole(it)).map(|it| it.names()).unwrap_or_default()
}

/// The store of the settings, which must exist: this never creates one.
///
/// # Errors
/// There is no store at the address, or it cannot be opened.
pub(super) fn existing_store(settings: &Settings) -> Result<Store> {
    let address = settings.store()?;
    Store::open_existing(&address).map_err(|error| not_opened(&address, error))
}

/// Why an existing store was not opened.
pub(super) fn not_opened(address: &Address, error: StoreError) -> CliError {
    let is_missing = matches!(error, StoreError::NotThere { .. });
    let error = CliError::from(error);
    let Address::Sqlite(path) = address else { return error };
    let sandbox = path.with_file_name(SANDBOX_FILE);
    // `run --sandbox` may have left one in the same place.
    if !is_missing || sandbox == *path || !sandbox.is_file() {
        return error;
    }
    text!(
        en: "{error}. Posts to the sandbox are in another store: add --sandbox",
        zh: "{error}。发到模拟环境的记录在另一个记录库里：要看的话，请加上 `--sandbox`",
        error = error.text()
    )
    .into()
}

/// The campaign that a person names by id, title or file.
///
/// # Errors
/// No campaign, or more than one, has this name. Without a book only ids are known.
pub(super) fn campaign_named(store: &Store, settings: &Settings, name: &str) -> Result<CampaignId> {
    let loaded = current_book(settings).and_then(|source| load(&source, &corp(settings)).ok());
    let names = ops::known_campaigns(store, loaded.as_ref().map(|loaded| &loaded.result)).wait()?;
    names.find(name).map_err(|error| {
        if loaded.is_some() {
            return error.into();
        }
        let book = settings.book();
        let book = book.display();
        text!(
            en: "{error}; titles are not known, because there is no book at `{book}`: name its directory with --book",
            zh: "{error}；`{book}` 不是活动目录，所以不知道活动的标题：请用 `--book` 写上活动目录的位置",
            error = error.text()
        )
        .into()
    })
}

/// The book of the settings: its directory, or the commit that the service of this store follows.
pub(super) fn current_book(settings: &Settings) -> Option<Source> {
    Source::directory(&settings.book()).ok().or_else(|| followed_at(settings, ACTIVE_REF))
}

/// A commit of the clone beside the store.
fn followed_at(settings: &Settings, commit: &str) -> Option<Source> {
    let clone = Some(clone_beside(&settings.store().ok()?)).filter(|clone| clone.is_dir())?;
    // Read-only commands do not get the book's path in the repository.
    let path = settings.git().ok()?.map_or_else(|| PathBuf::from(Settings::BOOK), |git| git.path);
    Source::in_clone(&clone, path.to_str()?, commit).ok()
}

/// All errors of the settings, including settings that are not in use. `run` refuses them, `doctor` reports them.
/// Whether an account is set is checked elsewhere.
pub(super) fn settings_errors(settings: &Settings) -> Vec<Text> {
    let mut errors: Vec<Text> = settings.errors().iter().map(UserError::with_causes).collect();
    let (wecom_url, origin) = settings.wecom_url();
    errors.extend(Network::new(&wecom_url).err().map(|error| {
        let origin = origin.text();
        text!(en: "{origin}: {error}", zh: "{origin}：{error}", origin = origin, error = error.text())
    }));
    let notify = settings.notify_url().map(|url| url.map(HttpSink::new).transpose());
    errors.extend(match notify {
        Ok(Ok(_)) => None,
        Ok(Err(why)) => Some(
            text!(en: "the address of notifications is wrong: {why}", zh: "通知的地址不对：{why}", why = why.text()),
        ),
        Err(error) => Some(error.with_causes()),
    });
    let heartbeat = settings.heartbeat_url().map(|url| url.map(|url| Heartbeat::new(&url, Duration::from_secs(60))));
    errors.extend(match heartbeat {
        Ok(None | Some(Ok(_))) => None,
        Ok(Some(Err(why))) => {
            Some(text!(en: "the heartbeat's address is wrong: {why}", zh: "心跳的地址不对：{why}", why = why.text()))
        }
        Err(error) => Some(error.with_causes()),
    });
    if matches!(settings.store(), Ok(Address::Postgres(_))) && settings.retry_absent() {
        errors.push(text!(
            en: "retry_absent does not go with a store on a server: a service that was taken over may still send the \
                 first request, and both posts would exist; remove it",
            zh: "记录库在数据库服务器上时不能用 `retry_absent`：被接手的服务可能还会发出第一次请求，同一条就发了两次。请删掉这项设置"
        ));
    }
    errors.extend(log::error(&settings.log()));
    if let Ok(Some(git)) = settings.git() {
        errors.extend(git::Address::parse(git.url.expose()).err().map(|why| why.text()));
    }
    errors
}

/// Returns an error if a setting is invalid.
pub(super) fn refuse_invalid(settings: &Settings) -> Result<()> {
    let errors = settings_errors(settings);
    if errors.is_empty() { Ok(()) } else { Err(Text::join(&errors, &Text::quoted("\n       ")).into()) }
}

/// Where the book is.
pub(super) fn book_location(settings: &Settings) -> Result<BookLocation> {
    let Some(git) = settings.git()? else {
        let (poll, edit_delay) = (settings.poll()?, settings.edit_delay()?);
        return Ok(BookLocation::Directory { book: settings.book(), poll, events: true, edit_delay });
    };
    let Some(path) = git.path.to_str() else {
        fail!(
            en: "the book's path in the repository is not UTF-8",
            zh: "活动目录在仓库里的路径不是 UTF-8 编码"
        )
    };
    Ok(BookLocation::Git(Remote {
        url: git.url,
        branch: git.branch,
        path: path.trim_matches('/').trim_start_matches("./").to_owned(),
        every: git.every,
        alarm_after: git.alarm_after,
        time_limit: git.time_limit,
        allow_force: git.allow_force,
        clone: clone_beside(&settings.store()?),
    }))
}

/// The directory for the clone of a watched repository, beside the store.
pub(super) fn clone_beside(store: &Address) -> PathBuf {
    store.beside(".book")
}
