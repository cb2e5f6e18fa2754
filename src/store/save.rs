//! Writes runs: new ones, and every transition.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rusqlite::params;

use super::connection::{Connection, prepared};
use super::database::Database;
use super::handle::Store;
use super::quota::{SendCount, month_of};
use super::rows::{self, millis};
use super::sql_error::SqlResult;
use super::statements::{SEND_ANSWERED, SEND_INSERT, SENDS_COUNT, WATERMARK_PUT, WATERMARK_REACHED};
use super::witness::Attempt;
use super::{Advance, Change, GroupChange, Operation, Saved, StoreError};
use super::{holds, lost_commits};
use crate::ids::CorpId;
use crate::run::{Event, Run};

impl Store {
    /// Records new runs and the watermark, in one commit; returns for each run whether it was new. Only the service that
    /// works for the corp may do it: another one may have an older book.
    ///
    /// # Errors
    /// [`StoreError::LostCommits`] if the store has an earlier watermark than the caller knows. Otherwise the store could
    /// not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn record_due(
        &self,
        corp: &CorpId,
        new_runs: &[Run],
        watermark: Advance,
    ) -> Result<Vec<bool>, StoreError> {
        let (corp, new_runs) = (corp.clone(), new_runs.to_vec());
        let record = move |db: &Connection<'_>| {
            if !advance(db, &corp, watermark)? {
                return Ok(None);
            }
            insert_all(db, &new_runs).map(Some)
        };
        self.write_by_owner(Operation::RecordDue, record).await?.ok_or(StoreError::LostCommits)
    }

    /// Records new runs in one commit, all or none; returns for each whether its occurrence had no run yet.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn record(&self, new_runs: &[Run]) -> Result<Vec<bool>, StoreError> {
        let new_runs = new_runs.to_vec();
        self.write(Operation::RecordDue, move |db| insert_all(db, &new_runs)).await
    }

    /// Saves a transition.
    ///
    /// # Errors
    /// [`StoreError::VersionConflict`] if another writer changed the run after it was read.
    pub async fn save(&self, (run, event): Change<'_>) -> Result<(), StoreError> {
        let (run, event) = (run.clone(), event.clone());
        self.call(move |database| save_one(database, &run, &event)).await
    }

    /// Saves a transition that only the service that works for the corp may make: it says that no request is on its way.
    ///
    /// # Errors
    /// As [`Store::save`]; on a server also if another service has the lease.
    pub async fn save_by_owner(&self, (run, event): Change<'_>) -> Result<(), StoreError> {
        let (id, run, event) = (run.id(), run.clone(), event.clone());
        let saved = self.write_by_owner(Operation::SaveRuns, move |db| save(db, &run, &event)).await?;
        if saved { Ok(()) } else { Err(StoreError::VersionConflict { run: id }) }
    }

    /// Saves transitions in one commit; returns `false` for each run that another writer changed first.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn save_all(&self, changes: &[(Run, Event)]) -> Result<Vec<bool>, StoreError> {
        let changes = changes.to_vec();
        self.write(Operation::SaveRuns, move |db| changes.iter().map(|(run, event)| save(db, run, event)).collect())
            .await
    }

    /// Runs a job that saves changes together on the store's thread. The job must not wait: every other call waits for
    /// it.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] if the thread has ended. Errors of the job are in its own result.
    pub async fn commit_group<T: Send + 'static>(
        &self,
        job: impl FnOnce(GroupWriter<'_>) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        self.call(move |database| Ok(job(GroupWriter(database)))).await
    }

    /// Saves changes together: see [`GroupWriter::save`].
    ///
    /// # Errors
    /// As [`GroupWriter::save`].
    pub async fn save_together(&self, changes: &[GroupChange]) -> Result<Vec<Saved>, StoreError> {
        let changes = changes.to_vec();
        self.commit_group(move |mut writer| writer.save(&changes)).await?
    }
}

/// Saves changes together, on the store's thread.
#[derive(Debug)]
pub struct GroupWriter<'d>(&'d mut Database);

impl GroupWriter<'_> {
    /// Saves transitions in one commit, in their order. A transition to `sending` has its quota with it: it is saved
    /// and counted only if no hold is active and the quota allows it.
    ///
    /// # Errors
    /// The commit failed, or the files of the store are not at their paths: nothing may be sent then.
    pub fn save(&mut self, changes: &[GroupChange]) -> Result<Vec<Saved>, StoreError> {
        let wants_to_send = changes.iter().any(|(_, _, quota)| quota.is_some());
        let save = |db: &Connection<'_>| {
            let saved = save_each(db, changes)?;
            let sends = sends(changes, &saved).count();
            let counted = if sends > 0 { lost_commits::count_sends(db, sends)? } else { None };
            Ok((saved, counted))
        };
        let ((mut saved, counted), unclean) = if wants_to_send {
            self.0.write_sends(Operation::SaveRuns, save)?
        } else {
            (self.0.write(Operation::SaveRuns, save)?, None)
        };
        let unwitnessed = unclean.or_else(|| {
            let (lineage, first) = counted?;
            let attempts = sends(changes, &saved).map(|(_, run)| Attempt::of(run)).collect();
            self.0.append_to_witness(&lineage, first, attempts).err().map(|error| format!("lock file: {error}"))
        });
        if let Some(why) = unwitnessed {
            let places: Vec<usize> = sends(changes, &saved).map(|(place, _)| place).collect();
            for place in places {
                saved[place] = Saved::NotWitnessed(why.clone());
            }
        }
        // Checked again as late as possible: a commit to a removed file permits nothing.
        if wants_to_send {
            self.0.check_in_place()?;
        }
        Ok(saved)
    }
}

