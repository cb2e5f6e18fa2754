//! Settles a run whose answer was lost, or whose job died, by looking at WeCom's list. Never by sending again.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::StepContext;
use super::decide::{align_lookup, lookup_wait};
use super::perform::{StepResult, delta};
use crate::post::Post;
use crate::run::{Reason, RejectedRecipients, Run, RunId, State, Transition};
use crate::store::StoreError;
use crate::wecom::{Error, Likeness};

/// How far WeCom's clock and ours may be apart.
pub(super) const MAX_SKEW: TimeDelta = TimeDelta::seconds(60);
/// A list that has been unreadable for this many settle windows is a person's matter.
const UNREADABLE_WINDOWS: u32 = 4;
/// How far ours may be off while it is set wrongly: by hours, or by a day.
const WIDE_SEARCH: TimeDelta = TimeDelta::days(1);

/// What looking came to. A value, so that the decision can be tested without a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LookupResult {
    Found(String),
    /// Nothing in the list is even similar.
    Nothing,
    /// A match could be that of another run with the same content, which is not settled either.
    TwinOpen,
    Several,
    /// Something that may be the post and cannot be proven to be: it is similar, or of another time.
    Unproven(Candidate),
}

/// A moment of WeCom's list that no run owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) moment_id: String,
    pub(super) created: DateTime<Utc>,
    pub(super) likeness: Likeness,
}

impl Candidate {
    /// Shows what may be the post to the person who must decide.
    fn reason(&self, run: &Run) -> Reason {
        let sent_at = run.sent_at.unwrap_or(run.due);
        Reason::Candidate {
            moment_id: self.moment_id.clone(),
            is_exact: self.likeness == Likeness::Exact,
            seconds_after: (self.created - sent_at).num_seconds(),
        }
    }
}

/// Why nothing was seen.
pub(super) enum LookupError {
    List(Error),
    Store(StoreError),
}

/// The runs in doubt, and since when each has been looked for in this process.
#[derive(Debug, Default)]
pub struct LookupTimers(BTreeMap<RunId, Instant>);

impl LookupTimers {
    /// How long a run has been looked for.
    fn since(&mut self, run: RunId, now: Instant) -> Duration {
        now - *self.0.entry(run).or_insert(now)
    }

    /// A run is not looked for any more.
    pub(super) fn forget(&mut self, run: &RunId) {
        self.0.remove(run);
    }
}

/// The stretch of WeCom's list that a lost post would be in.
struct SearchWindow {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    /// When the answer was lost, by the clock as it went then: that may be later than now.
    lost_at: DateTime<Utc>,
    /// When WeCom can have created it, if it did so between request and answer.
    requested: RangeInclusive<DateTime<Utc>>,
    /// The settle window is over.
    over: bool,
    /// It is so long over that a list which cannot be read is a person's matter.
    is_given_up: bool,
}

/// Judges the moments that no other run owns. Only an exact match from the time between request and answer is the run's.
///
/// While another run with the same content is unsettled, a match may be its own, so nothing is decided.
pub(super) fn classify(
    candidates: Vec<Candidate>,
    requested: &RangeInclusive<DateTime<Utc>>,
    twin_open: bool,
) -> LookupResult {
    let is_proven = |it: &Candidate| it.likeness == Likeness::Exact && requested.contains(&it.created);
    let (mut proven, unproven): (Vec<_>, Vec<_>) = candidates.into_iter().partition(is_proven);
    match (proven.len(), twin_open) {
        (0, _) => unproven.into_iter().next().map_or(LookupResult::Nothing, LookupResult::Unproven),
        (_, true) => LookupResult::TwinOpen,
        (1, false) => LookupResult::Found(proven.remove(0).moment_id),
        (_, false) => LookupResult::Several,
    }
}

impl StepContext {
    /// Looks for a run at WeCom.
    pub(super) async fn find_moment(&self, run: Run) -> StepResult {
        let (Some(post), Some(sent_at)) = (run.post.clone(), run.sent_at) else {
            return self.save(run, Transition::RequireReview { reason: Reason::SentUnknown }).await;
        };
        let now = self.clock.now();
        let watch = self.search_window(&run, sent_at, now);
        let result = match self.look_up(&run, &post, now, &watch).await {
            Ok(result) => result,
            Err(LookupError::List(error)) => {
                let step = if watch.is_given_up {
                    Transition::RequireReview { reason: Reason::LookedInVain(error) }
                } else {
                    Transition::AskAgain {
                        at: align_lookup(now + delta(lookup_wait(run.retries))),
                        reason: Some(Reason::ListUnreadable(error)),
                    }
                };
                return self.save(run, step).await;
            }
            Err(LookupError::Store(error)) => return StepResult::NotSaved(run, error),
        };
        let step = match self.after_lookup(&run, result, now, &watch) {
            // A list that shows neither of two may show nothing at all, and each sending may have reached customers.
            Transition::Resend { .. } => match self.store.log(&run).await {
                Ok(log) if log.iter().any(|line| line.verb == Transition::RESEND) => {
                    Transition::ConfirmAbsent { reason: Reason::AbsentAgain }
                }
                Ok(_) => Transition::Resend { reason: Reason::SentAgain },
                Err(error) => return StepResult::NotSaved(run, error),
            },
            step => step,
        };
        self.save(run, step).await
    }

