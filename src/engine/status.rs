//! The engine's status and events, for metrics, health and notifications.
//!
//! Publishing never blocks; slow subscribers lose events.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::broadcast;

use crate::call_error::CallFailure;
use crate::ids::CampaignId;
use crate::load::ActiveBook;
use crate::run::{Run, State};
use crate::store::QuotaRemaining;
use crate::text::{StaticText, Text};

/// Events by which a subscriber may lag before it loses the oldest.
const EVENT_CAPACITY: usize = 4096;
/// Time without a failure after which the store counts as working again.
const STORE_GRACE: TimeDelta = TimeDelta::seconds(30);
/// Time for which the store must fail before people are notified.
const STORE_FAILS: TimeDelta = TimeDelta::seconds(5);
/// Time without a round after which the engine counts as stalled. It wakes every few seconds by itself.
const STALL_TIMEOUT: TimeDelta = TimeDelta::seconds(60);

/// Upper bounds of the lateness buckets, in seconds.
pub const LATENESS_BUCKETS: [u32; 10] = [1, 2, 5, 10, 30, 60, 300, 900, 3_600, 14_400];

const NOT_STARTED: StaticText = StaticText { en: "the engine has not started yet", zh: "服务还在启动" };
const STORE_DISPLACED: StaticText = StaticText {
    en: "the store was removed, renamed or replaced while it was open",
    zh: "记录库在使用时被删除、改名或替换",
};
const STALLED: StaticText =
    StaticText { en: "the engine has not completed a cycle for a minute", zh: "服务已经一分钟没有动静" };
const STORE_FAILING: StaticText = StaticText { en: "writes to the store fail", zh: "记录库写不进去" };
const CLOCK_IN_DOUBT: StaticText = StaticText {
    en: "the clock is in doubt and WeCom cannot be reached",
    zh: "服务器时间可能不对，又连不上企业微信核对",
};
const STORE_UNREADABLE: StaticText = StaticText { en: "the store cannot be read", zh: "记录库读不出来" };

/// Something that happened in the service.
#[derive(Clone, Debug)]
pub enum EngineEvent {
    /// A run changed its state, or was retried.
    Run(Box<Run>),
    /// These runs needed review already when the engine started.
    RunsNeedReview(Vec<Run>),
    /// A moment exists, and no member was asked to post it.
    NoMemberAsked(Box<Run>),
    /// Another load of the book is active.
    Book(Arc<ActiveBook>),
    /// The limit of creations is reached until an instant, and this many runs wait.
    QuotaReached { waiting: usize, until: DateTime<Utc> },
    /// What is due soon could not be prepared; it is not late yet. Without a campaign: none could.
    PreflightFailed { campaign: Option<CampaignId>, why: Text },
    /// The newest book cannot be loaded; the last one stays active.
    BookFailed(Text),
    /// The newest book can be loaded again.
    BookRecovered,
    /// What is known about this machine's clock has changed.
    Clock(ClockStatus),
    /// Whether writes to the store succeed has changed.
    Store(StoreStatus),
}

/// Whether writes to the store succeed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StoreStatus {
    #[default]
    Working,
    /// It has failed for longer than a few seconds; the engine retries.
    Failing(Text),
    /// Its files are no longer at their paths: the service stops.
    Displaced(Text),
}

/// What is known about this machine's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ClockStatus {
    #[default]
    Correct,
    /// Ahead of WeCom's time by this much, negative if behind; posting follows WeCom's time.
    Wrong(TimeDelta),
    /// In doubt, and WeCom's time is not available: nothing is posted.
    Unconfirmed(CallFailure),
}

/// The state of the engine at the end of a round.
#[derive(Clone, Debug, Default)]
pub struct StatusSnapshot {
    /// The end of its last round.
    pub at: Option<DateTime<Utc>>,
    /// Campaigns that are scheduled and not on hold.
    pub scheduled: usize,
    /// Campaigns on hold or with an invalid file.
    pub held: usize,
    /// Active holds.
    pub holds: usize,
    /// Whether one of them stops every campaign.
    pub is_everything_on_hold: bool,
    /// Campaigns with content that the checked-out commit lacks.
    pub uncommitted: usize,
    /// Open runs, by state.
    pub open: BTreeMap<State, usize>,
    /// Runs that need review by a person.
    pub needs_review: usize,
    pub next_due: Option<DateTime<Utc>>,
    /// What remains of WeCom's limits. `None`: the store could not be read.
    pub left: Option<QuotaRemaining>,
}

