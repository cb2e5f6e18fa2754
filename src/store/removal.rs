//! Removes everything of one corp from a server, in one transaction.

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::connection::{Connection, prepared};
use super::handle::Store;
use super::sql_error::SqlResult;
use super::statements::{REMOVAL, REMOVE_CORP};
use super::{Operation, ServiceLock, StoreError};
use crate::ids::CorpId;

/// The lock of a store whose corp is to be removed: no service can begin.
#[derive(Debug)]
pub struct RemovalLock(#[allow(dead_code, reason = "released on drop")] ServiceLock);

impl Store {
    /// Locks a store on a server before its corp is removed, also one whose history was moved away.
    ///
    /// # Errors
    /// A service works for the corp, or the server cannot be used.
    pub async fn lock_for_removal(&self, now: DateTime<Utc>) -> Result<RemovalLock, StoreError> {
        Ok(RemovalLock(self.lock_even_moved(now).await?))
    }

    /// Removes every row of the corp from a server, in one transaction.
    ///
    /// # Errors
    /// The lock was lost, or the server failed: then nothing is removed.
    pub async fn remove_corp(&self, corp: &CorpId, _lock: &RemovalLock) -> Result<(), StoreError> {
        let corp = corp.clone();
        self.write_by_owner(Operation::MoveHistory, move |db| {
            db.allow_long_statements()?;
            remove(db, &corp)
        })
        .await
    }
}

/// Removes every row of the corp.
pub(super) fn remove(db: &Connection<'_>, corp: &CorpId) -> SqlResult<()> {
    // The triggers that keep a history look for this setting of the transaction.
    prepared(db, REMOVAL)?.query_one(params![], |_| Ok(()))?;
    for sql in REMOVE_CORP {
        prepared(db, sql)?.execute(params![corp.0])?;
    }
    Ok(())
}
