//! What a loaded book means for what was known before it. Pure.
//!
//! Nothing fires backwards: a campaign that is new or edited has no past, and what the former version still owed is
//! recorded, not posted.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::words;
use crate::check::{Campaign, Terms, Verdict};
use crate::ids::{CampaignId, CorpId};
use crate::run::{Due, Run, Slot};
use crate::schedule::{Occurrence, When};
use crate::store::{Known, StoreError};

/// A campaign whose occurrences are awaited.
#[derive(Clone, Debug)]
pub(super) struct Armed {
    pub(super) id: CampaignId,
    pub(super) terms: Arc<Terms>,
    pub(super) stand: Stand,
    /// Only occurrences after this instant count.
    pub(super) since: DateTime<Utc>,
}

/// What becomes of an occurrence that falls due.
#[derive(Clone, Debug)]
pub(super) enum Stand {
    Live(Arc<Campaign>),
    /// Recorded as held, for this reason.
    Held(String),
}

/// What the store is to be told of a book, and what the engine goes on with.
#[derive(Debug, Default)]
pub(super) struct Adoption {
    pub(super) armed: Vec<Armed>,
    pub(super) born: Vec<Run>,
    pub(super) known: Vec<Known>,
    pub(super) gone: Vec<CampaignId>,
}

/// What the store keeps of a campaign, beside its fingerprint.
#[derive(Serialize, Deserialize)]
struct Kept {
    file: Arc<str>,
    terms: Terms,
}

/// Compares a book with what was known of its campaigns. Everything due through `through` has its run already.
pub(super) fn adopt(
    corp: &CorpId,
    verdict: &Verdict,
    commit: Option<&str>,
    known: Vec<Known>,
    through: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Adoption, StoreError> {
    let mut adoption = Adoption::default();
    let mut before = BTreeMap::new();
    for known in known {
        let kept: Kept = serde_json::from_str(&known.terms)
            .map_err(|error| StoreError::Unreadable { what: format!("the terms of `{}`: {error}", known.campaign) })?;
        before.insert(known.campaign.clone(), (known, kept));
    }
    let maker = Maker { corp, commit, now };

    for campaign in &verdict.campaigns {
        let fingerprint = campaign.fingerprint();
        let since = match before.remove(&campaign.id) {
            Some((known, _)) if known.fingerprint == fingerprint => known.since,
            Some((known, kept)) => {
                adoption.born.extend(maker.owed(&campaign.id, &kept.terms, known.since.max(through), words::EDITED));
                adoption.born.extend(maker.already_past(campaign));
                now
            }
            None => {
                adoption.born.extend(maker.already_past(campaign));
                now
            }
        };
        adoption.known.push(Known {
            campaign: campaign.id.clone(),
            fingerprint,
            since,
            terms: kept(&campaign.file, &campaign.terms),
        });
        adoption.armed.push(Armed {
            id: campaign.id.clone(),
            terms: Arc::clone(&campaign.terms),
            stand: Stand::Live(Arc::clone(campaign)),
            since,
        });
    }

    // A broken file is matched by its id or, where not even that can be read, by its path.
    let broken_ids: BTreeMap<&CampaignId, &str> =
        verdict.broken.iter().filter_map(|broken| Some((broken.id.as_ref()?, broken.reason.as_str()))).collect();
    let broken_files: BTreeMap<&str, &str> =
        verdict.broken.iter().map(|broken| (&*broken.file, broken.reason.as_str())).collect();
    for (id, (known, kept)) in before {
        match broken_ids.get(&id).or_else(|| broken_files.get(&*kept.file)) {
            Some(reason) => adoption.armed.push(Armed {
                id,
                terms: Arc::new(kept.terms),
                stand: Stand::Held(words::file_broken(&kept.file, reason)),
                since: known.since,
            }),
            None => {
                adoption.born.extend(maker.owed(&id, &kept.terms, known.since.max(through), words::REMOVED));
                adoption.gone.push(id);
            }
        }
    }
    Ok(adoption)
}

fn kept(file: &Arc<str>, terms: &Terms) -> String {
    let kept = Kept { file: Arc::clone(file), terms: terms.clone() };
    serde_json::to_string(&kept).expect("terms are plain data")
}

struct Maker<'a> {
    corp: &'a CorpId,
    commit: Option<&'a str>,
    now: DateTime<Utc>,
}

impl Maker<'_> {
    /// What the former version of a campaign still owed: it fell due while nobody was looking, and its terms are gone.
    fn owed(&self, id: &CampaignId, terms: &Terms, after: DateTime<Utc>, reason: &str) -> Vec<Run> {
        let missed =
            |occurrence: Occurrence| Run::missed(self.due(id, terms, &occurrence), reason.to_owned(), self.now);
        terms.schedule.between(after, self.now).map(missed).collect()
    }

    /// The single times of a campaign that were over before it was first seen.
    fn already_past(&self, campaign: &Campaign) -> Vec<Run> {
        if !matches!(campaign.terms.schedule.spec().when, When::At(_)) {
            return Vec::new();
        }
        self.owed(&campaign.id, &campaign.terms, DateTime::<Utc>::MIN_UTC, words::PAST_WHEN_FIRST_SEEN)
    }

    fn due(&self, id: &CampaignId, terms: &Terms, occurrence: &Occurrence) -> Due {
        due(self.corp, id, terms, occurrence, self.commit)
    }
}

/// An occurrence as a run begins with it.
pub(super) fn due(corp: &CorpId, id: &CampaignId, terms: &Terms, occurrence: &Occurrence, commit: Option<&str>) -> Due {
    Due {
        corp: corp.clone(),
        campaign: id.clone(),
        slot: Slot::from(occurrence),
        due: occurrence.at,
        zone: terms.schedule.zone().name().to_owned(),
        latest: terms.latest(occurrence.at),
        commit: commit.map(str::to_owned),
    }
}

/// What a load changed, by campaign.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) added: Vec<CampaignId>,
    pub(super) removed: Vec<CampaignId>,
    /// What is posted, to whom or when, is another; or its file broke or was mended.
    pub(super) changed: Vec<CampaignId>,
}

/// What changed between two lists of armed campaigns, for the log.
pub(super) fn changes(before: &[Armed], after: &[Armed]) -> Changes {
    let mut gone: BTreeMap<&CampaignId, &Armed> = before.iter().map(|armed| (&armed.id, armed)).collect();
    let mut changes = Changes::default();
    for armed in after {
        match gone.remove(&armed.id) {
            None => changes.added.push(armed.id.clone()),
            Some(before) if before.state() != armed.state() => changes.changed.push(armed.id.clone()),
            Some(_) => {}
        }
    }
    changes.removed = gone.into_keys().cloned().collect();
    changes
}

impl Armed {
    /// Changes with everything that makes a difference to what is posted.
    fn state(&self) -> String {
        match &self.stand {
            Stand::Live(campaign) => campaign.fingerprint(),
            Stand::Held(reason) => reason.clone(),
        }
    }
}

/// Ids as one text for a log line, the first few by name.
pub(super) fn some(ids: &[CampaignId]) -> Option<String> {
    const MOST: usize = 20;
    let named: Vec<&str> = ids.iter().take(MOST).map(CampaignId::as_str).collect();
    let more = ids.len().saturating_sub(MOST);
    match (named.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(named.join(", ")),
        (false, more) => Some(format!("{} and {more} more", named.join(", "))),
    }
}
