//! Claims the store for one service.

use std::sync::{Arc, PoisonError};

use chrono::{DateTime, Utc};

use super::database::Store;
use super::in_place::{Claim, FilesInUse};
use super::lock::{self, ServiceLock};
use super::witness::Witness;
use crate::store::StoreError;

impl Store {
    /// Claims the store for one service. A second one is told so, after a second. The store is looked through, and compared
    /// with what its witness says: where it has forgotten something, everything in it is on hold from here on.
    pub fn acquire_service_lock(&self, now: DateTime<Utc>) -> Result<ServiceLock, StoreError> {
        let (Some(path), Some(opened)) = (&self.path, &self.opened) else { return Ok(ServiceLock::of_memory()) };
        // SQLite opens for reading what it may not write, without a word.
        if self.read("ask whether it can be written", |db| db.is_readonly("main"))? {
            return Err(StoreError::ReadOnly { path: path.clone() });
        }
        let (file, database) = lock::lock(path, opened)?;
        let witness = Witness::new(file.try_clone().map_err(|cause| StoreError::Witness { cause })?);
        // From here on dropping it frees the locks, whatever goes wrong.
        let sole = ServiceLock::new(file, database, Arc::clone(&self.claim));
        self.look_through()?;
        let lost = self.compare(&witness, now)?;
        let files = FilesInUse::of(path, opened).map_err(|cause| StoreError::NoAccess { path: path.clone(), cause })?;
        *self.claim.lock().unwrap_or_else(PoisonError::into_inner) = Some(Claim { witness, files });
        Ok(sole.having_lost(lost))
    }
}
