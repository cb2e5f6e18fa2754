//! The codes of an app on a server, which its replicas share, and which replica does the work after their events.

use std::io;

use crate::clock::Clock;
use crate::store::{ServiceLock, Store, Wait as _};
use crate::wecom::suite::{Change, Place};

/// The codes in the store of the app.
pub struct CodesOnServer(pub Store);

impl Place for CodesOnServer {
    fn shown(&self) -> String {
        self.0.address().to_string()
    }

    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        self.0.sealed().wait().map_err(io::Error::other)
    }

    fn change(&self, change: Change) -> io::Result<()> {
        self.0.change_sealed(change).wait().map_err(io::Error::other)
    }
}

/// The lease on the work of the app. A code of an authorisation can be exchanged once only, so one replica does it.
pub struct WorkLease {
    store: Store,
    held: Option<ServiceLock>,
}

impl WorkLease {
    pub fn new(store: Store) -> Self {
        Self { store, held: None }
    }

    /// Whether this replica does the work; takes it over if no other one does.
    pub(super) async fn is_ours(&mut self, clock: &Clock) -> bool {
        if self.held.is_some() && self.store.check_in_place().await.is_err() {
            self.held = None;
        }
        if self.held.is_none() {
            match self.store.acquire_service_lock(clock.now()).await {
                Ok(lock) => self.held = Some(lock),
                Err(error) if error.is_in_use() => {}
                Err(error) => tracing::warn!(%error, "failed to look whether another replica works for the app"),
            }
        }
        self.held.is_some()
    }
}
