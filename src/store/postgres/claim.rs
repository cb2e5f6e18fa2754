//! What a process has while it works for a corp: the token of its lease, and the list of what it sends.
//!
//! The list is compared with the server in the first transaction on each new connection: a connection that broke may now
//! lead to another server, or to the same one with fewer commits.

use std::io;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::send_log::SendLog;
use crate::store::LostCommits;
use crate::store::connection::Connection;
use crate::store::sql_error::SqlResult;
use crate::store::witness::Attempt;

/// Compares the list of a machine with the server, and puts everything on hold if the server has lost commits.
pub(in crate::store) type Comparison = fn(&Connection<'_>, &Claimed<'_>) -> SqlResult<Compared>;

/// One side of a comparison: what this process knows.
#[derive(Debug)]
pub(in crate::store) struct Claimed<'c> {
    pub(in crate::store) corp: &'c str,
    pub(in crate::store) token: i64,
    pub(in crate::store) log: &'c SendLog,
    /// The server and its timeline; `None` if it does not say.
    pub(in crate::store) origin: Option<&'c str>,
    pub(in crate::store) now: DateTime<Utc>,
}

/// The result of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum Compared {
    /// The lease is another one's: nothing was compared.
    NotOwner,
    Complete,
    Lost(LostCommits),
}

#[derive(Debug)]
pub(super) struct Claim {
    pub(super) token: i64,
    log: SendLog,
    compare: Comparison,
    /// The connection on which the list was compared.
    compared_on: Option<u64>,
    /// What the first comparison has found.
    lost: Option<LostCommits>,
    /// When the lease was taken: an instant of the caller's clock, and of a clock that is never set.
    taken_at: (DateTime<Utc>, Instant),
}

impl Claim {
    pub(super) fn new(token: i64, log: SendLog, compare: Comparison, now: DateTime<Utc>) -> Self {
        Self { token, log, compare, compared_on: None, lost: None, taken_at: (now, Instant::now()) }
    }

    /// In a transaction, before anything else is read or written: compares the list, unless it was compared on this
    /// connection. `None`: there was nothing to compare.
    pub(super) fn compare(
        &self,
        db: &Connection<'_>,
        corp: &str,
        connection: u64,
        origin: Option<&str>,
    ) -> SqlResult<Option<Compared>> {
        if self.is_compared_on(connection) {
            return Ok(None);
        }
        let now = self.taken_at.0 + TimeDelta::from_std(self.taken_at.1.elapsed()).unwrap_or_default();
        (self.compare)(db, &Claimed { corp, token: self.token, log: &self.log, origin, now }).map(Some)
    }

    /// Whether the list was compared on this connection.
    pub(super) fn is_compared_on(&self, connection: u64) -> bool {
        self.compared_on == Some(connection)
    }

    /// The transaction with the comparison is on disk.
    pub(super) fn note_comparison(&mut self, corp: &str, connection: u64, compared: &Compared) {
        let is_first = self.compared_on.replace(connection).is_none();
        match compared {
            Compared::Lost(lost) if is_first => self.lost = Some(lost.clone()),
            Compared::Lost(lost) => {
                tracing::error!(corp, why = %lost, "the server has lost commits: everything is on hold");
            }
            Compared::Complete | Compared::NotOwner => {}
        }
    }

    /// What the first comparison has found; `None` until it is on disk.
    pub(super) fn first_comparison(&mut self) -> Option<Option<LostCommits>> {
        self.compared_on.map(|_| self.lost.take())
    }

    /// Writes attempts into the list of this machine.
    pub(super) fn append(&mut self, first: u64, attempts: Vec<Attempt>) -> io::Result<()> {
        self.log.append(first, attempts)
    }
}
