//! Copies of the store.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::connection::Connection as Db;
use super::database::Database;
use super::handle::{Place, Store};
use super::postgres::ServerProblem;
use super::sqlite;
use super::{HoldCause, Operation, StoreError, holds};

/// Pages that are copied in one step.
const PAGES_PER_STEP: i32 = 1_000;

impl Store {
    /// Writes a complete copy into a new file, also while a service uses the store.
    ///
    /// A copy lacks later posts, so everything in it is on hold: a service on the copy posts nothing until a person
    /// resumes.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] if the file exists, [`ServerProblem::NoFile`] if the store is on a server; others if
    /// it cannot be written.
    pub async fn back_up(&self, to: &Path, now: DateTime<Utc>) -> Result<(), StoreError> {
        let to = to.to_owned();
        if let Place::Server(server) = self.place() {
            return Err(server.problem(ServerProblem::NoFile));
        }
        self.call(move |database| match database {
            Database::Sqlite(database) => back_up(database, &to, now),
            Database::Postgres(_) => Ok(()),
        })
        .await
    }
}

fn back_up(database: &sqlite::Database, to: &Path, now: DateTime<Utc>) -> Result<(), StoreError> {
    let failed = |cause: rusqlite::Error| StoreError::Open { path: to.to_owned(), cause: cause.into() };
    if to.exists() {
        return Err(StoreError::AlreadyExists { path: to.to_owned() });
    }
    // A copy gets its final name only when it is complete and on hold.
    let mut unfinished = to.to_owned().into_os_string();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    let written = |cause| StoreError::NotWritten { path: to.to_owned(), cause };
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(written(error)),
        _ => {}
    }
    sqlite::create_private(&unfinished).map_err(written)?;
    let mut db = Connection::open(&unfinished).map_err(failed)?;
    database.read(Operation::Copy, |store| {
        Ok(Backup::new(store, &mut db)?.run_to_completion(PAGES_PER_STEP, Duration::ZERO, None)?)
    })?;
    // A copy is one file; the write-ahead log returns when a service opens it.
    db.pragma_update(None, "journal_mode", "delete").map_err(failed)?;
    let mut copy = sqlite::Database::of_copy(db, unfinished.clone());
    copy.write(Operation::Copy, |db| holds::hold_everything(&Db::Sqlite(db), &HoldCause::Copy { taken: now }, now))?;
    drop(copy);
    std::fs::rename(&unfinished, to).map_err(written)
}
