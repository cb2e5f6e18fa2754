//! The engine: brings every due occurrence to exactly one recorded outcome.
//!
//! It is a reconciler. Each round records what is due, decides the next steps from the state alone ([`decide()`]),
//! starts each step as a task and sleeps until the next due time. It writes before it sends, and never sends what may
//! have been sent already.

// Decisions.
mod reconcile_book;
mod clock_check;
mod compare;
mod decide;
mod holds;
mod due_queue;

// Actions.
mod due;
mod list_reads;
mod media;
mod overdue;
mod perform;
mod group_commit;
mod settle;
mod reload;
mod work;

mod context;
mod status;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::{CLOCK_STEP, delta};
use crate::error_chain;
use crate::ids::CorpId;
use crate::load::ActiveBook;
use crate::run::{OpenRuns, RunId};
use crate::store::{DataVersion, Hold, QuotaRemaining, StoreError};

use clock_check::{CHECK_INTERVAL, ClockCheck, ServerTime};
use context::{StepContext, store_words};
use due::RecordResult;
use due_queue::DueQueue;
use overdue::Overdue;
use work::RunningSteps;

pub use context::{EngineContext, EngineError, Settings, StopCondition};
pub use decide::{Agenda, DispatchState, Step, decide};
pub use status::{
    ClockStatus, EngineCounters, EngineEvent, EngineStatus, LATENESS_BUCKETS, StatusSnapshot, StoreStatus,
};

/// Pause after a failed write to the store.
const STORE_RETRY_INTERVAL: Duration = Duration::from_secs(5);
/// How often the quota is read while posts are under way.
const QUOTA_READ_INTERVAL: Duration = Duration::from_secs(1);
/// How often the store is asked for changes of others while posts are under way. The commit of a send finds new holds and
/// changed runs itself; before a run is put on hold, the store is asked whether the hold was lifted.
const STORE_LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// How long a stop waits for running requests.
const STOP_LIMIT: Duration = Duration::from_secs(40);

/// The engine of one corp.
pub struct Engine {
    context: StepContext,
    until: StopCondition,
    book: Arc<ActiveBook>,
    /// A newer load that is not active yet.
    pending_book: Option<Arc<ActiveBook>>,
    due_queue: DueQueue,
    /// Every occurrence due at or before this instant has its run.
    watermark: DateTime<Utc>,
    /// The watermark that the store has, as far as this engine knows: not later than `watermark`. `None`: it has none yet.
    stored_watermark: Option<DateTime<Utc>>,
    open: OpenRuns,
    /// Manual runs that agree with the book.
    agreed: BTreeSet<RunId>,
    work: RunningSteps,
    /// The running preflight.
    preflight_task: JoinSet<()>,
    /// The changes of others that were read; `None`: the store is read again.
    seen_changes: Option<DataVersion>,
    /// When the store was last asked for them.
    looked_at: Option<Instant>,
    clock_check: ClockCheck,
    /// The running request for WeCom's time.
    time_request: JoinSet<ServerTime>,
    /// A hold may have been lifted since the last check.
    may_need_catch_up: bool,
    /// The holds at the last check.
    active_holds: Vec<Hold>,
    /// All holds, until somebody changes the store.
    holds: Option<Arc<[Hold]>>,
    /// What is left of the quota, and when that was read.
    quota_left: Option<(QuotaRemaining, Instant)>,
    /// The time of the last round, by the wall clock and by the monotonic clock.
    last_round: (DateTime<Utc>, Instant),
    /// A write to the store failed: nothing new begins before this instant.
    store_retry_at: Option<DateTime<Utc>>,
    /// Time range of the next batch of a backlog.
    batch_window: TimeDelta,
}

