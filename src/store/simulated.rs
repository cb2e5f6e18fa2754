//! A server in memory, for the simulation of several services in virtual time.
//!
//! The transactions, leases and decisions are those of `database` and `lease`: only the server and the network are
//! simulated. It executes SQLite's texts of the statements, at the times of its own clock.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags};

use super::session::{ANSWER_TIMEOUT, Commit};
use super::sql_error::{SqlError, SqlResult};
use super::sqlite::{STATEMENT_CACHE_CAPACITY, schema};
use super::statements::Sql;

/// The table of leases: those of the store are the same as in a file.
const LEASES: &str = "CREATE TABLE leases (name TEXT PRIMARY KEY, changes INTEGER NOT NULL DEFAULT 0, \
                      markers TEXT NOT NULL DEFAULT ',', owner INTEGER, owner_name TEXT, valid_until INTEGER, \
                      log TEXT, origin TEXT, is_synchronous INTEGER); \
                      CREATE TABLE send_logs (corp TEXT, log TEXT, sends INTEGER, used_at INTEGER, PRIMARY KEY (corp, log))";

static NAMES: AtomicU64 = AtomicU64::new(0);

/// The end of a COMMIT as the network decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitFault {
    /// The connection broke before the server had it: nothing is written.
    Lost,
    /// It is written, and the answer was lost.
    Unanswered,
    /// It is written on this server only: the answer has a warning.
    LocalOnly,
    /// The same, and a failover lost it.
    LostAfterWarning,
    /// It was answered as written, and a failover without a synchronous standby lost it.
    Forgotten,
}

/// What is between one process and the server. The simulation implements it.
pub trait SimulatedNetwork: fmt::Debug + Send + Sync {
    /// Waits before and after each call of the store, as a suspended process does.
    fn pause(&self) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    /// Whether the server answers. Asked for each connection and each statement.
    fn is_reachable(&self) -> bool;

    /// What happens to this COMMIT.
    fn commit(&self) -> Option<CommitFault>;

    /// The server's clock, in milliseconds.
    fn now(&self) -> i64;

    /// Another text for a statement: a mutant leaves a safety measure out.
    fn altered(&self, sql: &str) -> Option<String>;
}

/// The server and its database.
pub struct SimulatedServer {
    uri: String,
    /// The database lives as long as a connection to it.
    connection: Mutex<Connection>,
    /// What a standby has.
    standby: Mutex<Connection>,
    timeline: AtomicU64,
    /// Commits wait for the standby.
    is_synchronous: bool,
}

impl fmt::Debug for SimulatedServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedServer").field("uri", &self.uri).finish_non_exhaustive()
    }
}

/// The server as one process reaches it.
#[derive(Clone, Debug)]
pub struct SimulatedPath {
    pub server: Arc<SimulatedServer>,
    pub network: Arc<dyn SimulatedNetwork>,
    /// The list of sends on the machine of the process.
    pub send_log: Arc<File>,
}

impl SimulatedServer {
    /// A server with an empty store.
    ///
    /// # Errors
    /// There is not enough memory.
    pub fn start(is_synchronous: bool) -> rusqlite::Result<Arc<Self>> {
        let number = NAMES.fetch_add(1, Ordering::Relaxed);
        let uri = format!("file:simulated-{number}?mode=memory&cache=shared");
        let mut connection = open(&uri)?;
        schema::migrate(&mut connection)?;
        connection.execute_batch(LEASES)?;
        let server = Self {
            uri,
            connection: Mutex::new(connection),
            standby: Mutex::new(Connection::open_in_memory()?),
            timeline: AtomicU64::new(1),
            is_synchronous,
        };
        server.replicate()?;
        Ok(Arc::new(server))
    }

    /// The standby gets everything that is committed.
    ///
    /// # Errors
    /// There is not enough memory.
    pub fn replicate(&self) -> rusqlite::Result<()> {
        copy(&lock(&self.connection), &mut lock(&self.standby))
    }

