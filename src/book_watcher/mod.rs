//! Watches the book: a change in its directory, or a new commit at its remote, becomes one new load.
//!
//! A load runs off the runtime's threads, from a book that did not change while it was read. If the book cannot be read
//! or fetched, the last one stays active and the failure is published. The watcher never writes into a book.

mod changes;
mod directory;
mod events;
mod fingerprint;
mod remote;
mod changing_files;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::background::TaskReport;
use crate::book::Corp;
use crate::clock::Clock;
use crate::duration;
use crate::engine::EngineStatus;
use crate::load::ActiveBook;
use crate::source::SourceError;
use crate::text::{Lang, Text, UserError};

use directory::{Directory, DirectoryConfig};

pub use changes::BookChanges;
use remote::RemoteClone;
pub use remote::{ACTIVE_REF, Remote, RemoteError};

/// Where the book is.
#[derive(Clone, Debug)]
pub enum BookLocation {
    Directory {
        book: PathBuf,
        /// Interval between two polls, also without file events.
        poll: Duration,
        /// Whether to use file events.
        events: bool,
        /// How long a file must be unchanged before its posts are sent.
        edit_delay: Duration,
    },
    Git(Remote),
}

/// Why a book could not be loaded.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text().get(Lang::En))]
pub enum BookError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// Another directory, without any campaign, is at the path of the book.
    Replaced(PathBuf),
    TooSlow(Duration),
    Internal(String),
}

impl UserError for BookError {
    fn text(&self) -> Text {
        match self {
            Self::Source(error) => error.text(),
            Self::Remote(error) => error.text(),
            Self::Replaced(path) => {
                let path = path.display();
                text!(
                    en: "another directory without campaigns is at `{path}`; the active book is kept: mount or restore the book",
                    zh: "`{path}` 换成了另一个没有活动的目录；仍用原来的活动目录，请重新挂载或恢复它"
                )
            }
            Self::TooSlow(limit) => text!(
                en: "the book could not be read within {limit}: its disk does not answer, or {MAX_STUCK_READS} reads hang already",
                zh: "{limit}内没能读完活动目录：磁盘没有响应，或者已有 {MAX_STUCK_READS} 次读取卡住",
                limit = duration::text(*limit)
            ),
            Self::Internal(why) => text!(en: "failed to read the book: {why}", zh: "读取活动目录失败：{why}"),
        }
    }

    fn user_cause(&self) -> Option<&dyn UserError> {
        match self {
            Self::Source(error) => error.user_cause(),
            Self::Remote(error) => error.user_cause(),
            Self::Replaced(_) | Self::TooSlow(_) | Self::Internal(_) => None,
        }
    }
}

/// The watcher of one book. It publishes in the engine's status whether the newest book could be loaded.
pub struct BookWatcher {
    backend: Backend,
    clock: Clock,
    alarm_after: Duration,
    status: EngineStatus,
    failure: Option<Failure>,
}

/// Why the newest book cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Failure {
    since: DateTime<Utc>,
    /// The error with its causes, without credentials.
    why: Text,
    /// The failure has lasted so long that a person is needed.
    is_alarm: bool,
}

enum Backend {
    Directory(Box<Directory>),
    Git(Box<RemoteClone>),
}

impl BookLocation {
    /// The time between two polls.
    pub fn poll_interval(&self) -> Duration {
        match self {
            Self::Directory { poll, .. } => *poll,
            Self::Git(remote) => remote.every,
        }
    }
}

impl BookWatcher {
    /// Reads the book for the first time, for the corp that posts it. If the remote does not answer, the commit that
    /// was active last is used.
    ///
    /// # Errors
    /// The book cannot be read, and no earlier commit of its remote is known.
    pub async fn open(
        location: BookLocation,
        corp: Corp,
        clock: Clock,
        status: EngineStatus,
    ) -> Result<(Self, Arc<ActiveBook>), BookError> {
        let (backend, book, alarm_after, failed) = match location {
            BookLocation::Directory { book, poll, events, edit_delay } => {
                let config = DirectoryConfig { book, corp, poll, edit_delay, clock: clock.clone() };
                let (directory, book) = Directory::open(config, events).await?;
                (Backend::Directory(Box::new(directory)), book, Duration::ZERO, None)
            }
            BookLocation::Git(remote) => {
                let alarm_after = remote.alarm_after;
                let (mirror, book, failed) = RemoteClone::open(remote, corp).await?;
                if failed.is_none() {
                    status.book_read(Some(clock.now()));
                }
                (Backend::Git(Box::new(mirror)), book, alarm_after, failed)
            }
        };
        let failure = failed.map(|error| {
            let why = error.with_causes();
            tracing::warn!(
                why = why.get(Lang::En),
                commit = book.commit.as_deref(),
                "cannot load the newest book; starting with the last one"
            );
            status.book_failed(&why, false);
            Failure { since: clock.now(), why, is_alarm: false }
        });
        Ok((Self { backend, clock, alarm_after, status, failure }, Arc::new(book)))
    }

