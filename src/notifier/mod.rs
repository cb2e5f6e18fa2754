//! Decides which engine events become notifications, and writes them.
//!
//! [`AlertPolicy`] is pure: events in, notifications out. The task around it only forwards, so it cannot delay
//! a post.

mod daily_plan;
mod messages;
mod summary;

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
use crate::invocation::command;
use crate::limits::BEIJING;
use crate::load::ActiveBook;
use crate::notify::{DeliveryQueue, Notification};
use crate::run::{Run, RunId, State};
use crate::settings::LangChoice;
use crate::store::{Quota, Store, StoreError};
use crate::text::Lang;

pub use daily_plan::daily_plan;
pub use summary::summary;

/// Failed tries of a due run before people are notified: about 15 seconds.
const ALERT_AFTER_RETRIES: u32 = 3;
/// Interval between two checks of the remaining quota.
pub(crate) const QUOTA_CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// Decides which notifications are sent, and stores which were already sent.
#[derive(Debug, Default)]
pub struct AlertPolicy {
    lang: LangChoice,
    /// The language in the policy of the active book.
    book_lang: Option<Lang>,
    contacts: BTreeMap<CampaignId, messages::CampaignContact>,
    /// Runs in doubt that were notified, so that their outcome is notified too.
    in_doubt: BTreeSet<RunId>,
    needs_review: BTreeSet<RunId>,
    /// Late runs that were notified.
    late: BTreeSet<RunId>,
    invalid_files: BTreeMap<Arc<str>, Option<CampaignId>>,
    book_fails: bool,
    /// The year and month of the last notification about the quota.
    quota_month: Option<(i32, u32)>,
}

impl AlertPolicy {
    /// `lang` decides the language; if it leaves that to the book, `book_lang` is used until another book is loaded.
    pub fn new(lang: LangChoice, book_lang: Option<Lang>) -> Self {
        Self { lang, book_lang, ..Self::default() }
    }

    /// The notifications of an event.
    pub fn on_event(&mut self, event: &EngineEvent, now: DateTime<Utc>) -> Vec<Notification> {
        let mut notifications = match event {
            EngineEvent::Run(run) => self.run(run, now).into_iter().collect(),
            EngineEvent::RunsNeedReview(runs) => {
                self.in_doubt.extend(runs.iter().map(|run| run.id()));
                self.needs_review.extend(runs.iter().map(|run| run.id()));
                vec![messages::runs_need_review(runs, now)]
            }
            EngineEvent::NoMemberAsked(run) => {
                vec![messages::no_member_asked(run, self.contacts.get(&run.campaign), now)]
            }
            EngineEvent::Book(book) => self.book(book, now),
            EngineEvent::QuotaReached { waiting, until } if *until - now > TimeDelta::hours(1) => {
                vec![messages::quota_used_up(*waiting, *until, now)]
            }
            EngineEvent::QuotaReached { .. } => Vec::new(),
            EngineEvent::PreflightFailed { campaign, why } => {
                let contact = campaign.as_ref().and_then(|id| self.contacts.get(id));
                vec![messages::preflight_failed(campaign.as_ref(), why, contact, now)]
            }
            EngineEvent::BookFailed(why) => {
                let is_first = !std::mem::replace(&mut self.book_fails, true);
                is_first.then(|| messages::book_failed(why, now)).into_iter().collect()
            }
            EngineEvent::BookRecovered => {
                let failed = std::mem::replace(&mut self.book_fails, false);
                failed.then(|| messages::book_recovered(now)).into_iter().collect()
            }
            EngineEvent::Clock(status) => vec![messages::clock(status, now)],
            EngineEvent::Store(status) => vec![messages::store(status, now)],
        };
        notifications.iter_mut().for_each(|it| it.lang = self.lang());
        notifications
    }

    /// The notification that a tenth of this month's quota remains, once a month.
    pub fn quota(&mut self, left: usize, quota: Quota, now: DateTime<Utc>) -> Option<Notification> {
        let today = now.with_timezone(&BEIJING);
        let month = (today.year(), today.month());
        if left > quota.per_month / 10 || self.quota_month == Some(month) {
            return None;
        }
        self.quota_month = Some(month);
        Some(Notification { lang: self.lang(), ..messages::quota_near(left, quota.per_month, now) })
    }

    fn lang(&self) -> Lang {
        self.lang.lang(self.book_lang)
    }

