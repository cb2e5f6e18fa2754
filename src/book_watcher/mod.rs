//! Follows the book: a change in its directory, or a new commit at its remote, becomes one new load.
//!
//! A load is made off the runtime's threads, from a book that held still while it was read, and handed over whole. A book
//! that cannot be read, or a fetch that fails, leaves the last one in force and says so. Never writes into a book.

mod directory;
mod events;
mod fingerprint;
mod remote;
mod settling;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::book::Corp;
use crate::clock::Clock;
use crate::duration;
use crate::error_chain;
use crate::load::ActiveBook;
use crate::source::SourceError;

use directory::{Directory, DirectoryConfig};

use remote::Mirror;
pub use remote::{Remote, RemoteError};

/// Where the book is.
#[derive(Clone, Debug)]
pub enum BookLocation {
    Directory {
        book: PathBuf,
        /// Interval between two polls, also without file events.
        poll: Duration,
        /// Whether the file system is asked to say so.
        events: bool,
        /// How long a file must be left alone before posts of it are sent.
        edit_delay: Duration,
    },
    Git(Remote),
}

/// Why there is no book to begin with, or no newer one.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Remote(#[from] RemoteError),
    #[error(
        "another directory without any campaign stands at `{}`, which is not taken for a book whose campaigns were removed; mount or restore the book",
        .0.display()
    )]
    Vanished(PathBuf),
    #[error("the book could not be read within {}: its disk does not answer, or {MAX_STUCK_READS} reads are stuck already", duration::show(*.0))]
    TooSlow(Duration),
    #[error("reading the book failed: {0}")]
    Internal(String),
}

/// State of the watcher, for status pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// When the book in force was read.
    pub loaded_at: Option<DateTime<Utc>>,
    /// When the remote last answered.
    pub fetched_at: Option<DateTime<Utc>>,
    /// Set while the newest book cannot be loaded.
    pub trouble: Option<WatchError>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchError {
    pub since: DateTime<Utc>,
    /// In words, without credentials.
    pub why: String,
    /// It has lasted so long that somebody must look.
    pub alarm: bool,
}

/// One followed book.
pub struct BookWatcher {
    backend: Backend,
    clock: Clock,
    alarm_after: Duration,
    status: watch::Sender<Status>,
}

enum Backend {
    Directory(Directory),
    Git(Box<Mirror>),
}

impl BookWatcher {
    /// Reads the book for the first time, for the corp that posts it. Where the remote does not answer, the last commit that
    /// was in force serves.
    pub async fn open(location: BookLocation, corp: Corp, clock: Clock) -> Result<(Self, Arc<ActiveBook>), BookError> {
        let mut status = Status::default();
        let (backend, book, alarm_after) = match location {
            BookLocation::Directory { book, poll, events, edit_delay } => {
                let config = DirectoryConfig { book, corp, poll, edit_delay, clock: clock.clone() };
                let (directory, book) = Directory::open(config, events).await?;
                (Backend::Directory(directory), book, Duration::ZERO)
            }
            BookLocation::Git(remote) => {
                let alarm_after = remote.alarm_after;
                let (mirror, book, trouble) = Mirror::open(remote, corp).await?;
                match trouble {
                    None => status.fetched_at = Some(clock.now()),
                    Some(error) => {
                        let why = error_chain::error_chain(&error);
                        tracing::warn!(%why, commit = book.commit.as_deref(), "cannot load the newest book; starting with the last one");
                        status.trouble = Some(WatchError { since: clock.now(), why, alarm: false });
                    }
                }
                (Backend::Git(Box::new(mirror)), book, alarm_after)
            }
        };
        status.loaded_at = Some(clock.now());
        let status = watch::Sender::new(status);
        Ok((Self { backend, clock, alarm_after, status }, Arc::new(book)))
    }

    /// How it goes from here on.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Follows until it is told to stop. `again` asks for a look right now.
    pub async fn follow(
        mut self,
        books: watch::Sender<Arc<ActiveBook>>,
        mut again: mpsc::Receiver<()>,
        stop: CancellationToken,
    ) {
        let work = async {
            loop {
                let asked = match &mut self.backend {
                    Backend::Directory(directory) => directory.wait(&mut again).await,
                    Backend::Git(mirror) => mirror.wait(&mut again).await,
                };
                let before = Arc::clone(&books.borrow());
                let polled = match &mut self.backend {
                    Backend::Directory(directory) => directory.poll(asked, before).await,
                    Backend::Git(mirror) => mirror.poll().await,
                };
                self.handle_poll(polled, &books);
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = work => {}
        }
    }

    /// Hands a new load over, or says why there is none.
    fn handle_poll(&mut self, polled: Result<Option<ActiveBook>, BookError>, books: &watch::Sender<Arc<ActiveBook>>) {
        let now = self.clock.now();
        let is_git = matches!(self.backend, Backend::Git(_));
        match polled {
            Ok(book) => {
                let was = self.status.borrow().trouble.clone();
                if let Some(trouble) = was {
                    tracing::info!(since = %trouble.since.format("%Y-%m-%dT%H:%M:%SZ"), "the newest book is loaded again");
                }
                let is_new = book.is_some();
                if let Some(book) = book {
                    books.send_replace(Arc::new(book));
                }
                self.status.send_modify(|status| {
                    status.trouble = None;
                    status.fetched_at = if is_git { Some(now) } else { None };
                    status.loaded_at = if is_new { Some(now) } else { status.loaded_at };
                });
            }
            Err(error) => {
                let why = error_chain::error_chain(&error);
                let before = self.status.borrow().trouble.clone();
                let since = before.as_ref().map_or(now, |trouble| trouble.since);
                let alarm = (now - since).to_std().unwrap_or_default() >= self.alarm_after;
                if before.as_ref().is_none_or(|trouble| trouble.why != why) {
                    tracing::warn!(%why, "cannot load the newest book; the last one stays in force");
                }
                if alarm && !before.is_some_and(|trouble| trouble.alarm) {
                    let since = since.format("%Y-%m-%dT%H:%M:%SZ");
                    tracing::error!(alarm = true, %since, %why, "the book is not the newest any more: somebody must look");
                }
                self.status.send_modify(|status| status.trouble = Some(WatchError { since, why, alarm }));
            }
        }
    }
}

/// The longest that one look at a book may take. After it somebody is told, and the next look begins without it.
const MAX_LOAD_TIME: Duration = Duration::from_secs(120);
/// Maximum number of reads that hang at the same time.
const MAX_STUCK_READS: usize = 4;

static READ_PERMITS: Semaphore = Semaphore::const_new(MAX_STUCK_READS);

/// Runs what may block off the runtime's threads.
async fn blocking<T: Send + 'static, E: Into<BookError> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, BookError> {
    blocking_within(MAX_LOAD_TIME, &READ_PERMITS, work).await
}

/// The same with a limit. Work that goes on after it is left alone, with its place.
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
