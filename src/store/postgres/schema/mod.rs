//! The format of the store on a server, and migrations.

mod steps;

use steps::STEPS;

use super::address::ServerAddress;
use super::error::{at, of_statement};
use super::problem::ServerProblem;
use crate::store::StoreError;
use crate::store::session::Session;
use crate::store::sql_error::SqlResult;
use crate::store::statements::{FORMAT, FORMAT_PUT, SCHEMA};

/// The newest format that this program knows.
const NEWEST: i64 = STEPS.len() as i64;

/// What a schema contains.
struct Found {
    is_there: bool,
    has_store: bool,
    tables: i64,
}

/// Whether the schema has a store.
pub(super) fn exists(session: &Session, address: &ServerAddress) -> Result<bool, StoreError> {
    Ok(found(session, address).map_err(|error| at(address, of_statement(address, &error)))?.has_store)
}

/// Creates the tables, or brings them to the newest format, in one transaction. Other processes wait for it.
pub(super) fn migrate(session: &Session, address: &ServerAddress) -> Result<(), StoreError> {
    let migrated = in_transaction(session, address);
    if !matches!(migrated, Ok(Ok(()))) {
        session.roll_back();
    }
    migrated.map_err(|error| at(address, of_statement(address, &error)))?.map_err(|problem| at(address, problem))
}

fn in_transaction(session: &Session, address: &ServerAddress) -> SqlResult<Result<(), ServerProblem>> {
    let (schema, user) = (&address.schema, address.user());
    if let Found { has_store: true, .. } = found(session, address)?
        && format(session)? == NEWEST
    {
        return Ok(Ok(()));
    }
    session.begin()?;
    session.batch(LOCK)?;
    let Found { is_there, has_store, tables } = found(session, address)?;
    if !is_there && session.batch(&format!("CREATE SCHEMA {schema}")).is_err() {
        return Ok(Err(ServerProblem::NoSchema { schema: schema.clone(), user: user.to_owned() }));
    }
    if !has_store && tables > 0 {
        return Ok(Err(ServerProblem::Foreign { schema: schema.clone() }));
    }
    let from = if has_store { format(session)? } else { 0 };
    if from > NEWEST {
        return Ok(Err(ServerProblem::Newer { found: from, known: NEWEST }));
    }
    if from < NEWEST {
        for step in STEPS.iter().skip(usize::try_from(from).unwrap_or(0)) {
            session.batch(step)?;
        }
        session.execute(&session.prepared(FORMAT_PUT)?, rusqlite::params![NEWEST])?;
    }
    session.batch("COMMIT")?;
    Ok(Ok(()))
}

/// Lasts until the end of the transaction. The number is "Drum" in ASCII, as in the header of a file.
const LOCK: &str = "SET LOCAL lock_timeout = '60s'; DO $$ BEGIN PERFORM pg_advisory_xact_lock(1148351853); END $$";

fn found(session: &Session, address: &ServerAddress) -> SqlResult<Found> {
    let rows = session.query(&session.prepared(SCHEMA)?, rusqlite::params![address.schema])?;
    let row = rows.first().ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    Ok(Found { is_there: row.try_get(0)?, has_store: row.try_get(1)?, tables: row.try_get(2)? })
}

fn format(session: &Session) -> SqlResult<i64> {
    let rows = session.query(&session.prepared(FORMAT)?, &[])?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(0))
}
