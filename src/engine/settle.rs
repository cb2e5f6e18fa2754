//! Searches WeCom's list for a run whose answer was lost or whose job is unknown. Sends nothing itself.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::StepContext;
use super::decide::{align_lookup, lookup_wait};
use super::perform::StepResult;
use crate::clock::delta;
use crate::post::Post;
use crate::run::{Reason, RejectedRecipients, Run, RunId, State, Transition};
use crate::store::StoreError;
use crate::wecom::{Error, Moment, PostMatch};

/// Largest difference expected between WeCom's clock and this machine's.
pub(super) const MAX_SKEW: TimeDelta = TimeDelta::seconds(60);
/// After this many settle windows with an unreadable list, a person must decide.
const UNREADABLE_WINDOWS: u32 = 4;
/// Search range on either side of the request for a clock that was wrong by hours, or by a day.
const WIDE_SEARCH: TimeDelta = TimeDelta::days(1);

/// What the search found. A value, so that the decision is tested without a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LookupResult {
    Found(String),
    /// Nothing in the list is even similar.
    Nothing,
    /// A match could belong to another run with the same content that is itself not settled.
    SameContentOpen,
    Several,
    /// A moment that may be the post but is not proven to be: only similar, or created at another time.
    Unproven(MomentMatch),
}

/// A moment of WeCom's list that no run owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MomentMatch {
    pub(super) moment_id: String,
    pub(super) created: DateTime<Utc>,
    pub(super) likeness: PostMatch,
}

impl MomentMatch {
    /// Tells the person who must decide which moment may be the post.
    fn reason(&self, run: &Run) -> Reason {
        let sent_at = run.sent_at.unwrap_or(run.due);
        Reason::Candidate {
            moment_id: self.moment_id.clone(),
            is_exact: self.likeness == PostMatch::Exact,
            seconds_after: (self.created - sent_at).num_seconds(),
        }
    }
}

/// Why the list was not read.
pub(super) enum LookupError {
    List(Error),
    Store(StoreError),
}

/// When the search for each run in doubt began in this process.
#[derive(Debug, Default)]
pub(crate) struct LookupTimers(BTreeMap<RunId, Instant>);

impl LookupTimers {
    /// For how long a run has been searched for.
    fn since(&mut self, run: RunId, now: Instant) -> Duration {
        now - *self.0.entry(run).or_insert(now)
    }

    /// The run needs no search any more.
    pub(super) fn forget(&mut self, run: &RunId) {
        self.0.remove(run);
    }
}

/// The part of WeCom's list, by creation time, in which a lost post would be.
struct SearchWindow {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    /// When the answer was lost, by the clock of that moment: may be later than now.
    lost_at: DateTime<Utc>,
    /// When WeCom created the moment, if it did so between request and answer.
    requested: RangeInclusive<DateTime<Utc>>,
    /// The settle window is over.
    over: bool,
    /// The window ended so long ago that an unreadable list needs a person.
    is_given_up: bool,
}

/// Classifies the moments that no run owns. Only an exact match created between request and answer is proven.
///
/// While another run with the same content is not settled, a match may belong to it: nothing is decided.
pub(super) fn classify(
    candidates: Vec<MomentMatch>,
    requested: &RangeInclusive<DateTime<Utc>>,
    same_content_open: bool,
) -> LookupResult {
    let is_proven = |it: &MomentMatch| it.likeness == PostMatch::Exact && requested.contains(&it.created);
    let (mut proven, unproven): (Vec<_>, Vec<_>) = candidates.into_iter().partition(is_proven);
    match (proven.len(), same_content_open) {
        (0, _) => unproven.into_iter().next().map_or(LookupResult::Nothing, LookupResult::Unproven),
        (_, true) => LookupResult::SameContentOpen,
        (1, false) => LookupResult::Found(proven.remove(0).moment_id),
        (_, false) => LookupResult::Several,
    }
}

/// Whether a moment may belong to a run with the same content.
///
/// By the store a claimed run was not sent. But the store may be an older copy that was restored. So a moment which was
/// created after that run was due, and not while `run` was being sent, may be its moment.
fn may_be_of(twin: &Run, run: &Run, created: DateTime<Utc>) -> bool {
    if twin.state != State::Claimed {
        return true;
    }
    let Some(sent_at) = run.sent_at else { return false };
    let recorded = sent_at - MAX_SKEW..=run.lost_at.unwrap_or(sent_at) + MAX_SKEW;
    !recorded.contains(&created) && created >= twin.due - MAX_SKEW
}

