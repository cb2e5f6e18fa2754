//! Whether a store has the history of a corp.

use std::path::Path;

use rusqlite::params;

use super::connection::{Connection, prepared};
use super::handle::Store;
use super::sql_error::SqlResult;
use super::sqlite;
use super::statements::CORP_KNOWN;
use super::{Operation, StoreError, moved};
use crate::ids::CorpId;

impl Store {
    /// Whether a service has worked for the corp, or a run of it was recorded, and its history was not moved away.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn knows(&self, corp: &CorpId) -> Result<bool, StoreError> {
        let corp = corp.clone();
        self.read(Operation::ReadRuns, move |db| Ok(knows(db, &corp)? && moved::of_corp(db, &corp)?.is_none())).await
    }
}

/// The same for a file, without changing it. A file that is no store, or cannot be read, knows no corp.
pub fn file_knows(path: &Path, corp: &CorpId) -> bool {
    let Some(db) = sqlite::open_to_look(path) else { return false };
    let db = Connection::Sqlite(&db);
    // A file of an older format has no such table.
    let is_moved = matches!(moved::of_corp(&db, corp), Ok(Some(_)));
    !is_moved && knows(&db, corp).unwrap_or(false)
}

fn knows(db: &Connection<'_>, corp: &CorpId) -> SqlResult<bool> {
    prepared(db, CORP_KNOWN)?.query_one(params![corp.0], |row| row.get(0))
}
