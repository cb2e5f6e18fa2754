//! What the connections of one process to a store on a server have in common.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::address::{BadServerAddress, ServerAddress};
use super::claim::Claim;
use super::error::at;
use super::problem::ServerProblem;
use crate::ids::CorpId;
use crate::store::StoreError;
use crate::store::simulated::SimulatedPath;

#[derive(Debug)]
pub(in crate::store) struct Server {
    pub(in crate::store) address: ServerAddress,
    /// The server itself, if it is simulated.
    pub(in crate::store) simulated: Option<SimulatedPath>,
    /// While this process has the lease.
    pub(super) claim: Mutex<Option<Claim>>,
    /// The list of sends of this machine could be opened.
    pub(super) has_send_log: AtomicBool,
    /// The lease was lost: this process sends nothing more.
    pub(super) is_lost: AtomicBool,
    /// Counts the commits of this process.
    pub(super) own_changes: AtomicI64,
    /// Counts changes by people through this process.
    pub(super) manual_changes: AtomicI64,
    /// Counts comparisons with the list of this machine: after each the server may have fewer commits than before.
    pub(super) comparisons: AtomicU64,
    /// Whether the service that has the lease is ready, for those that wait.
    pub(super) readiness: Mutex<Option<Readiness>>,
}

/// Tells whether a service is ready.
pub(in crate::store) struct Readiness(Box<dyn Fn() -> bool + Send + Sync>);

impl Readiness {
    pub(in crate::store) fn new(is_ready: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Box::new(is_ready))
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Readiness").finish_non_exhaustive()
    }
}

impl Server {
    pub(in crate::store) fn new(address: ServerAddress) -> Arc<Self> {
        Self::reached_by(address, None)
    }

    /// A simulated server has no address: this one is shown in errors.
    pub(in crate::store) fn simulated(path: SimulatedPath, corp: CorpId) -> Result<Arc<Self>, BadServerAddress> {
        Ok(Self::reached_by(ServerAddress::read("postgres://simulated")?.of_corp(Some(corp)), Some(path)))
    }

    fn reached_by(address: ServerAddress, simulated: Option<SimulatedPath>) -> Arc<Self> {
        Arc::new(Self {
            address,
            simulated,
            claim: Mutex::default(),
            has_send_log: AtomicBool::default(),
            is_lost: AtomicBool::default(),
            own_changes: AtomicI64::default(),
            manual_changes: AtomicI64::default(),
            comparisons: AtomicU64::default(),
            readiness: Mutex::default(),
        })
    }

    /// What this process has while it works for the corp.
    pub(super) fn claim(&self) -> MutexGuard<'_, Option<Claim>> {
        self.claim.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the service of this process says that it is ready.
    pub(super) fn is_ready(&self) -> bool {
        let readiness = self.readiness.lock().unwrap_or_else(PoisonError::into_inner);
        readiness.as_ref().is_some_and(|Readiness(is_ready)| is_ready())
    }

    /// The name of the corp, as the statements use it.
    pub(in crate::store) fn corp_name(&self) -> &str {
        self.address.corp_name()
    }

    /// The address as it was written: stores of several corps have the same.
    pub(in crate::store) fn address_text(&self) -> String {
        self.address.to_string()
    }

    /// A problem with this server.
    pub(in crate::store) fn problem(&self, problem: ServerProblem) -> StoreError {
        at(&self.address, problem)
    }
}