    /// Watches the book until `stop`. Each message of `reload` reads it at once.
    pub async fn run(
        mut self,
        books: watch::Sender<Arc<ActiveBook>>,
        mut reload: mpsc::Receiver<()>,
        report: TaskReport,
        stop: CancellationToken,
    ) {
        let work = async {
            loop {
                let is_forced = match &mut self.backend {
                    Backend::Directory(directory) => directory.wait(&mut reload).await,
                    Backend::Git(mirror) => mirror.wait(&mut reload).await,
                };
                let active = Arc::clone(&books.borrow());
                let polled = match &mut self.backend {
                    Backend::Directory(directory) => directory.poll(is_forced, active).await,
                    Backend::Git(mirror) => mirror.poll().await,
                };
                report.pass(polled.is_ok());
                match polled {
                    Ok(book) => self.handle_success(book, &books),
                    Err(error) => self.handle_failure(&error),
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = work => {}
        }
    }

    /// Passes a new load to the engine.
    fn handle_success(&mut self, book: Option<ActiveBook>, books: &watch::Sender<Arc<ActiveBook>>) {
        if let Some(failure) = self.failure.take() {
            tracing::info!(since = %failure.since.format("%Y-%m-%dT%H:%M:%SZ"), "the newest book is loaded again");
        }
        if let Some(book) = book {
            books.send_replace(Arc::new(book));
        }
        let is_git = matches!(self.backend, Backend::Git(_));
        self.status.book_read(is_git.then(|| self.clock.now()));
    }

    /// Logs and publishes why there is no new load. The last one stays active.
    fn handle_failure(&mut self, error: &BookError) {
        let (now, why) = (self.clock.now(), error.with_causes());
        let before = self.failure.take();
        let since = before.as_ref().map_or(now, |failure| failure.since);
        let is_alarm = (now - since).to_std().unwrap_or_default() >= self.alarm_after;
        if before.as_ref().is_none_or(|failure| failure.why != why) {
            tracing::warn!(why = why.get(Lang::En), "cannot load the newest book; the last one stays active");
        }
        if is_alarm && !before.is_some_and(|failure| failure.is_alarm) {
            let since = since.format("%Y-%m-%dT%H:%M:%SZ");
            tracing::error!(alarm = true, %since, why = why.get(Lang::En), "the active book is outdated; a person is needed");
        }
        self.status.book_failed(&why, is_alarm);
        self.failure = Some(Failure { since, why, is_alarm });
    }
}

/// Time limit of one read of a book. After it the failure is published, and the next read begins.
const MAX_LOAD_TIME: Duration = Duration::from_secs(120);
/// Maximum number of reads that hang at the same time.
const MAX_STUCK_READS: usize = 4;

static READ_PERMITS: Semaphore = Semaphore::const_new(MAX_STUCK_READS);

/// Runs blocking work off the runtime's threads.
async fn blocking<T: Send + 'static, E: Into<BookError> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, BookError> {
    blocking_within(MAX_LOAD_TIME, &READ_PERMITS, work).await
}

/// The same with a time limit. Work that exceeds it continues in the background, and keeps its permit.
async fn blocking_within<T: Send + 'static, E: Into<BookError> + Send + 'static>(
    limit: Duration,
    places: &'static Semaphore,
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, BookError> {
    let bounded = async {
        let place = places.acquire().await.map_err(|error| BookError::Internal(error.to_string()))?;
        let placed = move || {
            let _place = place;
            work()
        };
        match tokio::task::spawn_blocking(placed).await {
            Ok(done) => done.map_err(Into::into),
            Err(error) => Err(BookError::Internal(error.to_string())),
        }
    };
    tokio::time::timeout(limit, bounded).await.unwrap_or(Err(BookError::TooSlow(limit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn hanging_poll_times_out_and_next_proceeds() {
        static PLACES: Semaphore = Semaphore::const_new(2);
        let limit = Duration::from_millis(50);
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let hanging = move || Ok::<_, SourceError>(wait.recv().is_ok());
        let hung = blocking_within(limit, &PLACES, hanging).await;
        assert!(matches!(hung, Err(BookError::TooSlow(_))), "{hung:?}");
        let next = blocking_within(Duration::from_secs(40), &PLACES, || Ok::<_, SourceError>(7)).await;
        assert_eq!(next.expect("it goes on"), 7);
        drop(release);
    }
}
