//! The lease on a corp: one service works for it at a time.
//!
//! The server issues it, by its own clock, and each transaction that permits requests checks it in the same transaction.
//! So a service that was taken over can commit no `sending` any more, whatever it believes.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use chrono::{DateTime, Utc};
use tokio::task::JoinSet;

use super::claim::{Claim, Comparison};
use super::database::Database;
use super::error::at;
use super::problem::{Owner, ServerProblem};
use super::renewals::{RENEWAL_INTERVAL, Renewals};
use super::send_log::SendLog;
use super::server::{Readiness, Server};
use super::taken;
use crate::store::simulated::SimulatedNetwork;
use crate::store::{LostCommits, Operation, StoreError};

/// How often the first comparison is tried.
const COMPARE_TRIES: usize = 3;

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
    /// Takes the lease, and compares the list of this machine with the server.
    ///
    /// # Errors
    /// [`ServerProblem::InUse`] if another service has it, [`ServerProblem::NoCorp`] if the address is of no corp.
    pub(in crate::store) fn take(
        database: &mut Database,
        compare: Comparison,
        now: DateTime<Utc>,
    ) -> Result<(Self, Option<LostCommits>), StoreError> {
        let server = Arc::clone(database.server());
        if server.address.corp.is_none() {
            return Err(at(&server.address, ServerProblem::NoCorp));
        }
        // Tried once by a service that waits, too: it could not take over without the list.
        let tried = if server.has_send_log.load(Ordering::Relaxed) { None } else { Some(send_log(&server)?) };
        server.has_send_log.store(true, Ordering::Relaxed);
        if let Some(owner) = taken::by_other(database)? {
            return Err(at(&server.address, ServerProblem::InUse(owner)));
        }
        let log = tried.map_or_else(|| send_log(&server), Ok)?;
        let token = i64::from_ne_bytes(fastrand::u64(..).to_ne_bytes());
        let by = format!("{}, process {}", machine(), std::process::id());
        // A token of this process: two stores of one process are two owners.
        let by = format!("{by} ({:04x})", token & 0xffff);
        if let Err(owner) = database.take_lease(token, &by)? {
            return Err(at(&server.address, ServerProblem::InUse(Owner { name: owner, is_ready: false })));
        }
        *server.claim() = Some(Claim::new(token, log, compare, now));
        if let Some(path) = &server.simulated {
            let own = Database::new(Arc::clone(&server)).map_err(|cause| StoreError::NoThread { cause })?;
            let (mut renewal, network) = (JoinSet::new(), Arc::clone(&path.network));
            renewal.spawn(renew_in_virtual_time(own, network, token));
            let lease = Self::Task { _renewal: renewal, server, token };
            return Ok((lease, compare_first(database)?));
        }
        let renewals = Renewals::of(&server).map_err(|cause| {
            server.claim().take();
            StoreError::NoThread { cause }
        })?;
        renewals.add(token, Arc::clone(&server));
        // From here on dropping the value gives the lease back, also after an error.
        let lease = Self::Renewed { renewals, server, token };
        Ok((lease, compare_first(database)?))
    }

    /// What the renewals tell of this service from now on.
    pub(in crate::store) fn report_readiness(&self, readiness: Readiness) {
        let (Self::Renewed { server, .. } | Self::Task { server, .. }) = self;
        *server.readiness.lock().unwrap_or_else(PoisonError::into_inner) = Some(readiness);
    }
}

fn send_log(server: &Server) -> Result<SendLog, StoreError> {
    let log = match &server.simulated {
        None => SendLog::open(&server.address),
        Some(path) => path.send_log.try_clone().and_then(SendLog::of),
    };
    log.map_err(|cause| at(&server.address, ServerProblem::SendLog(cause.to_string())))
}

fn compare_first(database: &mut Database) -> Result<Option<LostCommits>, StoreError> {
    let server = Arc::clone(database.server());
    // Again, if the answer to its COMMIT was lost.
    for _ in 0..COMPARE_TRIES {
        database.write(Operation::CompareWitness, |_| Ok(()))?;
        if let Some(lost) = server.claim().as_mut().and_then(Claim::first_comparison) {
            return Ok(lost);
        }
    }
    Err(server.problem(ServerProblem::LeaseLost))
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
