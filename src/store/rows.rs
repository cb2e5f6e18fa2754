//! Converts runs to rows and back. Columns are read by position, which is faster for thousands of runs.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::params;
use rusqlite::types::{FromSql, ValueRef};

use super::connection::{Column, Connection, Row, prepared};
use super::sql_error::{SqlResult, unwritable};
use super::statements::{
    CORP_PUT, EVENT_INSERT, POST, POST_DAMAGED, POST_PUT, POST_REMOVE, POST_REPLACE, RUN_INSERT, RUN_UPDATE, Sql,
};
use crate::ids::{CampaignId, CorpId, Sha256};
use crate::post::Post;
use crate::run::{Event, Reason, Record, RejectedRecipients, Run, RunId};

/// Inserts a run with the first line of its log, unless its occurrence has one; returns whether it did.
pub(super) fn insert(db: &Connection<'_>, run: &Run) -> SqlResult<bool> {
    insert_with(db, run, &run.creation_event())
}

/// The same with another first line.
pub(super) fn insert_with(db: &Connection<'_>, run: &Run, first: &Event) -> SqlResult<bool> {
    let id = run.id();
    prepared(db, CORP_PUT)?.execute_later(params![&run.corp.0])?;
    let new = write(db, RUN_INSERT, &id, run)?;
    if new {
        repair_post(db, run)?;
        log(db, &run.corp, &id, first)?;
    }
    Ok(new)
}

/// Updates a run from its former version, with a line for its log; `false` if the store has another version.
pub(super) fn update(db: &Connection<'_>, run: &Run, event: &Event) -> SqlResult<bool> {
    let id = run.id();
    let saved = write(db, RUN_UPDATE, &id, run)?;
    if saved {
        log(db, &run.corp, &id, event)?;
    }
    Ok(saved)
}

fn write(db: &Connection<'_>, sql: Sql, id: &RunId, run: &Run) -> SqlResult<bool> {
    let digest = run.content_sha256.map(|digest| digest.to_string());
    let post = match (&digest, run.post.as_deref()) {
        (Some(digest), Some(post)) => Some(post_key(db, digest, || json(serde_json::to_string(post)))?),
        _ => None,
    };
    let changed = prepared(db, sql)?.execute(params![
        run.corp.0,
        id.as_str(),
        run.campaign.as_str(),
        millis(run.due),
        run.zone,
        millis(run.deadline),
        run.state.name(),
        run.state.is_over(),
        post,
        // A post is stored together with its digest.
        digest.filter(|_| post.is_none()),
        run.commit,
        run.jobid,
        run.moment_id,
        run.errcode,
        run.errmsg,
        run.reason.as_ref().map(Reason::to_stored),
        if run.invalid.is_empty() { String::new() } else { json(serde_json::to_string(&run.invalid))? },
        run.attempts,
        run.sent_at.map(millis),
        run.lost_at.map(millis),
        run.retries,
        millis(run.not_before),
        run.hold,
        run.needs_review,
        i64::try_from(run.version).unwrap_or(i64::MAX),
        millis(run.created_at),
        millis(run.updated_at),
        run.content,
    ])?;
    Ok(changed == 1)
}

/// The key of a post. Each post is stored once, by the digest of its whole text.
fn post_key(db: &Connection<'_>, digest: &str, body: impl FnOnce() -> SqlResult<String>) -> SqlResult<i64> {
    let known = prepared(db, POST)?.query_row(params![digest], |row| row.get(0))?;
    known.map_or_else(|| prepared(db, POST_PUT)?.insert(params![digest, body()?]), Ok)
}

/// Replaces the stored post with this digest by the post of a new run, if the disk has damaged the stored one.
fn repair_post(db: &Connection<'_>, run: &Run) -> SqlResult<()> {
    let (Some(digest), Some(post)) = (run.content_sha256, run.post.as_deref()) else { return Ok(()) };
    let (digest, body) = (digest.to_string(), json(serde_json::to_string(post))?);
    let damaged = prepared(db, POST_DAMAGED)?.query_row(params![&digest, &body], |row| row.get::<i64>(0))?;
    let Some(key) = damaged else { return Ok(()) };
    // The runs of that post have no post until the end of this transaction.
    db.defer_references()?;
    prepared(db, POST_REMOVE)?.execute(params![key])?;
    prepared(db, POST_REPLACE)?.execute(params![digest, body, key]).map(drop)
}

pub(super) fn json(value: serde_json::Result<String>) -> SqlResult<String> {
    value.map_err(unwritable)
}

