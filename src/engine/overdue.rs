//! A run that was due before this process started is searched for in WeCom's list before it is sent.
//!
//! A restored disk snapshot contains a consistent store and witness, so nothing on the disk shows the lost time. A lost
//! send was due before the start, so WeCom's list is searched first. New moments appear in it with a delay: this is the
//! second safeguard; the first is the send count in the lock file (`store/witness.rs`).
//!
//! A run whose campaign changed after its claim may have been sent in a version that this disk does not know. So a
//! person must decide about any moment of that time that no run owns.

use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::StepContext;
use super::media::PrepareError;
use super::perform::StepResult;
use super::settle::{LookupError, LookupResult, MAX_SKEW};
use crate::clock::delta;
use crate::post::Post;
use crate::run::{Reason, Run, RunId, State, Transition};
use crate::store::StoreError;
use crate::wecom::{Error, Moment, Next, PostMatch};

/// Recognises the runs that were due before this process started.
#[derive(Debug)]
pub(super) struct Overdue {
    began: DateTime<Utc>,
    /// The run that this process was started for: a person asked for it just now.
    own: Option<RunId>,
}

impl Overdue {
    pub(super) fn new(began: DateTime<Utc>, own: Option<RunId>) -> Self {
        Self { began, own }
    }

    pub(super) fn contains(&self, run: &Run) -> bool {
        run.due < self.began && self.own.as_ref() != Some(&run.id())
    }
}

impl StepContext {
    /// The run if it may be sent; otherwise the result of its step. Each attempt reads the list again, which grows.
    pub(super) async fn check_not_listed(&self, run: Run, post: &Arc<Post>) -> Result<Run, StepResult> {
        if !self.overdue.contains(&run) {
            return Ok(run);
        }
        let now = self.clock.now();
        let since_due = run.due - MAX_SKEW..=now + MAX_SKEW;
        match self.look_up_between(&run, post, since_due.clone(), &since_due).await {
            Ok(LookupResult::Nothing) => self.unless_former_version_in_list(run, since_due).await,
            Ok(LookupResult::SameContentOpen) => {
                let until = now + delta(self.retry_wait(&run));
                let reason = Reason::TwinOpen;
                Err(self.save(run, Transition::Wait { until, errcode: None, errmsg: None, reason }).await)
            }
            Ok(LookupResult::Found(_) | LookupResult::Several | LookupResult::Unproven(_)) => {
                let (sent_at, reason) = (run.due, Reason::InListAlready);
                Err(self.save(run, Transition::Doubt { sent_at, look_at: now, reason }).await)
            }
            Err(unseen) => self.handle_unreadable_list(run, unseen).await,
        }
    }

    /// The same for versions of the campaign between the claim and now.
    async fn unless_former_version_in_list(
        &self,
        run: Run,
        range: RangeInclusive<DateTime<Utc>>,
    ) -> Result<Run, StepResult> {
        match self.is_changed_since_claim(&run).await {
            Ok(true) => {}
            Ok(false) => return Ok(run),
            Err(error) => return Err(StepResult::NotSaved(run, error)),
        }
        match self.unowned(&run, range).await {
            Ok(None) => Ok(run),
            Ok(Some(moment)) => {
                let now = self.clock.now();
                let (sent_at, reason) = (run.due, Reason::former_version(moment.moment_id, moment.created, run.due));
                let doubt = Transition::Doubt { sent_at, look_at: now, reason: reason.clone() };
                Err(match self.save(run, doubt).await {
                    StepResult::Moved(run) => self.save(run, Transition::RequireReview { reason }).await,
                    done => done,
                })
            }
            Err(unseen) => self.handle_unreadable_list(run, unseen).await,
        }
    }

    async fn is_changed_since_claim(&self, run: &Run) -> Result<bool, StoreError> {
        let claimed = State::Claimed.name();
        let log = self.store.log(run).await?;
        Ok(log.iter().any(|line| line.verb == Transition::CATCH_UP && line.from.as_deref() == Some(claimed)))
    }

    /// A moment of a time range that no run owns, and that belongs to no other unsettled run.
    async fn unowned(&self, run: &Run, range: RangeInclusive<DateTime<Utc>>) -> Result<Option<Moment>, LookupError> {
        let is_by_company = |moment: &Moment| moment.made_by_company;
        let moments =
            self.wecom.moments(*range.start(), *range.end(), is_by_company).await.map_err(LookupError::List)?;
        let ids: Vec<String> = moments.iter().map(|moment| moment.moment_id.clone()).collect();
        // In this order: a run that is settled in between is unsettled, or owns its moment.
        let unsettled = self.store.unsettled_runs(&run.corp).await.map_err(LookupError::Store)?;
        let owned = self.store.owned_moments(&run.corp, &ids).await.map_err(LookupError::Store)?;
        let is_anothers = |moment: &Moment| {
            let is_like = |other: &Run| other.post.as_ref().is_some_and(|it| moment.likeness(it) != PostMatch::None);
            unsettled.iter().any(is_like)
        };
        Ok(moments.into_iter().find(|moment| !owned.contains(&moment.moment_id) && !is_anothers(moment)))
    }

    /// The result for a run whose list cannot be read.
    async fn handle_unreadable_list(&self, run: Run, unseen: LookupError) -> Result<Run, StepResult> {
        match unseen {
            LookupError::Store(error) => Err(StepResult::NotSaved(run, error)),
            // The account has no permission to read the list: only the witness protects this run.
            LookupError::List(error @ Error::Refused { .. })
                if matches!(error.next(), Next::GiveUp | Next::AskAPerson) =>
            {
                tracing::warn!(run = %run.id(), %error, "WeCom's list cannot be read; an overdue post is sent without that check");
                Ok(run)
            }
            LookupError::List(error) => Err(self.not_sent(run, PrepareError::Call(error)).await),
        }
    }
}
