//! How the server of a store is set up, for `doctor`.

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::connection::{Row, prepared};
use super::handle::Store;
use super::rows::instant;
use super::statements::SERVER_STATE;
use super::{Operation, StoreError};

/// The settings of a server that decide whether it can lose commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerState {
    /// As the server writes it: `15.8 (Debian 15.8-0)`.
    pub version: String,
    /// The standbys that commits wait for, as the server writes them; empty if they wait for none.
    pub synchronous_standby_names: String,
    pub synchronous_commit: String,
    pub fsync: bool,
    /// This connection is encrypted.
    pub is_encrypted: bool,
    /// This connection comes from another machine.
    pub is_remote: bool,
    /// The server's clock.
    pub now: DateTime<Utc>,
    /// `None` if the user may not see them.
    pub standbys: Option<Standbys>,
}

/// The standbys that are connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standbys {
    pub all: i64,
    /// Those that commits wait for.
    pub synchronous: i64,
}

impl Store {
    /// How the server is set up. Only for a store on one.
    ///
    /// # Errors
    /// The store is a file, or the server does not answer.
    pub async fn server_state(&self) -> Result<ServerState, StoreError> {
        self.read(Operation::LookForChanges, |db| {
            prepared(db, SERVER_STATE)?.query_one(params![], |row: &Row<'_>| {
                let standbys = Standbys { all: row.get(8)?, synchronous: row.get(9)? };
                Ok(ServerState {
                    version: row.get(0)?,
                    synchronous_standby_names: row.get(1)?,
                    synchronous_commit: row.get(2)?,
                    fsync: row.get(3)?,
                    is_encrypted: row.get(4)?,
                    is_remote: row.get(5)?,
                    now: instant(row, 6)?,
                    standbys: row.get::<bool>(7)?.then_some(standbys),
                })
            })
        })
        .await
    }
}
