//! Compares the store with its witness: at start and, on a server, on each new connection too. A store with fewer sends
//! has lost commits: everything is put on hold,
//! and each run that may have been sent is recorded as in doubt, so that it is never sent again automatically.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::connection::{Connection, Row, prepared};
use super::postgres::{Claimed, Compared};
use super::sql_error::SqlResult;
use super::sqlite;
use super::statements::{
    LEASE_LOG, LEASE_LOG_PUT, RUN, SEND_LOG_COUNT, SEND_LOG_PUT, SEND_LOGS_FORGET, WITNESS, WITNESS_BEGIN,
    WITNESS_COUNT,
};
use super::witness::{Attempt, SendLogContent, Witness, new_lineage};
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

/// Begins a new history.
fn begin(db: &Connection<'_>, lineage: &str) -> SqlResult<()> {
    prepared(db, WITNESS_BEGIN)?.execute(params![lineage]).map(drop)
}

/// Compares the list of this machine with a server, in one of the machine's transactions.
///
/// The server must have every send of the list. Where another machine worked last, its list is not here: that the server
/// is the same, or that those commits waited for a standby, must prove it.
pub(super) fn compare_with_server(db: &Connection<'_>, own: &Claimed<'_>) -> SqlResult<Compared> {
    let known = prepared(db, LEASE_LOG)?.query_row(params![own.corp, own.log.name(), own.token], |row| {
        Ok(OnServer {
            is_owner: row.get::<Option<bool>>(0)?.unwrap_or(false),
            log: row.get(1)?,
            origin: row.get(2)?,
            is_synchronous: row.get::<Option<bool>>(3)?.unwrap_or(false),
            sends: number(row, 4)?,
        })
    })?;
    let Some(known) = known.filter(|known| known.is_owner) else { return Ok(Compared::NotOwner) };
    let lost = match server_loss(&known, own) {
        None => None,
        Some(why) => {
            // What cannot be read is held all the same.
            let mut forgotten = own.log.attempts().unwrap_or_default();
            forgotten.retain(|(number, _)| *number > known.sends);
            let more = own.log.sends().saturating_sub(known.sends).saturating_sub(forgotten.len() as u64);
            let doubtful = record_all_in_doubt(db, forgotten.iter().map(|(_, attempt)| attempt), own.now)?;
            let lost = LostCommits { why, in_doubt: doubtful.len() as u64 + more, doubtful };
            holds::hold_everything(db, &HoldCause::LostCommits(lost.clone()), own.now)?;
            Some(lost)
        }
    };
    let sends = i64::try_from(known.sends.max(own.log.sends())).unwrap_or(i64::MAX);
    prepared(db, SEND_LOG_PUT)?.execute(params![own.corp, own.log.name(), sends])?;
    prepared(db, SEND_LOGS_FORGET)?.execute(params![own.corp])?;
    prepared(db, LEASE_LOG_PUT)?.execute(params![own.corp, own.log.name(), own.origin])?;
    Ok(lost.map_or(Compared::Complete, Compared::Lost))
}

/// What a server knows about the machine that worked last, and about this one.
struct OnServer {
    /// This process has the lease.
    is_owner: bool,
    /// The list of the machine that worked last.
    log: Option<String>,
    /// The server on which it worked, and the timeline.
    origin: Option<String>,
    /// Its commits waited for a standby.
    is_synchronous: bool,
    /// The sends of this machine's list.
    sends: u64,
}

fn server_loss(known: &OnServer, own: &Claimed<'_>) -> Option<LossKind> {
    if own.log.sends() > known.sends {
        return Some(LossKind::BehindMachine { store: known.sends, machine: own.log.sends() });
    }
    let is_own = known.log.as_deref().is_none_or(|log| log == own.log.name());
    let (Some(then), Some(now)) = (known.origin.as_deref(), own.origin) else { return None };
    let server = |origin: &str| origin.split_once('/').map(|(server, _)| server.to_owned());
    let is_proven = is_own || then == now || (known.is_synchronous && server(then) == server(now));
    (!is_proven).then_some(LossKind::OtherMachine)
}

/// Counts sends, in the commit that records them. Returns the name of the history and the number of the first send;
/// `None` if no service has started the count.
pub(super) fn count_sends(db: &Connection<'_>, more: usize) -> SqlResult<Option<(String, u64)>> {
    let more = i64::try_from(more).unwrap_or(i64::MAX);
    let first = |row: &Row<'_>| Ok((row.get(0)?, number(row, 1)?));
    match db {
        Connection::Sqlite(_) => prepared(db, WITNESS_COUNT)?.query_row(params![more], first),
        // Whoever may send has been compared, so its list is there.
        Connection::Postgres(_) | Connection::Simulated(_) => {
            prepared(db, SEND_LOG_COUNT)?.query_one(params![more], first).map(Some)
        }
    }
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
