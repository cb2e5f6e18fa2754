//! The campaigns of the last load of the book, and the watermark: through when everything due has its run.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::handle::Store;
use super::rows::{self, instant, millis};
use super::save;
use super::statements::{
    CAMPAIGN_FORGET, CAMPAIGN_PUT, CAMPAIGNS_IN_ANY_CORP, CAMPAIGNS_KNOWN, CAMPAIGNS_REWIND, THROUGH, THROUGH_REWIND,
    prepared,
};
use crate::ids::{CampaignId, CorpId};
use crate::store::{CampaignState, StoreError};

/// Campaigns that are read at once.
const PAGE_SIZE: i64 = 500;

impl Store {
    /// The corp's campaigns of the last load, by id.
    pub async fn known(&self, corp: &CorpId) -> Result<Vec<CampaignState>, StoreError> {
        let mut all = Vec::new();
        loop {
            let page = self.known_after(corp, all.last().map(|known: &CampaignState| &known.campaign)).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// The next of the corp's campaigns of the last load, by id: a page of those after one, or the first page. Empty at the
    /// end.
    pub async fn known_after(
        &self,
        corp: &CorpId,
        after: Option<&CampaignId>,
    ) -> Result<Vec<CampaignState>, StoreError> {
        let (corp, after) = (corp.clone(), after.map(|id| id.as_str().to_owned()).unwrap_or_default());
        self.read("read what is known", move |db| {
            let known = |row: &Row<'_>| {
                Ok(CampaignState {
                    campaign: rows::parsed(row, "campaign", |id: String| CampaignId::try_from(id))?,
                    fingerprint: row.get("fingerprint")?,
                    since: instant(row, "since")?,
                    terms: row.get("terms")?,
                })
            };
            prepared(db, CAMPAIGNS_KNOWN)?.query_map(params![corp.0, after, PAGE_SIZE], known)?.collect()
        })
        .await
    }

    /// The ids of all campaigns that any corp's last load had.
    pub async fn known_in_any_corp(&self) -> Result<BTreeSet<CampaignId>, StoreError> {
        let all = |db: &Connection| prepared(db, CAMPAIGNS_IN_ANY_CORP)?.query_map([], |row| row.get(0))?.collect();
        let ids: Vec<String> = self.read("read what is known", all).await?;
        Ok(ids.into_iter().filter_map(|id| CampaignId::try_from(id).ok()).collect())
    }

    /// Everything through this instant that was due has its run.
    pub async fn through(&self, corp: &CorpId) -> Result<Option<DateTime<Utc>>, StoreError> {
        let corp = corp.clone();
        self.read("read how far it got", move |db| {
            prepared(db, THROUGH)?.query_row([&corp.0], |row| instant(row, "through")).optional()
        })
        .await
    }

    /// Records a load of the book: what is known from here on, and how far it got. One commit.
    pub async fn record_reload(
        &self,
        corp: &CorpId,
        known: &[CampaignState],
        gone: &[CampaignId],
        through: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (corp, known, gone) = (corp.clone(), known.to_vec(), gone.to_vec());
        self.write("record the book", move |db| {
            for known in &known {
                prepared(db, CAMPAIGN_PUT)?.execute(params![
                    corp.0,
                    known.campaign.as_str(),
                    known.fingerprint,
                    millis(known.since),
                    known.terms
                ])?;
            }
            for campaign in &gone {
                prepared(db, CAMPAIGN_FORGET)?.execute(params![corp.0, campaign.as_str()])?;
            }
            save::record_due(db, &corp, &[], through)
        })
        .await?;
        // The pages that a great book took are not needed again until the next one; it matters to nothing else if they stay.
        let _ = self.read("let memory go", |db| db.execute_batch("PRAGMA shrink_memory")).await;
        Ok(())
    }

    /// Takes back how far it got, and from when campaigns count, to an instant: what was recorded later was recorded by a
    /// clock that was ahead. Runs stay as they are.
    pub async fn rewind(&self, corp: &CorpId, to: DateTime<Utc>) -> Result<(), StoreError> {
        let corp = corp.clone();
        self.write("go back in time", move |db| {
            prepared(db, THROUGH_REWIND)?.execute(params![corp.0, millis(to)])?;
            prepared(db, CAMPAIGNS_REWIND)?.execute(params![corp.0, millis(to)]).map(drop)
        })
        .await
    }
}
