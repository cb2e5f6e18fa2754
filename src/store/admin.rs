//! What the store tells of itself to those who only watch.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, params};

use super::rows::millis;
use super::sqlite::sends_in_month;
use super::statements::{PAGES, RUNS_LATELY, RUNS_SPAN, SENDS_IN_MINUTE, prepared};
use super::{Quota, Scope, Store, StoreError, messages};
use crate::ids::CorpId;

/// How many more creations WeCom's limits allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaRemaining {
    pub this_minute: usize,
    pub this_month: usize,
}

/// How the store grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// At the pace of the last month, or since the first run where that is less ago.
    pub bytes_a_day: u64,
    /// Bytes of the file that are free and used first.
    pub reusable: u64,
}

/// Too few runs to tell a pace by.
const FEW_RUNS: i64 = 20;

impl Store {
    /// How the store grows; nothing where it has too few runs to say.
    pub fn growth(&self, now: DateTime<Utc>) -> Result<Option<Growth>, StoreError> {
        let corps = self.corps()?;
        let month_ago = now - TimeDelta::days(30);
        self.look("say how it grows", |db| {
            let span = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?));
            let (Some(first), Some(last)) = prepared(db, RUNS_SPAN)?.query_row([], span)? else { return Ok(None) };
            let (mut lately, mut oldest) = (0, millis(now));
            for corp in &corps {
                let counted = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?));
                let values = params![corp, millis(month_ago), millis(now)];
                let (count, due) = prepared(db, RUNS_LATELY)?.query_row(values, counted)?;
                lately += count;
                oldest = oldest.min(due.unwrap_or(oldest));
            }
            let pages = |row: &rusqlite::Row<'_>| {
                let number = |column| row.get::<_, i64>(column).map(|number| u64::try_from(number).unwrap_or(0));
                Ok((number(0)?, number(1)?, number(2)?))
            };
            let (count, free, size) = prepared(db, PAGES)?.query_row([], pages)?;
            if lately < FEW_RUNS {
                return Ok(None);
            }
            let (runs, lately) = ((last - first + 1).unsigned_abs(), lately.unsigned_abs());
            let hours = (millis(now) - oldest).unsigned_abs().div_ceil(3_600_000).max(1);
            let a_run = count.saturating_sub(free) * size / runs.max(lately);
            Ok(Some(Growth { bytes_a_day: a_run * lately * 24 / hours, reusable: free * size }))
        })
    }

    /// What is left of the limits at an instant.
    pub fn left(&self, corp: &CorpId, now: DateTime<Utc>, quota: Quota) -> Result<QuotaRemaining, StoreError> {
        let minute_ago = millis(now - TimeDelta::minutes(1));
        let (in_minute, in_month): (i64, usize) = self.read("count the sends", |db| {
            let in_minute = prepared(db, SENDS_IN_MINUTE)?.query_row(params![corp.0, minute_ago], |row| row.get(0))?;
            Ok((in_minute, sends_in_month(db, &corp.0, now)?))
        })?;
        Ok(QuotaRemaining {
            this_minute: quota.per_minute.saturating_sub(usize::try_from(in_minute).unwrap_or(0)),
            this_month: quota.per_month.saturating_sub(in_month),
        })
    }

    /// Writes a whole copy into a new file, also while a service works on the store.
    ///
    /// A copy does not know what is posted after it was taken, so everything in it is on hold: a service that is started on
    /// it posts nothing until a person has looked.
    pub fn back_up(&self, to: &Path, now: DateTime<Utc>) -> Result<(), StoreError> {
        let failed = |cause| StoreError::Open { path: to.to_owned(), cause };
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
        super::lock::create_private(&unfinished).map_err(written)?;
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
    use crate::run::{Due, Reason, Run, Slot};
    use crate::store::{Address, RunFilter};

    /// Would hang, did those who watch need the engine's connection.
    #[test]
    fn those_who_watch_read_while_the_engine_has_its_connection_and_writes() {
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

    #[test]
    fn it_grows_by_what_a_run_takes_at_the_pace_of_the_last_month() {
        let store = Store::in_memory().expect("memory holds a store");
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(100);
        let recorded = |from: TimeDelta, runs: i32, apart: TimeDelta| {
            let run = |n| {
                let due = now - from + apart * n;
                let due = Due {
                    corp: CorpId("ww1".to_owned()),
                    campaign: "a".to_owned().try_into().expect("an id"),
                    slot: Slot::ByHand { local: due.naive_utc() },
                    due,
                    zone: "UTC".to_owned(),
                    latest: due,
                    commit: None,
                };
                Run::missed(due, Reason::Other("too late".repeat(20)), now)
            };
            store.record(&(0..runs).map(run).collect::<Vec<_>>()).expect("recorded");
        };
        assert_eq!(store.growth(now).expect("asked"), None);
        recorded(TimeDelta::days(90), 500, TimeDelta::minutes(1));
        assert_eq!(store.growth(now).expect("asked"), None, "what is long ago tells no pace");
        recorded(TimeDelta::days(10), 500, TimeDelta::minutes(20));
        let Growth { bytes_a_day, .. } = store.growth(now).expect("asked").expect("a pace");
        // 50 runs a day, of some hundred bytes each.
        assert!((50 * 300..50 * 1_000).contains(&bytes_a_day), "{bytes_a_day}");
    }
}
