//! Compares the store with its witness at start. Where the store knows of fewer sends, it has lost commits: everything is
//! put on hold, and each run that may have been sent is recorded as in doubt, so that it is never sent again by itself.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension};

use super::database::Database;
use super::statements::{RUN, WITNESS, WITNESS_BEGIN, WITNESS_COUNT, prepared};
use super::witness::{Attempt, Testimony, Witness};
use super::{holds, rows};
use crate::ids::{CampaignId, CorpId};
use crate::run::{Due, Reason, Run, RunId, State, Transition};
use crate::store::{LostMemory, Scope, StoreError, Why, messages};

/// The count of sends in the database.
struct Count {
    lineage: String,
    sends: u64,
}

/// Compares, and puts everything on hold where the store has forgotten something.
pub(super) fn compare(
    database: &mut Database,
    witness: &Witness,
    now: DateTime<Utc>,
) -> Result<Option<LostMemory>, StoreError> {
    let unreadable = |cause| StoreError::Witness { cause };
    let testimony = witness.read().map_err(unreadable)?;
    let counted = database.read("read how much was sent", count)?;
    if counted.is_none() && testimony.is_of_a_first_start() {
        // The witness comes first: whatever is damaged later, a store that counts has had one.
        let lineage = new_lineage();
        witness.begin_first(&lineage).map_err(unreadable)?;
        database.write("begin to count", |db| begin(db, &lineage))?;
        bring_log_in(database)?;
        return Ok(None);
    }
    let lineage = new_lineage();
    let lost = database.write("compare the store with its witness", |db| {
        let count = count(db)?;
        let Some(why) = differ(count.as_ref(), &testimony) else { return Ok(None) };
        begin(db, &lineage)?;
        let known = count.filter(|count| testimony.lineage.as_deref() == Some(&*count.lineage));
        let known = known.map_or(0, |count| count.sends);
        let forgotten = testimony.attempts.iter().filter(|(number, _)| *number > known);
        let total = testimony.sends.saturating_sub(known);
        let more = total.saturating_sub(forgotten.clone().count() as u64);
        let doubtful = doubt_all(db, forgotten.map(|(_, attempt)| attempt), now)?;
        let lost = LostMemory { why, doubtful, more };
        let _lies_already = holds::lay(db, &Scope::Everything, &lost.to_string(), messages::SERVICE, now)?;
        Ok(Some(lost))
    })?;
    // After the commit: a crash in between finds the two apart once more, and the same is done again.
    if lost.is_some() {
        witness.begin(&lineage).map_err(unreadable)?;
        bring_log_in(database)?;
    }
    Ok(lost)
}

/// Writes what is in the log into the file: which history it is must survive the loss of the log.
fn bring_log_in(database: &Database) -> Result<(), StoreError> {
    database.read("write its log into its file", |db| db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())))
}

fn differ(count: Option<&Count>, testimony: &Testimony) -> Option<Why> {
    match (count, &testimony.lineage) {
        (_, None) => Some(Why::NoWitness),
        (None, Some(_)) => Some(Why::AnotherStore),
        (Some(count), Some(lineage)) if count.lineage != *lineage => Some(Why::AnotherStore),
        (Some(count), Some(_)) => {
            let (store, witness) = (count.sends, testimony.sends);
            (store < witness).then_some(Why::Behind { store, witness })
        }
    }
}

fn count(db: &Connection) -> rusqlite::Result<Option<Count>> {
    let count = |row: &rusqlite::Row<'_>| Ok(Count { lineage: row.get(0)?, sends: number(row, 1)? });
    prepared(db, WITNESS)?.query_row([], count).optional()
}

fn new_lineage() -> String {
    format!("{:016x}", fastrand::u64(..))
}

/// Begins a new history.
fn begin(db: &Connection, lineage: &str) -> rusqlite::Result<()> {
    prepared(db, WITNESS_BEGIN)?.execute([lineage]).map(drop)
}

/// Counts sends, in the commit that records them; gives the history's name and the first send's number. Nothing where no
/// service has begun to count.
pub(super) fn count_sends(db: &Connection, more: usize) -> rusqlite::Result<Option<(String, u64)>> {
    prepared(db, WITNESS_COUNT)?
        .query_row([i64::try_from(more).unwrap_or(i64::MAX)], |row| Ok((row.get(0)?, number(row, 1)?)))
        .optional()
}

fn number(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

/// Records each run of these attempts as in doubt; gives those of whose request the store knew nothing.
fn doubt_all<'a>(
    db: &Connection,
    attempts: impl Iterator<Item = &'a Attempt>,
    now: DateTime<Utc>,
) -> rusqlite::Result<Vec<RunId>> {
    // The newest of each run.
    let newest: BTreeMap<_, _> = attempts.map(|it| ((&it.corp, &it.campaign, &it.slot), it)).collect();
    let mut doubtful = Vec::new();
    for attempt in newest.into_values() {
        doubtful.extend(doubt(db, attempt, now)?);
    }
    Ok(doubtful)
}

fn doubt(db: &Connection, attempt: &Attempt, now: DateTime<Utc>) -> rusqlite::Result<Option<RunId>> {
    let (Ok(campaign), Ok(slot)) = (CampaignId::try_from(attempt.campaign.clone()), attempt.slot.parse()) else {
        return Ok(None);
    };
    let id = RunId::new(&campaign, &slot);
    let stored = prepared(db, RUN)?.query_row([&attempt.corp, id.as_str()], rows::run).optional()?;
    let at = attempt.at;
    let Some(mut run) = stored else {
        let due = Due {
            corp: CorpId(attempt.corp.clone()),
            campaign,
            slot,
            due: attempt.due,
            zone: attempt.zone.clone(),
            latest: attempt.latest,
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
