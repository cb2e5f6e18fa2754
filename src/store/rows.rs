//! Converts runs to rows and back. Columns are read by position, which is faster for thousands of runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::params;
use rusqlite::types::{FromSql, Value, ValueRef};

use super::connection::{Column, Connection, Row, prepared};
use super::sql_error::{SqlResult, unwritable};
use super::statements::{
    CORP_PUT, EVENT_INSERT, POST_DAMAGED, POST_PUT, POST_REMOVE, POST_REPLACE, RUN_INSERT, RUN_OF_OTHER, RUN_UPDATE,
    RUN_UPDATE_CONTENT,
};
use crate::ids::{CampaignId, CorpId, Sha256};
use crate::post::Post;
use crate::run::{Event, Reason, Record, RejectedRecipients, Run, RunId, State, Transition};

/// Inserts a run with the first line of its log, unless its occurrence has one; returns whether it did.
pub(super) fn insert(db: &Connection<'_>, run: &Run) -> SqlResult<bool> {
    insert_with(db, run, &run.creation_event())
}

/// The same with another first line.
pub(super) fn insert_with(db: &Connection<'_>, run: &Run, first: &Event) -> SqlResult<bool> {
    Ok(insert_each(db, &[(run, first)])? == [true])
}

/// The same for several runs.
pub(super) fn insert_each(db: &Connection<'_>, runs: &[(&Run, &Event)]) -> SqlResult<Vec<bool>> {
    for corp in runs.iter().map(|(run, _)| &run.corp.0).collect::<BTreeSet<_>>() {
        prepared(db, CORP_PUT)?.execute_later(params![corp])?;
    }
    put_posts(db, runs.iter().map(|(run, _)| *run))?;
    let rows = runs.iter().map(|(run, _)| all_values(run)).collect::<SqlResult<_>>()?;
    let new: Vec<bool> = prepared(db, RUN_INSERT)?.execute_each(rows)?.into_iter().map(|rows| rows == 1).collect();
    for ((run, first), _) in runs.iter().zip(&new).filter(|(_, new)| **new) {
        log(db, &run.corp, &run.id(), first)?;
    }
    Ok(new)
}

/// Updates a run from its former version, with a line for its log. `false` if the store has another version, or another run
/// has its job or moment: each belongs to one run.
pub(super) fn update(db: &Connection<'_>, run: &Run, event: &Event) -> SqlResult<bool> {
    Ok(update_each(db, &[(run, event)])? == [true])
}

/// The same for several runs, in their order.
pub(super) fn update_each(db: &Connection<'_>, changes: &[(&Run, &Event)]) -> SqlResult<Vec<bool>> {
    let rows = changes.iter().map(|(run, event)| changing_values(run, event)).collect::<SqlResult<_>>()?;
    let saved: Vec<bool> = prepared(db, RUN_UPDATE)?.execute_each(rows)?.into_iter().map(|rows| rows == 1).collect();
    for ((run, event), _) in changes.iter().zip(&saved).filter(|(_, saved)| **saved) {
        if event.verb == Transition::CATCH_UP {
            update_content(db, run)?;
        }
        log(db, &run.corp, &run.id(), event)?;
    }
    Ok(saved)
}

/// The values of `RUN_UPDATE`.
fn changing_values(run: &Run, event: &Event) -> SqlResult<Vec<Value>> {
    let mut values = vec![
        run.corp.0.clone().into(),
        run.id().as_str().to_owned().into(),
        run.state.name().to_owned().into(),
        run.state.is_over().into(),
    ];
    values.extend(progress(run)?);
    values.extend([millis(run.updated_at).into(), new_job(run, event).into(), event.former.into()]);
    Ok(values)
}

/// The values that transitions change, in the order of both statements.
fn progress(run: &Run) -> SqlResult<[Value; 14]> {
    let invalid = if run.invalid.is_empty() { String::new() } else { json(serde_json::to_string(&run.invalid))? };
    Ok([
        run.jobid.clone().into(),
        run.moment_id.clone().into(),
        run.errcode.into(),
        run.errmsg.clone().into(),
        run.reason.as_ref().map(Reason::to_stored).into(),
        invalid.into(),
        run.attempts.into(),
        run.sent_at.map(millis).into(),
        run.lost_at.map(millis).into(),
        run.retries.into(),
        millis(run.not_before).into(),
        run.hold.into(),
        run.needs_review.into(),
        run.version.into(),
    ])
}

