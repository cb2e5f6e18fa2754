//! Compares the store with its witness at start. Where the store knows of fewer sends, it has lost commits: everything is
//! put on hold, and each run that may have been sent is recorded as in doubt, so that it is never sent again by itself.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension};

use super::rows;
use super::sqlite::Store;
use super::statements::{RUN, WITNESS, WITNESS_BEGIN, WITNESS_COUNT, prepared};
use super::witness::{Attempt, Testimony, Witness};
use super::{Scope, StoreError, holds, words};
use crate::ids::{CampaignId, CorpId};
use crate::run::{Due, Move, Reason, Run, RunId, State};

/// What a store was found to have forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostMemory {
    pub why: Why,
    /// Runs that the witness names and of whose request the store knows nothing: each may have been sent.
    pub doubtful: Vec<RunId>,
    /// More were sent than the witness keeps.
    pub more: u64,
}

/// How a store and its witness differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The store counts fewer sends than the witness.
    Behind { store: u64, witness: u64 },
    /// The witness belongs to another history: another copy stands in the place of the store.
    AnotherStore,
    /// The store has sent, and the witness is gone.
    NoWitness,
}

/// The count of sends in the database.
struct Count {
    lineage: String,
    sends: u64,
}

impl Store {
    /// Compares, and puts everything on hold where the store has forgotten something.
    pub(super) fn compare(&self, witness: &Witness, now: DateTime<Utc>) -> Result<Option<LostMemory>, StoreError> {
        let unreadable = |source| StoreError::Witness { source };
        let testimony = witness.read().map_err(unreadable)?;
        let (lineage, lost) = self.write("compare the store with its witness", |db| {
            let count = count(db)?;
            let why = differ(count.as_ref(), &testimony);
            if why.is_none()
                && let Some(count) = count
            {
                // A witness that says nothing yet belongs to a store that has sent nothing.
                return Ok((testimony.lineage.is_none().then_some(count.lineage), None));
            }
            let lineage = begin(db)?;
            let Some(why) = why else { return Ok((Some(lineage), None)) };
            let known = count.filter(|count| testimony.lineage.as_deref() == Some(&*count.lineage));
            let known = known.map_or(0, |count| count.sends);
            let forgotten = testimony.attempts.iter().filter(|(number, _)| *number > known);
            let total = testimony.sends.saturating_sub(known);
            let more = total.saturating_sub(forgotten.clone().count() as u64);
            let doubtful = doubt_all(db, forgotten.map(|(_, attempt)| attempt), now)?;
            let _lies_already =
                holds::lay(db, &Scope::Everything, &words::lost_memory(why, doubtful.len()), words::SERVICE, now)?;
            Ok((Some(lineage), Some(LostMemory { why, doubtful, more })))
        })?;
        // After the commit: a crash in between finds the two apart once more, and the same is done again.
        if let Some(lineage) = lineage {
            witness.begin(&lineage).map_err(unreadable)?;
        }
        Ok(lost)
    }
}

fn differ(count: Option<&Count>, testimony: &Testimony) -> Option<Why> {
    match (count, &testimony.lineage) {
        (None, None) => None,
        (None, Some(_)) => Some(Why::AnotherStore),
        (Some(count), None) => (count.sends > 0).then_some(Why::NoWitness),
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

/// Begins a new history, and gives its name.
fn begin(db: &Connection) -> rusqlite::Result<String> {
    let lineage = format!("{:016x}", fastrand::u64(..));
    prepared(db, WITNESS_BEGIN)?.execute([&lineage])?;
    Ok(lineage)
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
        let step = Move::Doubt { sent_at: at, look_at: now, reason: Reason::Forgotten };
        if let Ok(event) = run.apply(step, now) {
            rows::update(db, &run, &event)?;
        }
    }
    Ok(Some(id))
}
