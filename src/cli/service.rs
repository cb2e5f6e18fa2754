//! What commands share that work with WeCom, the store and the service's settings.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::error::{Context, Result};
use super::log;
use crate::book::{Corp, Directory, read_directory};
use crate::book_watcher::{BookLocation, Remote};
use crate::clock::Clock;
use crate::engine::{self, EngineContext, EngineStatus};
use crate::git;
use crate::ids::CorpId;
use crate::load::load;
use crate::notify::{Heartbeat, HttpSink};
use crate::ops::{self, CampaignNames};
use crate::post::Names;
use crate::run::Run;
use crate::sandbox::{Company, Sandbox, SandboxConfig, in_process};
use crate::settings::Settings;
use crate::source::Source;
use crate::store::{Address, ServiceLock, Store, StoreError, Wait};
use crate::tenant::TenantConfig;
use crate::text::{Text, UserError};
use crate::wecom::{Network, Transport, WeCom};

/// What the engine of a single command works with.
pub(super) fn engine_context(settings: &Settings, source: Source, sandbox: bool) -> Result<EngineContext> {
    let wecom = if sandbox { self::sandbox() } else { wecom(settings)? };
    let (clock, store) = (wecom.clock().clone(), Store::open(&settings.store()?)?);
    let (source, status) = (Arc::new(source), EngineStatus::default());
    Ok(EngineContext { clock, store, wecom, source, settings: engine_settings(settings)?, status })
}

/// What the service of a corp works with.
pub(super) fn tenant_config(settings: &Settings, sandbox: bool) -> Result<TenantConfig> {
    Ok(TenantConfig {
        // The sandbox accepts a book of any corp.
        corp: if sandbox { Corp::default() } else { corp(settings) },
        book: book_location(settings)?,
        engine: engine_settings(settings)?,
        notify: settings
            .notify_url()?
            .map(HttpSink::new)
            .transpose()
            .context(|| text!(en: "DRUMBEAT_NOTIFY_URL is wrong", zh: "`DRUMBEAT_NOTIFY_URL` 不对"))?,
        daily_summary: settings.daily_summary()?,
        lang: settings.lang_choice(),
        ack_window: settings.confirmation_window()?,
    })
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

/// Logs that the store has lost commits, and which runs may have been sent.
pub(super) fn log_lost_commits(lock: &ServiceLock) {
    let Some(lost) = lock.lost_commits() else { return };
    for run in &lost.doubtful {
        tracing::error!(%run, "the store has lost the outcome of this run; it may have been sent and is in doubt");
    }
    tracing::error!(why = %lost, "the store has lost commits: everything is on hold");
}

/// WeCom, as the settings say who calls and where.
pub(super) fn wecom(settings: &Settings) -> Result<WeCom> {
    let account = settings.account()?;
    let network = Network::new(&account.wecom_url)?;
    Ok(WeCom::new(account.corp, account.secret, Transport::Network(network), Clock::guarded()))
}

/// How a stand-in behaves whose ids no other one has given: a store outlives it, and an id belongs to one run.
pub(super) fn sandbox_config() -> SandboxConfig {
    let seed = Clock::System.now().timestamp_micros().unsigned_abs();
    SandboxConfig { seed, ..SandboxConfig::default() }
}

/// The sandbox as WeCom. It forgets everything when the process ends.
pub(super) fn sandbox() -> WeCom {
    let company = Company::chunfeng();
    let (corp, secret) = (CorpId(company.corp.0.clone()), company.secret.clone());
    let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(company, sandbox_config())));
    tracing::warn!("this posts to a stand-in for WeCom: nobody will see it");
    // The stand-in says the system's time, as WeCom would say the true one.
    WeCom::new(corp, secret, in_process(sandbox, Clock::System), Clock::guarded())
}

/// Who posts, as far as the settings say it: a directory of another corp is found out by it.
pub(super) fn corp(settings: &Settings) -> Corp {
    Corp { id: settings.corp(), ..Corp::default() }
}

