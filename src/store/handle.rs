//! The handle of a store, for all other modules.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::connection::Connection;
use super::database::Database;
use super::executor::Executor;
use super::postgres::{self, Server};
use super::shared_threads::{self, Use};
use super::sql_error::SqlResult;
use super::sqlite::{self, StoreFile};
use super::{Address, DataVersion, Operation, ServerAddress, SimulatedPath, StoreError, moved};
use crate::ids::CorpId;

/// An open store. Clones share it; dropping the last one waits until the file is closed.
///
/// # Errors
/// Every method returns [`StoreError`] if the database cannot be read or written, or if its file was replaced. A method
/// that can fail in another way says so itself.
#[derive(Clone, Debug)]
pub struct Store(Arc<Connections>);

/// Fields are dropped in this order: the last connection to close leaves no write-ahead log, if it can write.
#[derive(Debug)]
pub(super) struct Connections {
    /// For status, pages and read-only commands: it never waits for a writer, and no writer waits for it.
    reader: OnceLock<Executor>,
    pub(super) writer: Executor,
    pub(super) place: Place,
}

/// What the connections of a store have in common.
#[derive(Clone, Debug)]
pub(super) enum Place {
    File(Arc<StoreFile>),
    Server(Arc<Server>),
}

impl Store {
    /// Opens the store, and creates it if it does not exist. Blocks while another process creates it, for five seconds
    /// at most.
    ///
    /// # Errors
    /// [`StoreError`] names the file and what to do.
    pub fn open(address: &Address) -> Result<Self, StoreError> {
        Self::open_even_moved_or_new(address)?.unless_moved(address)
    }

    /// The same also if its history was moved to another store.
    pub(super) fn open_even_moved_or_new(address: &Address) -> Result<Self, StoreError> {
        match address {
            Address::Sqlite(path) => Self::with_own_thread(sqlite::Database::open(path)?),
            Address::Postgres(address) => Self::on_server(Server::new((**address).clone()), postgres::Database::open),
        }
    }

    /// Opens a store that must exist already, for commands that never create one.
    ///
    /// # Errors
    /// As [`Store::open`], and [`StoreError::NotThere`].
    pub fn open_existing(address: &Address) -> Result<Self, StoreError> {
        Self::open_even_moved(address)?.unless_moved(address)
    }

    /// The same also if its history was moved to another store.
    pub(super) fn open_even_moved(address: &Address) -> Result<Self, StoreError> {
        match address {
            Address::Sqlite(path) => Self::with_own_thread(sqlite::Database::open_existing(path)?),
            Address::Postgres(address) => {
                Self::on_server(Server::new((**address).clone()), postgres::Database::open_existing)
            }
        }
    }

    /// Like [`Store::open`], for virtual time: calls run on their caller (see `executor`).
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_inline(address: &Address) -> Result<Self, StoreError> {
        match address {
            Address::Sqlite(path) => sqlite::Database::open(path).map(Self::inline),
            Address::Postgres(_) => Self::open(address),
        }
    }

    /// A store in memory, for rehearsals and tests. Calls run on their caller.
    ///
    /// # Errors
    /// There is not enough memory.
    pub fn in_memory() -> Result<Self, StoreError> {
        sqlite::Database::in_memory().map(Self::inline)
    }

