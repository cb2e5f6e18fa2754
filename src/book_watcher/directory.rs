//! A book in a directory: file events, and slow polling for file systems without events.
//!
//! A missing directory is not an empty book, nor is another directory without campaigns at its path: the active book is
//! kept.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::events::Events;
use super::fingerprint::{TreeFingerprint, fingerprint_of, is_being_checked_out};
use super::{BookError, blocking, changing_files};
use crate::book::Corp;
use crate::clock::Clock;
use crate::ids::CampaignId;
use crate::load::{ActiveBook, load_active};
use crate::source::{Source, SourceError};

/// A change counts as complete after this time without another change.
const DEBOUNCE: Duration = Duration::from_millis(400);
/// Longest wait for a complete change.
const MAX_DEBOUNCE: Duration = Duration::from_secs(10);
/// Longest wait for a running git: one that died leaves its lock file behind.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(30);
/// Shortest time between two reads of a book that is being edited.
const MIN_POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Largest number of reads of a book that keeps changing.
const MAX_READS: usize = 5;

/// Device and inode of a directory; `None` if it does not exist.
type Identity = Option<(u64, u64)>;

/// The directory to watch, and how.
#[derive(Clone, Debug)]
pub(super) struct DirectoryConfig {
    pub(super) book: PathBuf,
    pub(super) corp: Corp,
    /// Interval between two polls, also without file events.
    pub(super) poll: Duration,
    /// How long a file must be unchanged before its posts are sent.
    pub(super) edit_delay: Duration,
    pub(super) clock: Clock,
}

pub(super) struct Directory {
    config: DirectoryConfig,
    /// Whether campaigns wait until their files are unchanged for long enough.
    has_changing_files: bool,
    /// Campaigns that were valid a moment ago and whose files are now missing or invalid.
    missing: BTreeMap<CampaignId, Instant>,
    /// The directory that the active book was read from.
    identity: Identity,
    /// Fingerprint of the active book.
    seen: TreeFingerprint,
    events: Option<Events>,
}

impl Directory {
    pub(super) async fn open(config: DirectoryConfig, events: bool) -> Result<(Self, ActiveBook), BookError> {
        // Started before the first read, so that no change is missed.
        let events = if events { Some(watched(&config.book, None).await?) } else { None };
        let read = config.clone();
        let (loaded, seen, identity) = blocking(move || read_stable(&read)).await?;
        let is_settling = !loaded.changing.is_empty();
        Ok((Self { config, has_changing_files: is_settling, missing: BTreeMap::new(), identity, seen, events }, loaded))
    }

    /// Waits for the next reason to poll. Returns whether a reload was requested.
    pub(super) async fn wait(&mut self, again: &mut mpsc::Receiver<()>) -> bool {
        let DirectoryConfig { poll, edit_delay, .. } = self.config;
        let next = if self.has_changing_files { poll.min(edit_delay.max(MIN_POLL_INTERVAL)) } else { poll };
        let poll = tokio::time::sleep(next);
        tokio::select! {
            Some(()) = again.recv() => true,
            () = poll => false,
            () = Events::next(self.events.as_mut()) => {
                let restless = Instant::now() + MAX_DEBOUNCE;
                while Instant::now() < restless
                    && timeout(DEBOUNCE, Events::next(self.events.as_mut())).await.is_ok()
                {}
                false
            }
        }
    }

    /// Reads the book again if it changed, if `asked`, or if a campaign waits for its file. `before` is the active
    /// book.
    pub(super) async fn poll(&mut self, asked: bool, before: Arc<ActiveBook>) -> Result<Option<ActiveBook>, BookError> {
        let book = self.config.book.clone();
        let now = blocking(move || Ok::<_, SourceError>(fingerprint_of(&book))).await?;
        let looked_at = Instant::now();
        if now == self.seen && !asked && !self.has_changing_files {
            return Ok(None);
        }
        // The directories inside may have changed.
        if self.events.is_some() && now != self.seen {
            self.events = Some(watched(&self.config.book, Some(looked_at)).await?);
        }
        let read = self.config.clone();
        let (mut loaded, seen, identity) = blocking(move || read_stable(&read)).await?;
        let is_empty = |book: &ActiveBook| book.campaigns.is_empty() && book.invalid_files.is_empty();
        if is_empty(&loaded) && !is_empty(&before) && identity != self.identity {
            return Err(BookError::Replaced(self.config.book.clone()));
        }
        self.mark_missing(&mut loaded, &before);
        let settled = self.has_changing_files && loaded.changing != before.changing;
        let is_news = seen != self.seen || asked || settled;
        self.has_changing_files = !loaded.changing.is_empty();
        (self.seen, self.identity) = (seen, identity);
        Ok(is_news.then_some(loaded))
    }

    /// A missing or invalid file may be in the middle of a replacement: its campaign is withdrawn only when that has
    /// lasted for a while.
    fn mark_missing(&mut self, loaded: &mut ActiveBook, before: &ActiveBook) {
        let is_missing = |id: &CampaignId| loaded.campaign(id).is_none();
        self.missing.retain(|id, since| is_missing(id) && since.elapsed() < self.config.edit_delay);
        if !self.config.edit_delay.is_zero() {
            for campaign in before.campaigns.iter().filter(|campaign| is_missing(&campaign.id)) {
                self.missing.entry(campaign.id.clone()).or_insert_with(Instant::now);
            }
        }
        loaded.changing.extend(self.missing.keys().cloned());
    }
}

async fn watched(book: &Path, since: Option<Instant>) -> Result<Events, BookError> {
    let book = book.to_owned();
    blocking(move || Ok::<_, SourceError>(Events::of(&book, since))).await
}

/// Reads a book between two equal fingerprints; repeats the read if the book changed. Also returns its directory.
fn read_stable(config: &DirectoryConfig) -> Result<(ActiveBook, TreeFingerprint, Identity), SourceError> {
    let book = &config.book;
    let pause = || std::thread::sleep(DEBOUNCE / 2);
    let longest = CHECKOUT_TIMEOUT.as_millis() / (DEBOUNCE / 2).as_millis();
    let mut waited = 0;
    while is_being_checked_out(book) && waited < longest {
        pause();
        waited += 1;
    }
    let read = || {
        let identity = fs::metadata(book).ok().map(|about| (about.dev(), about.ino()));
        let mut loaded = load_active(&Source::directory(book)?, &config.corp)?;
        changing_files::mark(&mut loaded, book, config.edit_delay, config.clock.now());
        Ok::<_, SourceError>((loaded, identity))
    };
    let mut fingerprint = fingerprint_of(book);
    for _ in 1..MAX_READS {
        let (loaded, identity) = read()?;
        let after = fingerprint_of(book);
        if after == fingerprint {
            return Ok((loaded, after, identity));
        }
        fingerprint = after;
        pause();
    }
    // The book keeps changing. The last read goes with the older fingerprint, so that the next poll reads it again.
    let (loaded, identity) = read()?;
    Ok((loaded, fingerprint, identity))
}
