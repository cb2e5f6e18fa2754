//! Converts errors of the server into errors of the store.

use tokio_postgres::error::SqlState;

use super::address::ServerAddress;
use super::problem::ServerProblem;
use crate::error_chain::error_chain;
use crate::store::sql_error::SqlError;
use crate::store::{DatabaseError, DatabaseErrorKind, Operation, StoreError};

/// An error of an operation.
pub(super) fn failed(address: &ServerAddress, operation: Operation, error: SqlError) -> StoreError {
    let error = match error {
        SqlError::Sqlite(rusqlite::Error::FromSqlConversionFailure(_, _, why)) => {
            return StoreError::Unreadable { what: why.to_string() };
        }
        SqlError::GivenUp => return StoreError::GivenUp,
        SqlError::CopyDiffers(table) => return StoreError::CopyDiffers { table },
        error => error,
    };
    let state = match &error {
        SqlError::Postgres(error) => error.code().cloned(),
        _ => None,
    };
    match state {
        Some(SqlState::INSUFFICIENT_PRIVILEGE | SqlState::READ_ONLY_SQL_TRANSACTION) => {
            at(address, of_statement(address, &error))
        }
        state => {
            let kind = match state {
                Some(SqlState::DISK_FULL) => DatabaseErrorKind::Full,
                Some(SqlState::LOCK_NOT_AVAILABLE | SqlState::T_R_DEADLOCK_DETECTED) => DatabaseErrorKind::Locked,
                _ => DatabaseErrorKind::Server,
            };
            StoreError::Database { operation, cause: DatabaseError { kind, words: words(&error) } }
        }
    }
}

/// A problem with the server of an address.
pub(super) fn at(address: &ServerAddress, problem: ServerProblem) -> StoreError {
    StoreError::Server { address: address.to_string(), problem }
}

/// Why a connection was not made.
pub(super) fn of_connection(address: &ServerAddress, error: &tokio_postgres::Error) -> ServerProblem {
    let words = error_chain(error);
    let user = address.user().to_owned();
    match error.code() {
        Some(&(SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION)) => {
            ServerProblem::WrongPassword { user }
        }
        Some(&SqlState::INVALID_CATALOG_NAME) => ServerProblem::NoDatabase(said(error)),
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => ServerProblem::NoRight { user, words: said(error) },
        // pgbouncer accepts no settings with a connection.
        Some(&SqlState::PROTOCOL_VIOLATION) => ServerProblem::Pooler,
        Some(&SqlState::TOO_MANY_CONNECTIONS) => ServerProblem::TooManyConnections(said(error)),
        Some(_) => ServerProblem::Other(said(error)),
        None if words.contains("server does not support TLS") => ServerProblem::NoTls,
        None if words.contains("password missing") => ServerProblem::WrongPassword { user },
        None if words.contains("certificate") || words.contains("TLS") || words.contains("tls") => {
            ServerProblem::Tls(words)
        }
        None => ServerProblem::NoConnection(words),
    }
}

/// Why a statement of the start failed.
pub(super) fn of_statement(address: &ServerAddress, error: &SqlError) -> ServerProblem {
    let user = address.user().to_owned();
    let code = match error {
        SqlError::Postgres(error) => error.code(),
        _ => None,
    };
    match code {
        // A user without rights on a schema does not see its tables.
        Some(&(SqlState::INSUFFICIENT_PRIVILEGE | SqlState::UNDEFINED_TABLE)) => {
            ServerProblem::NoRight { user, words: words(error) }
        }
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => ServerProblem::Standby,
        // A prepared statement of another connection: the pooler changed the server's side.
        Some(&SqlState::INVALID_SQL_STATEMENT_NAME) => ServerProblem::Pooler,
        _ => ServerProblem::Other(words(error)),
    }
}

fn words(error: &SqlError) -> String {
    match error {
        SqlError::Postgres(error) => said(error),
        error => error_chain(error),
    }
}

/// The server's own words and its code, or those of the network.
fn said(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} (PostgreSQL error {})", said.message(), said.code().code()),
        None => error_chain(error),
    }
}
