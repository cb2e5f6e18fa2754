//! Compares a loaded book with the stored state of its campaigns. Pure.
//!
//! New and edited campaigns ignore earlier occurrences. Due occurrences of the former version without a run are
//! recorded as missed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::campaign::{self, Campaign, CampaignTiming, StoredTiming};
use crate::check::InvalidFile;
use crate::ids::{CampaignId, CorpId};
use crate::load::ActiveBook;
use crate::run::{Due, Reason, Run, Slot};
use crate::schedule::{MAX_MOVE, Occurrence, Schedule, When};
use crate::store::{CampaignState, StoreError};

/// A campaign whose occurrences are scheduled. There may be very many, so it is small.
#[derive(Clone, Debug)]
pub(super) struct ScheduledCampaign {
    pub(super) status: CampaignStatus,
    /// Only occurrences after this instant count.
    pub(super) since: DateTime<Utc>,
}

/// How an occurrence of the campaign is recorded when it is due.
#[derive(Clone, Debug)]
pub(super) enum CampaignStatus {
    Active(Arc<Campaign>),
    /// Its runs are recorded as `held`.
    Invalid(Box<InvalidCampaign>),
}

/// A campaign whose file has an error, with the timing of its last valid version.
#[derive(Clone, Debug)]
pub(super) struct InvalidCampaign {
    pub(super) id: CampaignId,
    pub(super) timing: CampaignTiming,
    pub(super) reason: Reason,
}

/// What to store about a book, and what the engine schedules.
#[derive(Debug, Default)]
pub(super) struct BookChanges {
    pub(super) scheduled: Vec<ScheduledCampaign>,
    /// Occurrences to record as missed before the book becomes active.
    pub(super) owed: Vec<MissedOccurrences>,
    /// Campaign states that differ from the stored ones.
    pub(super) known: Vec<CampaignState>,
    pub(super) gone: Vec<CampaignId>,
}

/// Compares a book with the stored campaign states, one at a time.
pub(super) struct BookReconciler<'a> {
    book: &'a ActiveBook,
    /// The campaigns scheduled until now.
    former: &'a [ScheduledCampaign],
    /// Every occurrence due at or before this instant has its run.
    watermark: DateTime<Utc>,
    now: DateTime<Utc>,
    /// From when the occurrences of each campaign count; `None` until its stored state was visited.
    since: Vec<Option<DateTime<Utc>>>,
    /// Campaigns with a stored state that are not among the valid ones of the book.
    missing: Vec<(CampaignState, StoredTiming)>,
    plan: BookChanges,
}

impl<'a> BookReconciler<'a> {
    pub(super) fn new(
        book: &'a ActiveBook,
        former: &'a [ScheduledCampaign],
        watermark: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        let since = vec![None; book.campaigns.len()];
        Self { book, former, watermark, now, since, missing: Vec::new(), plan: BookChanges::default() }
    }

    /// Visits the stored state of one campaign. The timing is parsed only if the campaign changed.
    pub(super) fn visit_stored(&mut self, known: CampaignState) -> Result<(), StoreError> {
        let book = self.book;
        let Some(place) = campaign::position(&book.campaigns, &known.campaign) else {
            let kept = read(&known)?;
            self.missing.push((known, kept));
            return Ok(());
        };
        let campaign = &book.campaigns[place];
        let fingerprint = campaign.fingerprint();
        let since = if known.fingerprint == fingerprint {
            known.since
        } else {
            let timing = read(&known)?.timing;
            self.add_missed_moved(campaign, &timing);
            self.add_missed(&campaign.id, timing, known.since.max(self.watermark), Reason::Edited);
            self.add_missed_past(campaign);
            self.now
        };
        self.since[place] = Some(since);
        let is_now =
            CampaignState { campaign: campaign.id.clone(), fingerprint, since, timing: StoredTiming::of(campaign) };
        if is_now != known {
            self.plan.known.push(is_now);
        }
        Ok(())
    }