impl Engine {
    /// Reads the open runs and continues them.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub async fn start(
        context: EngineContext,
        book: Arc<ActiveBook>,
        until: StopCondition,
    ) -> Result<Self, EngineError> {
        let uploads = Arc::new(Semaphore::new(context.settings.uploads));
        let names = Arc::clone(&book.names);
        let only = until.only().cloned();
        let overdue = Arc::new(Overdue::new(context.clock.now(), only.clone()));
        let context = StepContext {
            engine: context,
            overdue,
            lookup_timers: Arc::default(),
            group_commit: Arc::default(),
            book: None,
            holds: Arc::default(),
            list_reads: Arc::default(),
            stopping: CancellationToken::new(),
            uploads,
            names,
        };
        let now = context.clock.now();
        let last_round = (now, context.clock.monotonic());
        let corp = context.wecom.corp().clone();
        let recorded_through = context.store.watermark(&corp).await?;
        let through = recorded_through.unwrap_or(now);
        let mut engine = Self {
            work: RunningSteps::new(context.settings.max_concurrent_sends, only),
            seen_changes: Some(context.store.data_version().await?),
            context,
            until,
            book: Arc::clone(&book),
            pending_book: None,
            due_queue: DueQueue::default(),
            watermark: through,
            stored_watermark: recorded_through,
            open: OpenRuns::new(),
            agreed: BTreeSet::new(),
            preflight_task: JoinSet::new(),
            looked_at: None,
            clock_check: ClockCheck::default(),
            time_request: JoinSet::new(),
            may_need_catch_up: false,
            active_holds: Vec::new(),
            holds: None,
            quota_left: None,
            last_round,
            store_retry_at: None,
            batch_window: due::FIRST_BATCH_WINDOW,
        };
        engine.check_clock_after_long_gap(now, recorded_through);
        engine.recover_open_runs(now).await?;
        match engine.context.clock.doubt() {
            None => {
                engine.rewind(now).await?;
                engine.reload_book(book, now).await?;
            }
            Some(_) => engine.pending_book = Some(book),
        }
        Ok(engine)
    }

    /// Works until `stop` or the stop condition. `books` gives every new load of the book.
    ///
    /// # Errors
    ///
    /// The store cannot be used any more, or a step failed.
    pub async fn run(
        mut self,
        mut books: watch::Receiver<Arc<ActiveBook>>,
        stop: CancellationToken,
    ) -> Result<(), EngineError> {
        self.context.group_commit.follow(books.clone());
        // The book may have changed between `start` and here.
        if !Arc::ptr_eq(&books.borrow_and_update(), &self.book) {
            self.pending_book = Some(Arc::clone(&books.borrow()));
        }
        let mut books_end = false;
        while !stop.is_cancelled() {
            let wake = self.round().await?;
            if self.is_finished() {
                break;
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = self.work.tasks.join_next_with_id(), if !self.work.tasks.is_empty() => {
                    self.finish(ended).await?;
                    // All other finished steps are handled before the next round.
                    while let Some(ended) = self.work.tasks.try_join_next_with_id() {
                        self.finish(ended).await?;
                    }
                }
                changed = books.changed(), if !books_end => match changed {
                    Ok(()) => self.pending_book = Some(Arc::clone(&books.borrow_and_update())),
                    Err(_) => books_end = true,
                },
                Some(said) = self.time_request.join_next(), if !self.time_request.is_empty() => {
                    self.handle_server_time(said.map_err(|error| EngineError::Internal(error.to_string()))?);
                }
                Some(ready) = self.preflight_task.join_next(), if !self.preflight_task.is_empty() => {
                    ready.map_err(|error| EngineError::Internal(error.to_string()))?;
                }
                () = self.context.clock.sleep(wake) => {}
            }
        }
        self.drain().await
    }

    /// One round: records what is due and starts the next steps. Returns the time until the next round.
    async fn round(&mut self) -> Result<Duration, EngineError> {
        let is_trusted = self.clock_is_trusted();
        let now = self.context.clock.now();
        self.detect_clock_step(now);
        if let Some(rest) = self.store_backoff(now) {
            return Ok(rest);
        }
        if self.is_time_to_look(now) {
            if let Err(error) = self.context.store.check_in_place().await {
                self.handle_store_error(&error)?;
                return Ok(STORE_RETRY_INTERVAL);
            }
            self.read_external_changes().await?;
        }
        if let Err(error) = self.doubt_interrupted(now).await {
            self.handle_store_error(&error)?;
        }
        if is_trusted && let Err(error) = self.rewind(now).await {
            self.handle_store_error(&error)?;
        }
        // Due occurrences of the former book are recorded with its schedule before the next book is
        // applied.
        let recorded = match self.read_holds().await {
            _ if !is_trusted => RecordResult::Failed,
            Ok(holds) => {
                self.log_hold_changes(&holds);
                self.record_due(now, &holds).await
            }
            Err(error) => {
                self.handle_store_error(&error)?;
                RecordResult::Failed
            }
        };
        let caught_up = recorded == RecordResult::All;
        if caught_up
            && let Some(book) = self.pending_book.take()
            && let Err(error) = self.reload_book(Arc::clone(&book), now).await
        {
            self.pending_book = Some(book);
            self.handle_store_error(&error)?;
        }
        if caught_up && self.may_need_catch_up {
            match self.catch_up_held(now).await {
                Ok(()) => self.may_need_catch_up = false,
                Err(error) => self.handle_store_error(&error)?,
            }
        }
        let rate_limited_until = &mut self.work.dispatch.rate_limited_until;
        *rate_limited_until = rate_limited_until.filter(|until| *until > now);
        self.preflight(now);
        let agenda = decide(now, &self.open, &self.work.dispatch);
        // Nothing is sent before a newer book is applied: the run may be gone from it.
        let may_send = is_trusted && self.pending_book.is_none();
        for step in agenda.steps {
            let may_begin = match step {
                Step::Submit(_) => may_send,
                Step::GiveUp(_) => is_trusted,
                Step::Upload(_) | Step::PollJob(_) | Step::FindMoment(_) => true,
            };
            if may_begin {
                self.begin(step);
            }
        }
        let next_due = self.due_queue.next_due().filter(|at| self.accepts(*at));
        let next_ready =
            self.due_queue.next_preflight().filter(|at| self.preflight_task.is_empty() && self.accepts(*at));
        self.publish_status(now, next_due).await;
        let wake = [agenda.wake, next_due, next_ready].into_iter().flatten().min().filter(|_| is_trusted);
        let longest = self.context.settings.longest_sleep;
        let longest = if is_trusted { longest } else { longest.min(CHECK_INTERVAL) };
        // The round may have taken long, so the time is read again.
        let now = self.context.clock.now();
        let wake = if recorded == RecordResult::Batch { Some(now) } else { wake };
        let nap = wake.map_or(longest, |at| (at - now).to_std().unwrap_or_default());
        let least = Duration::from_millis(1);
        let rest = self.store_backoff(now);
        Ok(rest.unwrap_or(nap.clamp(least, longest.max(least))))
    }

    /// Whether this round asks the store for changes of others. While posts are under way, every step that ends has a round
    /// of its own. An occurrence that is due now is recorded with the holds of now.
    fn is_time_to_look(&mut self, now: DateTime<Utc>) -> bool {
        let monotonic = self.context.clock.monotonic();
        let is_recent = self.looked_at.is_some_and(|at| monotonic - at < STORE_LOOK_INTERVAL);
        let is_any_due = self.due_queue.next_due().is_some_and(|at| at <= now);
        let looks = !is_recent || is_any_due || self.work.tasks.is_empty() || self.seen_changes.is_none();
        if looks {
            self.looked_at = Some(monotonic);
        }
        looks
    }

    /// Detects that the clock was set or the machine was suspended. Only the new time counts: due occurrences are
    /// posted or missed as after any downtime, and one that has its run never gets another.
    fn detect_clock_step(&mut self, now: DateTime<Utc>) {
        let (wall, monotonic) = std::mem::replace(&mut self.last_round, (now, self.context.clock.monotonic()));
        let stepped = now - wall - delta(self.last_round.1 - monotonic);
        if stepped.abs() >= CLOCK_STEP {
            tracing::warn!(seconds = stepped.num_seconds(), "the clock was set, or this machine was suspended");
        }
        if now < wall {
            // `store_retry_at` was computed with the former time, so it is reset.
            self.work.dispatch.rate_limited_until = None;
            self.clock_check.may_be_ahead = true;
        }
    }

    /// What is left of the pause after a failed write.
    fn store_backoff(&mut self, now: DateTime<Utc>) -> Option<Duration> {
        // A clock that was set back must not make the pause longer.
        let left = self.store_retry_at.and_then(|until| (until - now).to_std().ok());
        let left = left.filter(|left| !left.is_zero() && *left <= STORE_RETRY_INTERVAL);
        if left.is_none() {
            self.store_retry_at = None;
        }
        left
    }

    /// Retries after errors that may pass (full, locked, read-only); any other error of the store stops the engine.
    fn handle_store_error(&mut self, error: &StoreError) -> Result<(), EngineError> {
        if let StoreError::Unreadable { what } = error.root() {
            return Err(EngineError::Store(StoreError::Unreadable { what: what.clone() }));
        }
        if let StoreError::Damaged { path, finding } = error.root() {
            let (path, finding) = (path.clone(), finding.clone());
            return Err(EngineError::Store(StoreError::Damaged { path, finding }));
        }
        if let StoreError::Displaced { path } = error.root() {
            let error = StoreError::Displaced { path: path.clone() };
            self.context.status.store(StoreStatus::Displaced(store_words(&error)));
            return Err(EngineError::Displaced(error));
        }
        if let StoreError::Server { address, problem } = error.root()
            && error.is_lease_lost()
        {
            let error = StoreError::Server { address: address.clone(), problem: problem.clone() };
            self.context.status.store(StoreStatus::Displaced(store_words(&error)));
            return Err(EngineError::Displaced(error));
        }
        if let StoreError::Stopped = error.root() {
            return Err(EngineError::Store(StoreError::Stopped));
        }
        tracing::error!(error = %error_chain::error_chain(error), "database operation failed; retrying");
        self.retry_later(error);
        Ok(())
    }

    /// Nothing new begins for a moment. If the store has lost commits, it is read again then.
    fn retry_later(&mut self, error: &StoreError) {
        if let StoreError::LostCommits = error.root() {
            self.seen_changes = None;
        }
        let now = self.context.clock.now();
        self.context.status.store_failed(now, &store_words(error));
        self.store_retry_at = Some(now + delta(STORE_RETRY_INTERVAL));
    }

    /// Whether this engine handles an occurrence that is due at an instant.
    fn accepts(&self, at: DateTime<Utc>) -> bool {
        match self.until {
            StopCondition::OnRequest => true,
            StopCondition::Idle(end) => at <= end,
            StopCondition::RunFinished(_) => false,
        }
    }

    fn is_finished(&self) -> bool {
        match &self.until {
            StopCondition::OnRequest => false,
            StopCondition::Idle(end) => {
                let is_read = self.seen_changes.is_some() && self.pending_book.is_none();
                let nothing_due = is_read && self.due_queue.next_due().is_none_or(|at| at > *end);
                nothing_due && self.work.tasks.is_empty() && self.open.values().all(|run| run.needs_review)
            }
            StopCondition::RunFinished(id) => self.open.get(id).is_none_or(|run| run.needs_review),
        }
    }

    /// Waits, for a limited time, until running creations end and are recorded. A creation that does not end in time is
    /// in doubt at the next start. All other steps can be repeated and are aborted.
    async fn drain(mut self) -> Result<(), EngineError> {
        self.context.stopping.cancel();
        self.work.abort_repeatable();
        let mut told = false;
        let clock = self.context.clock.clone();
        let deadline = clock.sleep(STOP_LIMIT);
        tokio::pin!(deadline);
        while !self.work.tasks.is_empty() {
            tokio::select! {
                biased;
                Some(ended) = self.work.tasks.join_next_with_id() => {
                    if !ended.as_ref().is_err_and(JoinError::is_cancelled) {
                        self.finish(ended).await?;
                    }
                }
                () = clock.sleep(Duration::from_secs(1)), if !told => {
                    told = true;
                    tracing::info!(runs = self.work.tasks.len(), "stopping; waiting for WeCom's answers");
                }
                () = &mut deadline => {
                    tracing::warn!(runs = self.work.tasks.len(), "stopping with unanswered requests; the next start searches for these posts");
                    break;
                }
            }
        }
        Ok(())
    }

    /// Publishes the status at the end of a round.
    async fn publish_status(&mut self, now: DateTime<Utc>, next_due: Option<DateTime<Utc>>) {
        let (mut open, mut needs_review) = (BTreeMap::new(), 0);
        for run in self.open.values() {
            *open.entry(run.state).or_default() += 1;
            needs_review += usize::from(run.needs_review);
        }
        let (valid, broken) = self.due_queue.counts();
        let on_hold = self.on_hold().min(valid);
        // The quota is published here, so that status readers do not need the store.
        let left = self.read_quota(now).await;
        self.context.status.publish_snapshot(StatusSnapshot {
            uncommitted: self.book.uncommitted.len(),
            at: Some(now),
            scheduled: valid - on_hold,
            held: broken + on_hold,
            holds: self.active_holds.len(),
            is_everything_on_hold: self.is_everything_on_hold(),
            open,
            needs_review,
            next_due,
            left,
        });
    }

    /// What is left of the quota. While posts are under way, every step that ends has a round of its own: then it is read at
    /// most once a second.
    async fn read_quota(&mut self, now: DateTime<Utc>) -> Option<QuotaRemaining> {
        let monotonic = self.context.clock.monotonic();
        let is_recent = |(_, read_at): &(QuotaRemaining, Instant)| monotonic - *read_at < QUOTA_READ_INTERVAL;
        if self.work.tasks.is_empty() || !self.quota_left.as_ref().is_some_and(is_recent) {
            let left = self.context.store.quota_remaining(&self.corp(), now, self.context.settings.quota).await.ok();
            self.quota_left = left.map(|left| (left, monotonic));
        }
        self.quota_left.map(|(left, _)| left)
    }

    fn corp(&self) -> CorpId {
        self.context.wecom.corp().clone()
    }
}
