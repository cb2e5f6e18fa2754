//! Records a run for each due occurrence, and prepares occurrences that are due soon.

use chrono::{DateTime, TimeDelta, Utc};
use tracing::Instrument as _;

use super::reconcile_book::CampaignStatus;
use super::{Engine, StopCondition, decide};
use crate::error_chain;
use crate::run::{Run, State};
use crate::store::{Advance, Hold};

/// Runs that one commit records, unless more than these fall due in a second.
pub(super) const BATCH_SIZE: usize = 2_000;

/// The time that the first batch of a backlog covers.
pub(super) const FIRST_BATCH_WINDOW: TimeDelta = TimeDelta::hours(1);
/// The most time that a batch covers.
const MAX_BATCH_WINDOW: TimeDelta = TimeDelta::days(1);

/// The result of recording the due occurrences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordResult {
    /// Everything that was due has its run.
    All,
    /// A batch is recorded, and more is due.
    Batch,
    /// The store did not save the runs.
    Failed,
}

impl Engine {
    /// Records a run for each due occurrence and the new watermark, in one commit. After a long downtime
    /// one call records one batch of bounded size, so that the start does not fail because of a large backlog.
    pub(super) async fn record_due(&mut self, now: DateTime<Utc>, holds: &[Hold]) -> RecordResult {
        let horizon = match self.until {
            StopCondition::Idle(end) => end.min(now),
            StopCondition::OnRequest | StopCondition::RunFinished(_) => now,
        };
        let until = self.batch_end(horizon);
        let due = self.due_queue.take_due(until);
        let (corp, book) = (self.corp(), &*self.book);
        let mut runs = Vec::with_capacity(due.len());
        for place in &due {
            let (scheduled, occurrences) =
                (self.due_queue.at(*place), self.due_queue.occurrences(*place, until, horizon));
            let commit = book.commit_of(scheduled.id());
            runs.extend(decide::new_runs(
                &corp,
                scheduled,
                &occurrences,
                holds,
                &book.posting_blocks,
                commit.as_deref(),
                now,
            ));
        }
        self.adapt_batch_window(runs.len());
        let recorded = if until < horizon { RecordResult::Batch } else { RecordResult::All };
        if due.is_empty() {
            // Nothing to write: the next batch begins where this one ended.
            if recorded == RecordResult::Batch {
                self.watermark = until;
            }
            return recorded;
        }
        match self.context.store.record_due(&corp, &runs, self.advance_to(until)).await {
            Ok(new) => {
                self.track_new_runs(runs, &new);
                self.watermark = self.watermark.max(until);
                self.note_stored_watermark(until);
                self.due_queue.schedule_next_after(due, until);
                recorded
            }
            Err(error) => {
                tracing::error!(error = %error_chain::error_chain(&error), "failed to record the due runs; they are not posted; retrying");
                self.retry_later(&error);
                self.due_queue.put_back(due);
                RecordResult::Failed
            }
        }
    }

    /// The watermark to write, after the one that the store has.
    pub(super) fn advance_to(&self, through: DateTime<Utc>) -> Advance {
        Advance { from: self.stored_watermark, through }
    }

    /// The store has this watermark, or already had a later one.
    pub(super) fn note_stored_watermark(&mut self, through: DateTime<Utc>) {
        self.stored_watermark = self.stored_watermark.max(Some(through));
    }

    /// The end of the next batch: the backlog is cut by time, and by as much time as usually holds a batch.
    fn batch_end(&self, horizon: DateTime<Utc>) -> DateTime<Utc> {
        let first = self.due_queue.next_due().map_or(horizon, |at| at.max(self.watermark));
        first.checked_add_signed(self.batch_window).map_or(horizon, |end| end.min(horizon))
    }

    /// Divides the time window of the next batch if this one was too large; doubles it if it was small.
    fn adapt_batch_window(&mut self, runs: usize) {
        let second = TimeDelta::seconds(1);
        if runs > BATCH_SIZE {
            let factor = i32::try_from(runs.div_ceil(BATCH_SIZE)).unwrap_or(i32::MAX);
            self.batch_window = (self.batch_window / factor).max(second);
        } else if runs < BATCH_SIZE / 4 {
            self.batch_window = (self.batch_window * 2).min(MAX_BATCH_WINDOW);
        }
    }

    /// Publishes new runs and adds the open ones to `open`.
    pub(super) fn track_new_runs(&mut self, runs: Vec<Run>, new: &[bool]) {
        for (run, is_new) in runs.into_iter().zip(new) {
            if !is_new {
                if run.state == State::Claimed {
                    tracing::warn!(
                        campaign = %run.campaign, due = %run.due, run = %run.id(),
                        "this occurrence already has a run, so it is not posted again; its local time came twice, \
                         because the campaign's time zone or the clock was changed"
                    );
                }
                continue;
            }
            self.context.publish_run(&run);
            if !run.state.is_over() {
                self.open.insert(run.id(), run);
            }
        }
    }

    /// Uploads media and requests a token for occurrences that are due soon, so that failures are reported in time.
    /// Only one preflight runs at a time.
    pub(super) fn preflight(&mut self, now: DateTime<Utc>) {
        while self.preflight_task.try_join_next().is_some() {}
        if !self.preflight_task.is_empty() {
            return;
        }
        let mut posts = Vec::new();
        for (place, occurrence) in self.due_queue.take_preflights(now) {
            if let CampaignStatus::Active(campaign) = &self.due_queue.at(place).status
                && self.accepts(occurrence.at)
            {
                posts.push((campaign.id.clone(), campaign.content_for(&occurrence).post));
            }
        }
        if !posts.is_empty() {
            let context = self.context.clone();
            self.preflight_task.spawn(async move { context.prepare(posts).await }.in_current_span());
        }
    }
}
