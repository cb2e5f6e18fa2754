//! Copies the history of one corp from one store into another, such as from a file to a server.
//!
//! The target gets everything in one transaction, which is read back before it is committed. The source is closed in one
//! transaction too, just before that commit: so at no time can a service work on both. Both transactions exclude other
//! writers, and both stores are locked for a service, so nothing changes in between.

mod digest;
mod error;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::params;
use rusqlite::types::Value;

use self::digest::Digest;
pub use self::error::CopyError;
use super::connection::{Connection, prepared};
use super::handle::Store;
use super::holds;
use super::moved::{self, Moved};
use super::sql_error::{SqlError, SqlResult};
use super::statements::{CORP_PUT, HISTORY_BEGUN, MOVED_FORGET, TABLES, Table};
use super::wait::Wait as _;
use super::{Address, HoldCause, Operation, StoreError};
use crate::ids::CorpId;

/// Rows that are passed on together.
const ROWS_TOGETHER: usize = 500;
/// Parts that may wait for the target.
const PARTS_WAITING: usize = 8;
/// How often it is asked whether to go on.
const ASKING_INTERVAL: Duration = Duration::from_millis(200);

/// What is copied, and how.
#[derive(Clone, Debug)]
pub struct CopyOrder {
    pub from: Address,
    pub to: Address,
    /// `None`: the only one of the source.
    pub corp: Option<CorpId>,
    /// The source stays in use, and everything in the copy is on hold, as in a backup.
    pub keep_source: bool,
    pub now: DateTime<Utc>,
}

/// What was copied: the number of rows of each table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    pub corp: CorpId,
    pub tables: Vec<(&'static str, u64)>,
}

impl Copied {
    /// The number of rows of a table.
    pub fn rows(&self, table: &str) -> u64 {
        self.tables.iter().find(|(name, _)| *name == table).map_or(0, |(_, rows)| *rows)
    }
}

/// How far a copy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows that were written into the target.
    pub written: u64,
    /// Rows that were read back and compared.
    pub compared: u64,
}

/// A part of a table on its way, or its end with what was read.
enum Part {
    Rows(Vec<Vec<Value>>),
    End(Digest),
}

/// Copies a history. `go_on` is asked several times a second: if it returns false, nothing is copied.
///
/// # Errors
/// A store cannot be used, or it is not the right one. Both are as they were, but for [`CopyError::Unfinished`].
pub fn copy(order: &CopyOrder, mut go_on: impl FnMut(Progress) -> bool) -> Result<Copied, CopyError> {
    let (from, to) = (order.from.clone().absolute(), order.to.clone().absolute());
    if from.to_string() == to.to_string() {
        return Err(CopyError::SameStore);
    }
    let source =
        Store::open_even_moved(&from.clone().of_corp_id(order.corp.clone())).map_err(|error| match error.root() {
            StoreError::NotThere { .. } => CopyError::NoSource { from: from.to_string() },
            _ => error.into(),
        })?;
    let corp = corp_of(&source, order)?;
    let [from, to] = [from, to].map(|address| address.of_corp_id(Some(corp.clone())));
    drop(source);
    let source = Store::open_even_moved(&from)?;
    let earlier = source.moved(&corp).wait()?;
    if let Some(Moved { place, at }) = earlier.clone().filter(|it| it.place != to.to_string()) {
        return Err(CopyError::MovedElsewhere { from: from.to_string(), place, at });
    }
    let _source_lock = source.lock_even_moved(order.now).wait()?;
    // Only now: a refused copy leaves no empty file.
    let target = Store::open_even_moved_or_new(&to)?;
    let _target_lock = target.lock_even_moved(order.now).wait()?;
    let is_moved = target.moved(&corp).wait()?.is_some();
    let is_file = matches!(to, Address::Sqlite(_));
    if target.has_history(&corp).wait()? && (is_file || !is_moved) {
        return Err(match earlier {
            Some(_) => CopyError::Complete { to: to.to_string() },
            None => CopyError::HasHistory { to: to.to_string(), is_file },
        });
    }
    let mark = (!order.keep_source).then(|| Moved { at: order.now, place: to.to_string() });
    let writing = Writing { corp: corp.clone(), is_moved, keep_source: order.keep_source, now: order.now };
    let tables = transfer(&source, &target, writing, mark, &mut go_on)?;
    Ok(Copied { corp, tables })
}

