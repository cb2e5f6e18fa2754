//! A history that was moved to another store. Its rows are still here, but nothing may be posted from them.

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::StoreError;
use super::connection::{Connection, Row, prepared};
use super::database::Database;
use super::rows::{instant, millis};
use super::sql_error::SqlResult;
use super::statements::{MOVED, MOVED_ALL, MOVED_PUT};
use super::{Address, Operation};
use crate::ids::CorpId;

/// Where the history of a corp was moved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) at: DateTime<Utc>,
    /// The address of the new store.
    pub(super) place: String,
}

impl Moved {
    pub(super) fn error(self, store: &Address) -> StoreError {
        StoreError::Moved { store: store.to_string(), place: self.place, at: self.at }
    }
}

/// Refuses a store whose history was moved away.
pub(super) fn refuse(database: &mut Database, address: &Address) -> Result<(), StoreError> {
    let read = |db: &Connection<'_>| prepared(db, MOVED_ALL)?.query_row(params![], moved);
    match database.read(Operation::ReadRuns, read)? {
        Some(moved) => Err(moved.error(address)),
        None => Ok(()),
    }
}

/// Where the history of this corp was moved to, if it was.
pub(super) fn of_corp(db: &Connection<'_>, corp: &CorpId) -> SqlResult<Option<Moved>> {
    prepared(db, MOVED)?.query_row(params![corp.0], moved)
}

pub(super) fn put(db: &Connection<'_>, corp: &CorpId, moved: &Moved) -> SqlResult<()> {
    prepared(db, MOVED_PUT)?.execute(params![corp.0, millis(moved.at), moved.place]).map(drop)
}

fn moved(row: &Row<'_>) -> SqlResult<Moved> {
    Ok(Moved { at: instant(row, "at")?, place: row.get("place")? })
}
