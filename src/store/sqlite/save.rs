//! Writes runs: what falls due, and every transition.

use std::sync::PoisonError;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::database::Database;
use super::handle::Store;
use super::in_place::Claim;
use super::quota::{month_of, wait_for_quota};
use super::rows::{self, millis};
use super::statements::{SEND_ANSWERED, SEND_INSERT, SENDS_COUNT_ONE, THROUGH_PUT, prepared};
use super::witness::Attempt;
use super::{holds, lost_memory};
use crate::ids::CorpId;
use crate::run::{Event, Run, State};
use crate::store::{Change, Quota, SendPermit, StoreError};

impl Store {
    /// Records the runs of what fell due, and how far that is. One commit, whatever their number. Says for each whether
    /// it was new.
    pub async fn record_due(
        &self,
        corp: &CorpId,
        born: &[Run],
        through: DateTime<Utc>,
    ) -> Result<Vec<bool>, StoreError> {
        let (corp, born) = (corp.clone(), born.to_vec());
        self.write("record what is due", move |db| record_due(db, &corp, &born, through)).await
    }

    /// Records runs of occurrences that have none yet; says for each whether it was new. All or none, in one commit.
    pub async fn record(&self, born: &[Run]) -> Result<Vec<bool>, StoreError> {
        let born = born.to_vec();
        self.write("record what is due", move |db| insert_all(db, &born)).await
    }

    /// Saves a move. Refused if somebody else changed the run since it was read.
    pub async fn save(&self, (run, event): Change<'_>) -> Result<(), StoreError> {
        let (run, event) = (run.clone(), event.clone());
        self.call(move |database| save_one(database, &run, &event)).await
    }

    /// Saves many moves in one commit; says for each whether it was saved, or overtaken by somebody else's.
    pub async fn save_all(&self, changes: &[(Run, Event)]) -> Result<Vec<bool>, StoreError> {
        let changes = changes.to_vec();
        self.write("save runs", move |db| changes.iter().map(|(run, event)| save(db, run, event)).collect()).await
    }

    /// Does something on the store's thread that saves changes together. It must not wait for anything: every other call
    /// waits for it.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] where the thread has ended. What the job saved is its own to tell.
    pub async fn commit_group<T: Send + 'static>(
        &self,
        job: impl FnOnce(GroupWriter<'_>) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        self.call(move |database| Ok(job(GroupWriter(database)))).await
    }

    /// Saves changes together: see [`GroupWriter::save`].
    ///
    /// # Errors
    /// As there.
    pub async fn save_together(
        &self,
        changes: &[(Run, Event, Option<Quota>)],
    ) -> Result<Vec<Option<SendPermit>>, StoreError> {
        let changes = changes.to_vec();
        self.commit_group(move |mut writer| writer.save(&changes)).await?
    }
}

/// Saves changes together, on the store's thread.
#[derive(Debug)]
pub struct GroupWriter<'d>(&'d mut Database);

impl GroupWriter<'_> {
    /// Saves several moves in one commit, in their order. What is about to be sent has its limits beside it: without a hold
    /// in the way and with leave granted, the send is counted and the move to `sending` saved. Says of each what came of
    /// it, and nothing where somebody else changed the run.
    pub fn save(&mut self, changes: &[(Run, Event, Option<Quota>)]) -> Result<Vec<Option<SendPermit>>, StoreError> {
        let wants_to_send = changes.iter().any(|(_, _, quota)| quota.is_some());
        if wants_to_send {
            self.0.is_in_place()?;
        }
        let (mut leaves, sends) = self.0.write("save runs", |db| {
            let one = |(run, event, quota): &(Run, Event, Option<Quota>)| match quota {
                Some(quota) => leave_to_send(db, run, event, *quota),
                None => Ok(save(db, run, event)?.then_some(SendPermit::Granted)),
            };
            let leaves = changes.iter().map(one).collect::<rusqlite::Result<Vec<_>>>()?;
            let sends = leaving(changes, &leaves).count();
            let counted = if sends > 0 { lost_memory::count_sends(db, sends)? } else { None };
            Ok((leaves, counted))
        })?;
        if let Some((lineage, first)) = sends
            && let Some(Claim { witness, .. }) = &*self.0.file.claim.lock().unwrap_or_else(PoisonError::into_inner)
        {
            let attempts = leaving(changes, &leaves).map(|(_, run)| Attempt::of(run)).collect();
            if let Err(error) = witness.append(&lineage, first, attempts) {
                let unwitnessed: Vec<usize> = leaving(changes, &leaves).map(|(place, _)| place).collect();
                for place in unwitnessed {
                    leaves[place] = Some(SendPermit::NotWitnessed(error.to_string()));
                }
            }
        }
        // Once more as late as possible: what was written into a file that is gone gives no leave.
        if wants_to_send {
            self.0.is_in_place()?;
        }
        Ok(leaves)
    }
}

pub(super) fn save_one(database: &mut Database, run: &Run, event: &Event) -> Result<(), StoreError> {
    let saved = database.write("save a run", |db| save(db, run, event))?;
    if saved { Ok(()) } else { Err(StoreError::VersionConflict { run: run.id() }) }
}

/// The runs that are free to leave, with their places.
fn leaving<'a>(
    changes: &'a [(Run, Event, Option<Quota>)],
    leaves: &'a [Option<SendPermit>],
) -> impl Iterator<Item = (usize, &'a Run)> {
    let free = changes.iter().zip(leaves).enumerate();
    free.filter(|(_, ((_, _, quota), leave))| quota.is_some() && **leave == Some(SendPermit::Granted))
        .map(|(place, ((run, _, _), _))| (place, run))
}

fn leave_to_send(db: &Connection, run: &Run, event: &Event, quota: Quota) -> rusqlite::Result<Option<SendPermit>> {
    let (now, corp) = (event.at, run.corp.0.as_str());
    if let Some(until) = wait_for_quota(db, corp, now, quota)? {
        return Ok(Some(SendPermit::NotBefore(until)));
    }
    if let Some(hold) = holds::newest_open(db, &run.corp, &run.campaign)? {
        return Ok(Some(SendPermit::OnHold(hold)));
    }
    if !save(db, run, event)? {
        return Ok(None);
    }
    prepared(db, SEND_INSERT)?.execute(params![corp, run.id().as_str(), millis(now)])?;
    prepared(db, SENDS_COUNT_ONE)?.execute([corp, &month_of(now)])?;
    Ok(Some(SendPermit::Granted))
}

fn save(db: &Connection, run: &Run, event: &Event) -> rusqlite::Result<bool> {
    let saved = rows::update(db, run, event)?;
    if saved && event.from == Some(State::Sending.name()) {
        prepared(db, SEND_ANSWERED)?.execute(params![millis(event.at), run.corp.0, run.id().as_str()])?;
    }
    Ok(saved)
}

pub(super) fn record_due(
    db: &Connection,
    corp: &CorpId,
    born: &[Run],
    through: DateTime<Utc>,
) -> rusqlite::Result<Vec<bool>> {
    prepared(db, THROUGH_PUT)?.execute(params![corp.0, millis(through)])?;
    insert_all(db, born)
}

/// Puts in the runs of occurrences that have none yet; says for each whether it was new.
fn insert_all(db: &Connection, born: &[Run]) -> rusqlite::Result<Vec<bool>> {
    born.iter().map(|run| rows::insert(db, run)).collect()
}
