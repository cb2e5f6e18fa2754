//! What the transactions of a store on a server run on: a connection to PostgreSQL, or one to a simulated server.

use crate::store::connection::Connection;
use crate::store::session::{Commit, Session};
use crate::store::simulated::SimulatedSession;
use crate::store::sql_error::SqlResult;
use crate::store::statements::ORIGIN;

#[derive(Debug)]
pub(super) enum Link {
    Server(Session),
    Simulated(SimulatedSession),
}

impl Link {
    pub(super) fn connection(&self) -> Connection<'_> {
        match self {
            Self::Server(session) => Connection::Postgres(session),
            Self::Simulated(session) => Connection::Simulated(session),
        }
    }

    /// From the next statement on, the connection serves this corp. A simulated one serves a single corp.
    pub(super) fn serve(&self, corp: &str) -> SqlResult<()> {
        match self {
            Self::Server(session) => session.serve(corp),
            Self::Simulated(_) => Ok(()),
        }
    }

    /// Asks for an answer. An error marks the connection as broken.
    pub(super) fn probe(&self) -> SqlResult<()> {
        match self {
            Self::Server(session) => session.batch(""),
            Self::Simulated(session) => session.exchange(),
        }
    }

    /// The server and its timeline, which a failover and a restored backup change. `None` if it does not say.
    pub(super) fn origin(&self) -> Option<String> {
        match self {
            Self::Server(session) => {
                let rows = session.query(&session.prepared(ORIGIN).ok()?, &[]).ok()?;
                rows.first()?.try_get(0).ok()
            }
            Self::Simulated(session) => Some(session.origin()),
        }
    }

    pub(super) fn is_broken(&self) -> bool {
        match self {
            Self::Server(session) => session.is_broken(),
            Self::Simulated(session) => session.is_broken(),
        }
    }

    pub(super) fn begin(&self) -> SqlResult<()> {
        match self {
            Self::Server(session) => session.begin(),
            Self::Simulated(session) => session.begin(),
        }
    }

    pub(super) fn roll_back(&self) {
        match self {
            Self::Server(session) => session.roll_back(),
            Self::Simulated(session) => session.roll_back(),
        }
    }

    pub(super) fn commit(&self) -> Commit {
        match self {
            Self::Server(session) => session.commit(),
            Self::Simulated(session) => session.commit(),
        }
    }
}
