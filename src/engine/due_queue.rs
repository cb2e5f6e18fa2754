//! The scheduled campaigns and the next due time of each. Has no access to the store, WeCom or a clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chrono::{DateTime, TimeDelta, Utc};

use super::reconcile_book::{CampaignStatus, InvalidCampaign, ScheduledCampaign};
use crate::ids::CampaignId;
use crate::schedule::{Occurrence, PostingBlocks};

/// Index of a campaign in the due queue.
pub(super) type CampaignIndex = u32;

type Queue = BinaryHeap<Reverse<(DateTime<Utc>, CampaignIndex)>>;

/// The scheduled campaigns, and a heap of the next occurrence of each.
#[derive(Debug, Default)]
pub(super) struct DueQueue {
    scheduled: Vec<ScheduledCampaign>,
    /// Times at which the policy posts nothing from `cron` schedules.
    posting_blocks: PostingBlocks,
    /// The next occurrence of each scheduled campaign.
    next: Vec<Option<Next>>,
    /// Due times, soonest first.
    due: Queue,
    /// Times to start the preflight, soonest first.
    preflights: Queue,
    /// Time between the preflight and the occurrence.
    preflight: TimeDelta,
    /// Number of scheduled campaigns that are held.
    held: usize,
}

/// The next occurrence of a campaign.
#[derive(Clone, Debug)]
struct Next {
    occurrence: Occurrence,
    /// When the following occurrence is due: avoids expanding the schedule if only one is due.
    then: Option<DateTime<Utc>>,
}

/// The occurrences of a campaign due through an instant.
#[derive(Debug, Default)]
pub(super) struct DueOccurrences {
    /// Oldest first.
    pub(super) occurrences: Vec<Occurrence>,
    /// A newer one is due too, and is recorded in a later batch.
    pub(super) more_follow: bool,
}

impl DueQueue {
    /// Schedules the occurrences of these campaigns after `through`.
    pub(super) fn new(
        scheduled: Vec<ScheduledCampaign>,
        posting_blocks: PostingBlocks,
        through: DateTime<Utc>,
        preflight: TimeDelta,
    ) -> Self {
        let (next, count) = (vec![None; scheduled.len()], scheduled.len());
        let queue = || Queue::with_capacity(count);
        let held = scheduled.iter().filter(|scheduled| scheduled.is_held()).count();
        let mut due_queue =
            Self { scheduled, posting_blocks, next, due: queue(), preflights: queue(), preflight, held };
        for index in due_queue.indices() {
            due_queue.schedule_next(index, due_queue.at(index).since.max(through));
        }
        due_queue
    }

    /// Schedules everything after `through` again; the `since` of each campaign is `now` at the latest.
    pub(super) fn rewind(&mut self, now: DateTime<Utc>, through: DateTime<Utc>) {
        let mut scheduled = std::mem::take(&mut self.scheduled);
        scheduled.iter_mut().for_each(|campaign| campaign.since = campaign.since.min(now));
        let posting_blocks = std::mem::take(&mut self.posting_blocks);
        *self = Self::new(scheduled, posting_blocks, through, self.preflight);
    }

    pub(super) fn scheduled(&self) -> &[ScheduledCampaign] {
        &self.scheduled
    }

