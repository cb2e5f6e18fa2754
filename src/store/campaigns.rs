//! The campaigns of the last load of the book, and the watermark.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::connection::{Connection, Row, prepared};
use super::handle::Store;
use super::rows::{self, instant, millis};
use super::save;
use super::statements::{
    CAMPAIGN_FORGET, CAMPAIGN_PUT, CAMPAIGNS_IN_ANY_CORP, CAMPAIGNS_KNOWN, CAMPAIGNS_REWIND, WATERMARK,
    WATERMARK_REWIND,
};
use super::{Advance, CampaignState, Operation, StoreError};
use crate::ids::{CampaignId, CorpId};

/// Campaigns of one page.
const PAGE_SIZE: i64 = 500;

impl Store {
    /// The corp's campaigns of the last load, by id.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn campaigns(&self, corp: &CorpId) -> Result<Vec<CampaignState>, StoreError> {
        let mut all = Vec::new();
        loop {
            let page = self.campaigns_after(corp, all.last().map(|known: &CampaignState| &known.campaign)).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// A page of the corp's campaigns of the last load, by id: the first page, or the one after `after`. Empty at the
    /// end.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn campaigns_after(
        &self,
        corp: &CorpId,
        after: Option<&CampaignId>,
    ) -> Result<Vec<CampaignState>, StoreError> {
        let (corp, after) = (corp.clone(), after.map(|id| id.as_str().to_owned()).unwrap_or_default());
        self.read(Operation::ReadCampaigns, move |db| {
            let known = |row: &Row<'_>| {
                Ok(CampaignState {
                    campaign: rows::parsed(row, "campaign", |id: String| CampaignId::try_from(id))?,
                    fingerprint: row.get("fingerprint")?,
                    since: instant(row, "since")?,
                    timing: row.get("terms")?,
                })
            };
            prepared(db, CAMPAIGNS_KNOWN)?.query_map(params![corp.0, after, PAGE_SIZE], known)
        })
        .await
    }

    /// The ids of the campaigns of every corp's last load.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn campaign_ids(&self) -> Result<BTreeSet<CampaignId>, StoreError> {
        let all = |db: &Connection<'_>| prepared(db, CAMPAIGNS_IN_ANY_CORP)?.query_map(params![], |row| row.get(0));
        let ids: Vec<String> = self.read(Operation::ReadCampaigns, all).await?;
        Ok(ids.into_iter().filter_map(|id| CampaignId::try_from(id).ok()).collect())
    }

    /// The watermark: every occurrence due at or before this instant has a run.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn watermark(&self, corp: &CorpId) -> Result<Option<DateTime<Utc>>, StoreError> {
        let corp = corp.clone();
        self.read(Operation::ReadCampaigns, move |db| {
            prepared(db, WATERMARK)?.query_row(params![&corp.0], |row| instant(row, "watermark"))
        })
        .await
    }

    /// Records a load of the book in one commit: new and changed campaigns, removed ones, and the watermark.
    ///
    /// # Errors
    /// As [`Store::record_due`].
    pub async fn record_reload(
        &self,
        corp: &CorpId,
        known: &[CampaignState],
        gone: &[CampaignId],
        watermark: Advance,
    ) -> Result<(), StoreError> {
        let (corp, known, gone) = (corp.clone(), known.to_vec(), gone.to_vec());
        let record = move |db: &Connection<'_>| {
            if !save::advance(db, &corp, watermark)? {
                return Ok(false);
            }
            for known in &known {
                prepared(db, CAMPAIGN_PUT)?.execute_later(params![
                    corp.0,
                    known.campaign.as_str(),
                    known.fingerprint,
                    millis(known.since),
                    known.timing
                ])?;
            }
            for campaign in &gone {
                prepared(db, CAMPAIGN_FORGET)?.execute_later(params![corp.0, campaign.as_str()])?;
            }
            Ok(true)
        };
        if !self.write_by_owner(Operation::SaveCampaigns, record).await? {
            return Err(StoreError::LostCommits);
        }
        // A large book fills SQLite's page cache. If shrinking it fails, only memory is lost.
        let _ = self.read(Operation::SaveCampaigns, |db| db.release_memory()).await;
        Ok(())
    }

    /// Sets the watermark and the `since` of campaigns back to an instant: later values come from a clock that was
    /// ahead. Runs do not change.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn rewind(&self, corp: &CorpId, to: DateTime<Utc>) -> Result<(), StoreError> {
        let corp = corp.clone();
        self.write_by_owner(Operation::SaveCampaigns, move |db| {
            prepared(db, WATERMARK_REWIND)?.execute(params![corp.0, millis(to)])?;
            prepared(db, CAMPAIGNS_REWIND)?.execute(params![corp.0, millis(to)]).map(drop)
        })
        .await
    }
}
