//! The lease on a corp: one service works for it at a time.
//!
//! The server issues it, by its own clock, and each transaction that permits requests checks it in the same transaction.
//! So a service that was taken over can commit no `sending` any more, whatever it believes.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::task::JoinSet;

use super::database::Database;
use super::error::at;
use super::problem::ServerProblem;
use super::server::Server;
use super::simulated::SimulatedNetwork;
use crate::store::StoreError;

/// Pause between two renewals. The lease lasts 25 s (`LEASE_TAKE`).
const RENEWAL_INTERVAL: Duration = Duration::from_secs(5);

/// While this value lives, the lease is renewed. Dropping it gives the lease back.
#[derive(Debug)]
pub(in crate::store) enum Lease {
    /// Both are `None` only while it is dropped.
    Thread { stop: Option<Sender<()>>, renewal: Option<JoinHandle<()>> },
    /// In virtual time.
    Task { _renewal: JoinSet<()>, server: Arc<Server>, token: i64 },
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
        let own = Database::new(Arc::clone(&server)).map_err(|cause| StoreError::NoThread { cause })?;
        if let Some(path) = &server.simulated {
            let (mut renewal, network) = (JoinSet::new(), Arc::clone(&path.network));
            renewal.spawn(renew_in_virtual_time(own, network, token));
            return Ok(Self::Task { _renewal: renewal, server, token });
        }
        let (stop, stopped) = mpsc::channel();
        let renewal = std::thread::Builder::new().name("lease".to_owned()).spawn(move || renew(own, token, &stopped));
        let renewal = renewal.map_err(|cause| {
            server.claim.lock().unwrap_or_else(PoisonError::into_inner).take();
            StoreError::NoThread { cause }
        })?;
        Ok(Self::Thread { stop: Some(stop), renewal: Some(renewal) })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        match self {
            Self::Thread { stop, renewal } => {
                drop(stop.take());
                if let Some(renewal) = renewal.take() {
                    let _ = renewal.join();
                }
            }
            Self::Task { server, token, .. } => {
                if let Ok(mut database) = Database::new(Arc::clone(server)) {
                    database.release_lease(*token);
                }
            }
        }
    }
}

/// On a connection of its own: a long transaction of the service does not delay it.
fn renew(mut database: Database, token: i64, stopped: &Receiver<()>) {
    while stopped.recv_timeout(RENEWAL_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        renew_once(&mut database, token);
    }
    database.release_lease(token);
}

async fn renew_in_virtual_time(mut database: Database, network: Arc<dyn SimulatedNetwork>, token: i64) {
    loop {
        tokio::time::sleep(RENEWAL_INTERVAL).await;
        network.pause().await;
        renew_once(&mut database, token);
    }
}

fn renew_once(database: &mut Database, token: i64) {
    if let Err(error) = database.renew_lease(token) {
        tracing::warn!(%error, "the lease was not renewed; trying again");
    }
}

fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