    /// A store on a simulated server, in virtual time. Calls run on their caller.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub fn on_simulated(path: SimulatedPath, corp: CorpId) -> Result<Self, StoreError> {
        let network = Arc::clone(&path.network);
        let server = Server::simulated(path, corp).map_err(|_| StoreError::Stopped)?;
        let no_thread = |cause| StoreError::NoThread { cause };
        let mut database = postgres::Database::new(Arc::clone(&server)).map_err(no_thread)?;
        database.open()?;
        Ok(Self::of(Executor::over(network, Database::Postgres(database)), Place::Server(server)))
    }

    fn unless_moved(self, address: &Address) -> Result<Self, StoreError> {
        let of = address.clone();
        self.0.writer.call_blocking(move |database| moved::refuse(database, &of))??;
        Ok(self)
    }

    fn with_own_thread(database: sqlite::Database) -> Result<Self, StoreError> {
        let place = Place::File(Arc::clone(&database.file));
        let writer = Executor::thread(Database::Sqlite(database)).map_err(|cause| StoreError::NoThread { cause })?;
        Ok(Self::of(writer, place))
    }

    /// Opens a store on a server with a connection of its own, for work that must not delay other corps.
    ///
    /// # Errors
    /// As [`Store::open_existing`]; its history may have been moved to another store.
    pub fn open_apart(address: &ServerAddress) -> Result<Self, StoreError> {
        let no_thread = |cause| StoreError::NoThread { cause };
        let server = Server::new(address.clone());
        let database = postgres::Database::new(Arc::clone(&server)).map_err(no_thread)?;
        let writer = Executor::thread(Database::Postgres(database)).map_err(no_thread)?;
        let opened = writer.call_blocking(|database| match database {
            Database::Postgres(database) => database.open_existing(),
            Database::Sqlite(_) => Ok(()),
        });
        opened??;
        Ok(Self::of(writer, Place::Server(server)))
    }

    /// Connects on the store's thread: the caller may be on a thread of the runtime.
    fn on_server(
        server: Arc<Server>,
        open: fn(&mut postgres::Database) -> Result<(), StoreError>,
    ) -> Result<Self, StoreError> {
        let no_thread = |cause| StoreError::NoThread { cause };
        let thread = shared_threads::thread(&server, Use::Writing).map_err(no_thread)?;
        let writer = Executor::Shared(thread, Arc::clone(&server));
        let opened = writer.call_blocking(move |database| match database {
            Database::Postgres(database) => open(database),
            Database::Sqlite(_) => Ok(()),
        });
        opened??;
        Ok(Self::of(writer, Place::Server(server)))
    }

    fn inline(database: sqlite::Database) -> Self {
        let place = Place::File(Arc::clone(&database.file));
        Self::of(Executor::inline(Database::Sqlite(database)), place)
    }

    fn of(writer: Executor, place: Place) -> Self {
        Self(Arc::new(Connections { reader: OnceLock::new(), writer, place }))
    }

    /// The path of its file; `None` for a store in memory or on a server.
    pub fn path(&self) -> Option<&Path> {
        match &self.0.place {
            Place::File(file) => file.path.as_deref(),
            Place::Server(_) => None,
        }
    }

    /// A file or directory of this machine that belongs to the store; `None` for a store in memory.
    pub fn beside(&self, end: &str) -> Option<PathBuf> {
        match &self.0.place {
            Place::File(file) if file.path.is_none() => None,
            Place::Server(server) if server.simulated.is_some() => None,
            _ => Some(self.address().beside(end)),
        }
    }

    /// Checks that the files that this process opened are still at their paths. If not, nothing may be sent: a second
    /// service on the same path would not see the commits of this one.
    ///
    /// # Errors
    /// [`StoreError::Displaced`] with the file; [`StoreError::NoAccess`] if it cannot be read at the moment.
    pub async fn check_in_place(&self) -> Result<(), StoreError> {
        self.call(|database| database.check_in_place()).await
    }

    /// A value that changes when another process, or an operation of a person, writes to the store.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn data_version(&self) -> Result<DataVersion, StoreError> {
        self.call(|database| database.data_version()).await
    }

    /// The corp of a store on a server, as the statements use it.
    pub(super) fn corp_name(&self) -> String {
        match &self.0.place {
            Place::File(_) => String::new(),
            Place::Server(server) => server.corp_name().to_owned(),
        }
    }

    /// Refuses a file from which the history of this corp was moved, while it has others.
    ///
    /// # Errors
    /// [`StoreError::Moved`] with the new address; others if the store cannot be read.
    pub async fn check_not_moved(&self, corp: &CorpId) -> Result<(), StoreError> {
        let corp = corp.clone();
        match self.read(Operation::ReadRuns, move |db| moved::of_corp(db, &corp)).await? {
            Some(moved) => Err(moved.error(&self.address())),
            None => Ok(()),
        }
    }

    /// Checks that the store can be written, without changing it.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        self.call(Database::check_writable).await
    }

    /// Checks a file for damage, for a bounded time; on a server, only that it answers.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the errors that SQLite reports.
    pub async fn check_integrity(&self) -> Result<(), StoreError> {
        self.call(Database::check_integrity).await
    }

    /// Its address, for messages.
    pub fn address(&self) -> Address {
        match &self.0.place {
            Place::File(file) => Address::Sqlite(file.path.clone().unwrap_or_default()),
            Place::Server(server) => Address::Postgres(Box::new(server.address.clone())),
        }
    }

    pub(super) fn place(&self) -> &Place {
        &self.0.place
    }

    pub(super) fn connections(&self) -> &Arc<Connections> {
        &self.0
    }

    /// Runs a job on the writing connection.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Database) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.0.writer.call(job).await?
    }

    /// Runs one transaction, which is on disk when this returns.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        operation: Operation,
        write: impl FnOnce(&Connection<'_>) -> SqlResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.call(move |database| database.write(operation, write)).await
    }

    /// The same for a change that only the service that works for the corp may make.
    pub(super) async fn write_by_owner<T: Send + 'static>(
        &self,
        operation: Operation,
        write: impl FnOnce(&Connection<'_>) -> SqlResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.call(move |database| database.write_by_owner(operation, write)).await
    }

    /// The same for a change by a person, so that an engine in this process notices it too.
    pub(super) async fn write_by_person<T: Send + 'static>(
        &self,
        operation: Operation,
        write: impl FnOnce(&Connection<'_>) -> SqlResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.call(move |database| {
            let written = database.write(operation, write)?;
            database.note_manual_change();
            Ok(written)
        })
        .await
    }

    /// Reads in order with the writes.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        operation: Operation,
        read: impl FnOnce(&Connection<'_>) -> SqlResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.call(move |database| database.read(operation, read)).await
    }

    /// Reads on the other connection: waits for no write, and sees all earlier commits.
    pub(super) async fn read_on_reader<T: Send + 'static>(
        &self,
        operation: Operation,
        read: impl FnOnce(&Connection<'_>) -> SqlResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.reader()?.call(move |database| database.read(operation, read)).await?
    }

    fn reader(&self) -> Result<&Executor, StoreError> {
        if let Some(reader) = self.0.reader.get() {
            return Ok(reader);
        }
        let database = match &self.0.place {
            Place::File(file) => sqlite::Database::for_reading(file)?.map(Database::Sqlite),
            Place::Server(server) if server.simulated.is_some() => None,
            Place::Server(server) => {
                let thread = shared_threads::thread(server, Use::Reading);
                let thread = thread.map_err(|cause| StoreError::NoThread { cause })?;
                return Ok(self.0.reader.get_or_init(|| Executor::Shared(thread, Arc::clone(server))));
            }
        };
        let Some(database) = database else { return Ok(&self.0.writer) };
        let reader = match &self.0.writer {
            Executor::Inline(..) => Executor::inline(database),
            Executor::Thread(_) | Executor::Shared(..) => {
                Executor::thread_of_low_priority(database).map_err(|cause| StoreError::NoThread { cause })?
            }
        };
        Ok(self.0.reader.get_or_init(|| reader))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta};
    use tokio::time::Instant;

    use super::*;
    use crate::ids::CorpId;
    use crate::store::connection::prepared;
    use crate::store::statements::CORP_PUT;
    use crate::store::{RunFilter, Wait};

    fn add_corp(db: &Connection<'_>) -> SqlResult<()> {
        prepared(db, CORP_PUT)?.execute(rusqlite::params!["ww1"]).map(drop)
    }

    fn in_file() -> (tempfile::TempDir, Address) {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let address = Address::Sqlite(dir.path().join("a.db"));
        (dir, address)
    }

    fn virtual_time() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime")
    }

    #[test]
    fn readers_wait_for_no_writer() {
        let (_dir, address) = in_file();
        let store = Store::open(&address).expect("a store");
        let (corp, now) = (CorpId("ww1".to_owned()), DateTime::UNIX_EPOCH);
        let (begun, has_begun) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let writer = store.clone();
        let writing = std::thread::spawn(move || {
            let job = move |_: &Connection<'_>| {
                begun.send(()).expect("the test waits");
                may_go_on.recv().expect("the test goes on");
                Ok(())
            };
            writer.write(Operation::CheckWritable, job).wait()
        });
        has_begun.recv().expect("the writer begins");
        assert_eq!(
            store.runs(&RunFilter { corp: Some(corp.clone()), ..RunFilter::default() }).wait().expect("read"),
            []
        );
        assert_eq!(store.runs(&RunFilter::default()).wait().expect("read"), []);
        assert!(store.count_runs(&corp, now, now + TimeDelta::days(1)).wait().expect("read").is_empty());
        assert!(store.acks_to_poll(&corp, now, now).wait().expect("read").now.is_empty());
        go_on.send(()).expect("the writer waits");
        writing.join().expect("no panic").expect("committed");
    }

    #[test]
    fn virtual_time_stands_still_over_calls() {
        let (_dir, address) = in_file();
        virtual_time().block_on(async {
            let began = Instant::now();
            let _timer = tokio::spawn(tokio::time::sleep(Duration::from_secs(3600)));
            for store in [Store::in_memory().expect("a store"), Store::open_inline(&address).expect("a store")] {
                for _ in 0..20 {
                    store.check_writable().await.expect("written");
                    assert_eq!(store.corps().await.expect("read"), [""; 0]);
                }
            }
            assert_eq!(began.elapsed(), Duration::ZERO);
        });
    }

    /// Why calls run inline there.
    #[test]
    fn virtual_time_jumps_over_a_threads_call() {
        let (_dir, address) = in_file();
        virtual_time().block_on(async {
            let (began, store) = (Instant::now(), Store::open(&address).expect("a store"));
            let (hour_is_over, is_over) = mpsc::channel();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(3600)).await;
                hour_is_over.send(()).expect("the job waits");
            });
            let job = move |_: &Connection<'_>| Ok(is_over.recv().map_err(|_| rusqlite::Error::QueryReturnedNoRows)?);
            store.read(Operation::CheckWritable, job).await.expect("the hour ends");
            assert_eq!(began.elapsed(), Duration::from_secs(3600));
        });
    }

    #[test]
    fn other_tasks_run_during_a_call() {
        virtual_time().block_on(async {
            let store = Store::in_memory().expect("a store");
            let other = tokio::spawn(async {});
            tokio::task::yield_now().await;
            let other = if other.is_finished() { tokio::spawn(async {}) } else { other };
            store.check_writable().await.expect("written");
            assert!(other.is_finished());
        });
    }

    #[test]
    fn a_dropped_call_is_carried_out() {
        let (_dir, address) = in_file();
        let store = Store::open(&address).expect("a store");
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let mut call = Box::pin(store.write(Operation::CheckWritable, move |db| {
            may_go_on.recv().map_err(|_| rusqlite::Error::QueryReturnedNoRows)?;
            add_corp(db)
        }));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(call.as_mut().poll(&mut context).is_pending());
        drop(call);
        go_on.send(()).expect("the job waits");
        store.check_in_place().wait().expect("the job before has ended");
        assert_eq!(store.corps().wait().expect("read"), ["ww1"]);
    }

    #[test]
    fn a_call_that_was_never_polled_does_nothing() {
        let store = Store::in_memory().expect("a store");
        drop(store.write(Operation::CheckWritable, add_corp));
        assert_eq!(store.corps().wait().expect("read"), [""; 0]);
    }

    #[test]
    fn every_caller_gets_an_error_after_the_thread_panics() {
        let (_dir, address) = in_file();
        let store = Store::open(&address).expect("a store");
        let panicking = store.write(Operation::CheckWritable, |db| -> SqlResult<()> {
            add_corp(db)?;
            panic!("for the test")
        });
        assert!(matches!(panicking.wait(), Err(StoreError::Stopped)));
        assert!(matches!(store.check_writable().wait(), Err(StoreError::Stopped)));
        assert_eq!(store.corps().wait().expect("readers go on"), [""; 0]);
        drop(store);
        let store = Store::open(&address).expect("a store");
        assert_eq!(store.corps().wait().expect("read"), [""; 0], "the transaction was rolled back");
    }

    #[test]
    fn the_last_handle_waits_for_the_jobs() {
        let (dir, address) = in_file();
        let store = Store::open(&address).expect("a store");
        let mut call = Box::pin(store.write(Operation::CheckWritable, add_corp));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = call.as_mut().poll(&mut context);
        drop(call);
        drop(store);
        assert!(!dir.path().join("a.db-wal").exists(), "the file is closed");
        assert_eq!(Store::open(&address).expect("a store").corps().wait().expect("read"), ["ww1"]);
    }
}
