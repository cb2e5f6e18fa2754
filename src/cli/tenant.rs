//! Opens what the service of one corp needs, for a single account and for each of several.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::error::Result;
use super::open_store::open_store;
use super::{book, service};
use crate::clock::Clock;
use crate::ops;
use crate::settings::Settings;
use crate::store::{ServiceLock, Store};
use crate::tenant::Tenant;
use crate::wecom::suite::Suite;

/// How long blocking work, such as a read from a disk that does not answer, may delay the exit.
pub(super) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// How often a waiting service looks whether the other one has ended.
const TAKEOVER_INTERVAL: Duration = Duration::from_secs(2);

pub(super) fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}

pub(super) fn warn_of_renamed_keys(settings: &Settings) {
    for (former, now) in settings.renamed_keys() {
        tracing::warn!(former, now, "a key of the service file has a new name; the former one is still accepted");
    }
}

/// The lock of a store. On a server, waits until no other service has it; `None`: it was told to stop.
async fn lock(store: &Store, stop: &CancellationToken) -> Result<Option<ServiceLock>> {
    let mut is_told = false;
    loop {
        match store.acquire_service_lock(Clock::System.now()).await {
            Err(error) if error.is_in_use() && store.path().is_none() => {
                if !std::mem::replace(&mut is_told, true) {
                    tracing::info!(%error, "waiting: this service begins when the other one ends");
                }
            }
            lock => return Ok(Some(lock?)),
        }
        tokio::select! {
            () = tokio::time::sleep(TAKEOVER_INTERVAL) => {}
            () = stop.cancelled() => return Ok(None),
        }
    }
}

/// Opens what the service of one corp needs. `None`: it was told to stop.
///
/// # Errors
/// A setting is invalid, or the store or the book cannot be opened.
pub(super) async fn open(
    settings: &Arc<Settings>,
    sandbox: bool,
    suite: Option<&Suite>,
    stop: &CancellationToken,
) -> Result<Option<(Tenant, ServiceLock)>> {
    let of_book = Arc::clone(settings);
    // A disk that hangs keeps only this corp waiting.
    let opened = tokio::task::spawn_blocking(move || -> Result<Store> {
        let store = open_store(&of_book, sandbox)?;
        if of_book.git()?.is_none() {
            book::open(&of_book)?;
        }
        Ok(store)
    });
    let store = opened.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))?;
    // Held until the service ends, so that a second service on the same store does nothing.
    let Some(lock) = lock(&store, stop).await? else { return Ok(None) };
    ops::log_lost_commits(&lock);
    let config = service::tenant_config(settings, sandbox)?;
    if sandbox {
        tracing::warn!("posts go to the sandbox: no customer sees them");
    }
    let wecom = if sandbox { service::sandbox() } else { service::wecom_with(settings, suite)? };
    tokio::select! {
        opened = Tenant::open(config, wecom, store) => Ok(Some((opened?, lock))),
        () = stop.cancelled() => Ok(None),
    }
}
