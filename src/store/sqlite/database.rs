//! The file of the store and its connections: opening, reading and writing.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::file::{self, Opened};
use super::lock::SharedClaim;
use super::schema::{self, APPLICATION_ID, NEWEST};
use super::statements::{FOREIGN_CHANGES, prepared};
use super::{error, read_only};
use crate::store::error::DatabaseErrorKind;
use crate::store::{Address, StoreError};

/// Statements that are kept ready: more than there are.
const STATEMENTS: usize = 96;

/// How long a call waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two tries of what another process keeps for a moment.
const RETRY_PAUSE: Duration = Duration::from_millis(10);

/// An open store.
#[derive(Debug)]
pub struct Store {
    /// A connection that can only read, for all that watches: what it does never keeps the engine waiting. It is closed before
    /// the other, which leaves no write-ahead log behind when it is the last.
    pub(super) watching: OnceLock<Mutex<Connection>>,
    pub(super) db: Mutex<Connection>,
    pub(super) path: Option<PathBuf>,
    /// The file that was opened, whatever name led to it.
    pub(super) opened: Option<Opened>,
    /// Opened where no file can be made beside it: there is the one connection.
    is_immutable: bool,
    /// There while this process has the store for itself.
    pub(super) claim: SharedClaim,
    /// Counts what people changed through this connection.
    pub(super) steered: AtomicI64,
}

impl Store {
    /// Opens the store, making it if it is not there.
    pub fn open(address: &Address) -> Result<Self, StoreError> {
        let Address::Sqlite(path) = address;
        let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
        if directory.is_some_and(|directory| !directory.is_dir()) {
            return Err(StoreError::NoDirectory { path: path.clone() });
        }
        file::create_private(path).map_err(|cause| StoreError::NoAccess { path: path.clone(), cause })?;
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opens a store that must be there already, for commands that only look or steer.
    pub fn open_existing(address: &Address) -> Result<Self, StoreError> {
        let Address::Sqlite(path) = address;
        if !path.exists() {
            return Err(StoreError::NotThere { path: path.clone() });
        }
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// A store that is gone with the process, for rehearsals and tests.
    pub fn in_memory() -> Result<Self, StoreError> {
        let failed = |cause: rusqlite::Error| StoreError::Open { path: ":memory:".into(), cause: cause.into() };
        let mut db = Connection::open_in_memory().map_err(failed)?;
        schema::migrate(&mut db).map_err(failed)?;
        db.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self::of(db, None, None))
    }

    pub(super) fn of(db: Connection, path: Option<PathBuf>, opened: Option<Opened>) -> Self {
        Self {
            db: Mutex::new(db),
            watching: OnceLock::new(),
            path,
            opened,
            is_immutable: false,
            claim: Arc::default(),
            steered: AtomicI64::new(0),
        }
    }

    /// While another process turns a new file into a store, SQLite refuses what it does and does not wait by itself.
    fn open_with(path: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let began = Instant::now();
        loop {
            match Self::open_once(path, flags) {
                Err(StoreError::Open { cause, .. })
                    if cause.kind == DatabaseErrorKind::Locked && began.elapsed() < BUSY_TIMEOUT =>
                {
                    std::thread::sleep(RETRY_PAUSE);
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
            && read_only::is_on_read_only(&opened.real)
        {
            if read_only::has_log(&opened) {
                return Err(StoreError::LogOnReadOnly { path: path.to_owned() });
            }
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            (connected, is_immutable) = (connect(&read_only::immutable(&opened.real), flags), true);
        }
        let (mut db, (application, found, tables)) = connected.map_err(failed)?;
        if application != APPLICATION_ID && (application != 0 || found != 0 || tables != 0) {
            return Err(StoreError::Foreign { path: path.to_owned() });
        }
        if found > NEWEST {
            return Err(StoreError::Newer { path: path.to_owned(), found, known: NEWEST });
        }
        if !is_immutable {
            db.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
        }
        db.pragma_update(None, "synchronous", "full").map_err(failed)?;
        db.pragma_update(None, "foreign_keys", true).map_err(failed)?;
        if found < NEWEST {
            schema::migrate(&mut db).map_err(failed)?;
        }
        db.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self { is_immutable, ..Self::of(db, Some(path.to_owned()), Some(opened)) })
    }

    /// Proves that the files which this process opened are still those that the next process would open. Where they are
    /// not, nothing may be sent: a second service on the same path knows nothing of this one.
    pub fn is_in_place(&self) -> Result<(), StoreError> {
        match &*self.claim.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(claim) => claim.files.are_in_place(),
            None => Ok(()),
        }
    }

    /// Changes whenever another process, or a person through this one, changed the store.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        let others: i64 =
            self.read("look for changes", |db| prepared(db, FOREIGN_CHANGES)?.query_row([], |row| row.get(0)))?;
        Ok(others + self.steered.load(Ordering::Relaxed))
    }

    pub(super) fn read<T>(
        &self,
        verb: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        read(&self.db()).map_err(|source| self.failed(verb, source))
    }

    /// Reads for somebody who watches, on a connection of its own; a store in memory has only the one.
    pub(super) fn look<T>(
        &self,
        verb: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let (Some(path), Some(opened)) = (&self.path, &self.opened) else { return self.read(verb, read) };
        if self.is_immutable {
            return self.read(verb, read);
        }
        let watching = match self.watching.get() {
            Some(watching) => watching,
            None => {
                let db = open_to_watch(&opened.real)
                    .map_err(|error| StoreError::Open { path: path.clone(), cause: error.into() })?;
                self.watching.get_or_init(|| Mutex::new(db))
            }
        };
        read(&watching.lock().unwrap_or_else(PoisonError::into_inner)).map_err(|source| self.failed(verb, source))
    }

    pub(super) fn write<T>(
        &self,
        verb: &'static str,
        write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut db = self.db();
        let done = db.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|step| {
            let done = write(&step)?;
            step.commit()?;
            Ok(done)
        });
        done.map_err(|source| self.failed(verb, source))
    }

