//! One connection with its reconnects, and the transactions of a store on a server.
//!
//! Every transaction that writes begins with the row of its corp in `leases`. So transactions of one corp run one after
//! the other, over all processes, as with a file. The row also keeps a random marker of each of the last transactions:
//! after a COMMIT without an answer, the marker tells whether it was written.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::params;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::config::SslMode;
use tokio_postgres::{NoTls, Row};

use super::error::{at, failed, of_connection, of_statement};
use super::problem::ServerProblem;
use super::schema;
use super::server::Server;
use super::session::{Commit, Session};
use super::tls;
use crate::store::sql_error::{SqlError, SqlResult};
use crate::store::statements::{
    CONNECTION, LEASE_COMMITTED, LEASE_COUNT, LEASE_COUNT_OWN, LEASE_PUT, LEASE_RELEASE, LEASE_RENEW, LEASE_TAKE,
};
use crate::store::{Operation, StoreError};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that was not used for this long is tried before it is used.
const IDLE_TIME: Duration = Duration::from_secs(2);
/// How long to look for the end of a transaction whose COMMIT was not answered: a failover takes about half a minute.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(60);
/// Pause between two tries.
const SETTLE_INTERVAL: Duration = Duration::from_millis(500);

/// The oldest server: its major version.
const OLDEST: i64 = 14;

#[derive(Debug)]
pub(in crate::store) struct Database {
    runtime: Arc<Runtime>,
    server: Arc<Server>,
    session: Option<Session>,
    used_at: Instant,
}

/// Which transactions may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writer {
    Anyone,
    /// Only the owner of the lease with this token.
    Owner(i64),
}

impl Database {
    /// Nothing is connected yet.
    pub(in crate::store) fn new(server: Arc<Server>) -> io::Result<Self> {
        let runtime = Arc::new(Builder::new_current_thread().enable_all().build()?);
        Ok(Self { runtime, server, session: None, used_at: Instant::now() })
    }

    /// Connects, creates the store if it does not exist, and brings it to the newest format.
    pub(in crate::store) fn open(&mut self) -> Result<(), StoreError> {
        let server = Arc::clone(&self.server);
        let session = self.connected()?;
        schema::migrate(session, &server.address)
    }

    /// The same for a store that must exist already.
    pub(in crate::store) fn open_existing(&mut self) -> Result<(), StoreError> {
        let server = Arc::clone(&self.server);
        let session = self.connected()?;
        if schema::exists(session, &server.address)? {
            return schema::migrate(session, &server.address);
        }
        Err(at(&server.address, ServerProblem::NoStore { schema: server.address.schema.clone() }))
    }

    pub(in crate::store) fn read<T>(
        &mut self,
        operation: Operation,
        read: impl FnOnce(&Session) -> SqlResult<T>,
    ) -> Result<T, StoreError> {
        let server = Arc::clone(&self.server);
        read(self.connected()?).map_err(|error| failed(&server.address, operation, error))
    }

    /// Runs one transaction, which the server has on disk when this returns.
    pub(in crate::store) fn write<T>(
        &mut self,
        operation: Operation,
        write: impl FnOnce(&Session) -> SqlResult<T>,
    ) -> Result<T, StoreError> {
        let (written, unclean) = self.transaction(operation, Writer::Anyone, write)?;
        if let Some(why) = unclean {
            tracing::warn!(why, "a commit is on the disk of the primary server only");
        }
        Ok(written)
    }

    /// The same for a transaction that permits requests: only the owner of the lease may run it. If it is written, but
    /// the answer to its COMMIT was not clean, the second value says why no request may follow.
    pub(in crate::store) fn write_sends<T>(
        &mut self,
        operation: Operation,
        write: impl FnOnce(&Session) -> SqlResult<T>,
    ) -> Result<(T, Option<String>), StoreError> {
        let claim = *self.server.claim.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(token) = claim else { return Err(at(&self.server.address, ServerProblem::LeaseLost)) };
        self.check_lease()?;
        self.transaction(operation, Writer::Owner(token), write)
    }

    /// Whether this process still has the lease that it took.
    pub(in crate::store) fn check_lease(&self) -> Result<(), StoreError> {
        if self.server.is_lost.load(Ordering::Relaxed) {
            return Err(at(&self.server.address, ServerProblem::LeaseLost));
        }
        Ok(())
    }