    fn run(&mut self, run: &Run, now: DateTime<Utc>) -> Option<Notification> {
        let id = run.id();
        let contact = self.contacts.get(&run.campaign).cloned();
        let contact = contact.as_ref();
        match run.state {
            // Independent of the state: a run that needs review needs a person.
            _ if run.needs_review => {
                self.in_doubt.insert(id.clone());
                self.needs_review.insert(id).then(|| messages::needs_review(run, contact, now))
            }
            State::Claimed if run.retries >= ALERT_AFTER_RETRIES => {
                self.late.insert(id).then(|| messages::late(run, contact, now))
            }
            State::InDoubt => self.in_doubt.insert(id).then(|| messages::in_doubt(run, contact, now)),
            State::Created | State::Partial => {
                let was_alarmed = self.forget(&id);
                if run.state == State::Partial {
                    return Some(messages::partial(run, contact, now));
                }
                was_alarmed.then(|| messages::recovered(run, contact, now))
            }
            state if state.is_over() => {
                let notification = messages::not_posted(run, contact, now);
                self.forget(&id);
                Some(notification)
            }
            _ => None,
        }
    }

    /// Forgets a run that is over. Returns whether it was notified as in doubt or late.
    fn forget(&mut self, id: &RunId) -> bool {
        self.needs_review.remove(id);
        self.in_doubt.remove(id) | self.late.remove(id)
    }

    fn book(&mut self, book: &ActiveBook, now: DateTime<Utc>) -> Vec<Notification> {
        self.book_lang = book.language;
        for campaign in &book.campaigns {
            let contact = messages::CampaignContact { title: campaign.title.clone(), owner: campaign.owner.clone() };
            self.contacts.insert(campaign.id.clone(), contact);
        }
        let mut notifications = Vec::new();
        let before = std::mem::take(&mut self.invalid_files);
        for invalid in &book.invalid_files {
            let contact = invalid.id.as_ref().and_then(|id| self.contacts.get(id));
            if !before.contains_key(&invalid.file) {
                notifications.push(messages::invalid_file(invalid, contact, now));
            }
            self.invalid_files.insert(Arc::clone(&invalid.file), invalid.id.clone());
        }
        for (file, id) in before.iter().filter(|(file, _)| !self.invalid_files.contains_key(*file)) {
            let contact = id.as_ref().and_then(|id| self.contacts.get(id));
            notifications.push(messages::fixed_file(file, id.as_ref(), contact, now));
        }
        notifications
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
    /// When the posts of the next day are sent, in Beijing time.
    pub daily_plan: Option<NaiveTime>,
    pub lang: LangChoice,
    /// The language of the book at the start of the service.
    pub book_lang: Option<Lang>,
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
            daily_plan: None,
            lang: LangChoice::default(),
            book_lang: None,
        }
    }

    /// The posts of the day after `at`.
    async fn daily_plan(&self, book: Arc<ActiveBook>, at: DateTime<Utc>) -> Result<Notification, StoreError> {
        let mut holds = self.store.holds_beside().await?;
        holds.retain(|hold| hold.lifted.is_none());
        // Planning a large book can take seconds, so it runs on a blocking thread.
        let made = tokio::task::spawn_blocking(move || daily_plan(&book, &holds, at));
        Ok(made.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())))
    }

    /// The summary of the 24 hours before `at`; an occurrence at that instant belongs to the next day.
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
    let mut policy = AlertPolicy::new(context.lang, context.book_lang);
    let (mut last_summary, mut last_plan) = (context.clock.now(), context.clock.now());
    let mut active: Option<Arc<ActiveBook>> = None;
    loop {
        tokio::select! {
            biased;
            event = events.recv() => match event {
                Ok(event) => {
                    policy.on_event(&event, context.clock.now()).into_iter().for_each(|it| context.queue.enqueue(it));
                    if let EngineEvent::Book(book) = event {
                        active = Some(book);
                    }
                }
                Err(RecvError::Lagged(lost)) => {
                    let history = command("history");
                    tracing::warn!(lost, "too many events at once; some were not handled; `{history}` has all runs");
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
                Ok(notification) => context.queue.enqueue(Notification { lang: policy.lang(), ..notification }),
                Err(error) => {
                    is_ok = false;
                    tracing::warn!(error = %error_chain::error_chain(&error), "failed to make the daily summary");
                }
            }
        }
        let plan_due = context.daily_plan.and_then(|time| last_occurrence(time, now)).filter(|at| *at > last_plan);
        if let (Some(at), Some(book)) = (plan_due, active.clone()) {
            last_plan = now;
            match context.daily_plan(book, at).await {
                Ok(notification) => context.queue.enqueue(Notification { lang: policy.lang(), ..notification }),
                Err(error) => {
                    is_ok = false;
                    tracing::warn!(error = %error_chain::error_chain(&error), "failed to make the plan of the next day");
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