    /// Number of campaigns that are scheduled, and of campaigns that are held.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.scheduled.len() - self.held, self.held)
    }

    /// A campaign whose file has an error.
    pub(super) fn held(&self, id: &CampaignId) -> Option<&InvalidCampaign> {
        let held = self.scheduled.iter().filter_map(|scheduled| {
            if let CampaignStatus::Invalid(held) = &scheduled.status { Some(held) } else { None }
        });
        held.map(|held| &**held).find(|held| held.id == *id)
    }

    pub(super) fn at(&self, index: CampaignIndex) -> &ScheduledCampaign {
        &self.scheduled[index as usize]
    }

    /// When the next occurrence of any campaign is due.
    pub(super) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.due.peek().map(|Reverse((at, _))| *at)
    }

    /// When the next preflight starts.
    pub(super) fn next_preflight(&self) -> Option<DateTime<Utc>> {
        self.preflights.peek().map(|Reverse((at, _))| *at)
    }

    /// Removes the campaigns with an occurrence due through `horizon`, soonest first. Return each with
    /// [`DueQueue::schedule_next_after`] or [`DueQueue::put_back`].
    pub(super) fn take_due(&mut self, horizon: DateTime<Utc>) -> Vec<CampaignIndex> {
        take(&mut self.due, horizon).map(|(_, index)| index).collect()
    }

    /// The occurrences of a campaign due through `until`, and whether more are due through `horizon`.
    pub(super) fn occurrences(
        &self,
        index: CampaignIndex,
        until: DateTime<Utc>,
        horizon: DateTime<Utc>,
    ) -> DueOccurrences {
        let mut due = DueOccurrences::default();
        let Some(Next { occurrence, then }) = self.next[index as usize].clone() else { return due };
        let first_at = occurrence.at;
        due.occurrences.push(occurrence);
        if then.is_none_or(|then| then > horizon) {
            return due;
        }
        let schedule = self.at(index).timing().schedule.expand();
        for occurrence in schedule.between_outside(&self.posting_blocks, first_at, horizon) {
            if occurrence.at > until {
                due.more_follow = true;
                break;
            }
            due.occurrences.push(occurrence);
        }
        due
    }

    /// Schedules the next occurrences of these campaigns after `horizon`.
    pub(super) fn schedule_next_after(&mut self, indices: Vec<CampaignIndex>, horizon: DateTime<Utc>) {
        indices.into_iter().for_each(|index| self.schedule_next(index, horizon));
    }

    /// Returns these campaigns with the occurrence that they were removed with.
    pub(super) fn put_back(&mut self, indices: Vec<CampaignIndex>) {
        for index in indices {
            if let Some(next) = &self.next[index as usize] {
                self.due.push(Reverse((next.occurrence.at, index)));
            }
        }
    }

    /// Removes the campaigns whose preflight starts now, with the next occurrence.
    pub(super) fn take_preflights(&mut self, now: DateTime<Utc>) -> Vec<(CampaignIndex, Occurrence)> {
        let taken = take(&mut self.preflights, now);
        let next = |index: CampaignIndex| self.next[index as usize].as_ref().map(|next| &next.occurrence);
        // An occurrence that is due already needs no preflight, and the following one is not near yet.
        let fresh =
            |(at, index)| next(index).filter(|next| next.at - self.preflight == at).map(|next| (index, next.clone()));
        taken.filter_map(fresh).collect()
    }

    fn schedule_next(&mut self, index: CampaignIndex, after: DateTime<Utc>) {
        let schedule = self.at(index).timing().schedule.expand();
        let next = {
            let mut coming = schedule.between_outside(&self.posting_blocks, after, DateTime::<Utc>::MAX_UTC);
            coming.next().map(|occurrence| Next { occurrence, then: coming.next().map(|it| it.at) })
        };
        if let Some(Next { occurrence, .. }) = &next {
            self.due.push(Reverse((occurrence.at, index)));
            self.preflights.push(Reverse((occurrence.at - self.preflight, index)));
        }
        self.next[index as usize] = next;
    }

    fn indices(&self) -> std::ops::Range<CampaignIndex> {
        0..CampaignIndex::try_from(self.scheduled.len()).expect("a book has fewer files than that")
    }
}

/// Removes the entries of a queue up to an instant, soonest first.
fn take(queue: &mut Queue, until: DateTime<Utc>) -> impl Iterator<Item = (DateTime<Utc>, CampaignIndex)> {
    std::iter::from_fn(move || {
        let Reverse((at, _)) = queue.peek()?;
        if *at <= until { queue.pop().map(|Reverse(entry)| entry) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::campaign::CampaignTiming;
    use crate::schedule::{Blackout, Bound, Schedule, Spec};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    /// First due time after 4 February of a campaign at 09:00 in Shanghai, with a blackout from 5 to 12 February.
    #[track_caller]
    fn first_due(spec: Spec, posting_blocks: PostingBlocks, due: Option<&str>) {
        let schedule = Schedule::new(spec).expect("a schedule");
        let timing = CampaignTiming { schedule: schedule.compact(), max_lateness: Duration::from_secs(3600) };
        let held = InvalidCampaign { id: "a".parse().expect("an id"), timing, reason: crate::run::Reason::Absent };
        let scheduled =
            ScheduledCampaign { status: CampaignStatus::Invalid(Box::new(held)), since: at("2027-02-01T00:00:00Z") };
        let due_queue = DueQueue::new(vec![scheduled], posting_blocks, at("2027-02-04T16:00:00Z"), TimeDelta::zero());
        assert_eq!(due_queue.next_due(), due.map(at));
    }

    #[test]
    fn blackout_skips_cron_but_not_listed_times() {
        let date = |text: &str| Bound::Date(text.parse().expect("a date"));
        let blackout = Blackout { from: date("2027-02-05"), to: date("2027-02-12"), reason: None };
        let closed = || PostingBlocks { blackouts: vec![blackout.clone()], ..PostingBlocks::default() };
        let rule = || Spec::cron("0 9 * * *", "Asia/Shanghai");
        first_due(rule(), PostingBlocks::default(), Some("2027-02-05T01:00:00Z"));
        first_due(rule(), closed(), Some("2027-02-13T01:00:00Z"));
        first_due(Spec { end: Some(date("2027-02-12")), ..rule() }, closed(), None);
        let listed = "2027-02-08T09:00:00".parse().expect("a time");
        first_due(Spec::at([listed], "Asia/Shanghai"), closed(), Some("2027-02-08T01:00:00Z"));
    }
}