    pub(in crate::store) fn data_version(&mut self) -> Result<i64, StoreError> {
        let server = Arc::clone(&self.server);
        let all: i64 = self.read(Operation::LookForChanges, |session| {
            let corp = server.address.corp_name();
            Ok(first(&session.query(&session.prepared(LEASE_COUNT)?, params![corp])?, 0)?.unwrap_or(0))
        })?;
        let own = server.own_changes.load(Ordering::Relaxed);
        Ok(all - own + server.manual_changes.load(Ordering::Relaxed))
    }

    pub(in crate::store) fn note_manual_change(&self) {
        self.server.manual_changes.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes the lease if it is free or has ended, by the server's clock. Otherwise returns who has it.
    pub(super) fn take_lease(&mut self, token: i64, by: &str) -> Result<Result<(), String>, StoreError> {
        let server = Arc::clone(&self.server);
        let taken = self.write(Operation::TakeLease, |session| {
            let corp = server.address.corp_name();
            let rows = session.query(&session.prepared(LEASE_TAKE)?, params![corp, token, by])?;
            Ok(rows.first().map(|row| row.try_get::<_, Option<String>>(0)).transpose()?.flatten())
        })?;
        if taken.as_deref() != Some(by) {
            return Ok(Err(taken.unwrap_or_default()));
        }
        *server.claim.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        server.is_lost.store(false, Ordering::Relaxed);
        Ok(Ok(()))
    }

    /// Renews the lease. If another process has it, this one sends nothing more.
    pub(super) fn renew_lease(&mut self, token: i64) -> Result<(), StoreError> {
        let server = Arc::clone(&self.server);
        let renewed = self.read(Operation::TakeLease, |session| {
            session.execute(&session.prepared(LEASE_RENEW)?, params![server.address.corp_name(), token])
        })?;
        if renewed == 0 {
            server.is_lost.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Gives the lease back, so that another process can take it at once.
    pub(super) fn release_lease(&mut self, token: i64) {
        self.server.claim.lock().unwrap_or_else(PoisonError::into_inner).take();
        let server = Arc::clone(&self.server);
        let released = self.read(Operation::TakeLease, |session| {
            session.execute(&session.prepared(LEASE_RELEASE)?, params![server.address.corp_name(), token])
        });
        if let Err(error) = released {
            tracing::warn!(%error, "the lease was not given back: it ends by itself");
        }
    }

    pub(super) fn server(&self) -> &Arc<Server> {
        &self.server
    }

    /// The connection, a new one if the former is broken.
    pub(in crate::store) fn connected(&mut self) -> Result<&Session, StoreError> {
        if let Some(session) = &self.session
            && self.used_at.elapsed() > IDLE_TIME
            && !session.is_broken()
        {
            // An error marks it as broken.
            let _ = session.batch("");
        }
        self.used_at = Instant::now();
        if self.session.as_ref().is_none_or(Session::is_broken) {
            self.session = None;
            self.session = Some(self.connect()?);
        }
        Ok(self.session.as_ref().expect("it was just connected"))
    }

    fn transaction<T>(
        &mut self,
        operation: Operation,
        writer: Writer,
        write: impl FnOnce(&Session) -> SqlResult<T>,
    ) -> Result<(T, Option<String>), StoreError> {
        let server = Arc::clone(&self.server);
        let failed = |error| failed(&server.address, operation, error);
        // Nothing is written yet: if the connection has broken, it begins again on a new one.
        if self.connected()?.begin().is_err() {
            self.connected()?.begin().map_err(failed)?;
        }
        let session = self.connected()?;
        let marker = i64::from_ne_bytes(fastrand::u64(..).to_ne_bytes());
        match enter(session, server.address.corp_name(), writer, marker) {
            Ok(true) => {}
            Ok(false) => {
                session.roll_back();
                server.is_lost.store(true, Ordering::Relaxed);
                return Err(at(&server.address, ServerProblem::LeaseLost));
            }
            Err(error) => {
                session.roll_back();
                return Err(failed(error));
            }
        }
        let written = match write(session) {
            Ok(written) => written,
            Err(error) => {
                session.roll_back();
                return Err(failed(error));
            }
        };
        let unclean = match session.commit() {
            Commit::Clean => None,
            Commit::LocalOnly(why) => Some(why),
            Commit::Aborted(error) => return Err(failed(error)),
            Commit::Unknown(error) => {
                let why = error.to_string();
                if !self.settle(marker)? {
                    return Err(failed(error));
                }
                Some(why)
            }
        };
        server.own_changes.fetch_add(1, Ordering::Relaxed);
        Ok((written, unclean))
    }

    /// Whether the transaction with a marker was written. Waits for the row that the transaction has locked, so it has
    /// ended.
    ///
    /// # Errors
    /// The server cannot be reached: the end of the transaction stays unknown.
    fn settle(&mut self, marker: i64) -> Result<bool, StoreError> {
        let (began, server) = (Instant::now(), Arc::clone(&self.server));
        loop {
            let found = self.read(Operation::SaveRuns, |session| {
                let rows = session.query(&session.prepared(LEASE_COMMITTED)?, params![server.address.corp_name()])?;
                let markers: Option<Vec<i64>> = rows.first().map(|row| row.try_get(0)).transpose()?;
                Ok(markers.is_some_and(|markers| markers.contains(&marker)))
            });
            match found {
                Err(_) if began.elapsed() < SETTLE_TIMEOUT => std::thread::sleep(SETTLE_INTERVAL),
                found => return found,
            }
        }
    }

    fn connect(&self) -> Result<Session, StoreError> {
        let address = &self.server.address;
        let mut config = address.config.clone();
        if let Some(path) = &address.password_file {
            let read = std::fs::read_to_string(path);
            let password = read.map_err(|error| at(address, ServerProblem::PasswordFile(error.to_string())))?;
            config.password(password.trim_end_matches(['\r', '\n']));
        }
        if config.get_application_name().is_none() {
            config.application_name("drumbeat");
        }
        config.connect_timeout(CONNECT_TIMEOUT).tcp_user_timeout(CONNECT_TIMEOUT * 2);
        config.keepalives_idle(CONNECT_TIMEOUT).keepalives_interval(CONNECT_TIMEOUT).keepalives_retries(2);
        let corp: String = address.corp_name().chars().flat_map(|at| ['\\', at]).collect();
        config.options(format!(
            "-c search_path={} -c drumbeat.corp={corp} -c synchronous_commit=on -c lock_timeout=15s \
             -c idle_in_transaction_session_timeout=60s",
            address.schema
        ));
        let refused = |error: &tokio_postgres::Error| at(address, of_connection(address, error));
        let runtime = &self.runtime;
        let slow = |_| at(address, ServerProblem::NoConnection("timed out".to_owned()));
        let session = if config.get_ssl_mode() == SslMode::Disable {
            let connected =
                runtime.block_on(async { tokio::time::timeout(CONNECT_TIMEOUT * 2, config.connect(NoTls)).await });
            let (client, connection) = connected.map_err(slow)?.map_err(|error| refused(&error))?;
            Session::new(Arc::clone(runtime), client, connection)
        } else {
            let tls = tls::connector(address).map_err(|words| at(address, ServerProblem::Tls(words)))?;
            let connected =
                runtime.block_on(async { tokio::time::timeout(CONNECT_TIMEOUT * 2, config.connect(tls)).await });
            let (client, connection) = connected.map_err(slow)?.map_err(|error| refused(&error))?;
            Session::new(Arc::clone(runtime), client, connection)
        };
        self.check(&session).map_err(|error| at(address, of_statement(address, &error)))??;
        Ok(session)
    }

    /// Whether the connection is one to a primary server, with our settings.
    fn check(&self, session: &Session) -> SqlResult<Result<(), StoreError>> {
        let address = &self.server.address;
        let rows = session.query(&session.prepared(CONNECTION)?, &[])?;
        let Some(row) = rows.first() else { return Ok(Err(at(address, ServerProblem::Pooler))) };
        let (is_standby, version): (bool, i64) = (row.try_get(0)?, row.try_get(1)?);
        let (path, corp): (String, Option<String>) = (row.try_get(2)?, row.try_get(3)?);
        let problem = if is_standby {
            ServerProblem::Standby
        } else if version < OLDEST {
            ServerProblem::TooOld(version)
        } else if path != address.schema || corp.as_deref() != Some(address.corp_name()) {
            ServerProblem::Pooler
        } else {
            return Ok(Ok(()));
        };
        Ok(Err(at(address, problem)))
    }
}

/// Locks the row of the corp, and leaves the marker in it. Returns false if the writer is not the owner.
fn enter(session: &Session, corp: &str, writer: Writer, marker: i64) -> Result<bool, SqlError> {
    let changed = match writer {
        Writer::Anyone => session.execute(&session.prepared(LEASE_PUT)?, params![corp, marker])?,
        Writer::Owner(token) => session.execute(&session.prepared(LEASE_COUNT_OWN)?, params![corp, marker, token])?,
    };
    Ok(changed == 1)
}

fn first(rows: &[Row], place: usize) -> SqlResult<Option<i64>> {
    Ok(rows.first().map(|row| row.try_get(place)).transpose()?)
}