    /// Proves that the store takes a change, without making one.
    pub fn is_writable(&self) -> Result<(), StoreError> {
        self.write("take a change", |db| db.execute_batch("CREATE TABLE probe (x); DROP TABLE probe"))
    }

    /// The file that it is in; nothing where it is in memory.
    pub fn path(&self) -> Option<&PathBuf> {
        self.path.as_ref()
    }

    fn failed(&self, verb: &'static str, error: rusqlite::Error) -> StoreError {
        error::failed(self.path.as_deref(), verb, error)
    }

    pub(super) fn db(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere leaves the connection whole: an unfinished transaction was rolled back by its drop.
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens a file and reads what kind it is: only the first reading shows whether SQLite gets at its files.
fn connect(name: &Path, flags: OpenFlags) -> rusqlite::Result<(Connection, (i64, i64, i64))> {
    let mut db = Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    let header = file_header(&mut db)?;
    Ok((db, header))
}

fn open_to_watch(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

/// What kind of file it is, as of one moment: whose it says to be, in which form, and how many tables it has.
fn file_header(db: &mut Connection) -> rusqlite::Result<(i64, i64, i64)> {
    let moment = db.transaction()?;
    let application = moment.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let form = moment.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables = moment.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok((application, form, tables))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::ids::CorpId;
    use crate::store::RunFilter;

    /// Would hang, did those who watch need the engine's connection.
    #[test]
    fn readers_do_not_wait_for_the_engine() {
        let dir = tempfile::tempdir().expect("there is room");
        let store = Store::open(&Address::Sqlite(dir.path().join("a.db"))).expect("a store");
        let (corp, now) = (CorpId("ww1".to_owned()), DateTime::UNIX_EPOCH);
        let mut engine = store.db.lock().expect("no panics");
        let writing = engine.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).expect("nobody else");
        assert_eq!(store.runs(&RunFilter { corp: Some(corp.clone()), ..RunFilter::default() }).expect("read"), []);
        assert_eq!(store.runs(&RunFilter::default()).expect("read"), []);
        assert!(store.count_runs(&corp, now, now + TimeDelta::days(1)).expect("read").is_empty());
        assert!(store.to_ask(&corp, now, now).expect("read").now.is_empty());
        writing.commit().expect("nothing to write");
    }
}
