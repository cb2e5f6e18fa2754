//! One connection with its reconnects, and the transactions of a store on a server.
//!
//! Every transaction that writes begins with the row of its corp in `leases`. So transactions of one corp run one after
//! the other, over all processes, as with a file. The row also keeps a random marker of each of the last transactions:
//! after a COMMIT without an answer, the marker tells whether it was written.

mod connect;
mod leases;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::params;
use tokio::runtime::{Builder, Runtime};

use super::claim::Compared;
use super::error::{at, failed};
use super::link::Link;
use super::problem::ServerProblem;
use super::schema;
use super::server::Server;
use crate::store::connection::{Connection, prepared};
use crate::store::session::Commit;
use crate::store::sql_error::{SqlError, SqlResult};
use crate::store::statements::{LEASE_COMMITTED, LEASE_COUNT, LEASE_COUNT_OWN, LEASE_PUT};
use crate::store::witness::Attempt;
use crate::store::{DataVersion, Operation, StoreError};

/// A connection that was not used for this long is tried before it is used.
const IDLE_TIME: Duration = Duration::from_secs(2);
/// How long to look for the end of a transaction whose COMMIT was not answered: a failover takes about half a minute.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(60);
/// Pause between two tries.
const SETTLE_INTERVAL: Duration = Duration::from_millis(500);

static CONNECTIONS: AtomicU64 = AtomicU64::new(1);

#[derive(Debug)]
pub(in crate::store) struct Database {
    /// `None` for a simulated server.
    runtime: Option<Arc<Runtime>>,
    server: Arc<Server>,
    session: Option<Box<Link>>,
    /// The number of the connection: no other one of this process has it.
    connection: u64,
    /// The server that it leads to, and its timeline.
    origin: Option<String>,
    /// The corp that the connection is set to.
    set_to: Option<Arc<Server>>,
    used_at: Instant,
}

/// Which transactions may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writer {
    Anyone,
    /// Only the owner of the lease with this token.
    Owner(i64),
}

/// How a written transaction ended.
#[derive(Debug)]
enum Written {
    Clean,
    /// On the disk of the primary server only: a WARNING came with the answer.
    LocalOnly(String),
    /// The answer was lost, and the transaction found afterwards.
    Found(String),
}

impl Database {
    /// Nothing is connected yet.
    pub(in crate::store) fn new(server: Arc<Server>) -> io::Result<Self> {
        let runtime = || Builder::new_current_thread().enable_all().build();
        let runtime = if server.simulated.is_none() { Some(Arc::new(runtime()?)) } else { None };
        Ok(Self { runtime, server, session: None, connection: 0, origin: None, set_to: None, used_at: Instant::now() })
    }

    /// From now on the connection is used for this store.
    pub(in crate::store) fn serve(&mut self, server: &Arc<Server>) {
        self.server = Arc::clone(server);
    }

    /// Ends a connection whose state is not known.
    pub(in crate::store) fn disconnect(&mut self) {
        self.session = None;
    }

    /// Connects, creates the store if it does not exist, and brings it to the newest format.
    pub(in crate::store) fn open(&mut self) -> Result<(), StoreError> {
        let server = Arc::clone(&self.server);
        match self.connected()? {
            Link::Server(session) => schema::migrate(session, &server.address),
            Link::Simulated(_) => Ok(()),
        }
    }

    /// The same for a store that must exist already.
    pub(in crate::store) fn open_existing(&mut self) -> Result<(), StoreError> {
        let server = Arc::clone(&self.server);
        let Link::Server(session) = self.connected()? else { return Ok(()) };
        if schema::exists(session, &server.address)? {
            return schema::migrate(session, &server.address);
        }
        Err(at(&server.address, ServerProblem::NoStore { schema: server.address.schema.clone() }))
    }