impl StepContext {
    /// Searches WeCom's list for a run.
    pub(super) async fn find_moment(&self, run: Run) -> StepResult {
        let (Some(post), Some(sent_at)) = (run.post.clone(), run.sent_at) else {
            return self.save(run, Transition::RequireReview { reason: Reason::SentUnknown }).await;
        };
        let now = self.clock.now();
        let window = self.search_window(&run, sent_at, now);
        let result = match self.look_up(&run, &post, now, &window).await {
            Ok(result) => result,
            Err(LookupError::List(error)) => {
                let step = if window.is_given_up {
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
        let step = match self.after_lookup(&run, result, now, &window) {
            // Two runs with the same content are not settled: a list without both may be incomplete.
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

    /// Searches the requested range and, before the run counts as absent, a day on either side: the clock may have been
    /// wrong when the run was sent, or may be wrong now. A match from the wide range is never taken as proof.
    async fn look_up(
        &self,
        run: &Run,
        post: &Arc<Post>,
        now: DateTime<Utc>,
        window: &SearchWindow,
    ) -> Result<LookupResult, LookupError> {
        let to = window.to.min(now.max(window.lost_at)) + MAX_SKEW;
        let near = self.look_up_between(run, post, window.from - MAX_SKEW..=to, &window.requested).await?;
        if near != LookupResult::Nothing || !window.over || run.state != State::InDoubt {
            return Ok(near);
        }
        self.look_up_between(run, post, window.from - WIDE_SEARCH..=window.to + WIDE_SEARCH, &window.requested).await
    }

    /// Searches a part of the list; only a moment created in `requested` can be proven to be the run's.
    pub(super) async fn look_up_between(
        &self,
        run: &Run,
        post: &Arc<Post>,
        range: RangeInclusive<DateTime<Utc>>,
        requested: &RangeInclusive<DateTime<Utc>>,
    ) -> Result<LookupResult, LookupError> {
        let moments = self.list_reads.similar_moments(&self.wecom, post, range).await.map_err(LookupError::List)?;
        if moments.is_empty() {
            return Ok(LookupResult::Nothing);
        }
        let ids: Vec<String> = moments.iter().map(|it| it.moment_id.clone()).collect();
        // In this order: a twin that is settled in between is open, or owns its moment.
        let twins = self.open_twins(run).await.map_err(LookupError::Store)?;
        let owned = self.store.owned_moments(&run.corp, &ids).await.map_err(LookupError::Store)?;
        let free = moments.into_iter().filter(|it| !owned.contains(&it.moment_id));
        let match_of = |it: Moment| {
            let likeness = it.likeness(post);
            MomentMatch { moment_id: it.moment_id, created: it.created, likeness }
        };
        let candidates: Vec<MomentMatch> = free.map(match_of).collect();
        let same_content_open = twins.iter().any(|twin| candidates.iter().any(|it| may_be_of(twin, run, it.created)));
        Ok(classify(candidates, requested, same_content_open))
    }

    /// The other runs with the same content that are not settled. For a run that was sent, also those that a lost state of
    /// the store may have sent.
    async fn open_twins(&self, run: &Run) -> Result<Vec<Run>, StoreError> {
        let looks_alike = |other: &Run| match (&other.post, &run.post) {
            (Some(other), Some(post)) => other.looks_like(post),
            _ => other.content_sha256 == run.content_sha256,
        };
        let may_be_sent = |other: &Run| other.state != State::Claimed || self.overdue.contains(other);
        // After an outage many claimed runs search the list, and none of them needs the others.
        let mut runs = match run.state {
            State::Claimed => self.store.unsettled_runs(&run.corp).await?,
            _ => self.store.open_runs(&run.corp).await?,
        };
        runs.retain(|other| other.id() != run.id() && looks_alike(other) && may_be_sent(other));
        Ok(runs)
    }

    /// The range to search, and whether the settle window is over.
    ///
    /// The wall clock may have been changed since the request, by an operator or NTP. So the window is measured on the
    /// monotonic clock of this process. The range covers the request's time both by the wall clock of that moment and
    /// counted back from now.
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
            // A list that is read at once may not have the post yet.
            over: watched >= self.settings.settle_window.max(self.settings.first_lookup),
            is_given_up: watched >= self.settings.settle_window * UNREADABLE_WINDOWS,
        }
    }

    fn after_lookup(&self, run: &Run, result: LookupResult, now: DateTime<Utc>, window: &SearchWindow) -> Transition {
        let over = window.over;
        let again = |reason| {
            // The last search comes directly after the end of the window.
            let at = (now + delta(lookup_wait(run.retries))).min(window.to.max(now + TimeDelta::seconds(1)));
            Transition::AskAgain { at: align_lookup(at), reason: Some(reason) }
        };
        let call_person = |reason| Transition::RequireReview { reason };
        match result {
            LookupResult::Found(moment_id) => Transition::Create {
                moment_id,
                invalid: RejectedRecipients::default(),
                reason: Some(Reason::FoundInList),
            },
            // WeCom deletes the result of a job after a day.
            LookupResult::Nothing if run.state == State::Submitted => Transition::Expire { reason: Reason::Expired },
            LookupResult::Nothing if !over => again(Reason::NotListedYet),
            LookupResult::SameContentOpen if !over => again(Reason::TwinOpen),
            LookupResult::Several | LookupResult::Unproven(_) if !over => again(Reason::NotListedYet),
            LookupResult::SameContentOpen | LookupResult::Several => call_person(Reason::Several),
            LookupResult::Unproven(candidate) => call_person(candidate.reason(run)),
            // WeCom accepted the request, so its absence from the list proves nothing.
            LookupResult::Nothing if run.jobid.is_some() => call_person(Reason::TakenAndNotListed),
            LookupResult::Nothing if self.settings.retry_absent && now <= run.deadline => {
                Transition::Resend { reason: Reason::SentAgain }
            }
            LookupResult::Nothing => Transition::ConfirmAbsent { reason: Reason::Absent },
        }
    }
}
