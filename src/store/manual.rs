//! Manual posts, and other changes by people.

use rusqlite::params;

use super::connection::{Connection, prepared};
use super::handle::Store;
use super::sql_error::SqlResult;
use super::statements::RUNS_UNFINISHED;
use super::{Change, Operation, Recorded, StoreError};
use super::{holds, rows, save};
use crate::ids::{CampaignId, CorpId};
use crate::run::Run;

impl Store {
    /// Records a run that a person asked for. If the campaign has open runs, only `again` records it. One transaction:
    /// of two people who ask at the same time, one is told about the other's run.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn record_manual_run(&self, run: &Run, by: Option<&str>, again: bool) -> Result<Recorded, StoreError> {
        let (run, first) = (run.clone(), run.creation_event_by(by));
        let record = move |db: &Connection<'_>| {
            if let Some(hold) = holds::newest_open(db, &run.corp, &run.campaign)? {
                return Ok(Recorded::OnHold(hold));
            }
            let unfinished = unfinished(db, &run.corp, &run.campaign)?;
            if !again && !unfinished.is_empty() {
                return Ok(Recorded::Unfinished(unfinished));
            }
            Ok(if rows::insert_with(db, &run, &first)? { Recorded::New } else { Recorded::SameSecond })
        };
        self.call(move |database| {
            let recorded = database.write(Operation::RecordPost, record)?;
            if recorded == Recorded::New {
                database.note_manual_change();
            }
            Ok(recorded)
        })
        .await
    }

    /// The open runs of a campaign, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn unfinished_runs(&self, corp: &CorpId, campaign: &CampaignId) -> Result<Vec<Run>, StoreError> {
        let (corp, campaign) = (corp.clone(), campaign.clone());
        self.read(Operation::ReadRuns, move |db| unfinished(db, &corp, &campaign)).await
    }

    /// Saves a transition by a person, so that an engine in this process notices it too.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn save_manual_transition(&self, change: Change<'_>) -> Result<(), StoreError> {
        let (run, event) = (change.0.clone(), change.1.clone());
        self.call(move |database| {
            save::save_one(database, &run, &event)?;
            database.note_manual_change();
            Ok(())
        })
        .await
    }
}

fn unfinished(db: &Connection<'_>, corp: &CorpId, campaign: &CampaignId) -> SqlResult<Vec<Run>> {
    prepared(db, RUNS_UNFINISHED)?.query_map(params![corp.0, campaign.as_str()], rows::run)
}