fn corp_of(source: &Store, order: &CopyOrder) -> Result<CorpId, CopyError> {
    let (known, from) = (source.corps().wait()?, order.from.to_string());
    match (&order.corp, &*known) {
        (Some(corp), _) if source.has_history_of(corp).wait()? => Ok(corp.clone()),
        // Holds alone.
        (Some(corp), []) if source.has_history(corp).wait()? => Ok(corp.clone()),
        (Some(corp), _) => {
            // A store of one corp on a server does not show the others.
            let known = Store::open_even_moved(&order.from.clone().absolute())?.corps().wait()?;
            Err(CopyError::NoCorp { from, corp: corp.clone(), known })
        }
        (None, [only]) => Ok(CorpId(only.clone())),
        (None, _) => Err(CopyError::WhichCorp { from, known }),
    }
}

/// Runs both transactions side by side, each on the thread of its store.
fn transfer(
    source: &Store,
    target: &Store,
    writing: Writing,
    mark: Option<Moved>,
    go_on: &mut dyn FnMut(Progress) -> bool,
) -> Result<Vec<(&'static str, u64)>, CopyError> {
    let (corp, corp_read, closes_source) = (writing.corp.clone(), writing.corp.clone(), mark.is_some());
    let (send_parts, parts) = mpsc::sync_channel(PARTS_WAITING);
    let (send_verified, verified) = mpsc::channel();
    let (send_closed, closed) = mpsc::channel();
    let (send_progress, progress) = mpsc::channel();
    let [must_stop, is_closing] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
    let (has_to_stop, begins_closing) = (Arc::clone(&must_stop), Arc::clone(&is_closing));
    let (read, written) = thread::scope(|scope| {
        let reading = scope.spawn(move || {
            let read = move |db: &Connection<'_>| {
                read_all(db, &corp_read, &send_parts)?;
                verified.recv().map_err(|_| SqlError::GivenUp)?;
                begins_closing.store(true, Ordering::Relaxed);
                mark.map_or(Ok(()), |mark| moved::put(db, &corp_read, &mark))
            };
            let read = source.write(Operation::MoveHistory, read).wait();
            // The source is closed on disk: now the target may be committed.
            if read.is_ok() {
                let _ = send_closed.send(());
            }
            read
        });
        let writing = scope.spawn(move || {
            let links = Links { parts, verified: send_verified, closed, progress: send_progress, has_to_stop };
            target.write(Operation::MoveHistory, move |db| write_all(db, &writing, links)).wait()
        });
        let mut now = Progress::default();
        loop {
            match progress.recv_timeout(ASKING_INTERVAL) {
                Ok(reached) => now = reached,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if !go_on(now) {
                must_stop.store(true, Ordering::Relaxed);
            }
        }
        (reading.join(), writing.join())
    });
    let read = read.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked));
    let written = written.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked));
    let is_unfinished = closes_source && is_closing.load(Ordering::Relaxed);
    match (read, written) {
        (Ok(()), Ok(tables)) => Ok(tables),
        (Err(StoreError::GivenUp), Err(StoreError::GivenUp)) => Err(CopyError::Interrupted),
        // The other side failed first.
        (Err(error), Err(StoreError::GivenUp)) | (_, Err(error)) | (Err(error), _) => Err(match error {
            StoreError::CopyDiffers { table } => CopyError::Differs { table },
            error if is_unfinished && !is_reopened(source, target, &corp) => CopyError::Unfinished(error),
            error => CopyError::Failed(error),
        }),
    }
}

/// Opens the source again, if the target was certainly not committed.
fn is_reopened(source: &Store, target: &Store, corp: &CorpId) -> bool {
    match source.moved(corp).wait() {
        Ok(None) => true,
        Ok(Some(_)) => matches!(target.has_history(corp).wait(), Ok(false)) && source.forget_move(corp).wait().is_ok(),
        Err(_) => false,
    }
}

/// Reads every table.
fn read_all(db: &Connection<'_>, corp: &CorpId, parts: &SyncSender<Part>) -> SqlResult<()> {
    db.allow_long_statements()?;
    for table in &TABLES {
        let (mut digest, mut rows) = (Digest::default(), Vec::with_capacity(ROWS_TOGETHER));
        read_table(db, table, corp, "", |mut row| {
            row.iter_mut().for_each(without_zero_bytes);
            digest.add(&row);
            rows.push(row);
            if rows.len() == ROWS_TOGETHER {
                parts.send(Part::Rows(std::mem::take(&mut rows))).map_err(|_| SqlError::GivenUp)?;
            }
            Ok(())
        })?;
        parts.send(Part::Rows(rows)).and_then(|()| parts.send(Part::End(digest))).map_err(|_| SqlError::GivenUp)?;
    }
    Ok(())
}

