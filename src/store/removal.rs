//! Removes everything of one corp from a server, in one transaction.

use rusqlite::params;

use super::connection::{Connection, prepared};
use super::sql_error::SqlResult;
use super::statements::{REMOVAL, REMOVE_CORP};
use crate::ids::CorpId;

/// Removes every row of the corp.
pub(super) fn remove(db: &Connection<'_>, corp: &CorpId) -> SqlResult<()> {
    // The triggers that keep a history look for this setting of the transaction.
    prepared(db, REMOVAL)?.query_one(params![], |_| Ok(()))?;
    for sql in REMOVE_CORP {
        prepared(db, sql)?.execute(params![corp.0])?;
    }
    Ok(())
}
