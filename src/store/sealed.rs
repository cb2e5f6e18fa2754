//! Bytes that one service shares with its replicas through a server, such as the encrypted codes of a provider's app. What they mean
//! is known to their owner alone.

use rusqlite::params;

use super::connection::{Connection, prepared};
use super::handle::Store;
use super::sql_error::SqlResult;
use super::statements::{SEALED, SEALED_PUT};
use super::{Operation, StoreError};

impl Store {
    /// The bytes of this store, if there are any.
    ///
    /// # Errors
    /// The store cannot be read, or it is a file: those of a file are not shared.
    pub async fn sealed(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let name = self.corp_name();
        self.read(Operation::KeepCodes, move |db| read(db, &name)).await
    }

    /// Replaces the bytes by what `change` makes of them. No other process changes them in between; `None` leaves them.
    ///
    /// # Errors
    /// As [`Store::sealed`].
    pub async fn change_sealed(
        &self,
        change: impl FnOnce(Option<Vec<u8>>) -> Option<Vec<u8>> + Send + 'static,
    ) -> Result<(), StoreError> {
        let name = self.corp_name();
        self.write(Operation::KeepCodes, move |db| match change(read(db, &name)?) {
            Some(bytes) => prepared(db, SEALED_PUT)?.execute(params![name, bytes]).map(drop),
            None => Ok(()),
        })
        .await
    }
}

fn read(db: &Connection<'_>, name: &str) -> SqlResult<Option<Vec<u8>>> {
    prepared(db, SEALED)?.query_row(params![name], |row| row.get(0))
}
