//! Decides which engine events become notifications, and writes them.
//!
//! [`AlertPolicy`] is pure: events in, notifications out. The task around it only forwards, so it cannot delay
//! a post.

mod summary;
mod messages;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Utc};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::background::TaskReport;
use crate::clock::Clock;
use crate::engine::{EngineContext, EngineEvent, EngineStatus};
use crate::error_chain;
use crate::ids::{CampaignId, CorpId};
use crate::limits::BEIJING;
use crate::load::ActiveBook;
use crate::notify::{DeliveryQueue, Notification};
use crate::run::{Run, RunId, State};
use crate::store::{Quota, Store, StoreError};

pub use summary::summary;

/// A run that could not be sent this often is told: a quarter of a minute, as the waits grow.
const ALERT_AFTER_RETRIES: u32 = 3;
/// How often what is left of the quota is looked at.
pub(crate) const QUOTA_CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// Knows what was told already.
#[derive(Debug, Default)]
pub struct AlertPolicy {
    people: BTreeMap<CampaignId, messages::CampaignContact>,
    /// Runs whose loss was told, so that their end is told too.
    doubtful: BTreeSet<RunId>,
    waiting_for_person: BTreeSet<RunId>,
    /// Runs of which was told that they cannot be sent yet.
    late: BTreeSet<RunId>,
    broken: BTreeMap<Arc<str>, Option<CampaignId>>,
    fetch_fails: bool,
    month_told: Option<(i32, u32)>,
}

impl AlertPolicy {
    /// The notifications for an event.
    pub fn on_event(&mut self, event: &EngineEvent, now: DateTime<Utc>) -> Vec<Notification> {
        match event {
            EngineEvent::Run(run) => self.run(run, now).into_iter().collect(),
            EngineEvent::RunsNeedReview(runs) => {
                self.doubtful.extend(runs.iter().map(|run| run.id()));
                self.waiting_for_person.extend(runs.iter().map(|run| run.id()));
                vec![messages::wait_for_person(runs, now)]
            }
            EngineEvent::NoMemberAsked { run, why } => {
                vec![messages::nobody_asked(run, why, self.people.get(&run.campaign), now)]
            }
            EngineEvent::Book(book) => self.book(book, now),
            EngineEvent::QuotaReached { waiting, until } if *until - now > TimeDelta::hours(1) => {
                vec![messages::month_used_up(*waiting, *until, now)]
            }
            EngineEvent::QuotaReached { .. } => Vec::new(),
            EngineEvent::PreflightFailed { campaign, why } => {
                let who = campaign.as_ref().and_then(|id| self.people.get(id));
                vec![messages::unready(campaign.as_ref(), why, who, now)]
            }
            EngineEvent::BookFailed(why) => {
                let first = !std::mem::replace(&mut self.fetch_fails, true);
                first.then(|| messages::fetch_failed(why, now)).into_iter().collect()
            }
            EngineEvent::Clock(status) => vec![messages::clock(status, now)],
            EngineEvent::Store(status) => vec![messages::store(status, now)],
            EngineEvent::BookRecovered => {
                let failed = std::mem::replace(&mut self.fetch_fails, false);
                failed.then(|| messages::fetched(now)).into_iter().collect()
            }
        }
    }

    /// What to tell of the creations that are left this month: once a month, when a tenth is left.
    pub fn quota(&mut self, left: usize, quota: Quota, now: DateTime<Utc>) -> Option<Notification> {
        let here = now.with_timezone(&BEIJING);
        let month = (here.year(), here.month());
        if left > quota.per_month / 10 || self.month_told == Some(month) {
            return None;
        }
        self.month_told = Some(month);
        Some(messages::quota_near(left, quota.per_month, now))
    }

    fn run(&mut self, run: &Run, now: DateTime<Utc>) -> Option<Notification> {
        let (id, who) = (run.id(), self.people.get(&run.campaign));
        match run.state {
            // Whatever its state: nothing but a person moves it on.
            _ if run.needs_review => {
                self.doubtful.insert(id.clone());
                self.waiting_for_person.insert(id).then(|| messages::needs_person(run, who, now))
            }
            State::Claimed if run.retries >= ALERT_AFTER_RETRIES => {
                self.late.insert(id).then(|| messages::late(run, who, now))
            }
            State::InDoubt => self.doubtful.insert(id).then(|| messages::in_doubt(run, who, now)),
            State::Created | State::Partial => {
                self.waiting_for_person.remove(&id);
                let doubted = self.doubtful.remove(&id) | self.late.remove(&id);
                if run.state == State::Partial {
                    return Some(messages::partial(run, who, now));
                }
                doubted.then(|| messages::settled(run, who, now))
            }
            state if state.is_over() => {
                self.doubtful.remove(&id);
                self.late.remove(&id);
                self.waiting_for_person.remove(&id);
                Some(messages::not_posted(run, who, now))
            }
            _ => None,
        }
    }

