//! What the engine works with, and the conditions and errors that end it.

use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::EngineStatus;
use super::group_commit::GroupCommit;
use super::list_reads::ListReads;
use super::overdue::Overdue;
use super::settle::LookupTimers;
use crate::clock::Clock;
use crate::limits;
use crate::load::ActiveBook;
use crate::post::Names;
use crate::run::{Run, RunId};
use crate::source::Source;
use crate::store::{Hold, Quota, Store, StoreError};
use crate::text::{Text, UserError};
use crate::wecom::WeCom;

/// Settings of the engine.
#[derive(Clone, Debug)]
pub struct Settings {
    pub quota: Quota,
    /// How long a lost post is searched for before it counts as absent.
    pub settle_window: Duration,
    /// Delay of the first lookup after an answer was lost.
    pub first_lookup: Duration,
    /// Send a lost post once more when it counts as absent.
    pub retry_absent: bool,
    /// How long before an occurrence its media are uploaded and a token is requested.
    pub preflight: Duration,
    /// Uploads older than this are repeated.
    pub media_age: Duration,
    /// Largest number of runs sent at the same time.
    pub max_concurrent_sends: usize,
    /// Largest number of files uploaded at the same time.
    pub uploads: usize,
    /// Longest sleep: suspension, a clock step or another process's change is noticed within this time.
    pub longest_sleep: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            quota: Quota { per_minute: limits::CREATES_PER_MINUTE, per_month: limits::CREATES_PER_MONTH },
            settle_window: Duration::from_secs(15 * 60),
            first_lookup: Duration::from_secs(5),
            retry_absent: false,
            preflight: Duration::from_secs(10 * 60),
            // Twelve hours less than WeCom's three days: an id must live until its post is created.
            media_age: limits::MEDIA_LIFE - Duration::from_secs(12 * 3600),
            max_concurrent_sends: 8,
            uploads: 8,
            longest_sleep: Duration::from_secs(5),
        }
    }
}

/// The dependencies of the engine.
#[derive(Clone, Debug)]
pub struct EngineContext {
    pub clock: Clock,
    pub store: Store,
    pub wecom: WeCom,
    pub source: Arc<Source>,
    pub settings: Settings,
    /// Where the engine publishes its status and events.
    pub status: EngineStatus,
}

/// The engine context, and what the steps of one engine share.
#[derive(Clone, Debug)]
pub(super) struct StepContext {
    pub(super) engine: EngineContext,
    pub(super) lookup_timers: Arc<Mutex<LookupTimers>>,
    pub(super) overdue: Arc<Overdue>,
    pub(super) group_commit: Arc<GroupCommit>,
    pub(super) list_reads: Arc<ListReads>,
    /// Cancelled when the engine stops: steps that the next start can repeat do not begin.
    pub(super) stopping: CancellationToken,
    /// The book that every claimed run was compared with before its step began.
    pub(super) book: Option<Arc<ActiveBook>>,
    /// All holds, as the engine last read them.
    pub(super) holds: Arc<[Hold]>,
    /// One permit for each concurrent upload.
    pub(super) uploads: Arc<Semaphore>,
    /// Names of departments and tags, for reports about rejected recipients.
    pub(super) names: Arc<Names>,
}

impl Deref for StepContext {
    type Target = EngineContext;

    fn deref(&self) -> &EngineContext {
        &self.engine
    }
}

/// When the engine ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopCondition {
    /// The engine runs until it is stopped (the service).
    OnRequest,
    /// Takes no occurrence due after this instant, and ends when it can do nothing more for any open run.
    Idle(DateTime<Utc>),
    /// Takes no other run, and ends when this run is over or needs review.
    RunFinished(RunId),
}

impl StopCondition {
    /// The only run that is sent, if there is one.
    pub(super) fn only(&self) -> Option<&RunId> {
        match self {
            Self::RunFinished(id) => Some(id),
            Self::OnRequest | Self::Idle(_) => None,
        }
    }
}

/// An error of the store with its causes, for people.
pub(super) fn store_words(error: &StoreError) -> Text {
    error.with_causes()
}

/// What stops the engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    Store(#[from] StoreError),
    /// Another service may use the store: its files are no longer at their paths, or the lease was lost.
    Displaced(#[source] StoreError),
    Internal(String),
}

impl UserError for EngineError {
    fn text(&self) -> Text {
        match self {
            Self::Store(_) => text!(
                en: "the store failed; nothing is posted without it",
                zh: "记录库出错，没有记录库就不能发表"
            ),
            Self::Displaced(error) if error.is_lease_lost() => text!(
                en: "another service works for this corp now",
                zh: "现在由另一个服务为这个企业工作"
            ),
            Self::Displaced(_) => text!(
                en: "the files of the store are no longer at their paths",
                zh: "记录库文件已不在原处"
            ),
            Self::Internal(why) => text!(en: "a part of the engine failed: {why}", zh: "引擎内部出错：{why}"),
        }
    }

    fn user_cause(&self) -> Option<&dyn UserError> {
        match self {
            Self::Store(error) | Self::Displaced(error) => Some(error),
            Self::Internal(_) => None,
        }
    }
}

display_in_english!(EngineError);

impl StepContext {
    /// Logs a change of a run.
    pub(super) fn publish_run(&self, run: &Run) {
        self.status.run(run);
        let field = tracing::field::display::<&str>;
        tracing::info!(
            campaign = %run.campaign,
            due = %run.due.format("%Y-%m-%dT%H:%M:%SZ"),
            run = %run.id(),
            state = %run.state,
            jobid = run.jobid.as_deref().map(field),
            moment_id = run.moment_id.as_deref().map(field),
            errcode = run.errcode,
            reason = run.reason_text().as_ref().map(|why| field(why.get(crate::text::Lang::En))),
            "run"
        );
    }
}