    pub(in crate::store) fn read<T>(
        &mut self,
        operation: Operation,
        read: impl FnOnce(&Connection<'_>) -> SqlResult<T>,
    ) -> Result<T, StoreError> {
        let server = Arc::clone(&self.server);
        read(&self.connected()?.connection()).map_err(|error| failed(&server.address, operation, error))
    }

    /// Runs one transaction, which the server has on disk when this returns. One that a failover may lose counts as
    /// failed. Its caller tries again: the clean commit of a later transaction proves that the earlier one is safe too.
    pub(in crate::store) fn write<T>(
        &mut self,
        operation: Operation,
        write: impl FnOnce(&Connection<'_>) -> SqlResult<T>,
    ) -> Result<T, StoreError> {
        self.write_as(Writer::Anyone, operation, write)
    }

    /// The same for a transaction that only the owner of the lease may run.
    pub(in crate::store) fn write_by_owner<T>(
        &mut self,
        operation: Operation,
        write: impl FnOnce(&Connection<'_>) -> SqlResult<T>,
    ) -> Result<T, StoreError> {
        let owner = self.owner()?;
        self.write_as(owner, operation, write)
    }

    /// The same for a transaction that permits requests: only the owner of the lease may run it. If it is written, but
    /// the answer to its COMMIT was not clean, the second value says why no request may follow.
    pub(in crate::store) fn write_sends<T>(
        &mut self,
        operation: Operation,
        write: impl FnOnce(&Connection<'_>) -> SqlResult<T>,
    ) -> Result<(T, Option<String>), StoreError> {
        let owner = self.owner()?;
        let (written, end) = self.transaction(operation, owner, write)?;
        let unclean = match end {
            Written::Clean => None,
            Written::LocalOnly(why) | Written::Found(why) => Some(why),
        };
        Ok((written, unclean))
    }

    fn write_as<T>(
        &mut self,
        writer: Writer,
        operation: Operation,
        write: impl FnOnce(&Connection<'_>) -> SqlResult<T>,
    ) -> Result<T, StoreError> {
        match self.transaction(operation, writer, write)? {
            (written, Written::Clean | Written::Found(_)) => Ok(written),
            (_, Written::LocalOnly(why)) => {
                // To its caller it has failed, so it is no change of its own: the caller reads the store again.
                self.server.own_changes.fetch_sub(1, Ordering::Relaxed);
                Err(failed(&self.server.address, operation, SqlError::NotReplicated(why)))
            }
        }
    }

    /// This process, as the owner of the lease.
    fn owner(&self) -> Result<Writer, StoreError> {
        self.check_lease()?;
        let token = self.server.claim().as_ref().map(|claim| claim.token);
        token.map(Writer::Owner).ok_or_else(|| at(&self.server.address, ServerProblem::LeaseLost))
    }

    /// Whether the server answers.
    pub(in crate::store) fn check_reachable(&mut self) -> Result<(), StoreError> {
        self.connected().map(drop)
    }

    /// Writes attempts into the list of this machine.
    pub(in crate::store) fn append_to_send_log(&self, first: u64, attempts: Vec<Attempt>) -> io::Result<()> {
        match self.server.claim().as_mut() {
            Some(claim) => claim.append(first, attempts),
            None => Err(io::Error::other("the lease was given back")),
        }
    }

    /// Whether this process still has the lease that it took.
    pub(in crate::store) fn check_lease(&self) -> Result<(), StoreError> {
        if self.server.is_lost.load(Ordering::Relaxed) {
            return Err(at(&self.server.address, ServerProblem::LeaseLost));
        }
        Ok(())
    }

    pub(in crate::store) fn data_version(&mut self) -> Result<DataVersion, StoreError> {
        let server = Arc::clone(&self.server);
        self.connected()?;
        let connection = self.connection;
        if server.claim().as_ref().is_some_and(|claim| !claim.is_compared_on(connection)) {
            // Without this, what is missing would show only at the next write, which may be tomorrow.
            self.write_by_owner(Operation::LookForChanges, |_| Ok(()))?;
        }
        let all: i64 = self.read(Operation::LookForChanges, |db| {
            let changes =
                prepared(db, LEASE_COUNT)?.query_row(params![server.address.corp_name()], |row| row.get(0))?;
            Ok(changes.unwrap_or(0))
        })?;
        let own = server.own_changes.load(Ordering::Relaxed);
        let changes = all - own + server.manual_changes.load(Ordering::Relaxed);
        Ok(DataVersion { changes, comparisons: server.comparisons.load(Ordering::Relaxed) })
    }

    pub(in crate::store) fn note_manual_change(&self) {
        self.server.manual_changes.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn server(&self) -> &Arc<Server> {
        &self.server
    }

    /// The connection, a new one if the former is broken.
    pub(super) fn connected(&mut self) -> Result<&Link, StoreError> {
        if let Some(session) = &self.session
            && self.used_at.elapsed() > IDLE_TIME
            && !session.is_broken()
        {
            // An error marks it as broken.
            let _ = session.probe();
        }
        self.used_at = Instant::now();
        if self.session.as_deref().is_none_or(Link::is_broken) {
            self.session = None;
            self.session = Some(Box::new(self.connect()?));
            self.connection = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
            self.origin = self.session.as_deref().and_then(Link::origin);
            self.set_to = Some(Arc::clone(&self.server));
        }
        let session = self.session.as_deref().expect("it was just connected");
        let corp = self.server.corp_name();
        if self.set_to.as_ref().is_none_or(|server| server.corp_name() != corp) {
            if let Err(error) = session.serve(corp) {
                self.session = None;
                return Err(failed(&self.server.address, Operation::LookForChanges, error));
            }
            self.set_to = Some(Arc::clone(&self.server));
        }
        Ok(self.session.as_deref().expect("it was just connected"))
    }

    fn transaction<T>(
        &mut self,
        operation: Operation,
        writer: Writer,
        write: impl FnOnce(&Connection<'_>) -> SqlResult<T>,
    ) -> Result<(T, Written), StoreError> {
        let server = Arc::clone(&self.server);
        let failed = |error| failed(&server.address, operation, error);
        let (mut marker, mut entered) = self.begin(writer)?;
        // Nothing is written yet: if the connection has broken, it begins again on a new one.
        if entered.is_err() && self.session.as_deref().is_none_or(Link::is_broken) {
            (marker, entered) = self.begin(writer)?;
        }
        // The same connection: on a new one there is no transaction.
        let session = self.session.as_deref().expect("it has begun a transaction");
        let connection = self.connection;
        match entered {
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
        let compared = match server.claim().as_ref() {
            Some(claim) => claim.compare(&session.connection(), server.corp_name(), connection, self.origin.as_deref()),
            None => Ok(None),
        };
        let (compared, written) = match compared.and_then(|compared| Ok((compared, write(&session.connection())?))) {
            Ok(written) => written,
            Err(error) => {
                session.roll_back();
                return Err(failed(error));
            }
        };
        let end = match session.commit() {
            Commit::Clean => Written::Clean,
            Commit::LocalOnly(why) => Written::LocalOnly(why),
            Commit::Aborted(error) => return Err(failed(error)),
            Commit::Unknown(error) => {
                let why = error.to_string();
                if !self.settle(operation, marker)? {
                    return Err(failed(error));
                }
                Written::Found(why)
            }
        };
        if let (Some(compared), Written::Clean) = (&compared, &end) {
            match compared {
                Compared::NotOwner => server.is_lost.store(true, Ordering::Relaxed),
                Compared::Complete | Compared::Lost(_) => drop(server.comparisons.fetch_add(1, Ordering::Relaxed)),
            }
            if let Some(claim) = server.claim().as_mut() {
                claim.note_comparison(server.corp_name(), connection, compared);
            }
        }
        server.own_changes.fetch_add(1, Ordering::Relaxed);
        Ok((written, end))
    }

    /// Begins a transaction with a marker, and locks the row of the corp: see [`enter`].
    fn begin(&mut self, writer: Writer) -> Result<(i64, SqlResult<bool>), StoreError> {
        let server = Arc::clone(&self.server);
        let marker = i64::from_ne_bytes(fastrand::u64(..).to_ne_bytes());
        let session = self.connected()?;
        let entered = || {
            session.begin()?;
            enter(&session.connection(), server.address.corp_name(), writer, marker)
        };
        Ok((marker, entered()))
    }

    /// Whether the transaction with a marker was written. Waits for the row that the transaction has locked or inserted, so
    /// it has ended. The row keeps 32 markers: a transaction before them, after a takeover, counts as not written, and its
    /// caller reads what there is.
    ///
    /// # Errors
    /// The server cannot be reached: the end of the transaction stays unknown.
    fn settle(&mut self, operation: Operation, marker: i64) -> Result<bool, StoreError> {
        let (began, server) = (Instant::now(), Arc::clone(&self.server));
        loop {
            let found = self.read(operation, |db| {
                let values = params![server.address.corp_name(), marker];
                Ok(prepared(db, LEASE_COMMITTED)?.query_row(values, |row| row.get(0))?.unwrap_or(false))
            });
            match found {
                // In virtual time nothing changes during a call.
                Err(_) if began.elapsed() < SETTLE_TIMEOUT && server.simulated.is_none() => {
                    std::thread::sleep(SETTLE_INTERVAL);
                }
                found => return found,
            }
        }
    }
}

/// Locks the row of the corp, and leaves the marker in it. Returns false if the writer is not the owner.
fn enter(db: &Connection<'_>, corp: &str, writer: Writer, marker: i64) -> SqlResult<bool> {
    let changed = match writer {
        Writer::Anyone => prepared(db, LEASE_PUT)?.execute(params![corp, marker])?,
        Writer::Owner(token) => prepared(db, LEASE_COUNT_OWN)?.execute(params![corp, marker, token])?,
    };
    Ok(changed == 1)
}