    /// Looks where it would be and, before it counts as absent, far around: if the clock was wrong when it was sent or is
    /// so now, it stands in the list at another time than ours. What is found there is never taken for it.
    async fn look_up(
        &self,
        run: &Run,
        post: &Arc<Post>,
        now: DateTime<Utc>,
        watch: &SearchWindow,
    ) -> Result<LookupResult, LookupError> {
        let to = watch.to.min(now.max(watch.lost_at)) + MAX_SKEW;
        let near = self.look_up_between(run, post, watch.from - MAX_SKEW..=to, &watch.requested).await?;
        if near != LookupResult::Nothing || !watch.over || run.state != State::InDoubt {
            return Ok(near);
        }
        self.look_up_between(run, post, watch.from - WIDE_SEARCH..=watch.to + WIDE_SEARCH, &watch.requested).await
    }

    /// Looks at a stretch of the list; only what was created in `requested` can be proven to be the run's.
    pub(super) async fn look_up_between(
        &self,
        run: &Run,
        post: &Arc<Post>,
        stretch: RangeInclusive<DateTime<Utc>>,
        requested: &RangeInclusive<DateTime<Utc>>,
    ) -> Result<LookupResult, LookupError> {
        let moments = self.list_walks.like(&self.wecom, post, stretch).await.map_err(LookupError::List)?;
        let ids: Vec<String> = moments.iter().map(|it| it.moment_id.clone()).collect();
        let (owned, twin_open) = self.others(run, &ids).await.map_err(LookupError::Store)?;
        let free = moments.into_iter().filter(|it| !owned.contains(&it.moment_id));
        let candidates = free.map(|it| {
            let likeness = it.likeness(post);
            Candidate { moment_id: it.moment_id, created: it.created, likeness }
        });
        Ok(classify(candidates.collect(), requested, twin_open))
    }

    /// Which of the moments other runs own, and whether a run with the same content is still unsettled.
    async fn others(&self, run: &Run, alike: &[String]) -> Result<(Vec<String>, bool), StoreError> {
        let owned = self.store.owned_moments(&run.corp, alike).await?;
        let looks_alike = |other: &Run| match (&other.post, &run.post) {
            (Some(other), Some(post)) => other.looks_like(post),
            _ => other.content_sha256 == run.content_sha256,
        };
        let twin = |other: &Run| other.id() != run.id() && looks_alike(other);
        let twin_open = self.store.unsettled_runs(&run.corp).await?.iter().any(twin);
        Ok((owned, twin_open))
    }

    /// What to look at, and whether that was long enough.
    ///
    /// The wall clock may have been stepped since the request left, by an operator or NTP, and the window is real time at
    /// WeCom. So it must have passed on the monotonic clock, in this process; and what is looked at covers the time of the
    /// request as the wall had it then and as it counts back from now.
    fn search_window(&self, run: &Run, sent_at: DateTime<Utc>, now: DateTime<Utc>) -> SearchWindow {
        let window = delta(self.settings.settle_window);
        let watched =
            self.lookup_timers.lock().unwrap_or_else(PoisonError::into_inner).since(run.id(), self.clock.monotonic());
        let lost_at = run.lost_at.unwrap_or(sent_at);
        let asked_for = lost_at - sent_at;
        let lost_by_count = now - delta(watched);
        let (from, answered) = (sent_at.min(lost_by_count - asked_for), lost_at.max(lost_by_count));
        SearchWindow {
            from,
            to: answered + window,
            requested: from - MAX_SKEW..=answered + MAX_SKEW,
            lost_at,
            over: watched >= self.settings.settle_window,
            is_given_up: watched >= self.settings.settle_window * UNREADABLE_WINDOWS,
        }
    }

    fn after_lookup(&self, run: &Run, result: LookupResult, now: DateTime<Utc>, watch: &SearchWindow) -> Transition {
        let over = watch.over;
        let again = |reason| {
            // The last look stands right behind the window's end.
            let at = (now + delta(lookup_wait(run.retries))).min(watch.to.max(now + TimeDelta::seconds(1)));
            Transition::AskAgain { at: align_lookup(at), reason: Some(reason) }
        };
        let call_person = |reason| Transition::RequireReview { reason };
        match result {
            LookupResult::Found(moment_id) => Transition::Create {
                moment_id,
                invalid: RejectedRecipients::default(),
                reason: Some(Reason::FoundInList),
            },
            // After a day WeCom says nothing of the job any more.
            LookupResult::Nothing if run.state == State::Submitted => Transition::Expire { reason: Reason::Expired },
            LookupResult::Nothing if !over => again(Reason::NotListedYet),
            LookupResult::TwinOpen if !over => again(Reason::TwinOpen),
            LookupResult::Several | LookupResult::Unproven(_) if !over => again(Reason::NotListedYet),
            LookupResult::TwinOpen | LookupResult::Several => call_person(Reason::Several),
            LookupResult::Unproven(candidate) => call_person(candidate.reason(run)),
            // WeCom took the request, so that the list does not show it proves nothing.
            LookupResult::Nothing if run.jobid.is_some() => call_person(Reason::TakenAndNotListed),
            LookupResult::Nothing if self.settings.retry_absent && now <= run.latest => {
                Transition::Resend { reason: Reason::SentAgain }
            }
            LookupResult::Nothing => Transition::ConfirmAbsent { reason: Reason::Absent },
        }
    }
}
