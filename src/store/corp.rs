//! Whether a store has the history of a corp.

use std::path::Path;

use rusqlite::params;

use super::connection::{Connection, prepared};
use super::handle::Store;
use super::sql_error::SqlResult;
use super::sqlite;
use super::statements::CORP_KNOWN;
use super::{Operation, StoreError};
use crate::ids::CorpId;

impl Store {
    /// Whether a service has worked for the corp, or a run of it was recorded.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn knows(&self, corp: &CorpId) -> Result<bool, StoreError> {
        let corp = corp.clone();
        self.read(Operation::ReadRuns, move |db| knows(db, &corp)).await
    }
}

/// The same for a file, without changing it. A file that is no store, or cannot be read, knows no corp.
pub fn file_knows(path: &Path, corp: &CorpId) -> bool {
    let read = |db: &rusqlite::Connection| knows(&Connection::Sqlite(db), corp);
    sqlite::open_to_look(path).is_some_and(|db| read(&db).unwrap_or(false))
}

fn knows(db: &Connection<'_>, corp: &CorpId) -> SqlResult<bool> {
    prepared(db, CORP_KNOWN)?.query_one(params![corp.0], |row| row.get(0))
}