    fn book(&mut self, book: &ActiveBook, now: DateTime<Utc>) -> Vec<Notification> {
        let mut notes = Vec::new();
        for campaign in &book.campaigns {
            let who = messages::CampaignContact { title: campaign.title.clone(), owner: campaign.owner.clone() };
            self.people.insert(campaign.id.clone(), who);
        }
        let before = std::mem::take(&mut self.broken);
        for broken in &book.broken {
            let who = broken.id.as_ref().and_then(|id| self.people.get(id));
            if !before.contains_key(&broken.file) {
                notes.push(messages::held_file(broken, who, now));
            }
            self.broken.insert(Arc::clone(&broken.file), broken.id.clone());
        }
        for (file, id) in before.iter().filter(|(file, _)| !self.broken.contains_key(*file)) {
            let who = id.as_ref().and_then(|id| self.people.get(id));
            notes.push(messages::fixed(file, id.as_ref(), who, now));
        }
        notes
    }
}

/// What the notifier task works with.
#[derive(Clone, Debug)]
pub struct NotifierContext {
    pub clock: Clock,
    pub status: EngineStatus,
    pub store: Store,
    pub corp: CorpId,
    pub quota: Quota,
    pub queue: DeliveryQueue,
    /// When the daily summary is sent, in Beijing time.
    pub daily: Option<NaiveTime>,
}

impl NotifierContext {
    pub fn of(context: &EngineContext, queue: DeliveryQueue, daily: Option<NaiveTime>) -> Self {
        Self {
            clock: context.clock.clone(),
            status: context.status.clone(),
            store: context.store.clone(),
            corp: context.wecom.corp().clone(),
            quota: context.settings.quota,
            queue,
            daily,
        }
    }

    /// The summary of the day before `at`. What is due at that very instant belongs to the next day.
    async fn summary(&self, at: DateTime<Utc>) -> Result<Notification, StoreError> {
        let counted = self.store.count_runs(&self.corp, at - TimeDelta::days(1), at).await?;
        Ok(summary(&counted, at))
    }
}

/// Sends notifications of events, of the quota and of the day, until `stop`.
pub async fn run(
    mut events: Receiver<EngineEvent>,
    context: NotifierContext,
    report: TaskReport,
    stop: CancellationToken,
) {
    let mut policy = AlertPolicy::default();
    let mut last_summary = context.clock.now();
    loop {
        tokio::select! {
            biased;
            event = events.recv() => match event {
                Ok(event) => policy.on_event(&event, context.clock.now()).into_iter().for_each(|it| context.queue.enqueue(it)),
                Err(RecvError::Lagged(lost)) => {
                    tracing::warn!(lost, "too many events at once; some were not notified; `drumbeat history` has all runs");
                }
                Err(RecvError::Closed) => return,
            },
            () = stop.cancelled() => return,
            () = context.clock.sleep(QUOTA_CHECK_INTERVAL) => {}
        }
        let now = context.clock.now();
        if let Some(left) = context.status.snapshot().left
            && let Some(notification) = policy.quota(left.this_month, context.quota, now)
        {
            context.queue.enqueue(notification);
        }
        let mut is_ok = true;
        if let Some(at) = context.daily.and_then(|time| last_occurrence(time, now)).filter(|at| *at > last_summary) {
            last_summary = now;
            match context.summary(at).await {
                Ok(notification) => context.queue.enqueue(notification),
                Err(error) => {
                    is_ok = false;
                    tracing::warn!(error = %error_chain::error_chain(&error), "failed to make the daily summary");
                }
            }
        }
        report.pass(is_ok);
    }
}

/// The last instant up to `now` at which it was `time` in Beijing.
fn last_occurrence(time: NaiveTime, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let today = now.with_timezone(&BEIJING).date_naive();
    [today, today.pred_opt()?]
        .into_iter()
        .filter_map(|day| day.and_time(time).and_local_timezone(BEIJING).earliest())
        .map(|at| at.to_utc())
        .find(|at| *at <= now)
}
