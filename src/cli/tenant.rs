//! Opens what the service of one corp needs, for a single account and for each of several.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::error::Result;
use super::open_store::open_store;
use super::{book, service};
use crate::background::BackgroundTasks;
use crate::clock::Clock;
use crate::ops;
use crate::settings::Settings;
use crate::store::{ServiceLock, Store, StoreError};
use crate::tenant::Tenant;
use crate::text::UserError as _;
use crate::web::{CorpState, Standby, WebState};
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

/// The store of one corp, open, and its lock if no other service has it.
pub(super) struct Prepared {
    store: Store,
    lock: std::result::Result<ServiceLock, StoreError>,
}

/// Opens the store of one corp and tries to lock it. On a server, another service may have it.
///
/// # Errors
/// A setting is invalid, or the store or the book cannot be opened, or another service has a store that is a file.
pub(super) async fn prepare(settings: &Arc<Settings>, sandbox: bool) -> Result<Prepared> {
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
    let lock = store.acquire_service_lock(Clock::System.now()).await;
    match lock {
        Err(error) if error.owner().is_none() => Err(error.into()),
        lock => Ok(Prepared { store, lock }),
    }
}

impl Prepared {
    /// Opens what the service of one corp needs, once no other service has its store; tells when it waits, and when it no
    /// longer does. `None`: it was told to stop.
    ///
    /// # Errors
    /// A setting is invalid, or the book cannot be opened.
    pub(super) async fn open(
        self,
        settings: &Arc<Settings>,
        sandbox: bool,
        suite: Option<&Suite>,
        stop: &CancellationToken,
        tell: impl Fn(CorpState) + Sync,
    ) -> Result<Option<(Tenant, ServiceLock)>> {
        let Self { store, lock } = self;
        // Held until the service ends, so that a second service on the same store does nothing.
        let Some(lock) = wait(&store, lock, stop, &tell).await? else { return Ok(None) };
        tell(CorpState::Starting);
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
}

/// The lock of a store, once the other service that has it has ended. `None`: it was told to stop. A server that cannot be
/// reached meanwhile ends no service that waits.
///
/// # Errors
/// The store cannot be used any more, such as after its history was moved.
async fn wait(
    store: &Store,
    first: std::result::Result<ServiceLock, StoreError>,
    stop: &CancellationToken,
    tell: &(impl Fn(CorpState) + Sync),
) -> Result<Option<ServiceLock>> {
    let (mut looked, mut standby, mut is_told) = (first, Standby::default(), false);
    loop {
        let now = match looked {
            Ok(lock) => return Ok(Some(lock)),
            Err(error) => match error.owner() {
                Some(owner) => {
                    if !std::mem::replace(&mut is_told, true) {
                        let owner = &owner.name;
                        tracing::info!(%owner, "waiting: another service works; this service begins when the other one ends");
                    }
                    Standby { owner: owner.name.clone(), is_ready: owner.is_ready, trouble: None }
                }
                None if !error.is_temporary() => return Err(error.into()),
                None => {
                    if standby.trouble.is_none() {
                        tracing::warn!(%error, "failed to look whether the other service works; trying again");
                    }
                    Standby { is_ready: false, trouble: Some(error.text()), ..standby.clone() }
                }
            },
        };
        if now != standby {
            standby = now;
            tell(CorpState::Waiting(standby.clone()));
        }
        tokio::select! {
            () = tokio::time::sleep(TAKEOVER_INTERVAL) => {}
            () = stop.cancelled() => return Ok(None),
        }
        looked = store.acquire_service_lock(Clock::System.now()).await;
    }
}

/// What is monitored of a tenant that works, also by the services that wait for this one.
pub(super) fn monitor(tenant: &Tenant, lock: &ServiceLock, tasks: &BackgroundTasks) -> CorpState {
    let state = WebState { dropped: tenant.dropped(), tasks: tasks.list(), ..WebState::of(tenant.context()) };
    let of_lease = state.clone();
    lock.report_readiness(move || of_lease.trouble().is_none());
    CorpState::Running(state)
}
