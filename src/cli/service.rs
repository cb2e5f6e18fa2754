//! What `run` and `post` share: the means to post for real.

use std::sync::Arc;

use anyhow::bail;

use crate::clock::Clock;
use crate::engine::{self, Means, Pulse};
use crate::run::{Run, RunId};
use crate::settings::Settings;
use crate::source::Source;
use crate::store::Store;
use crate::wecom::{Network, Transport, WeCom};

/// Puts together what the engine works with, from the settings.
pub(super) fn means(settings: &Settings, source: Source) -> anyhow::Result<Means> {
    let wecom = wecom(settings)?;
    let store = Arc::new(Store::open(&settings.store()?)?);
    let mut engine = engine::Settings { retry_absent: settings.retry_absent(), ..engine::Settings::default() };
    if let Some(window) = settings.settle_window()? {
        engine.settle_window = window;
    }
    if let Some(ahead) = settings.preflight()? {
        engine.preflight = ahead;
    }
    let (clock, source, pulse) = (Clock::System, Arc::new(source), Pulse::default());
    Ok(Means { clock, store, wecom, source, settings: engine, pulse })
}

/// WeCom, as the settings say who calls and where.
pub(super) fn wecom(settings: &Settings) -> anyhow::Result<WeCom> {
    let account = settings.account()?;
    let network = Network::new(&account.wecom_url)?;
    Ok(WeCom::new(account.corp, account.secret, Transport::Network(network), Clock::System))
}

/// The one run of a name; where several corps have it, that of the corp of the settings.
pub(super) fn run_named(store: &Store, name: &str, settings: &Settings) -> anyhow::Result<Run> {
    let id: RunId = name.parse()?;
    let mut found = store.run(&id)?;
    if found.len() > 1
        && let Some(corp) = settings.corp()
    {
        found.retain(|run| run.corp == corp);
    }
    match (found.pop(), found.is_empty()) {
        (Some(run), true) => Ok(run),
        (Some(_), false) => {
            bail!("several corps have a run {id} in this store: set DRUMBEAT_CORP_ID to the one you mean")
        }
        (None, _) => bail!("there is no run {id} in this store: `drumbeat history` lists them"),
    }
}
