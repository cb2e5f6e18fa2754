//! The lease on a corp: one service works for it at a time.
//!
//! The server issues it, by its own clock, and each transaction that permits requests checks it in the same transaction.
//! So a service that was taken over can commit no `sending` any more, whatever it believes.

use std::sync::{Arc, PoisonError};

use tokio::task::JoinSet;

use super::database::Database;
use super::error::at;
use super::problem::{Owner, ServerProblem};
use super::renewals::{RENEWAL_INTERVAL, Renewals};
use super::server::{Readiness, Server};
use super::taken;
use crate::store::StoreError;
use crate::store::simulated::SimulatedNetwork;

/// While this value lives, the lease is renewed. Dropping it gives the lease back.
#[derive(Debug)]
pub(in crate::store) enum Lease {
    Renewed {
        renewals: Arc<Renewals>,
        server: Arc<Server>,
        token: i64,
    },
    /// In virtual time.
    Task {
        _renewal: JoinSet<()>,
        server: Arc<Server>,
        token: i64,
    },
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
        if let Some(owner) = taken::by_other(database)? {
            return Err(at(&server.address, ServerProblem::InUse(owner)));
        }
        let token = i64::from_ne_bytes(fastrand::u64(..).to_ne_bytes());
        let by = format!("{}, process {}", machine(), std::process::id());
        // A token of this process: two stores of one process are two owners.
        let by = format!("{by} ({:04x})", token & 0xffff);
        if let Err(owner) = database.take_lease(token, &by)? {
            return Err(at(&server.address, ServerProblem::InUse(Owner { name: owner, is_ready: false })));
        }
        if let Some(path) = &server.simulated {
            let own = Database::new(Arc::clone(&server)).map_err(|cause| StoreError::NoThread { cause })?;
            let (mut renewal, network) = (JoinSet::new(), Arc::clone(&path.network));
            renewal.spawn(renew_in_virtual_time(own, network, token));
            return Ok(Self::Task { _renewal: renewal, server, token });
        }
        let renewals = Renewals::of(&server).map_err(|cause| {
            server.claim.lock().unwrap_or_else(PoisonError::into_inner).take();
            StoreError::NoThread { cause }
        })?;
        renewals.add(token, Arc::clone(&server));
        Ok(Self::Renewed { renewals, server, token })
    }

    /// What the renewals tell of this service from now on.
    pub(in crate::store) fn report_readiness(&self, readiness: Readiness) {
        let (Self::Renewed { server, .. } | Self::Task { server, .. }) = self;
        *server.readiness.lock().unwrap_or_else(PoisonError::into_inner) = Some(readiness);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        match self {
            Self::Renewed { renewals, server, token } => {
                server.readiness.lock().unwrap_or_else(PoisonError::into_inner).take();
                renewals.release(*token);
            }
            Self::Task { server, token, .. } => {
                if let Ok(mut database) = Database::new(Arc::clone(server)) {
                    database.release_lease(*token);
                }
            }
        }
    }
}

async fn renew_in_virtual_time(mut database: Database, network: Arc<dyn SimulatedNetwork>, token: i64) {
    loop {
        tokio::time::sleep(RENEWAL_INTERVAL).await;
        network.pause().await;
        if let Err(error) = database.renew_lease(token) {
            tracing::warn!(%error, "the lease was not renewed; trying again");
        }
    }
}

fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
