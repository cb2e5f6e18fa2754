//! The steps that are running, and how their results change runs.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use chrono::{DateTime, Utc};
use tokio::task::{AbortHandle, JoinError, JoinSet};
use tracing::Instrument as _;

use super::decide::{DispatchState, Step};
use super::perform::StepResult;
use super::{Engine, EngineError, StepContext};
use crate::error_chain;
use crate::run::{Event, Reason, Run, RunId, State, Transition};

/// Runs that wait for uploads at the same time. Each costs one task; `Settings::uploads` limits the connections.
const MAX_UPLOADING_RUNS: usize = 256;

/// The end of a task, with its id.
pub(super) type Ended = Result<(tokio::task::Id, StepResult), JoinError>;

/// Running steps: at most one for each run.
#[derive(Debug)]
pub(super) struct RunningSteps {
    pub(super) tasks: JoinSet<StepResult>,
    steps: BTreeMap<tokio::task::Id, (Step, AbortHandle)>,
    pub(super) dispatch: DispatchState,
}

impl RunningSteps {
    pub(super) fn new(max_sends: usize, only: Option<RunId>) -> Self {
        let dispatch =
            DispatchState { only, free_sends: max_sends, free_uploads: MAX_UPLOADING_RUNS, ..DispatchState::default() };
        Self { tasks: JoinSet::new(), steps: BTreeMap::new(), dispatch }
    }

    fn begin(&mut self, context: StepContext, step: Step, run: Run) {
        match step {
            Step::Submit(_) => self.dispatch.free_sends -= 1,
            Step::Upload(_) => self.dispatch.free_uploads -= 1,
            _ => {}
        }
        self.dispatch.busy.insert(step.run().clone());
        let performed = step.clone();
        let task = self.tasks.spawn(async move { context.perform(&performed, run).await }.in_current_span());
        self.steps.insert(task.id(), (step, task));
    }

    /// Aborts the steps that only query WeCom or upload.
    pub(super) fn abort_repeatable(&self) {
        for (step, task) in self.steps.values() {
            match step {
                Step::Upload(_) | Step::PollJob(_) | Step::FindMoment(_) => task.abort(),
                Step::Submit(_) | Step::GiveUp(_) => {}
            }
        }
    }

    /// Ends the entry of a finished task; returns its run with the result of the step.
    fn end(&mut self, ended: Ended) -> Result<Option<(RunId, StepResult)>, EngineError> {
        let (task, done) = ended.map_err(|error| EngineError::Internal(error.to_string()))?;
        let Some((step, _)) = self.steps.remove(&task) else { return Ok(None) };
        match step {
            Step::Submit(_) => self.dispatch.free_sends += 1,
            Step::Upload(_) => self.dispatch.free_uploads += 1,
            _ => {}
        }
        let id = step.run().clone();
        self.dispatch.busy.remove(&id);
        // After any other result the run may need other media.
        match done {
            StepResult::Uploaded => self.dispatch.uploaded.insert(id.clone()),
            _ => self.dispatch.uploaded.remove(&id),
        };
        Ok(Some((id, done)))
    }
}

impl Engine {
    pub(super) fn begin(&mut self, step: Step) {
        let Some(run) = self.open.get(step.run()).cloned() else { return };
        self.work.begin(self.context.clone(), step, run);
    }

    /// Applies the result of a finished step to the open runs.
    pub(super) async fn finish(&mut self, ended: Ended) -> Result<(), EngineError> {
        let Some((id, done)) = self.work.end(ended)? else { return Ok(()) };
        match done {
            StepResult::Uploaded | StepResult::MediaExpired | StepResult::BookChanged | StepResult::Stopped => {}
            StepResult::Moved(run) => {
                // If the answer is lost again, the whole settle window starts again.
                if !matches!(run.state, State::InDoubt | State::Submitted) {
                    self.context.lookup_timers.lock().unwrap_or_else(PoisonError::into_inner).forget(&id);
                }
                if run.state.is_over() {
                    self.open.remove(&id);
                } else {
                    self.open.insert(id.clone(), run);
                }
            }
            StepResult::RateLimited(run, until) => {
                self.open.insert(id.clone(), run);
                if self.work.dispatch.rate_limited_until.is_none() {
                    self.record_waiting_for_quota(until).await;
                }
                self.work.dispatch.rate_limited_until = Some(until);
            }
            StepResult::VersionConflict => self.read_again(&id).await?,
            StepResult::NotSaved(run, error) => {
                self.open.insert(id.clone(), run);
                self.handle_store_error(&error)?;
            }
        }
        // If the step changed nothing, the book may have changed in the meantime.
        self.compare_run(&id).await
    }

    /// The quota is used up: records that once in every waiting run, in one commit.
    async fn record_waiting_for_quota(&mut self, until: DateTime<Utc>) {
        let now = self.context.clock.now();
        let quota = self.context.settings.quota;
        let waits = |run: &&Run| run.state == State::Claimed && run.reason.is_none();
        let waiting = self.open.values().filter(waits).filter(|run| !self.work.dispatch.busy.contains(&run.id()));
        let queue = |run: &Run| {
            let mut run = run.clone();
            let step = Transition::Queue { reason: Reason::WaitingForQuota { per_minute: quota.per_minute } };
            run.apply(step, now).ok().map(|event| (run, event))
        };
        let changes: Vec<(Run, Event)> = waiting.filter_map(queue).collect();
        tracing::info!(waiting = changes.len(), %until, "the limit of creations is reached; runs wait");
        self.context.status.quota_reached(changes.len(), until);
        match self.context.store.save_all(&changes).await {
            Ok(saved) => {
                for ((run, _), _) in changes.into_iter().zip(saved).filter(|(_, saved)| *saved) {
                    self.open.insert(run.id(), run);
                }
            }
            Err(error) => {
                tracing::warn!(error = %error_chain::error_chain(&error), "failed to record that runs wait for the limit")
            }
        }
    }

    async fn read_again(&mut self, id: &RunId) -> Result<(), EngineError> {
        match self.context.store.run(&self.corp(), id).await {
            Ok(found) => {
                // A run that was there is lost with a server: others may be too.
                if found.is_none() {
                    self.seen_changes = None;
                }
                match found.filter(|run| !run.state.is_over()) {
                    Some(run) => self.open.insert(id.clone(), run),
                    None => self.open.remove(id),
                };
                Ok(())
            }
            Err(error) => self.handle_store_error(&error),
        }
    }
}