/// Counted since the start.
#[derive(Clone, Debug, Default)]
pub struct EngineCounters {
    /// Ended occurrences, by outcome.
    pub ended: BTreeMap<State, u64>,
    /// First requests by lateness: one count for each of [`LATENESS_BUCKETS`], and one for all that were later.
    pub lateness: [u64; LATENESS_BUCKETS.len() + 1],
    /// Sum of all lateness, in seconds.
    pub lateness_sum: f64,
    pub loaded_at: Option<DateTime<Utc>>,
    /// The instant to which a history ahead of the clock was last rewound.
    pub rewound_to: Option<DateTime<Utc>>,
    pub fetched_at: Option<DateTime<Utc>>,
    pub fetch_failures: u64,
    /// Reminders of members that WeCom took, and those that it did not take or did not answer.
    pub nudges: (u64, u64),
    /// First failure of the store since its last success, and its latest failure.
    store_failed: Option<(DateTime<Utc>, DateTime<Utc>)>,
    store: StoreStatus,
    clock: ClockStatus,
}

/// The status of the engine. Clones share it.
#[derive(Clone)]
pub struct EngineStatus(Arc<Inner>);

struct Inner {
    events: broadcast::Sender<EngineEvent>,
    snapshot: Mutex<StatusSnapshot>,
    counters: Mutex<EngineCounters>,
}

impl Default for EngineStatus {
    fn default() -> Self {
        let (events, _) = broadcast::channel(EVENT_CAPACITY);
        Self(Arc::new(Inner { events, snapshot: Mutex::default(), counters: Mutex::default() }))
    }
}

impl std::fmt::Debug for EngineStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineStatus").field("snapshot", &*self.lock(&self.0.snapshot)).finish_non_exhaustive()
    }
}