    /// The plan, after every stored campaign was visited.
    pub(super) fn end(mut self) -> BookChanges {
        let book = self.book;
        self.plan.scheduled.reserve_exact(book.campaigns.len() + self.missing.len());
        for (campaign, since) in book.campaigns.iter().zip(std::mem::take(&mut self.since)) {
            let since = since.unwrap_or_else(|| {
                self.add_missed_past(campaign);
                let (id, fingerprint) = (campaign.id.clone(), campaign.fingerprint());
                let known =
                    CampaignState { campaign: id, fingerprint, since: self.now, timing: StoredTiming::of(campaign) };
                self.plan.known.push(known);
                self.now
            });
            self.plan.scheduled.push(ScheduledCampaign { status: CampaignStatus::Active(Arc::clone(campaign)), since });
        }
        // An invalid file is matched by its id or, if its id cannot be read, by its path.
        let invalid_by_id: BTreeMap<&CampaignId, &InvalidFile> =
            book.invalid_files.iter().filter_map(|invalid| Some((invalid.id.as_ref()?, invalid))).collect();
        let invalid_by_path: BTreeMap<&str, &InvalidFile> =
            book.invalid_files.iter().map(|invalid| (&*invalid.file, invalid)).collect();
        for (CampaignState { campaign: id, since, .. }, StoredTiming { file, timing }) in
            std::mem::take(&mut self.missing)
        {
            // The file may be replaced at this moment. Due occurrences are claimed, and wait until the file is stable.
            if let Some(status) = self.status_while_changing(&id) {
                self.plan.scheduled.push(ScheduledCampaign { status, since });
                continue;
            }
            match invalid_by_id.get(&id).or_else(|| invalid_by_path.get(&*file)) {
                Some(invalid) => {
                    let reason = Reason::invalid_file(invalid);
                    let status = CampaignStatus::Invalid(Box::new(InvalidCampaign { id, timing, reason }));
                    self.plan.scheduled.push(ScheduledCampaign { status, since });
                }
                None => {
                    self.add_missed(&id, timing, since.max(self.watermark), Reason::Removed);
                    self.plan.gone.push(id);
                }
            }
        }
        self.plan
    }

    /// The active campaign, if its file has been missing or invalid for only a moment.
    fn status_while_changing(&self, id: &CampaignId) -> Option<CampaignStatus> {
        let is_live = |scheduled: &&ScheduledCampaign| scheduled.id() == id && !scheduled.is_held();
        self.book
            .changing
            .get(id)
            .and_then(|_| self.former.iter().find(is_live))
            .map(|scheduled| scheduled.status.clone())
    }

    /// Occurrences of the former version that were due during downtime; its timing is replaced now.
    fn add_missed(&mut self, id: &CampaignId, timing: CampaignTiming, after: DateTime<Utc>, reason: Reason) {
        if after < self.now {
            self.plan.owed.push(MissedOccurrences { id: id.clone(), timing, after, reason, only: None });
        }
    }

    /// Occurrences that the new calendar moves into the past.
    fn add_missed_moved(&mut self, campaign: &Campaign, former: &CampaignTiming) {
        let (timing, schedule) = (&campaign.timing, campaign.timing.schedule.expand());
        if !schedule.has_moves() {
            return;
        }
        let reach = TimeDelta::days(2 * MAX_MOVE);
        let slots = |schedule: &Schedule, from, to| -> BTreeSet<Slot> {
            schedule.between(from, to).map(|occurrence| Slot::from(&occurrence)).collect()
        };
        let to_come = slots(&former.schedule.expand(), self.now, self.now + reach);
        let only: BTreeSet<Slot> =
            slots(&schedule, self.now - reach, self.now).intersection(&to_come).copied().collect();
        if !only.is_empty() {
            self.plan.owed.push(MissedOccurrences {
                id: campaign.id.clone(),
                timing: timing.clone(),
                after: self.now - reach,
                reason: Reason::Edited,
                only: Some(only),
            });
        }
    }

    /// The single times (`at`) of a campaign that had passed when it was first loaded.
    fn add_missed_past(&mut self, campaign: &Campaign) {
        if matches!(campaign.timing.schedule.spec().when, When::At(_)) {
            self.add_missed(&campaign.id, campaign.timing.clone(), DateTime::<Utc>::MIN_UTC, Reason::PastWhenFirstSeen);
        }
    }
}