pub(super) fn save_one(database: &mut Database, run: &Run, event: &Event) -> Result<(), StoreError> {
    let saved = database.write(Operation::SaveRuns, |db| save(db, run, event))?;
    if saved { Ok(()) } else { Err(StoreError::VersionConflict { run: run.id() }) }
}

/// The runs that may be sent, with their positions.
fn sends<'a>(changes: &'a [GroupChange], saved: &'a [Saved]) -> impl Iterator<Item = (usize, &'a Run)> {
    let each = changes.iter().zip(saved).enumerate();
    each.filter(|(_, ((_, _, quota), saved))| quota.is_some() && **saved == Saved::Done)
        .map(|(place, ((run, _, _), _))| (place, run))
}

/// Saves each change unless something forbids it. The updates come together, so a server gets them together.
fn save_each(db: &Connection<'_>, changes: &[GroupChange]) -> SqlResult<Vec<Saved>> {
    let mut saved = vec![Saved::Done; changes.len()];
    refuse_sends(db, changes, &mut saved)?;
    let places: Vec<usize> = (0..changes.len()).filter(|place| saved[*place] == Saved::Done).collect();
    let allowed: Vec<(&Run, &Event)> = places.iter().map(|place| (&changes[*place].0, &changes[*place].1)).collect();
    let mut by_month = BTreeMap::<_, i64>::new();
    for (place, is_saved) in places.into_iter().zip(rows::update_each(db, &allowed)?) {
        let (run, event, quota) = &changes[place];
        if !is_saved {
            // The owner may have been in this group, and be over by now.
            let in_group = rows::new_job(run, event).and_then(|job| {
                changes.iter().find(|(other, ..)| other.id() != run.id() && other.jobid.as_deref() == Some(&*job))
            });
            let owner = match in_group {
                Some((owner, ..)) => Some(owner.id()),
                None => rows::owner(db, run, event)?,
            };
            saved[place] = owner.map_or(Saved::VersionConflict, Saved::OwnedBy);
            continue;
        }
        if quota.is_some() {
            prepared(db, SEND_INSERT)?.execute_later(params![run.corp.0, run.id().as_str(), millis(event.at)])?;
            *by_month.entry((&run.corp.0, month_of(event.at))).or_default() += 1;
        }
        answer_send(db, run, event)?;
    }
    for ((corp, month), sends) in by_month {
        prepared(db, SENDS_COUNT)?.execute_later(params![corp, month, sends])?;
    }
    Ok(saved)
}

/// Refuses the sends that a limit or a hold forbids. The changes of a group are nearly of one instant; the earliest counts.
fn refuse_sends(db: &Connection<'_>, changes: &[GroupChange], saved: &mut [Saved]) -> SqlResult<()> {
    let instants = changes.iter().filter(|(_, _, quota)| quota.is_some()).map(|(_, event, _)| event.at);
    let Some(now) = instants.min() else { return Ok(()) };
    // Of each corp: what is counted, and how many of these sends it does not contain yet.
    let mut counts = BTreeMap::new();
    let mut holds = None;
    for ((run, _, quota), saved) in changes.iter().zip(saved) {
        let Some(quota) = quota else { continue };
        let corp = run.corp.0.as_str();
        let (counted, more) = match counts.entry(corp) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert((SendCount::read(db, corp, now)?, 0)),
        };
        if counted.is_anything_on_hold && holds.is_none() {
            holds = Some(holds::all_open(db)?);
        }
        let mut holds = holds.iter().flatten();
        if let Some(until) = counted.wait(db, (corp, now), *more, *quota)? {
            *saved = Saved::NotBefore(until);
        } else if let Some(hold) = holds.find(|hold| hold.scope.covers(&run.corp, &run.campaign)) {
            *saved = Saved::OnHold(hold.clone());
        } else {
            *more += 1;
        }
    }
    Ok(())
}

fn answer_send(db: &Connection<'_>, run: &Run, event: &Event) -> SqlResult<()> {
    if !event.answers_request() {
        return Ok(());
    }
    prepared(db, SEND_ANSWERED)?.execute_later(params![millis(event.at), run.corp.0, run.id().as_str()])
}

fn save(db: &Connection<'_>, run: &Run, event: &Event) -> SqlResult<bool> {
    let saved = rows::update(db, run, event)?;
    if saved {
        answer_send(db, run, event)?;
    }
    Ok(saved)
}

/// Sets the watermark. Returns false, and changes nothing, if the store has an earlier one than the caller knows: a server
/// that was failed over has lost it, with the runs before it.
pub(super) fn advance(db: &Connection<'_>, corp: &CorpId, Advance { from, through }: Advance) -> SqlResult<bool> {
    if let Some(from) = from {
        let reached = prepared(db, WATERMARK_REACHED)?.query_row(params![corp.0, millis(from)], |row| row.get(0))?;
        if reached != Some(true) {
            return Ok(false);
        }
    }
    prepared(db, WATERMARK_PUT)?.execute_later(params![corp.0, millis(through)])?;
    Ok(true)
}

/// Inserts the runs of occurrences that have none; returns for each whether it was new.
fn insert_all(db: &Connection<'_>, new_runs: &[Run]) -> SqlResult<Vec<bool>> {
    let first: Vec<Event> = new_runs.iter().map(Run::creation_event).collect();
    rows::insert_each(db, &new_runs.iter().zip(&first).collect::<Vec<_>>())
}