    /// The standby becomes the primary: a commit that it lacks is lost, and every connection breaks.
    ///
    /// # Errors
    /// There is not enough memory.
    pub fn fail_over(&self) -> rusqlite::Result<()> {
        if self.is_synchronous {
            self.replicate()?;
        }
        self.timeline.fetch_add(1, Ordering::Relaxed);
        copy(&lock(&self.standby), &mut lock(&self.connection))
    }

    /// Runs SQL as an administrator.
    ///
    /// # Errors
    /// The SQL is wrong.
    pub fn run(&self, sql: &str) -> rusqlite::Result<()> {
        lock(&self.connection).execute_batch(sql)
    }
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn copy(from: &Connection, to: &mut Connection) -> rusqlite::Result<()> {
    Backup::new(from, to)?.run_to_completion(i32::MAX, Duration::ZERO, None)
}

fn open(uri: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

/// One connection to the server.
#[derive(Debug)]
pub(super) struct SimulatedSession {
    connection: Connection,
    path: SimulatedPath,
    timeline: u64,
    is_broken: Cell<bool>,
}

impl SimulatedSession {
    pub(super) fn connect(path: &SimulatedPath) -> SqlResult<Self> {
        if !path.network.is_reachable() {
            return Err(SqlError::NoAnswer(ANSWER_TIMEOUT));
        }
        let connection = open(&path.server.uri)?;
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE_CAPACITY);
        let (network, is_synchronous) = (Arc::clone(&path.network), path.server.is_synchronous);
        let flags = FunctionFlags::SQLITE_UTF8;
        connection.create_scalar_function("clock_timestamp", 0, flags, move |_| Ok(network.now()))?;
        connection.create_scalar_function("synchronous", 0, flags, move |_| Ok(is_synchronous))?;
        let timeline = path.server.timeline.load(Ordering::Relaxed);
        Ok(Self { connection, path: path.clone(), timeline, is_broken: Cell::new(false) })
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The text of a statement, if the server answers.
    pub(super) fn text(&self, sql: Sql) -> SqlResult<Cow<'static, str>> {
        self.exchange()?;
        Ok(self.path.network.altered(sql.sqlite()).map_or(Cow::Borrowed(sql.sqlite()), Cow::Owned))
    }

    pub(super) fn begin(&self) -> SqlResult<()> {
        self.exchange()?;
        Ok(self.connection.execute_batch("BEGIN IMMEDIATE")?)
    }

    pub(super) fn roll_back(&self) {
        if self.connection.execute_batch("ROLLBACK").is_err() {
            self.is_broken.set(true);
        }
    }

    pub(super) fn commit(&self) -> Commit {
        let fault = self.path.network.commit();
        let is_lost = matches!(fault, Some(CommitFault::Lost | CommitFault::LostAfterWarning | CommitFault::Forgotten));
        if is_lost {
            self.roll_back();
        } else if let Err(error) = self.connection.execute_batch("COMMIT") {
            self.roll_back();
            return Commit::Aborted(error.into());
        }
        match fault {
            None | Some(CommitFault::Forgotten) => Commit::Clean,
            Some(CommitFault::LocalOnly | CommitFault::LostAfterWarning) => {
                Commit::LocalOnly("canceling wait for synchronous replication".to_owned())
            }
            Some(CommitFault::Lost | CommitFault::Unanswered) => {
                self.is_broken.set(true);
                Commit::Unknown(SqlError::NoAnswer(ANSWER_TIMEOUT))
            }
        }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.is_broken.get()
    }

    /// The server and its timeline.
    pub(super) fn origin(&self) -> String {
        format!("simulated/{}", self.timeline)
    }

    /// One question and its answer.
    pub(super) fn exchange(&self) -> SqlResult<()> {
        let is_same = self.path.server.timeline.load(Ordering::Relaxed) == self.timeline;
        if self.is_broken.get() || !is_same || !self.path.network.is_reachable() {
            self.is_broken.set(true);
            return Err(SqlError::NoAnswer(ANSWER_TIMEOUT));
        }
        Ok(())
    }
}
