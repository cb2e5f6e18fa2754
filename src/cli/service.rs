//! What `run` and `post` share: the means to post for real.

use std::sync::Arc;

use crate::clock::Clock;
use crate::engine::{self, Means};
use crate::settings::Settings;
use crate::source::Source;
use crate::store::Store;
use crate::wecom::{Network, Transport, WeCom};

/// Puts together what the engine works with, from the settings.
pub(super) fn means(settings: &Settings, source: Source) -> anyhow::Result<Means> {
    let account = settings.account()?;
    let network = Network::new(&account.wecom_url)?;
    let store = Arc::new(Store::open(&settings.store()?)?);
    let clock = Clock::System;
    let wecom = WeCom::new(account.corp, account.secret, Transport::Network(network), clock.clone());
    let mut engine = engine::Settings { retry_absent: settings.retry_absent(), ..engine::Settings::default() };
    if let Some(window) = settings.settle_window()? {
        engine.settle_window = window;
    }
    if let Some(ahead) = settings.preflight()? {
        engine.preflight = ahead;
    }
    Ok(Means { clock, store, wecom, source: Arc::new(source), settings: engine })
}
