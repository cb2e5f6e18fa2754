//! Compares the store with its witness at start. A store with fewer sends has lost commits: everything is put on hold,
//! and each run that may have been sent is recorded as in doubt, so that it is never sent again automatically.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::connection::{Connection, Row, prepared};
use super::sql_error::SqlResult;
use super::sqlite::{self, Attempt, SendLogContent, Witness};
use super::statements::{RUN, WITNESS, WITNESS_BEGIN, WITNESS_COUNT};
use super::{HoldCause, LossKind, LostCommits, Operation, StoreError};
use super::{holds, rows};
use crate::ids::{CampaignId, CorpId};
use crate::run::{Due, Reason, Run, RunId, State, Transition};

/// The number of sends in the database.
struct Count {
    lineage: String,
    sends: u64,
}

/// Compares the counts, and puts everything on hold if the store has lost commits.
pub(super) fn compare(
    database: &mut sqlite::Database,
    witness: &Witness,
    now: DateTime<Utc>,
) -> Result<Option<LostCommits>, StoreError> {
    let unreadable = |cause| StoreError::Witness { cause };
    let testimony = witness.read().map_err(unreadable)?;
    let counted = database.read(Operation::CompareWitness, |db| count(&Connection::Sqlite(db)))?;
    if counted.is_none() && testimony.is_of_a_first_start() {
        // The witness is written first: a store with a count has had a witness, even if it is damaged later.
        let lineage = new_lineage();
        witness.begin_first(&lineage).map_err(unreadable)?;
        database.write(Operation::CompareWitness, |db| begin(&Connection::Sqlite(db), &lineage))?;
        checkpoint(database)?;
        return Ok(None);
    }
    let lineage = new_lineage();
    let lost = database.write(Operation::CompareWitness, |db| {
        let db = &Connection::Sqlite(db);
        let count = count(db)?;
        let Some(why) = detect_loss(count.as_ref(), &testimony) else { return Ok(None) };
        begin(db, &lineage)?;
        let known = count.filter(|count| testimony.lineage.as_deref() == Some(&*count.lineage));
        let known = known.map_or(0, |count| count.sends);
        let forgotten = testimony.attempts.iter().filter(|(number, _)| *number > known);
        let total = testimony.sends.saturating_sub(known);
        let more = total.saturating_sub(forgotten.clone().count() as u64);
        let doubtful = record_all_in_doubt(db, forgotten.map(|(_, attempt)| attempt), now)?;
        let lost = LostCommits { why, in_doubt: doubtful.len() as u64 + more, doubtful };
        holds::hold_everything(db, &HoldCause::LostCommits(lost.clone()), now)?;
        Ok(Some(lost))
    })?;
    // After the commit: after a crash in between, the next start finds the same difference and repeats this.
    if lost.is_some() {
        witness.begin(&lineage).map_err(unreadable)?;
        checkpoint(database)?;
    }
    Ok(lost)
}

/// Writes the log into the file: the name of the history must survive the loss of the log.
fn checkpoint(database: &sqlite::Database) -> Result<(), StoreError> {
    database.read(Operation::CompareWitness, |db| Ok(db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?))
}

fn detect_loss(count: Option<&Count>, testimony: &SendLogContent) -> Option<LossKind> {
    match (count, &testimony.lineage) {
        (_, None) => Some(LossKind::NoWitness),
        (None, Some(_)) => Some(LossKind::AnotherStore),
        (Some(count), Some(lineage)) if count.lineage != *lineage => Some(LossKind::AnotherStore),
        (Some(count), Some(_)) => {
            let (store, witness) = (count.sends, testimony.sends);
            (store < witness).then_some(LossKind::Behind { store, witness })
        }
    }
}

fn count(db: &Connection<'_>) -> SqlResult<Option<Count>> {
    let count = |row: &Row<'_>| Ok(Count { lineage: row.get(0)?, sends: number(row, 1)? });
    prepared(db, WITNESS)?.query_row(params![], count)
}

fn new_lineage() -> String {
    format!("{:016x}", fastrand::u64(..))
}

/// Begins a new history.
fn begin(db: &Connection<'_>, lineage: &str) -> SqlResult<()> {
    prepared(db, WITNESS_BEGIN)?.execute(params![lineage]).map(drop)
}

/// Counts sends, in the commit that records them. Returns the name of the history and the number of the first send;
/// `None` if no service has started the count, or if there is no file.
pub(super) fn count_sends(db: &Connection<'_>, more: usize) -> SqlResult<Option<(String, u64)>> {
    let Connection::Sqlite(_) = db else { return Ok(None) };
    prepared(db, WITNESS_COUNT)?
        .query_row(params![i64::try_from(more).unwrap_or(i64::MAX)], |row| Ok((row.get(0)?, number(row, 1)?)))
}

fn number(row: &Row<'_>, column: usize) -> SqlResult<u64> {
    Ok(u64::try_from(row.get::<i64>(column)?).unwrap_or(0))
}

/// Records each run of these attempts as in doubt; returns those whose request the store did not know.
fn record_all_in_doubt<'a>(
    db: &Connection<'_>,
    attempts: impl Iterator<Item = &'a Attempt>,
    now: DateTime<Utc>,
) -> SqlResult<Vec<RunId>> {
    // The newest attempt of each run.
    let newest: BTreeMap<_, _> = attempts.map(|it| ((&it.corp, &it.campaign, &it.slot), it)).collect();
    let mut doubtful = Vec::new();
    for attempt in newest.into_values() {
        doubtful.extend(doubt(db, attempt, now)?);
    }
    Ok(doubtful)
}

fn doubt(db: &Connection<'_>, attempt: &Attempt, now: DateTime<Utc>) -> SqlResult<Option<RunId>> {
    let (Ok(campaign), Ok(slot)) = (CampaignId::try_from(attempt.campaign.clone()), attempt.slot.parse()) else {
        return Ok(None);
    };
    let id = RunId::new(&campaign, &slot);
    let stored = prepared(db, RUN)?.query_row(params![&attempt.corp, id.as_str()], rows::run)?;
    let at = attempt.at;
    let Some(mut run) = stored else {
        let due = Due {
            corp: CorpId(attempt.corp.clone()),
            campaign,
            slot,
            due: attempt.due,
            zone: attempt.zone.clone(),
            deadline: attempt.latest,
            commit: None,
        };
        let run = Run::forgotten(due, attempt.content_sha256, at, Reason::Forgotten, now);
        rows::insert(db, &run)?;
        return Ok(Some(id));
    };
    if run.sent_at.is_some_and(|sent| sent.timestamp_millis() >= at.timestamp_millis()) {
        return Ok(None);
    }
    if matches!(run.state, State::Claimed | State::Held) {
        let step = Transition::Doubt { sent_at: at, look_at: now, reason: Reason::Forgotten };
        if let Ok(event) = run.apply(step, now) {
            rows::update(db, &run, &event)?;
        }
    }
    Ok(Some(id))
}
