//! Background tasks: one list with the name, the period and the last status of each.
//!
//! A task runs until it is told to stop. A task that ends before that has failed, and stops the service with its cause.

use std::collections::HashMap;
use std::fmt;
use std::future::{Future, pending};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::clock::Clock;
use crate::duration;
use crate::invocation;
use crate::text::{StaticText, Text, UserError};

/// How long all tasks together may take to end after they are told to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// What a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// The stable name: a label of the metrics.
    pub name: &'static str,
    /// What it does, in a few words.
    pub purpose: StaticText,
    /// The usual time between two executions.
    pub period: Option<Duration>,
}

/// A task with its status.
#[derive(Clone, Debug)]
pub struct TaskStatus {
    pub task: Task,
    pub is_running: bool,
    /// Passes since the start of the service, failed ones included.
    pub passes: u64,
    pub failures: u64,
    pub last_success: Option<DateTime<Utc>>,
    last_pass_failed: bool,
}

impl TaskStatus {
    /// Whether the newest pass failed.
    pub fn is_failing(&self) -> bool {
        self.last_pass_failed
    }
}

/// The statuses of all tasks, in the order of their start. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct TaskList(Arc<Mutex<Vec<TaskStatus>>>);

/// One line for each task.
impl fmt::Display for TaskList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |at: Option<DateTime<Utc>>| {
            at.map_or_else(|| "-".to_owned(), |at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
        };
        for status in self.statuses() {
            let Task { name, purpose, period } = status.task;
            let period = period.map_or_else(|| "on events".to_owned(), |it| format!("every {}", duration::show(it)));
            let state = match (status.is_running, status.is_failing()) {
                (false, _) => "ended",
                (true, true) => "failing",
                (true, false) => "running",
            };
            let (success, failures) = (time(status.last_success), status.failures);
            writeln!(f, "{name}: {state}, {period}, last success {success}, {failures} failures; {}", purpose.en)?;
        }
        Ok(())
    }
}

impl TaskList {
    /// The status of each task, in the order of their start.
    pub fn statuses(&self) -> Vec<TaskStatus> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<TaskStatus>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a task reports its passes.
#[derive(Clone, Debug)]
pub struct TaskReport {
    list: TaskList,
    index: usize,
    clock: Clock,
}

impl TaskReport {
    /// For a task that is not in a list.
    pub fn unlisted() -> Self {
        Self { list: TaskList::default(), index: 0, clock: Clock::System }
    }

    /// A pass ended, well or not.
    pub fn pass(&self, is_ok: bool) {
        let now = self.clock.now();
        if let Some(status) = self.list.lock().get_mut(self.index) {
            status.passes += 1;
            status.last_pass_failed = !is_ok;
            if is_ok {
                status.last_success = Some(now);
            } else {
                status.failures += 1;
            }
        }
    }
}

/// Why a task ended before it was told to stop.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    Ended(&'static str),
    Failed {
        name: &'static str,
        #[source]
        source: JoinError,
    },
}

impl UserError for TaskError {
    fn text(&self) -> Text {
        match self {
            Self::Ended(name) => {
                text!(en: "background task `{name}` ended unexpectedly", zh: "后台任务 `{name}` 意外结束")
            }
            Self::Failed { name, .. } => text!(en: "background task `{name}` failed", zh: "后台任务 `{name}` 出错"),
        }
    }
}

display_in_english!(TaskError);

/// The tasks of a service: started, watched and stopped here.
#[derive(Debug)]
pub struct BackgroundTasks {
    clock: Clock,
    stop: CancellationToken,
    list: TaskList,
    running: JoinSet<()>,
    indices: HashMap<Id, usize>,
}

impl BackgroundTasks {
    /// `stop` ends every task; it is cancelled when one of them fails.
    pub fn new(clock: Clock, stop: CancellationToken) -> Self {
        Self { clock, stop, list: TaskList::default(), running: JoinSet::new(), indices: HashMap::new() }
    }

    pub fn list(&self) -> TaskList {
        self.list.clone()
    }