fn read_table(
    db: &Connection<'_>,
    table: &Table,
    corp: &CorpId,
    also_of: &str,
    mut each: impl FnMut(Vec<Value>) -> SqlResult<()>,
) -> SqlResult<()> {
    let values: &[&dyn rusqlite::ToSql] = if table.has_holds { params![corp.0, also_of] } else { params![corp.0] };
    prepared(db, table.read)?.query_each(values, |row| each(row.values()?))
}

/// PostgreSQL's texts have no zero byte.
fn without_zero_bytes(value: &mut Value) {
    if let Value::Text(text) = value
        && text.contains('\0')
    {
        *text = text.replace('\0', "\u{fffd}");
    }
}

/// What the target's transaction needs to know.
struct Writing {
    corp: CorpId,
    /// It has the rows of a history that was moved away.
    is_moved: bool,
    keep_source: bool,
    now: DateTime<Utc>,
}

/// The ends of the target's channels.
struct Links {
    parts: Receiver<Part>,
    verified: Sender<()>,
    closed: Receiver<()>,
    progress: Sender<Progress>,
    has_to_stop: Arc<AtomicBool>,
}

impl Links {
    fn tell(&self, progress: Progress) -> SqlResult<()> {
        let _ = self.progress.send(progress);
        if self.has_to_stop.load(Ordering::Relaxed) { Err(SqlError::GivenUp) } else { Ok(()) }
    }
}

/// Writes every table, reads it back, and waits until the source is closed.
fn write_all(db: &Connection<'_>, writing: &Writing, links: Links) -> SqlResult<Vec<(&'static str, u64)>> {
    let Writing { corp, .. } = writing;
    db.allow_long_statements()?;
    if writing.is_moved {
        super::removal::remove(db, corp)?;
    }
    prepared(db, CORP_PUT)?.execute(params![corp.0])?;
    let (mut copied, mut reached) = (Vec::with_capacity(TABLES.len()), Progress::default());
    for table in &TABLES {
        let expected = loop {
            match links.parts.recv().map_err(|_| SqlError::GivenUp)? {
                Part::End(digest) => break digest.end(),
                Part::Rows(rows) => {
                    reached.written += rows.len() as u64;
                    let with_corp = |mut row: Vec<Value>| {
                        row.insert(0, Value::Text(corp.0.clone()));
                        row
                    };
                    prepared(db, table.write)?.execute_each(rows.into_iter().map(with_corp).collect())?;
                    links.tell(reached)?;
                }
            }
        };
        copied.push((table, expected));
    }
    for (table, expected) in &copied {
        let mut digest = Digest::default();
        read_table(db, table, corp, &corp.0, |row| {
            digest.add(&row);
            reached.compared += 1;
            if reached.compared % ROWS_TOGETHER as u64 == 0 { links.tell(reached) } else { Ok(()) }
        })?;
        links.tell(reached)?;
        if digest.end() != *expected {
            return Err(SqlError::CopyDiffers(table.name));
        }
    }
    if writing.keep_source {
        holds::hold_everything(db, &HoldCause::Copy { taken: writing.now }, writing.now)?;
    }
    links.verified.send(()).map_err(|_| SqlError::GivenUp)?;
    links.closed.recv().map_err(|_| SqlError::GivenUp)?;
    Ok(copied.into_iter().map(|(table, (rows, _))| (table.name, rows)).collect())
}

impl Store {
    /// Whether there is anything of the corp; in a file, of any corp.
    async fn has_history(&self, corp: &CorpId) -> Result<bool, StoreError> {
        let corp = corp.clone();
        let read = move |db: &Connection<'_>| prepared(db, HISTORY_BEGUN)?.query_one(params![corp.0], |row| row.get(0));
        self.read(Operation::ReadRuns, read).await
    }

    async fn moved(&self, corp: &CorpId) -> Result<Option<Moved>, StoreError> {
        let corp = corp.clone();
        self.read(Operation::ReadRuns, move |db| moved::of_corp(db, &corp)).await
    }

    async fn forget_move(&self, corp: &CorpId) -> Result<(), StoreError> {
        let corp = corp.clone();
        let forget = move |db: &Connection<'_>| prepared(db, MOVED_FORGET)?.execute(params![corp.0]).map(drop);
        self.write(Operation::MoveHistory, forget).await
    }

    /// Whether the history of the corp is here, or was until it was moved away.
    async fn has_history_of(&self, corp: &CorpId) -> Result<bool, StoreError> {
        Ok(self.knows(corp).await? || self.moved(corp).await?.is_some())
    }
}
