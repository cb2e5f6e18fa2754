//! Reminds members who have not posted a moment, at the ages of the settings. What it may do is decided in `ops`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::background::TaskReport;
use crate::campaign;
use crate::clock::{Clock, delta};
use crate::engine::EngineStatus;
use crate::ids::AgentId;
use crate::load::ActiveBook;
use crate::ops::{self, NudgeError};
use crate::settings::{LangChoice, NudgeText};
use crate::store::{DueNudges, Store, StoreError};
use crate::wecom::{Next, WeCom};

/// Interval between two checks for moments that have reached an age.
pub(crate) const IDLE_INTERVAL: Duration = Duration::from_secs(60);
/// Pause after a failure that concerns every moment.
const FAILURE_INTERVAL: Duration = Duration::from_secs(600);

/// When and how members of a corp are reminded.
#[derive(Clone, Debug)]
pub struct NudgeConfig {
    /// Ages of a moment at which they are reminded.
    pub ages: Vec<Duration>,
    pub agent: AgentId,
    /// `None`: the usual text.
    pub text: Option<NudgeText>,
    pub lang: LangChoice,
}

/// The task of one corp.
#[derive(Debug)]
pub struct Nudger {
    pub clock: Clock,
    pub store: Store,
    pub wecom: WeCom,
    pub status: EngineStatus,
    pub books: watch::Receiver<Arc<ActiveBook>>,
    pub config: NudgeConfig,
}

impl Nudger {
    /// Reminds members whenever it is time, until `stop`.
    pub async fn run(self, report: TaskReport, stop: CancellationToken) {
        loop {
            let is_ok = tokio::select! {
                is_ok = self.round() => is_ok,
                () = stop.cancelled() => return,
            };
            report.pass(is_ok);
            tokio::select! {
                () = self.clock.sleep(if is_ok { IDLE_INTERVAL } else { FAILURE_INTERVAL }) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Reminds the members of every moment that is due. `false`: something failed, and is tried again later.
    pub async fn round(&self) -> bool {
        match self.step().await {
            Ok(is_ok) => is_ok,
            Err(error) => {
                tracing::warn!(%error, "failed to read or save reminders; retrying");
                false
            }
        }
    }

    async fn step(&self) -> Result<bool, StoreError> {
        let due = self.store.nudges_due(self.wecom.corp(), &self.config.ages, self.clock.now()).await?;
        for DueNudges { run, age } in due {
            let (now, book) = (self.clock.now(), Arc::clone(&self.books.borrow()));
            if ops::quiet_at(&book.posting_blocks, &run, now).is_some() {
                continue;
            }
            let due_since = run.updated_at + delta(age);
            let plan = match ops::plan_nudge(&self.store, &self.wecom, run.clone(), Some(due_since), now).await {
                Ok(plan) => plan,
                Err(NudgeError::Store(error)) => return Err(error),
                Err(NudgeError::Wecom(error)) if error.next() == Next::GiveUp => {
                    // A deleted moment, for example: it would be the same in the next round.
                    tracing::warn!(run = %run.id(), %error, "no member is reminded");
                    self.store.save_nudged_age(&run, age).await?;
                    continue;
                }
                Err(NudgeError::Wecom(error)) => {
                    tracing::warn!(run = %run.id(), %error, "failed to ask who has not posted; retrying");
                    return Ok(false);
                }
                // Cancelled or on hold: said without a call.
                Err(error) => {
                    tracing::debug!(run = %run.id(), %error, "no member is reminded");
                    continue;
                }
            };
            let title = campaign::title_of(&book.campaigns, &run.campaign);
            let lang = self.config.lang.lang(book.language);
            let message = ops::nudge_message(self.config.agent, self.config.text.as_ref(), &run, &title, lang);
            match ops::nudge(&self.store, &self.wecom, &plan, &message, None, now).await {
                Ok(nudged) => {
                    if !plan.members.is_empty() {
                        let (of, sent) = (plan.members.len(), nudged.sent);
                        tracing::info!(run = %run.id(), campaign = %run.campaign, sent, of, "members were reminded");
                    }
                    self.status.nudged(nudged.sent, plan.members.len() - nudged.sent);
                    self.store.save_nudged_age(&run, age).await?;
                }
                Err(NudgeError::Store(error)) => return Err(error),
                Err(error) => {
                    tracing::warn!(run = %run.id(), %error, "failed to remind members; retrying");
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}
