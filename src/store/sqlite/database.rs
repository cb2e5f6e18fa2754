//! One connection to the file of a store: opening, reading and writing.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::file::{self, Opened};
use super::in_place::SharedClaim;
use super::schema::{self, APPLICATION_ID, NEWEST};
use super::{error, read_only};
use crate::store::sql_error::{SqlError, SqlResult};
use crate::store::witness::Attempt;
use crate::store::{DataVersion, DatabaseErrorKind, Operation, StoreError};

/// Prepared statements per connection: more than there are.
pub(in crate::store) const STATEMENT_CACHE_CAPACITY: usize = 160;

/// How long a call waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause between two attempts to open a store that another process creates.
const OPEN_RETRY_INTERVAL: Duration = Duration::from_millis(10);

/// What the connections of a store have in common.
#[derive(Debug, Default)]
pub(in crate::store) struct StoreFile {
    /// The path as it was given; `None` for a store in memory.
    pub(in crate::store) path: Option<PathBuf>,
    /// The file at that path when it was opened.
    pub(in crate::store) opened: Option<Opened>,
    /// Opened as immutable, on a read-only file system: there is one connection.
    pub(super) is_immutable: bool,
    /// Set while this process has the service lock.
    pub(in crate::store) claim: SharedClaim,
    /// Counts changes by people through this process.
    manual_changes: AtomicI64,
}

/// One connection.
#[derive(Debug)]
pub(in crate::store) struct Database {
    pub(in crate::store) connection: Connection,
    pub(in crate::store) file: Arc<StoreFile>,
}

