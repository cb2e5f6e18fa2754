//! Removes exported runs, in commits that are small enough not to delay a post.
//!
//! Open runs and runs that need review are kept. The name of each removed run is kept too, so that its occurrence never
//! gets a second run.

use chrono::{DateTime, Utc};
use rusqlite::params;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value};

use super::connection::{Connection, Row, prepared};
use super::handle::Store;
use super::rows::millis;
use super::sql_error::SqlResult;
use super::statements::{
    ACK_PROGRESS_REMOVE, ACK_RUN_PAST, ACK_RUN_REMOVE, ACKS_REMOVE, EVENTS_OF_RUN, EVENTS_REMOVE, EXPORT_MEMBERS,
    EXPORT_RUNS, EXPORTED_BYTES, EXPORTED_BYTES_PUT, NUDGES_OF_RUN, NUDGES_REMOVE, PAST_RUN_PUT, RESULT_SWEEPS,
    RESULT_SWEEPS_REMOVE, RESULTS_OF_RUN, RESULTS_REMOVE, RUN_REMOVE, SENDS_REMOVE, Sql,
};
use super::{ExportedRun, Operation, StoreError};

/// Rows that are removed in one commit: about ten milliseconds, which a due post may have to wait.
const MAX_ROWS_PER_COMMIT: usize = 500;

impl Store {
    /// The oldest runs that are over and have not changed since an instant, at most `most`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn export(&self, before: DateTime<Utc>, most: usize) -> Result<Vec<ExportedRun>, StoreError> {
        let corps = self.corps().await?;
        self.read(Operation::ExportRuns, move |db| {
            let one = |row: &Row<'_>| {
                let (corp, run): (String, String) = (row.get("corp")?, row.get("run")?);
                let due = super::rows::instant(row, "due")?;
                let mut whole = object(row)?;
                whole.remove("key");
                for text in ["post", "invalid"] {
                    let inner =
                        whole.get(text).and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok());
                    whole.extend(inner.map(|inner: Value| (text.to_owned(), inner)));
                }
                let key = [&corp, &run];
                whole.insert("events".to_owned(), objects(db, EVENTS_OF_RUN, key)?);
                whole.insert("members".to_owned(), objects(db, EXPORT_MEMBERS, key)?);
                whole.insert("nudges".to_owned(), objects(db, NUDGES_OF_RUN, key)?);
                whole.insert("result_sweeps".to_owned(), objects(db, RESULT_SWEEPS, key)?);
                whole.insert("results".to_owned(), objects(db, RESULTS_OF_RUN, key)?);
                Ok(ExportedRun { corp, run, due, line: Value::Object(whole).to_string() })
            };
            let mut exported = Vec::new();
            for corp in &corps {
                let limit = i64::try_from(most - exported.len()).unwrap_or(i64::MAX);
                let old: SqlResult<Vec<ExportedRun>> =
                    prepared(db, EXPORT_RUNS)?.query_map(params![corp, millis(before), limit], one);
                exported.append(&mut old?);
            }
            Ok(exported)
        })
        .await
    }

    /// Length of the part of an export whose runs are removed. A crashed process wrote the bytes after it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn exported_bytes(&self, export: &str) -> Result<u64, StoreError> {
        let month = export.to_owned();
        let read = move |db: &Connection<'_>| prepared(db, EXPORTED_BYTES)?.query_row(params![month], |row| row.get(0));
        let bytes: Option<i64> = self.read(Operation::ExportRuns, read).await?;
        Ok(bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0))
    }

    /// Removes runs whose export is on disk; its file now has `bytes` bytes. Their names are kept. On a server, only the
    /// service that works for the corp may do this.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn remove_exported(&self, exported: &[ExportedRun], export: &str, bytes: u64) -> Result<(), StoreError> {
        let (month, exported) = (export.to_owned(), exported.to_vec());
        self.write_by_owner(Operation::RemoveOld, move |db| {
            prepared(db, EXPORTED_BYTES_PUT)?.execute(params![month, i64::try_from(bytes).unwrap_or(i64::MAX)])?;
            for ExportedRun { corp, run, .. } in &exported {
                for sql in REMOVE {
                    prepared(db, sql)?.execute(params![corp, run])?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Removes acknowledgements and reminders of removed runs, at most `MAX_ROWS_PER_COMMIT`; returns whether there are more.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn remove_members(&self) -> Result<bool, StoreError> {
        let limit = i64::try_from(MAX_ROWS_PER_COMMIT).unwrap_or(i64::MAX);
        self.write(Operation::RemoveOld, move |db| {
            let Some(ack) = prepared(db, ACK_RUN_PAST)?.query_row(params![], |row| row.get::<i64>(0))? else {
                return Ok(false);
            };
            if prepared(db, NUDGES_REMOVE)?.execute(params![ack, limit])? == MAX_ROWS_PER_COMMIT {
                return Ok(true);
            }
            if prepared(db, ACKS_REMOVE)?.execute(params![ack, limit])? < MAX_ROWS_PER_COMMIT {
                prepared(db, ACK_RUN_REMOVE)?.execute(params![ack])?;
            }
            Ok(true)
        })
        .await
    }

    /// Removes sends before an instant, at most `MAX_ROWS_PER_COMMIT`; returns whether there may be more.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn remove_sends(&self, before: DateTime<Utc>) -> Result<bool, StoreError> {
        let limit = i64::try_from(MAX_ROWS_PER_COMMIT).unwrap_or(i64::MAX);
        let remove = move |db: &Connection<'_>| prepared(db, SENDS_REMOVE)?.execute(params![millis(before), limit]);
        let removed = self.write(Operation::RemoveOld, remove).await?;
        Ok(removed == MAX_ROWS_PER_COMMIT)
    }
}

/// In this order: a trigger allows the removal of a log only after the name of its run is in `past_runs`.
const REMOVE: [Sql; 6] =
    [PAST_RUN_PUT, EVENTS_REMOVE, ACK_PROGRESS_REMOVE, RESULTS_REMOVE, RESULT_SWEEPS_REMOVE, RUN_REMOVE];

fn objects(db: &Connection<'_>, sql: Sql, key: [&String; 2]) -> SqlResult<Value> {
    let rows = prepared(db, sql)?.query_map(params![key[0], key[1]], |row| object(row).map(Value::Object));
    rows.map(Value::Array)
}

/// A row as an object, by column name, without NULL columns.
fn object(row: &Row<'_>) -> SqlResult<Map<String, Value>> {
    let mut object = Map::new();
    for (column, name) in row.column_names().into_iter().enumerate() {
        let value = match row.get_ref(column)? {
            ValueRef::Null => continue,
            ValueRef::Integer(number) => number.into(),
            ValueRef::Real(number) => number.into(),
            ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into(),
        };
        object.insert(name, value);
    }
    Ok(object)
}