/// The job that a transition gives to a run.
pub(super) fn new_job(run: &Run, event: &Event) -> Option<String> {
    run.jobid.clone().filter(|_| event.answers_request() && run.state == State::Submitted)
}

/// The other run that has the moment of this one, or the job that the transition gives to it.
pub(super) fn owner(db: &Connection<'_>, run: &Run, event: &Event) -> SqlResult<Option<RunId>> {
    let (id, job) = (run.id(), new_job(run, event));
    if run.moment_id.is_none() && job.is_none() {
        return Ok(None);
    }
    let values = params![run.corp.0, id.as_str(), run.moment_id, job];
    prepared(db, RUN_OF_OTHER)?.query_row(values, |row| parsed(row, 0, |text: String| text.parse()))
}

/// A run that is caught up gets the content of the newest book.
fn update_content(db: &Connection<'_>, run: &Run) -> SqlResult<()> {
    put_posts(db, std::iter::once(run))?;
    let ((post, digest), id, deadline) = (digests(run), run.id(), millis(run.deadline));
    let values = params![run.corp.0, id.as_str(), deadline, post, digest, run.commit, run.content];
    prepared(db, RUN_UPDATE_CONTENT)?.execute(values).map(drop)
}

/// The digest of the run's post; without a post, the digest of the one that it had.
fn digests(run: &Run) -> (Option<String>, Option<String>) {
    let digest = run.content_sha256.map(|digest| digest.to_string());
    if run.post.is_some() { (digest, None) } else { (None, digest) }
}

/// The values of `RUN_INSERT`.
fn all_values(run: &Run) -> SqlResult<Vec<Value>> {
    let (post, digest) = digests(run);
    let mut values = vec![
        run.corp.0.clone().into(),
        run.id().as_str().to_owned().into(),
        run.campaign.as_str().to_owned().into(),
        millis(run.due).into(),
        run.zone.clone().into(),
        millis(run.deadline).into(),
        run.state.name().to_owned().into(),
        run.state.is_over().into(),
        post.into(),
        digest.into(),
        run.commit.clone().into(),
    ];
    values.extend(progress(run)?);
    values.extend([millis(run.created_at).into(), millis(run.updated_at).into(), run.content.into()]);
    Ok(values)
}

/// Stores the posts of runs: each once, by the digest of its whole text. A stored one that the disk has damaged is replaced.
fn put_posts<'a>(db: &Connection<'_>, runs: impl Iterator<Item = &'a Run>) -> SqlResult<()> {
    let posts: BTreeMap<_, _> = runs.filter_map(|run| Some((run.content_sha256?, run.post.as_deref()?))).collect();
    let row = |(digest, post): (Sha256, &Post)| Ok((digest.to_string(), json(serde_json::to_string(post))?));
    let posts: Vec<(String, String)> = posts.into_iter().map(row).collect::<SqlResult<_>>()?;
    let rows: Vec<Vec<Value>> =
        posts.iter().map(|(digest, body)| vec![digest.clone().into(), body.clone().into()]).collect();
    prepared(db, POST_PUT)?.execute_each(rows.clone())?;
    let damaged = prepared(db, POST_DAMAGED)?.query_row_each(rows, |row| row.get::<i64>(0))?;
    for ((digest, body), key) in posts.iter().zip(damaged).filter_map(|(post, key)| Some((post, key?))) {
        // The runs of that post have no post until the end of this transaction.
        db.defer_references()?;
        prepared(db, POST_REMOVE)?.execute(params![key])?;
        prepared(db, POST_REPLACE)?.execute(params![digest, body, key])?;
    }
    Ok(())
}

pub(super) fn json(value: serde_json::Result<String>) -> SqlResult<String> {
    value.map_err(unwritable)
}

/// Appends a line to a run's log.
fn log(db: &Connection<'_>, corp: &CorpId, run: &RunId, event: &Event) -> SqlResult<()> {
    // `from` is the state of the previous line.
    let Event { at, former: _, from: _, to, verb, errcode, reason } = event;
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
        version: row.get(next(0))?,
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