/// Appends a line to a run's log.
fn log(db: &Connection<'_>, corp: &CorpId, run: &RunId, event: &Event) -> SqlResult<()> {
    // `from` is the state of the previous line.
    let Event { at, from: _, to, verb, errcode, reason } = event;
    let values = params![corp.0, run.as_str(), millis(*at), to, verb, errcode, reason.as_ref().map(Reason::to_stored)];
    prepared(db, EVENT_INSERT)?.execute_later(values)
}

/// Reads a run from a row with the columns of `statements::columns!`.
pub(super) fn run(row: &Row<'_>) -> SqlResult<Run> {
    let mut read = 0;
    // Fields are read in the order of the columns; repeated columns are skipped.
    let mut next = |skipped_entries: usize| {
        let column = read + skipped_entries;
        read = column + 1;
        column
    };
    let stored_post;
    let mut record = Record {
        corp: CorpId(row.get(next(0))?),
        campaign: parsed(row, next(1), |text: String| CampaignId::try_from(text))?,
        slot: parsed(row, next(0), |text: String| text.parse())?,
        due: instant(row, next(0))?,
        zone: row.get(next(0))?,
        deadline: instant(row, next(0))?,
        state: parsed(row, next(0), |text: String| text.parse())?,
        post: {
            stored_post = row.get_ref(next(1))?;
            None
        },
        content_sha256: maybe(row, next(0), |digest: String| digest.try_into())?,
        commit: row.get(next(0))?,
        jobid: row.get(next(0))?,
        moment_id: row.get(next(0))?,
        errcode: row.get(next(0))?,
        errmsg: words(row, next(0))?,
        reason: words(row, next(0))?.map(Reason::from_stored),
        invalid: parsed(row, next(0), |text: String| match text.as_str() {
            "" => Ok(RejectedRecipients::default()),
            text => serde_json::from_str(text),
        })?,
        attempts: row.get(next(0))?,
        sent_at: maybe(row, next(0), of_millis)?,
        lost_at: maybe(row, next(0), of_millis)?,
        retries: row.get(next(0))?,
        not_before: instant(row, next(0))?,
        hold: row.get(next(0))?,
        needs_review: row.get(next(0))?,
        version: parsed(row, next(0), |version: i64| version.try_into())?,
        created_at: instant(row, next(0))?,
        updated_at: instant(row, next(0))?,
        content: row.get(next(0))?,
    };
    record.post = record.content_sha256.and_then(|digest| post(stored_post, digest));
    Ok(Run::restored(record))
}

/// A stored post; `None` if its bytes do not match its digest, because the disk changed them.
fn post(stored: ValueRef<'_>, digest: Sha256) -> Option<Arc<Post>> {
    let body = stored.as_bytes().ok().filter(|body| Sha256::of(body) == digest)?;
    serde_json::from_slice(body).ok().map(Arc::new)
}

/// A text for people. Damaged bytes are replaced.
pub(super) fn words<'n>(row: &Row<'_>, column: impl Into<Column<'n>>) -> SqlResult<Option<String>> {
    let stored = row.get_ref(column)?.as_bytes_or_null();
    Ok(stored.ok().flatten().map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}

pub(super) fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

fn of_millis(millis: i64) -> Result<DateTime<Utc>, OutOfTime> {
    DateTime::from_timestamp_millis(millis).ok_or(OutOfTime)
}

pub(super) fn instant<'n>(row: &Row<'_>, column: impl Into<Column<'n>>) -> SqlResult<DateTime<Utc>> {
    parsed(row, column, of_millis)
}

#[derive(Debug, thiserror::Error)]
#[error("an instant outside the calendar")]
struct OutOfTime;

pub(super) fn optional_instant(row: &Row<'_>, column: &str) -> SqlResult<Option<DateTime<Utc>>> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => instant(row, column).map(Some),
    }
}

pub(super) fn parsed<'n, S, T, E>(
    row: &Row<'_>,
    column: impl Into<Column<'n>>,
    read: impl FnOnce(S) -> Result<T, E>,
) -> SqlResult<T>
where
    S: FromSql,
    E: std::error::Error + Send + Sync + 'static,
{
    let column = column.into();
    read(row.get(column)?).map_err(|error| row.unreadable(column, error))
}

/// The same for a column that may be NULL.
fn maybe<S, T, E>(row: &Row<'_>, column: usize, read: impl FnOnce(S) -> Result<T, E>) -> SqlResult<Option<T>>
where
    S: FromSql,
    E: std::error::Error + Send + Sync + 'static,
{
    let written: Option<S> = row.get(column)?;
    written.map(read).transpose().map_err(|error| row.unreadable(column, error))
}
