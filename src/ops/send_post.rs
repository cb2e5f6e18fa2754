//! Sends a post by hand: through the service that has the store, or in this process.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::manual_transition::{TransitionResult, withdraw};
use super::post::{PostError, PostRequest, record_post};
use crate::background::TaskReport;
use crate::book::Corp;
use crate::book_watcher::{BookLocation, BookWatcher};
use crate::campaign::Campaign;
use crate::engine::{Engine, EngineContext, StopCondition};
use crate::load::ActiveBook;
use crate::run::{Reason, Run, State};
use crate::store::ServiceLock;

/// How often a run is read while another process sends it.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Interval of checks whether the service has loaded the same version of the campaign.
const MAX_LOAD_CHECKS: u32 = 25;

/// A manual post: the campaign and the context for sending it.
pub struct ManualPost {
    pub context: EngineContext,
    /// The corp of the book.
    pub corp: Corp,
    /// Where the book is read again until the post is sent.
    pub location: BookLocation,
    /// The book as the person saw it.
    pub book: Arc<ActiveBook>,
    pub campaign: Arc<Campaign>,
    /// The number of the content; [`super::content_to_post`] gives one.
    pub content: u32,
    /// Who posts it, for the history, if that is known.
    pub by: Option<String>,
    /// Post although the campaign has unfinished runs.
    pub again: bool,
}

/// The progress of a manual post.
#[derive(Debug)]
pub enum PostProgress {
    /// Another process has the store: if it is a service, that sends the post.
    LeftToService,
    /// The run is on disk.
    Recorded(Box<Run>),
    /// The command was stopped, but the request was already sent: the command waits for its answer.
    AnswerAwaited,
}

impl ManualPost {
    /// Records the run and sends it, or waits for the service that does. `stop` withdraws it if its request has not
    /// left. Returns the run at the end; it may still be open.
    ///
    /// # Errors
    /// Nothing was posted, or the run could not be followed to its end.
    pub async fn post(
        self,
        stop: &CancellationToken,
        progress: impl Fn(PostProgress) + Send + Sync,
    ) -> Result<Run, PostError> {
        let (store, clock) = (self.context.store.clone(), self.context.clock.clone());
        let lock = self.lock().await?;
        if lock.is_none() {
            progress(PostProgress::LeftToService);
            self.let_service_load(stop).await?;
        }
        if stop.is_cancelled() {
            return Err(PostError::Stopped);
        }
        let commit = self.book.commit_of(&self.campaign.id);
        let request = PostRequest {
            corp: self.context.wecom.corp(),
            campaign: &self.campaign,
            content: self.content,
            commit: commit.as_deref(),
            by: self.by.as_deref(),
            again: self.again,
        };
        let run = record_post(&store, &clock, &request).await?;
        progress(PostProgress::Recorded(Box::new(run.clone())));
        let sent = self.send_or_wait(&run, lock, stop, progress).await;
        // An unsent run is withdrawn, because no process is left to send it.
        let end = withdraw(&store, run.clone(), Reason::PostStopped, clock.now()).await;
        let end = end.map_err(|source| PostError::NotWithdrawn { run: Box::new(run), source });
        sent?;
        Ok(match end? {
            TransitionResult::Done(run) | TransitionResult::TooLate(run) => run,
        })
    }

    /// The lock of the store; `None` if another process holds it.
    async fn lock(&self) -> Result<Option<ServiceLock>, PostError> {
        match self.context.store.acquire_service_lock(self.context.clock.now()).await {
            Ok(lock) => Ok(Some(lock)),
            Err(error) if error.is_in_use() => Ok(None),
            Err(error) => Err(PostError::Store(error)),
        }
    }

    /// Gives a service that watches the same directory time to load a campaign that was just saved.
    async fn let_service_load(&self, stop: &CancellationToken) -> Result<(), PostError> {
        let fingerprint = self.campaign.fingerprint();
        for _ in 0..MAX_LOAD_CHECKS {
            let known = self.context.store.campaigns(self.context.wecom.corp()).await.map_err(PostError::Store)?;
            let loaded = known.iter().find(|known| known.campaign == self.campaign.id);
            if stop.is_cancelled() || known.is_empty() || loaded.is_some_and(|it| it.fingerprint == fingerprint) {
                break;
            }
            self.context.clock.sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }

    /// Sends the run, or waits for the process that does, and takes over if that process ends.
    async fn send_or_wait(
        self,
        run: &Run,
        mut lock: Option<ServiceLock>,
        stop: &CancellationToken,
        progress: impl Fn(PostProgress) + Send + Sync,
    ) -> Result<(), PostError> {
        while !stop.is_cancelled() {
            if let Some(lock) = &lock {
                log_lost_commits(lock);
                return self.send(run, stop, progress).await;
            }
            let found = self.context.store.run(&run.corp, &run.id()).await.map_err(PostError::Store)?;
            if found.is_none_or(|run| run.state.is_over() || (run.state == State::InDoubt && run.needs_review)) {
                return Ok(());
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.context.clock.sleep(POLL_INTERVAL) => lock = self.lock().await?,
            }
        }
        Ok(())
    }

    /// Sends the run, from the book as it is now.
    async fn send(
        self,
        run: &Run,
        stop: &CancellationToken,
        progress: impl Fn(PostProgress) + Send + Sync,
    ) -> Result<(), PostError> {
        let (store, clock) = (self.context.store.clone(), self.context.clock.clone());
        let status = self.context.status.clone();
        let opened = BookWatcher::open(self.location, self.corp, clock.clone(), status).await;
        let (watcher, book) = opened.map_err(PostError::Book)?;
        let (books, watching) = watch::channel(book);
        let (_sender, reload) = mpsc::channel(1);
        let ended = CancellationToken::new();
        let engine_stop = CancellationToken::new();
        let shown = self.book;
        let engine = Engine::start(self.context, shown, StopCondition::RunFinished(run.id()))
            .await
            .map_err(PostError::Engine)?;
        let engine = engine.run(watching, engine_stop.clone());
        tokio::spawn(watcher.run(books, reload, TaskReport::unlisted(), ended.clone()));
        let _ended = ended.drop_guard();
        tokio::pin!(engine);
        tokio::select! {
            done = &mut engine => return done.map_err(PostError::Engine),
            () = stop.cancelled() => {}
        }
        // Withdraws immediately, even during a call to WeCom.
        let withdrawn = withdraw(&store, run.clone(), Reason::PostStopped, clock.now()).await;
        match withdrawn.map_err(PostError::Store)? {
            TransitionResult::TooLate(run) if run.state == State::Sending => progress(PostProgress::AnswerAwaited),
            _ => return Ok(()),
        }
        engine_stop.cancel();
        engine.await.map_err(PostError::Engine)
    }
}

/// Logs that the store has lost commits, and which runs may have been sent.
pub fn log_lost_commits(lock: &ServiceLock) {
    let Some(lost) = lock.lost_commits() else { return };
    for run in &lost.doubtful {
        tracing::error!(%run, "the store has lost the outcome of this run; it may have been sent and is in doubt");
    }
    tracing::error!(why = %lost, "the store has lost commits: everything is on hold");
}
