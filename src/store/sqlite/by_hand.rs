//! Posts by hand, and other changes that come from people and not from the engine.

use std::sync::atomic::Ordering;

use rusqlite::params;

use super::database::Store;
use super::statements::{RUNS_UNFINISHED, prepared};
use super::{holds, rows};
use crate::ids::{CampaignId, CorpId};
use crate::run::Run;
use crate::store::{Change, Recorded, StoreError};

impl Store {
    /// Records a run that a person asked for. Only `again` records it beside runs of the same campaign that are not over.
    /// One transaction: of two people who ask at the same moment, one is told of the other's run.
    pub fn record_by_hand(&self, run: &Run, again: bool) -> Result<Recorded, StoreError> {
        let recorded = self.write("record a post by hand", |db| {
            if let Some(hold) = holds::newest_open(db, &run.corp, &run.campaign)? {
                return Ok(Recorded::OnHold(hold));
            }
            let unfinished = unfinished(db, &run.corp, &run.campaign)?;
            if !again && !unfinished.is_empty() {
                return Ok(Recorded::Unfinished(unfinished));
            }
            Ok(if rows::insert(db, run)? { Recorded::New } else { Recorded::SameSecond })
        })?;
        if recorded == Recorded::New {
            self.steered.fetch_add(1, Ordering::Relaxed);
        }
        Ok(recorded)
    }

    /// The runs of a campaign that are not over, oldest first.
    pub fn unfinished(&self, corp: &CorpId, campaign: &CampaignId) -> Result<Vec<Run>, StoreError> {
        self.read("read the runs", |db| unfinished(db, corp, campaign))
    }

    /// Saves a move that a person made, so that an engine of this process notices it too.
    pub fn steer(&self, change: Change<'_>) -> Result<(), StoreError> {
        self.save(change)?;
        self.steered.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

fn unfinished(db: &rusqlite::Connection, corp: &CorpId, campaign: &CampaignId) -> rusqlite::Result<Vec<Run>> {
    prepared(db, RUNS_UNFINISHED)?.query_map(params![corp.0, campaign.as_str()], rows::run)?.collect()
}
