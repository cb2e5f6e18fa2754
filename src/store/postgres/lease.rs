//! The lease on a corp: one service works for it at a time.
//!
//! The server issues it, by its own clock, and each transaction that permits requests checks it in the same transaction.
//! So a service that was taken over can commit no `sending` any more, whatever it believes.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::database::Database;
use super::error::at;
use super::problem::ServerProblem;
use crate::store::StoreError;

/// Pause between two renewals. The lease lasts 25 s (`LEASE_TAKE`).
const RENEWAL_INTERVAL: Duration = Duration::from_secs(5);

/// While this value lives, the lease is renewed. Dropping it gives the lease back.
#[derive(Debug)]
pub(in crate::store) struct Lease {
    /// `None` only while it is dropped.
    stop: Option<Sender<()>>,
    renewal: Option<JoinHandle<()>>,
}

impl Lease {
    /// Takes the lease.
    ///
    /// # Errors
    /// [`ServerProblem::InUse`] if another service has it, [`ServerProblem::NoCorp`] if the address is of no corp.
    pub(in crate::store) fn take(database: &mut Database) -> Result<Self, StoreError> {
        let server = Arc::clone(database.server());
        if server.address.corp.is_none() {
            return Err(at(&server.address, ServerProblem::NoCorp));
        }
        let token = i64::from_ne_bytes(fastrand::u64(..).to_ne_bytes());
        let by = format!("{}, process {}", machine(), std::process::id());
        // A token of this process: two stores of one process are two owners.
        let by = format!("{by} ({:04x})", token & 0xffff);
        if let Err(owner) = database.take_lease(token, &by)? {
            return Err(at(&server.address, ServerProblem::InUse { by: owner }));
        }
        let (stop, stopped) = mpsc::channel();
        let own = Database::new(Arc::clone(&server)).map_err(|cause| StoreError::NoThread { cause })?;
        let renewal = std::thread::Builder::new().name("lease".to_owned()).spawn(move || renew(own, token, &stopped));
        let renewal = renewal.map_err(|cause| {
            server.claim.lock().unwrap_or_else(PoisonError::into_inner).take();
            StoreError::NoThread { cause }
        })?;
        Ok(Self { stop: Some(stop), renewal: Some(renewal) })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(renewal) = self.renewal.take() {
            let _ = renewal.join();
        }
    }
}

/// On a connection of its own: a long transaction of the service does not delay it.
fn renew(mut database: Database, token: i64, stopped: &Receiver<()>) {
    while stopped.recv_timeout(RENEWAL_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        if let Err(error) = database.renew_lease(token) {
            tracing::warn!(%error, "the lease was not renewed; trying again");
        }
    }
    database.release_lease(token);
}

fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