/// The book in the commit that a run was posted from, where the followed repository's clone has it, or the repository
/// around the book.
pub(super) fn posted_from(settings: &Settings, run: &Run) -> Option<Source> {
    let commit = run.commit.as_ref()?;
    let followed = || -> Option<Source> {
        let clone = Some(clone_beside(&settings.store().ok()?)).filter(|clone| clone.is_dir())?;
        // Commands that only look are not told where the service's book stands in the repository.
        let path = settings.git().ok()?.map_or_else(|| PathBuf::from(Settings::BOOK), |git| git.path);
        Source::in_clone(&clone, path.to_str()?, commit).ok()
    };
    followed().or_else(|| Source::revision(&settings.book(), commit).ok())
}

/// The names of what a run's ids stand for: from the directory of the commit that it was posted from, or of the book as it
/// is now. None where there is no directory of the run's corp.
pub(super) fn names(settings: &Settings, run: &Run, posted_from: Option<&Source>) -> Names {
    let of = |source: &Source| source.directory_file().map(|file| read_directory(&Arc::new(file)));
    let now = || Source::directory(&settings.book()).ok().as_ref().and_then(of);
    let directory = posted_from.and_then(of).or_else(now);
    let is_its = |directory: &Directory| directory.corp.as_ref().is_some_and(|corp| corp.value == run.corp.0);
    let is_whole = |directory: &Directory| directory.faults.is_empty() && directory.errors.is_empty();
    directory.filter(|it| is_its(it) && is_whole(it)).map(|it| it.names()).unwrap_or_default()
}

/// The names of all campaigns that are known: to the store, and to the book here.
pub(super) fn campaign_names(store: &Store, settings: &Settings) -> std::result::Result<CampaignNames, StoreError> {
    // Where the service follows a book elsewhere, there is none here.
    let loaded = Source::directory(&settings.book()).ok().and_then(|source| load(&source, &corp(settings)).ok());
    ops::known_campaigns(store, loaded.as_ref().map(|loaded| &loaded.verdict)).wait()
}

/// Everything that is wrong with the settings, also with those that are not in use: for `run`, which refuses them, and for
/// `doctor`. Whether there is an account at all is asked elsewhere.
pub(super) fn faults(settings: &Settings) -> Vec<Text> {
    let mut faults: Vec<Text> = settings.faults().iter().map(UserError::with_causes).collect();
    let (wecom_url, origin) = settings.wecom_url();
    faults.extend(Network::new(&wecom_url).err().map(|error| {
        let origin = origin.text();
        text!(en: "{origin}: {error}", zh: "{origin}：{error}", origin = origin, error = error.text())
    }));
    let notify = settings.notify_url().map(|url| url.map(HttpSink::new).transpose());
    faults.extend(match notify {
        Ok(Ok(_)) => None,
        Ok(Err(why)) => Some(
            text!(en: "the address of notifications is wrong: {why}", zh: "通知的地址不对：{why}", why = why.text()),
        ),
        Err(error) => Some(error.with_causes()),
    });
    let heartbeat = settings.heartbeat_url().map(|url| url.map(|url| Heartbeat::new(&url, Duration::from_secs(60))));
    faults.extend(match heartbeat {
        Ok(None | Some(Ok(_))) => None,
        Ok(Some(Err(why))) => {
            Some(text!(en: "the heartbeat's address is wrong: {why}", zh: "心跳的地址不对：{why}", why = why.text()))
        }
        Err(error) => Some(error.with_causes()),
    });
    faults.extend(log::fault(&settings.log()));
    if let Ok(Some(git)) = settings.git() {
        faults.extend(git::Address::parse(git.url.expose()).err().map(|why| why.text()));
    }
    faults
}

/// Refuses settings with a fault.
pub(super) fn judge(settings: &Settings) -> Result<()> {
    let faults = faults(settings);
    if faults.is_empty() { Ok(()) } else { Err(Text::join(&faults, &Text::quoted("\n       ")).into()) }
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

/// Where the clone of a followed repository is kept: beside the store.
pub(super) fn clone_beside(store: &Address) -> PathBuf {
    let Address::Sqlite(path) = store;
    let mut name = path.clone().into_os_string();
    name.push(".book");
    name.into()
}
