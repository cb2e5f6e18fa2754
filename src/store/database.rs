//! One connection to a store, in a file or on a server.

use std::io;
use std::sync::Arc;

use super::connection::Connection;
use super::postgres::{self, Server};
use super::sql_error::SqlResult;
use super::sqlite;
use super::witness::Attempt;
use super::{DataVersion, Operation, StoreError};

#[derive(Debug)]
pub(super) enum Database {
    Sqlite(sqlite::Database),
    Postgres(postgres::Database),
}

impl Database {
    /// From now on the connection is used for this store.
    pub(super) fn serve(&mut self, server: &Arc<Server>) {
        if let Self::Postgres(database) = self {
            database.serve(server);
        }
    }

    /// Ends a connection whose state is not known.
    pub(super) fn disconnect(&mut self) {
        if let Self::Postgres(database) = self {
            database.disconnect();
        }
    }

    pub(super) fn read<T>(
        &mut self,
        operation: Operation,
        read: impl FnOnce(&Connection<'_>) -> SqlResult<T>,
    ) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(database) => database.read(operation, |db| read(&Connection::Sqlite(db))),
            Self::Postgres(database) => database.read(operation, read),
        }
    }

    /// Runs one transaction, which is on disk when this returns. In either database, no other transaction that writes
    /// to the same corp runs at the same time.
    pub(super) fn write<T>(
        &mut self,
        operation: Operation,
        write: impl FnOnce(&Connection<'_>) -> SqlResult<T>,
    ) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(database) => database.write(operation, |db| write(&Connection::Sqlite(db))),
            Self::Postgres(database) => database.write(operation, write),
        }
    }

    /// The same for a transaction that only the owner of the store may run.
    pub(super) fn write_by_owner<T>(
        &mut self,
        operation: Operation,
        write: impl FnOnce(&Connection<'_>) -> SqlResult<T>,
    ) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(database) => database.write(operation, |db| write(&Connection::Sqlite(db))),
            Self::Postgres(database) => database.write_by_owner(operation, write),
        }
    }

    /// The same for a transaction that permits requests. Only the owner of the store may run it. If it is on disk, but
    /// no request may follow it, the second value says why.
    pub(super) fn write_sends<T>(
        &mut self,
        operation: Operation,
        write: impl FnOnce(&Connection<'_>) -> SqlResult<T>,
    ) -> Result<(T, Option<String>), StoreError> {
        match self {
            Self::Sqlite(database) => {
                // A commit to a removed file permits nothing.
                database.check_in_place()?;
                let written = database.write(operation, |db| write(&Connection::Sqlite(db)))?;
                Ok((written, None))
            }
            Self::Postgres(database) => database.write_sends(operation, write),
        }
    }

    /// Checks that no other service can use the store: for a file, that it is still at its path; on a server, that
    /// the lease was not lost.
    pub(super) fn check_in_place(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(database) => database.check_in_place(),
            Self::Postgres(database) => database.check_lease(),
        }
    }

    /// Differs after another process, or a person through this one, changed the store.
    pub(super) fn data_version(&mut self) -> Result<DataVersion, StoreError> {
        match self {
            Self::Sqlite(database) => database.data_version(),
            Self::Postgres(database) => database.data_version(),
        }
    }

    /// Notes a change by a person through this process.
    pub(super) fn note_manual_change(&self) {
        match self {
            Self::Sqlite(database) => database.note_manual_change(),
            Self::Postgres(database) => database.note_manual_change(),
        }
    }

    /// Writes attempts to this machine's disk, if a service has the store open.
    pub(super) fn append_to_witness(&self, lineage: &str, first: u64, attempts: Vec<Attempt>) -> io::Result<()> {
        match self {
            Self::Sqlite(database) => database.append_to_witness(lineage, first, attempts),
            Self::Postgres(database) => database.append_to_send_log(first, attempts),
        }
    }

    /// Checks that the store can be written, without changing it.
    pub(super) fn check_writable(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(database) => database.check_writable(),
            Self::Postgres(database) => database.write(Operation::CheckWritable, |_| Ok(())),
        }
    }

    /// Checks a file for damage, for a bounded time. A server checks its own.
    pub(super) fn check_integrity(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(database) => sqlite::check_integrity(database),
            Self::Postgres(database) => database.check_reachable(),
        }
    }
}