impl EngineStatus {
    /// Events from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<EngineEvent> {
        self.0.events.subscribe()
    }

    /// The state of the engine now.
    pub fn snapshot(&self) -> StatusSnapshot {
        self.lock(&self.0.snapshot).clone()
    }

    /// The counts since the start.
    pub fn counters(&self) -> EngineCounters {
        self.lock(&self.0.counters).clone()
    }

    /// Why the service is not ready, if it is not.
    pub fn trouble(&self, now: DateTime<Utc>) -> Option<StaticText> {
        let cannot_be_read = match *self.lock(&self.0.snapshot) {
            StatusSnapshot { at: None, .. } => return Some(NOT_STARTED),
            StatusSnapshot { left, .. } => left.is_none(),
        };
        let (store_fails, is_displaced, clock_in_doubt) = {
            let counters = self.lock(&self.0.counters);
            let store_fails = counters.store_failed.is_some_and(|(_, at)| now - at < STORE_GRACE);
            let is_displaced = matches!(counters.store, StoreStatus::Displaced(_));
            (store_fails, is_displaced, matches!(counters.clock, ClockStatus::Unconfirmed(_)))
        };
        let trouble = is_displaced.then_some(STORE_DISPLACED).or(self.stalled(now));
        let trouble = trouble.or(store_fails.then_some(STORE_FAILING));
        let trouble = trouble.or(clock_in_doubt.then_some(CLOCK_IN_DOUBT));
        trouble.or(cannot_be_read.then_some(STORE_UNREADABLE))
    }

    /// The reason if the engine is stalled. An engine that has not started is not stalled.
    pub fn stalled(&self, now: DateTime<Utc>) -> Option<StaticText> {
        let at = self.lock(&self.0.snapshot).at?;
        (now - at > STALL_TIMEOUT).then_some(STALLED)
    }

    /// The newest book was loaded; `at` is when the remote answered. For the book watcher.
    pub fn book_read(&self, at: Option<DateTime<Utc>>) {
        let is_recovered = {
            let mut counters = self.lock(&self.0.counters);
            counters.fetched_at = at.or(counters.fetched_at);
            std::mem::take(&mut counters.fetch_failures) > 0
        };
        if is_recovered {
            self.publish(|| EngineEvent::BookRecovered);
        }
    }

    /// The newest book could not be loaded; an event once `alarm` says that it lasts. For the book watcher.
    pub fn book_failed(&self, why: &Text, alarm: bool) {
        self.lock(&self.0.counters).fetch_failures += 1;
        if alarm {
            self.publish(|| EngineEvent::BookFailed(why.clone()));
        }
    }

    /// No member was asked to post a moment. For the ack poller.
    pub fn no_member_asked(&self, run: &Run) {
        self.publish(|| EngineEvent::NoMemberAsked(Box::new(run.clone())));
    }

    /// Members were reminded, and some could not be. For the nudger.
    pub fn nudged(&self, sent: usize, not_sent: usize) {
        let mut counters = self.lock(&self.0.counters);
        counters.nudges.0 += sent as u64;
        counters.nudges.1 += not_sent as u64;
    }

    pub(super) fn run(&self, run: &Run) {
        {
            let mut counters = self.lock(&self.0.counters);
            if run.state.is_over() {
                *counters.ended.entry(run.state).or_default() += 1;
            }
            if run.state == State::Sending && run.attempts == 1 {
                let late = (run.updated_at - run.due).to_std().unwrap_or_default().as_secs_f64();
                let class =
                    LATENESS_BUCKETS.iter().position(|most| late <= f64::from(*most)).unwrap_or(LATENESS_BUCKETS.len());
                counters.lateness[class] += 1;
                counters.lateness_sum += late;
            }
        }
        self.publish(|| EngineEvent::Run(Box::new(run.clone())));
    }

    pub(super) fn runs_need_review(&self, runs: Vec<Run>) {
        self.publish(|| EngineEvent::RunsNeedReview(runs));
    }

    pub(super) fn book(&self, book: &Arc<ActiveBook>, now: DateTime<Utc>) {
        self.lock(&self.0.counters).loaded_at = Some(now);
        self.publish(|| EngineEvent::Book(Arc::clone(book)));
    }

    /// Records that the start of scheduling was moved back to `to`, because the clock was set back.
    pub(super) fn rewound(&self, to: DateTime<Utc>) {
        self.lock(&self.0.counters).rewound_to = Some(to);
    }

    pub(super) fn quota_reached(&self, waiting: usize, until: DateTime<Utc>) {
        self.publish(|| EngineEvent::QuotaReached { waiting, until });
    }

    pub(super) fn preflight_failed(&self, campaign: Option<&CampaignId>, why: &Text) {
        self.publish(|| EngineEvent::PreflightFailed { campaign: campaign.cloned(), why: why.clone() });
    }

    /// Publishes the state of the clock, once for each change.
    pub(super) fn clock(&self, status: ClockStatus) {
        if std::mem::replace(&mut self.lock(&self.0.counters).clock, status.clone()) != status {
            self.publish(|| EngineEvent::Clock(status));
        }
    }

    /// A write to the store failed. Published once, if failures last.
    pub(super) fn store_failed(&self, now: DateTime<Utc>, why: &Text) {
        let lasts = {
            let mut counters = self.lock(&self.0.counters);
            let first =
                counters.store_failed.filter(|(_, last)| now - *last < STORE_GRACE).map_or(now, |(first, _)| first);
            counters.store_failed = Some((first, now));
            now - first >= STORE_FAILS && counters.store == StoreStatus::Working
        };
        if lasts {
            self.store(StoreStatus::Failing(why.clone()));
        }
    }

    /// Publishes whether writes to the store succeed, once for each change.
    pub(super) fn store(&self, status: StoreStatus) {
        if std::mem::replace(&mut self.lock(&self.0.counters).store, status.clone()) != status {
            self.publish(|| EngineEvent::Store(status));
        }
    }

    pub(crate) fn publish_snapshot(&self, snapshot: StatusSnapshot) {
        let is_good_again = {
            let counters = self.lock(&self.0.counters);
            let is_over = |(_, last)| snapshot.at.is_some_and(|at| at - last >= STORE_GRACE);
            matches!(counters.store, StoreStatus::Failing(_)) && counters.store_failed.is_none_or(is_over)
        };
        if is_good_again {
            self.store(StoreStatus::Working);
        }
        *self.lock(&self.0.snapshot) = snapshot;
    }

    /// The event is built only if there is a subscriber.
    fn publish(&self, events: impl FnOnce() -> EngineEvent) {
        if self.0.events.receiver_count() > 0 {
            let _ = self.0.events.send(events());
        }
    }

    fn lock<'a, T>(&self, it: &'a Mutex<T>) -> MutexGuard<'a, T> {
        it.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
