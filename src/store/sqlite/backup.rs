//! Copies of the store.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::database::Store;
use super::file;
use crate::store::{Scope, StoreError, messages};

impl Store {
    /// Writes a whole copy into a new file, also while a service works on the store.
    ///
    /// A copy does not know what is posted after it was taken, so everything in it is on hold: a service that is started on
    /// it posts nothing until a person has looked.
    pub fn back_up(&self, to: &Path, now: DateTime<Utc>) -> Result<(), StoreError> {
        let failed = |cause: rusqlite::Error| StoreError::Open { path: to.to_owned(), cause: cause.into() };
        if to.exists() {
            return Err(StoreError::AlreadyExists { path: to.to_owned() });
        }
        // Under its own name there is never a copy that is not whole or not on hold.
        let mut unfinished = to.to_owned().into_os_string();
        unfinished.push(".unfinished");
        let unfinished = PathBuf::from(unfinished);
        let written = |cause| StoreError::NotWritten { path: to.to_owned(), cause };
        match std::fs::remove_file(&unfinished) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(written(error)),
            _ => {}
        }
        file::create_private(&unfinished).map_err(written)?;
        let mut db = Connection::open(&unfinished).map_err(failed)?;
        self.read("be copied", |store| {
            let copying = rusqlite::backup::Backup::new(store, &mut db)?;
            copying.run_to_completion(1_000, std::time::Duration::ZERO, None)
        })?;
        // A copy is one file; the log beside it comes back when a service opens it.
        db.pragma_update(None, "journal_mode", "delete").map_err(failed)?;
        let copy = Self::of(db, Some(unfinished.clone()), None);
        match copy.create_hold(&Scope::Everything, &messages::a_copy(now), messages::BACKUP, now) {
            Ok(_) | Err(StoreError::OnHoldAlready { .. }) => {}
            Err(error) => return Err(error),
        }
        drop(copy);
        std::fs::rename(&unfinished, to).map_err(written)
    }
}