/// Occurrences of a campaign that will not be posted.
#[derive(Debug)]
pub(super) struct MissedOccurrences {
    id: CampaignId,
    timing: CampaignTiming,
    after: DateTime<Utc>,
    reason: Reason,
    /// Only these slots; `None` means all.
    only: Option<BTreeSet<Slot>>,
}

impl MissedOccurrences {
    /// Their runs, one at a time: after a long downtime there may be very many.
    pub(super) fn runs(&self, corp: &CorpId, commit: Option<&str>, now: DateTime<Utc>) -> impl Iterator<Item = Run> {
        let schedule = self.timing.schedule.expand();
        let is_owed =
            |occurrence: &Occurrence| self.only.as_ref().is_none_or(|only| only.contains(&Slot::from(occurrence)));
        let occurrences: Vec<Occurrence> = schedule.between(self.after, now).filter(is_owed).collect();
        let missed = move |occurrence| {
            let due = due(corp, &self.id, &self.timing, &occurrence, commit);
            Run::missed(due, self.reason.clone(), now)
        };
        occurrences.into_iter().map(missed)
    }
}

fn read(known: &CampaignState) -> Result<StoredTiming, StoreError> {
    StoredTiming::parse(&known.timing)
        .map_err(|error| StoreError::Unreadable { what: format!("the schedule of `{}`: {error}", known.campaign) })
}

/// The first data of a run for an occurrence.
pub(super) fn due(
    corp: &CorpId,
    id: &CampaignId,
    timing: &CampaignTiming,
    occurrence: &Occurrence,
    commit: Option<&str>,
) -> Due {
    Due {
        corp: corp.clone(),
        campaign: id.clone(),
        slot: Slot::from(occurrence),
        due: occurrence.at,
        zone: timing.schedule.zone().name().to_owned(),
        deadline: timing.deadline(occurrence.at),
        commit: commit.map(str::to_owned),
    }
}

impl ScheduledCampaign {
    pub(super) fn id(&self) -> &CampaignId {
        match &self.status {
            CampaignStatus::Active(campaign) => &campaign.id,
            CampaignStatus::Invalid(held) => &held.id,
        }
    }

    pub(super) fn timing(&self) -> &CampaignTiming {
        match &self.status {
            CampaignStatus::Active(campaign) => &campaign.timing,
            CampaignStatus::Invalid(held) => &held.timing,
        }
    }

    pub(super) fn is_held(&self) -> bool {
        matches!(self.status, CampaignStatus::Invalid(_))
    }

    /// Whether content, audience and schedule are the same. An edit gives a campaign a new `since`.
    fn is_same_as(&self, before: &Self) -> bool {
        match (&self.status, &before.status) {
            (CampaignStatus::Active(_), CampaignStatus::Active(_)) => self.since == before.since,
            (CampaignStatus::Invalid(now), CampaignStatus::Invalid(before)) => now.reason == before.reason,
            _ => false,
        }
    }
}

/// The campaigns that a load added, removed or changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) added: Vec<CampaignId>,
    pub(super) removed: Vec<CampaignId>,
    /// Content, audience or schedule changed; or the file became invalid or valid.
    pub(super) changed: Vec<CampaignId>,
}

/// The differences between two lists of scheduled campaigns, for the log.
pub(super) fn changes(before: &[ScheduledCampaign], after: &[ScheduledCampaign]) -> Changes {
    let mut gone: BTreeMap<&CampaignId, &ScheduledCampaign> =
        before.iter().map(|scheduled| (scheduled.id(), scheduled)).collect();
    let mut changes = Changes::default();
    for scheduled in after {
        match gone.remove(scheduled.id()) {
            None => changes.added.push(scheduled.id().clone()),
            Some(before) if !scheduled.is_same_as(before) => changes.changed.push(scheduled.id().clone()),
            Some(_) => {}
        }
    }
    changes.removed = gone.into_keys().cloned().collect();
    changes
}

/// Ids in one text for a log line; the first few by name.
pub(super) fn some(ids: &[CampaignId]) -> Option<String> {
    const MAX_NAMED: usize = 20;
    let named: Vec<&str> = ids.iter().take(MAX_NAMED).map(CampaignId::as_str).collect();
    let more = ids.len().saturating_sub(MAX_NAMED);
    match (named.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(named.join(", ")),
        (false, more) => Some(format!("{} and {more} more", named.join(", "))),
    }
}