impl Database {
    /// Opens the store, and creates it if it does not exist.
    pub(in crate::store) fn open(path: &Path) -> Result<Self, StoreError> {
        let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
        if directory.is_some_and(|directory| !directory.is_dir()) {
            return Err(StoreError::NoDirectory { path: path.to_owned() });
        }
        file::create_private(path).map_err(|cause| StoreError::NoAccess { path: path.to_owned(), cause })?;
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opens a store that must exist already.
    pub(in crate::store) fn open_existing(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::NotThere { path: path.to_owned() });
        }
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    pub(in crate::store) fn in_memory() -> Result<Self, StoreError> {
        let failed = |cause: rusqlite::Error| StoreError::Open { path: ":memory:".into(), cause: cause.into() };
        let mut connection = Connection::open_in_memory().map_err(failed)?;
        schema::migrate(&mut connection).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE_CAPACITY);
        Ok(Self { connection, file: Arc::default() })
    }

    /// A copy of a store that is being written.
    pub(in crate::store) fn of_copy(connection: Connection, path: PathBuf) -> Self {
        Self { connection, file: Arc::new(StoreFile { path: Some(path), ..StoreFile::default() }) }
    }

    /// A second, read-only connection to the same file. `None` if there can be only one.
    pub(in crate::store) fn for_reading(file: &Arc<StoreFile>) -> Result<Option<Self>, StoreError> {
        let StoreFile { path: Some(path), opened: Some(opened), is_immutable: false, .. } = &**file else {
            return Ok(None);
        };
        let connection = open_for_reading(&opened.real)
            .map_err(|error| StoreError::Open { path: path.clone(), cause: error.into() })?;
        Ok(Some(Self { connection, file: Arc::clone(file) }))
    }

    /// While another process creates a store, SQLite refuses to open it, without waiting.
    fn open_with(path: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let began = Instant::now();
        loop {
            match Self::open_once(path, flags) {
                Err(StoreError::Open { cause, .. })
                    if cause.kind == DatabaseErrorKind::Locked && began.elapsed() < BUSY_TIMEOUT =>
                {
                    std::thread::sleep(OPEN_RETRY_INTERVAL);
                }
                done => return done,
            }
        }
    }

    fn open_once(path: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let opened = file::opened(path)?;
        let failed = |source: rusqlite::Error| match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => StoreError::Foreign { path: path.to_owned() },
            Some(ErrorCode::DatabaseCorrupt) => error::damaged(path, &source),
            _ => StoreError::Open { path: path.to_owned(), cause: source.into() },
        };
        let (mut connected, mut is_immutable) = (connect(&opened.real, flags), false);
        if let Err(error) = &connected
            && matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
            && read_only::is_on_read_only_file_system(&opened.real)
        {
            if read_only::has_log(&opened) {
                return Err(StoreError::LogOnReadOnly { path: path.to_owned() });
            }
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            (connected, is_immutable) = (connect(&read_only::immutable(&opened.real), flags), true);
        }
        let (mut connection, (application, found, tables)) = connected.map_err(failed)?;
        if application != APPLICATION_ID && (application != 0 || found != 0 || tables != 0) {
            return Err(StoreError::Foreign { path: path.to_owned() });
        }
        if found > NEWEST {
            return Err(StoreError::Newer { path: path.to_owned(), found, known: NEWEST });
        }
        if !is_immutable {
            connection.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
        }
        connection.pragma_update(None, "synchronous", "full").map_err(failed)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
        if found < NEWEST {
            if found > 0 {
                tracing::info!(from = found, to = NEWEST, "upgrading the format of the store; this may take minutes");
            }
            schema::migrate(&mut connection).map_err(failed)?;
        }
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE_CAPACITY);
        let file =
            StoreFile { path: Some(path.to_owned()), opened: Some(opened), is_immutable, ..StoreFile::default() };
        Ok(Self { connection, file: Arc::new(file) })
    }

    /// Checks that the files that this process opened are still at their paths.
    pub(in crate::store) fn check_in_place(&self) -> Result<(), StoreError> {
        match &*self.file.claim.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(claim) => claim.files.are_in_place(),
            None => Ok(()),
        }
    }

    /// Differs after another process, or a person through this one, changed the store.
    pub(in crate::store) fn data_version(&self) -> Result<DataVersion, StoreError> {
        let others: i64 = self
            .read(Operation::LookForChanges, |db| Ok(db.pragma_query_value(None, "data_version", |row| row.get(0))?))?;
        let changes = others + self.file.manual_changes.load(Ordering::Relaxed);
        // A file that lost commits is found at the start.
        Ok(DataVersion { changes, comparisons: 0 })
    }

    /// Writes attempts into the witness, if this process has the service lock.
    pub(in crate::store) fn append_to_witness(
        &self,
        lineage: &str,
        first: u64,
        attempts: Vec<Attempt>,
    ) -> io::Result<()> {
        match &*self.file.claim.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(claim) => claim.witness.append(lineage, first, attempts),
            None => Ok(()),
        }
    }

    pub(in crate::store) fn note_manual_change(&self) {
        self.file.manual_changes.fetch_add(1, Ordering::Relaxed);
    }

    pub(in crate::store) fn check_writable(&mut self) -> Result<(), StoreError> {
        self.write(Operation::CheckWritable, |db| Ok(db.execute_batch("CREATE TABLE probe (x); DROP TABLE probe")?))
    }

    pub(in crate::store) fn read<T>(
        &self,
        operation: Operation,
        read: impl FnOnce(&Connection) -> SqlResult<T>,
    ) -> Result<T, StoreError> {
        read(&self.connection).map_err(|error| self.failed(operation, error))
    }

    /// Runs one transaction, which is on disk when this returns.
    pub(in crate::store) fn write<T>(
        &mut self,
        operation: Operation,
        write: impl FnOnce(&Transaction<'_>) -> SqlResult<T>,
    ) -> Result<T, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let done = transaction.map_err(SqlError::from).and_then(|transaction| {
            let done = write(&transaction)?;
            transaction.commit()?;
            Ok(done)
        });
        done.map_err(|error| self.failed(operation, error))
    }

    pub(in crate::store) fn failed(&self, operation: Operation, error: SqlError) -> StoreError {
        error::failed(self.file.path.as_deref(), operation, error)
    }
}

/// Opens a file and reads its header: only the first read shows whether SQLite can access its files.
fn connect(name: &Path, flags: OpenFlags) -> rusqlite::Result<(Connection, (i64, i64, i64))> {
    let mut db = Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    let header = file_header(&mut db)?;
    Ok((db, header))
}

fn open_for_reading(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.set_prepared_statement_cache_capacity(STATEMENT_CACHE_CAPACITY);
    Ok(db)
}

/// Opens a store for reading, without changing it; `None` if it is none, or of another format.
pub(in crate::store) fn open_to_look(path: &Path) -> Option<Connection> {
    let mut db = open_for_reading(path).ok()?;
    matches!(file_header(&mut db), Ok((APPLICATION_ID, NEWEST, _))).then_some(db)
}

/// The application id, the format and the number of tables of a file, read in one transaction.
fn file_header(db: &mut Connection) -> rusqlite::Result<(i64, i64, i64)> {
    let moment = db.transaction()?;
    let application = moment.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let form = moment.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables = moment.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok((application, form, tables))
}
