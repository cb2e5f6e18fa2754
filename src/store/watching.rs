//! What the store tells of itself to those who only watch.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, params};

use super::rows::millis;
use super::sqlite::sends_in_month;
use super::statements::{SENDS_IN_MINUTE, prepared};
use super::{Quota, Scope, Store, StoreError, words};
use crate::ids::CorpId;

/// How many more creations WeCom's limits allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    pub this_minute: usize,
    pub this_month: usize,
}

impl Store {
    /// What is left of the limits at an instant.
    pub fn left(&self, corp: &CorpId, now: DateTime<Utc>, quota: Quota) -> Result<Left, StoreError> {
        let minute_ago = millis(now - TimeDelta::minutes(1));
        let (in_minute, in_month): (i64, usize) = self.read("count the sends", |db| {
            let in_minute = prepared(db, SENDS_IN_MINUTE)?.query_row(params![corp.0, minute_ago], |row| row.get(0))?;
            Ok((in_minute, sends_in_month(db, &corp.0, now)?))
        })?;
        Ok(Left {
            this_minute: quota.per_minute.saturating_sub(usize::try_from(in_minute).unwrap_or(0)),
            this_month: quota.per_month.saturating_sub(in_month),
        })
    }

    /// Writes a whole copy into a new file, also while a service works on the store.
    ///
    /// A copy does not know what is posted after it was taken, so everything in it is on hold: a service that is started on
    /// it posts nothing until a person has looked.
    pub fn back_up(&self, to: &Path, now: DateTime<Utc>) -> Result<(), StoreError> {
        let failed = |source| StoreError::Open { path: to.to_owned(), source };
        if to.exists() {
            return Err(StoreError::InTheWay { path: to.to_owned() });
        }
        // Under its own name there is never a copy that is not whole or not on hold.
        let mut unfinished = to.to_owned().into_os_string();
        unfinished.push(".unfinished");
        let unfinished = PathBuf::from(unfinished);
        let written = |source| StoreError::NotWritten { path: to.to_owned(), source };
        match std::fs::remove_file(&unfinished) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(written(error)),
            _ => {}
        }
        super::lock::create_private(&unfinished).map_err(written)?;
        let mut db = Connection::open(&unfinished).map_err(failed)?;
        self.read("be copied", |store| {
            let copying = rusqlite::backup::Backup::new(store, &mut db)?;
            copying.run_to_completion(1_000, std::time::Duration::ZERO, None)
        })?;
        // A copy is one file; the log beside it comes back when a service opens it.
        db.pragma_update(None, "journal_mode", "delete").map_err(failed)?;
        let copy = Self::of(db, Some(unfinished.clone()), None);
        match copy.lay_hold(&Scope::Everything, &words::a_copy(now), words::BACKUP, now) {
            Ok(_) | Err(StoreError::OnHoldAlready { .. }) => {}
            Err(error) => return Err(error),
        }
        drop(copy);
        std::fs::rename(&unfinished, to).map_err(written)
    }

    /// Proves that the store takes a change, without making one.
    pub fn is_writable(&self) -> Result<(), StoreError> {
        self.write("take a change", |db| db.execute_batch("CREATE TABLE probe (x); DROP TABLE probe"))
    }

    /// The file that it is in; nothing where it is in memory.
    pub fn path(&self) -> Option<&PathBuf> {
        self.path.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Address, Wanted};

    /// Would hang, did those who watch need the engine's connection.
    #[test]
    fn those_who_watch_read_while_the_engine_has_its_connection_and_writes() {
        let dir = tempfile::tempdir().expect("there is room");
        let store = Store::open(&Address::Sqlite(dir.path().join("a.db"))).expect("a store");
        let (corp, now) = (CorpId("ww1".to_owned()), DateTime::UNIX_EPOCH);
        let mut engine = store.db.lock().expect("no panics");
        let writing = engine.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).expect("nobody else");
        assert_eq!(store.runs(&Wanted { corp: Some(corp.clone()), ..Wanted::default() }).expect("read"), []);
        assert_eq!(store.runs(&Wanted::default()).expect("read"), []);
        assert!(store.count_runs(&corp, now, now + TimeDelta::days(1)).expect("read").is_empty());
        assert!(store.to_ask(&corp, now, now).expect("read").now.is_empty());
        writing.commit().expect("nothing to write");
    }
}