    /// Starts a task. `run` makes its future at once, from the place to report to and the token that ends it.
    pub fn start<F>(&mut self, task: Task, run: impl FnOnce(TaskReport, CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let status =
            TaskStatus { task, is_running: true, passes: 0, failures: 0, last_success: None, last_pass_failed: false };
        let index = {
            let mut list = self.list.lock();
            list.push(status);
            list.len() - 1
        };
        let report = TaskReport { list: self.list.clone(), index, clock: self.clock.clone() };
        let running = invocation::inherit(run(report, self.stop.clone())).in_current_span();
        let handle = self.running.spawn(running);
        self.indices.insert(handle.id(), index);
    }

    /// Runs `main` to its end and then stops all tasks. If a task fails first, `main` is told to stop as well.
    ///
    /// # Errors
    ///
    /// The task that ended before it was told to stop, beside the result of `main`.
    pub async fn run_with<T>(mut self, main: impl Future<Output = T>) -> (T, Result<(), TaskError>) {
        let mut main = pin!(main);
        let (result, failed) = tokio::select! {
            biased;
            result = &mut main => (result, Ok(())),
            error = self.failed() => {
                tracing::error!(error = %crate::error_chain::error_chain(&error), "stopping the service");
                self.stop.cancel();
                (main.await, Err(error))
            }
        };
        self.wait_for_all().await;
        (result, failed)
    }

    /// Waits for a task that ends although it was not told to.
    async fn failed(&mut self) -> TaskError {
        while let Some(ended) = self.running.join_next_with_id().await {
            let error = self.ended(ended);
            if !self.stop.is_cancelled() {
                return error;
            }
        }
        pending().await
    }

    fn ended(&mut self, ended: Result<(Id, ()), JoinError>) -> TaskError {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, ())| *id);
        let index = self.indices.remove(&id).expect("every task is started here");
        let name = {
            let status = &mut self.list.lock()[index];
            status.is_running = false;
            status.task.name
        };
        match ended {
            Ok(_) => TaskError::Ended(name),
            Err(source) => TaskError::Failed { name, source },
        }
    }

    async fn wait_for_all(mut self) {
        self.stop.cancel();
        let all = async {
            while let Some(ended) = self.running.join_next_with_id().await {
                if let error @ TaskError::Failed { .. } = self.ended(ended) {
                    tracing::warn!(error = %crate::error_chain::error_chain(&error), "a task failed while it stopped");
                }
            }
        };
        if tokio::time::timeout(STOP_TIMEOUT, all).await.is_err() {
            let list = self.list.lock();
            let late: Vec<&str> = list.iter().filter(|it| it.is_running).map(|it| it.task.name).collect();
            tracing::debug!(tasks = late.join(", "), "background tasks did not end in time");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: Task = Task { name: "sample", purpose: StaticText { en: "is a sample", zh: "示例" }, period: None };

    fn tasks() -> (BackgroundTasks, CancellationToken) {
        let stop = CancellationToken::new();
        (BackgroundTasks::new(Clock::System, stop.clone()), stop)
    }

    #[tokio::test]
    async fn tasks_end_after_main() {
        let (mut tasks, _stop) = tasks();
        tasks.start(TASK, |_, stop| async move { stop.cancelled().await });
        let list = tasks.list();
        let (result, failed) = tasks.run_with(async { 7 }).await;
        assert_eq!(result, 7);
        failed.expect("no task failed");
        assert!(!list.statuses()[0].is_running);
    }

    #[tokio::test]
    async fn a_task_that_returns_early_stops_main() {
        let (mut tasks, stop) = tasks();
        tasks.start(TASK, |_, _| async {});
        let ((), failed) = tasks.run_with(stop.cancelled()).await;
        assert_eq!(failed.expect_err("it ended").to_string(), "background task `sample` ended unexpectedly");
    }

    #[tokio::test]
    async fn a_task_that_panics_stops_main_with_its_cause() {
        let (mut tasks, stop) = tasks();
        tasks.start(TASK, |_, _| async { panic!("a sample of a fault") });
        let ((), failed) = tasks.run_with(stop.cancelled()).await;
        let said = crate::error_chain::error_chain(&failed.expect_err("it failed"));
        assert!(said.starts_with("background task `sample` failed: "), "{said}");
    }

    #[tokio::test]
    async fn passes_are_counted() {
        let (mut tasks, _stop) = tasks();
        tasks.start(TASK, |report, stop| async move {
            report.pass(true);
            report.pass(false);
            stop.cancelled().await;
        });
        let list = tasks.list();
        let both = async {
            while list.statuses()[0].passes < 2 {
                tokio::task::yield_now().await;
            }
        };
        tasks.run_with(both).await.1.expect("no task failed");
        let status = &list.statuses()[0];
        assert_eq!((status.passes, status.failures, status.is_failing()), (2, 1, true));
    }
}
