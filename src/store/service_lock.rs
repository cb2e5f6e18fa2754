//! Locks the store for one service.

use std::fs::File;
use std::sync::{Arc, PoisonError, Weak};

use chrono::{DateTime, Utc};

use super::database::Database;
use super::handle::{Connections, Store};
use super::postgres::{Lease, Readiness};
use super::sqlite::{self, Claim, FilesInUse, StoreFile};
use super::witness::Witness;
use super::{LostCommits, Operation, StoreError};
use super::{lost_commits, moved};

/// While this value lives, no other service can use the same store.
#[derive(Debug)]
pub struct ServiceLock {
    /// Released on drop.
    held: Held,
    store: Weak<Connections>,
    lost: Option<LostCommits>,
}

#[derive(Debug)]
enum Held {
    /// A store in memory: no other process can use it.
    Nothing,
    Files(#[allow(dead_code, reason = "released on drop")] Locked),
    /// Given back on drop.
    Lease(Lease),
}

#[derive(Debug)]
struct Locked {
    lock: File,
    database: Option<File>,
    file: Arc<StoreFile>,
}

impl ServiceLock {
    /// The commits that the store has lost, if its witness has more.
    pub fn lost_commits(&self) -> Option<&LostCommits> {
        self.lost.as_ref()
    }

    /// From now on the services that wait for this one see whether it is ready. It is asked at each renewal of the lease,
    /// every 5 s, and must not block.
    pub fn report_readiness(&self, is_ready: impl Fn() -> bool + Send + Sync + 'static) {
        if let Held::Lease(lease) = &self.held {
            lease.report_readiness(Readiness::new(is_ready));
        }
    }
}

impl Drop for ServiceLock {
    fn drop(&mut self) {
        // Jobs of dropped calls may still wait: they end before another service may start.
        if let Some(store) = self.store.upgrade() {
            store.writer.finish_jobs();
        }
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        self.file.claim.lock().unwrap_or_else(PoisonError::into_inner).take();
        let _ = self.lock.unlock();
        if let Some(database) = self.database.take() {
            let _ = database.unlock();
            // Never closed: POSIX drops all of SQLite's locks on a file when the process closes any descriptor of it.
            std::mem::forget(database);
        }
    }
}

impl Store {
    /// Locks the store for one service. Waits up to a second for a service that ends. Checks a file for damage, and
    /// compares the store with its witness: if commits are lost, everything is on hold from now on. On a server the lock
    /// is a lease: it ends half a minute after the last sign of its owner.
    ///
    /// # Errors
    /// [`StoreError::is_in_use`] if another service has it; others if it is damaged or cannot be locked.
    pub async fn acquire_service_lock(&self, now: DateTime<Utc>) -> Result<ServiceLock, StoreError> {
        let lock = self.lock_even_moved(now).await?;
        // It may have been moved away while this service waited.
        let address = self.address();
        self.call(move |database| moved::refuse(database, &address)).await?;
        Ok(lock)
    }

    /// The same for a store whose history may have been moved away.
    pub(super) async fn lock_even_moved(&self, now: DateTime<Utc>) -> Result<ServiceLock, StoreError> {
        let store = Arc::downgrade(self.connections());
        self.call(move |database| match database {
            Database::Sqlite(database) => acquire(database, store, now),
            Database::Postgres(database) => {
                let (lease, lost) = Lease::take(database, lost_commits::compare_with_server, now)?;
                Ok(ServiceLock { held: Held::Lease(lease), store, lost })
            }
        })
        .await
    }
}

fn acquire(
    database: &mut sqlite::Database,
    store: Weak<Connections>,
    now: DateTime<Utc>,
) -> Result<ServiceLock, StoreError> {
    let file = Arc::clone(&database.file);
    let (Some(path), Some(opened)) = (&file.path, &file.opened) else {
        return Ok(ServiceLock { held: Held::Nothing, store, lost: None });
    };
    // SQLite silently opens a file read-only if it may not write it.
    if database.read(Operation::CheckWritable, |db| Ok(db.is_readonly("main")?))? {
        return Err(StoreError::ReadOnly { path: path.clone() });
    }
    let (lock, locked_database) = sqlite::lock(path, opened)?;
    let witness = lock.try_clone().map(Witness::new);
    // From here on dropping the value releases the locks, also after an error.
    let locked = Locked { lock, database: locked_database, file: Arc::clone(&file) };
    let witness = witness.map_err(|cause| StoreError::Witness { cause })?;
    sqlite::check_integrity(database)?;
    let lost = lost_commits::compare(database, &witness, now)?;
    let files = FilesInUse::of(path, opened).map_err(|cause| StoreError::NoAccess { path: path.clone(), cause })?;
    *file.claim.lock().unwrap_or_else(PoisonError::into_inner) = Some(Claim { witness, files });
    Ok(ServiceLock { held: Held::Files(locked), store, lost })
}
