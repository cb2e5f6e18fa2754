//! Detects changes of a book's directory, for `drumbeat preview`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::events::Events;
use super::fingerprint::{TreeFingerprint, fingerprint_of};

/// How long the directory must be quiet before a change counts: an editor writes a file in several steps.
const DEBOUNCE: Duration = Duration::from_millis(80);
/// The longest wait for that.
const MAX_DEBOUNCE: Duration = Duration::from_secs(2);
/// Poll interval on file systems without events.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Waits for changes of one book.
pub struct BookChanges {
    book: PathBuf,
    events: Events,
    seen: TreeFingerprint,
}

impl BookChanges {
    /// Changes from now on.
    pub fn of(book: &Path) -> Self {
        Self { events: Events::of(book, None), seen: fingerprint_of(book), book: book.to_owned() }
    }

    /// Waits until the directory has changed since the last call.
    pub async fn next(&mut self) {
        loop {
            if timeout(POLL_INTERVAL, Events::next(Some(&mut self.events))).await.is_ok() {
                let quiet = async { while timeout(DEBOUNCE, Events::next(Some(&mut self.events))).await.is_ok() {} };
                let _ = timeout(MAX_DEBOUNCE, quiet).await;
            }
            let book = self.book.clone();
            let Ok(now) = tokio::task::spawn_blocking(move || fingerprint_of(&book)).await else { continue };
            if now != self.seen {
                // Its directories may be others than before.
                self.events = Events::of(&self.book, Some(Instant::now()));
                self.seen = now;
                return;
            }
        }
    }
}
