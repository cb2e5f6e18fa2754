//! Runs as rows and back.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Row, named_params};

use crate::ids::{CampaignId, CorpId};
use crate::run::{Event, Record, Run};

pub(super) const COLUMNS: &str = "corp, run, campaign, slot, due, zone, latest, state, over, post, content_sha256, \
    git_commit, jobid, moment_id, errcode, errmsg, reason, invalid, attempts, sent_at, lost_at, asked, not_before, \
    hold, needs_person, version, created_at, updated_at";

const VALUES: &str = ":corp, :run, :campaign, :slot, :due, :zone, :latest, :state, :over, :post, :content_sha256, \
    :git_commit, :jobid, :moment_id, :errcode, :errmsg, :reason, :invalid, :attempts, :sent_at, :lost_at, :asked, \
    :not_before, :hold, :needs_person, :version, :created_at, :updated_at";

/// Puts a run in if its occurrence has none; says whether it did.
pub(super) fn insert(db: &rusqlite::Connection, run: &Run) -> rusqlite::Result<bool> {
    let sql = format!("INSERT INTO runs ({COLUMNS}) VALUES ({VALUES}) ON CONFLICT (corp, run) DO NOTHING");
    write(db, &sql, run)
}

/// Writes a run over its former version; `false` if the store holds another version than that.
pub(super) fn update(db: &rusqlite::Connection, run: &Run) -> rusqlite::Result<bool> {
    let sql = format!(
        "UPDATE runs SET ({COLUMNS}) = ({VALUES}) WHERE corp = :corp AND run = :run AND version = :version - 1"
    );
    write(db, &sql, run)
}

fn write(db: &rusqlite::Connection, sql: &str, run: &Run) -> rusqlite::Result<bool> {
    let json = |value: serde_json::Result<String>| {
        value.map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
    };
    let changed = db.prepare_cached(sql)?.execute(named_params! {
        ":corp": run.corp.0,
        ":run": run.id().as_str(),
        ":campaign": run.campaign.as_str(),
        ":slot": run.slot.to_string(),
        ":due": millis(run.due),
        ":zone": run.zone,
        ":latest": millis(run.latest),
        ":state": run.state.name(),
        ":over": run.state.is_over(),
        ":post": run.post.as_deref().map(|post| json(serde_json::to_string(post))).transpose()?,
        ":content_sha256": run.content_sha256.map(|digest| digest.to_string()),
        ":git_commit": run.commit,
        ":jobid": run.jobid,
        ":moment_id": run.moment_id,
        ":errcode": run.errcode,
        ":errmsg": run.errmsg,
        ":reason": run.reason,
        ":invalid": json(serde_json::to_string(&run.invalid))?,
        ":attempts": run.attempts,
        ":sent_at": run.sent_at.map(millis),
        ":lost_at": run.lost_at.map(millis),
        ":asked": run.asked,
        ":not_before": millis(run.not_before),
        ":hold": run.hold,
        ":needs_person": run.needs_person,
        ":version": i64::try_from(run.version).unwrap_or(i64::MAX),
        ":created_at": millis(run.created_at),
        ":updated_at": millis(run.updated_at),
    })?;
    Ok(changed == 1)
}

/// Appends a line to a run's log.
pub(super) fn log(db: &rusqlite::Connection, run: &Run, event: &Event) -> rusqlite::Result<()> {
    let sql = "INSERT INTO events (corp, run, at, came_from, went_to, verb, errcode, reason) \
               VALUES (:corp, :run, :at, :came_from, :went_to, :verb, :errcode, :reason)";
    db.prepare_cached(sql)?.execute(named_params! {
        ":corp": run.corp.0,
        ":run": run.id().as_str(),
        ":at": millis(event.at),
        ":came_from": event.from,
        ":went_to": event.to,
        ":verb": event.verb,
        ":errcode": event.errcode,
        ":reason": event.reason,
    })?;
    Ok(())
}

pub(super) fn run(row: &Row<'_>) -> rusqlite::Result<Run> {
    let post: Option<String> = row.get("post")?;
    let digest: Option<String> = row.get("content_sha256")?;
    let record = Record {
        corp: CorpId(row.get("corp")?),
        campaign: parsed(row, "campaign", |text: String| CampaignId::try_from(text))?,
        slot: parsed(row, "slot", |text: String| text.parse())?,
        due: instant(row, "due")?,
        zone: row.get("zone")?,
        latest: instant(row, "latest")?,
        state: parsed(row, "state", |text: String| text.parse())?,
        post: post
            .map(|post| serde_json::from_str(&post).map(Arc::new))
            .transpose()
            .map_err(|e| bad(row, "post", e))?,
        content_sha256: digest.map(TryInto::try_into).transpose().map_err(|error| bad(row, "content_sha256", error))?,
        commit: row.get("git_commit")?,
        jobid: row.get("jobid")?,
        moment_id: row.get("moment_id")?,
        errcode: row.get("errcode")?,
        errmsg: row.get("errmsg")?,
        reason: row.get("reason")?,
        invalid: parsed(row, "invalid", |text: String| serde_json::from_str(&text))?,
        attempts: row.get("attempts")?,
        sent_at: maybe_instant(row, "sent_at")?,
        lost_at: maybe_instant(row, "lost_at")?,
        asked: row.get("asked")?,
        not_before: instant(row, "not_before")?,
        hold: row.get("hold")?,
        needs_person: row.get("needs_person")?,
        version: parsed(row, "version", |version: i64| version.try_into())?,
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
    };
    Ok(Run::restored(record))
}

pub(super) fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

pub(super) fn instant(row: &Row<'_>, column: &'static str) -> rusqlite::Result<DateTime<Utc>> {
    parsed(row, column, |millis: i64| DateTime::from_timestamp_millis(millis).ok_or(OutOfTime))
}

fn maybe_instant(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let millis: Option<i64> = row.get(column)?;
    millis.map(|_| instant(row, column)).transpose()
}

#[derive(Debug, thiserror::Error)]
#[error("an instant outside the calendar")]
struct OutOfTime;

fn parsed<S, T, E>(row: &Row<'_>, column: &'static str, read: impl FnOnce(S) -> Result<T, E>) -> rusqlite::Result<T>
where
    S: rusqlite::types::FromSql,
    E: std::error::Error + Send + Sync + 'static,
{
    read(row.get(column)?).map_err(|error| bad(row, column, error))
}

fn bad(row: &Row<'_>, column: &'static str, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    let index = row.as_ref().column_index(column).unwrap_or(0);
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error))
}
