//! The campaigns of the last load of the book, and the watermark: through when everything due has its run.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, params};

use super::database::Store;
use super::rows::{instant, millis};
use super::save;
use super::statements::{
    CAMPAIGN_FORGET, CAMPAIGN_PUT, CAMPAIGNS_IN_ANY_CORP, CAMPAIGNS_KNOWN, CAMPAIGNS_REWIND, THROUGH, THROUGH_REWIND,
    prepared,
};
use crate::ids::{CampaignId, CorpId};
use crate::store::{CampaignState, StoreError};

impl Store {
    /// What was known of the corp's campaigns when they were last loaded.
    pub fn known(&self, corp: &CorpId) -> Result<Vec<CampaignState>, StoreError> {
        let mut all = Vec::new();
        self.each_known(corp, |known| {
            all.push(known);
            Ok(())
        })?;
        Ok(all)
    }

    /// Tells what was known of each of the corp's campaigns when they were last loaded, by id, one after the other.
    pub fn each_known(
        &self,
        corp: &CorpId,
        mut tell: impl FnMut(CampaignState) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.read("read what is known", |db| {
            let mut asked = prepared(db, CAMPAIGNS_KNOWN)?;
            let mut rows = asked.query([&corp.0])?;
            while let Some(row) = rows.next()? {
                let campaign: String = row.get("campaign")?;
                let known = match CampaignId::try_from(campaign.clone()) {
                    Ok(campaign) => CampaignState {
                        campaign,
                        fingerprint: row.get("fingerprint")?,
                        since: instant(row, "since")?,
                        terms: row.get("terms")?,
                    },
                    Err(_) => return Ok(Err(StoreError::Unreadable { what: format!("the campaign id `{campaign}`") })),
                };
                if let Err(error) = tell(known) {
                    return Ok(Err(error));
                }
            }
            Ok(Ok(()))
        })?
    }

    /// The ids of all campaigns that any corp's last load had.
    pub fn known_in_any_corp(&self) -> Result<BTreeSet<CampaignId>, StoreError> {
        let ids: Vec<String> = self.read("read what is known", |db| {
            prepared(db, CAMPAIGNS_IN_ANY_CORP)?.query_map([], |row| row.get(0))?.collect()
        })?;
        Ok(ids.into_iter().filter_map(|id| CampaignId::try_from(id).ok()).collect())
    }

    /// Everything through this instant that was due has its run.
    pub fn through(&self, corp: &CorpId) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.read("read how far it got", |db| {
            prepared(db, THROUGH)?.query_row([&corp.0], |row| instant(row, "through")).optional()
        })
    }

    /// Records a load of the book: what is known from here on, and how far it got. One commit.
    pub fn record_reload(
        &self,
        corp: &CorpId,
        known: &[CampaignState],
        gone: &[CampaignId],
        through: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write("record the book", |db| {
            for known in known {
                prepared(db, CAMPAIGN_PUT)?.execute(params![
                    corp.0,
                    known.campaign.as_str(),
                    known.fingerprint,
                    millis(known.since),
                    known.terms
                ])?;
            }
            for campaign in gone {
                prepared(db, CAMPAIGN_FORGET)?.execute(params![corp.0, campaign.as_str()])?;
            }
            save::record_due(db, corp, &[], through)
        })?;
        // The pages that a great book took are not needed again until the next one; it matters to nothing else if they stay.
        let _ = self.read("let memory go", |db| db.execute_batch("PRAGMA shrink_memory"));
        Ok(())
    }

    /// Takes back how far it got, and from when campaigns count, to an instant: what was recorded later was recorded by a
    /// clock that was ahead. Runs stay as they are.
    pub fn rewind(&self, corp: &CorpId, to: DateTime<Utc>) -> Result<(), StoreError> {
        self.write("go back in time", |db| {
            prepared(db, THROUGH_REWIND)?.execute(params![corp.0, millis(to)])?;
            prepared(db, CAMPAIGNS_REWIND)?.execute(params![corp.0, millis(to)]).map(drop)
        })
    }
}
