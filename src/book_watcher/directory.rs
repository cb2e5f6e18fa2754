//! A book in a directory: file events, and a slow look for file systems that have none.
//!
//! A directory that is not there, or another one without any campaign in its place, is not an empty book: what is in force
//! stays.

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
use super::{BookError, blocking, settling};
use crate::book::Corp;
use crate::clock::Clock;
use crate::ids::CampaignId;
use crate::load::{ActiveBook, load_in_force};
use crate::source::{Source, SourceError};

/// So long nothing may change before a change counts as complete.
const DEBOUNCE: Duration = Duration::from_millis(400);
/// The longest wait for that.
const MAX_DEBOUNCE: Duration = Duration::from_secs(10);
/// How long git is waited for: one that died leaves its lock behind.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(30);
/// The shortest time between two reads of a book that is being edited.
const MIN_POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Times that a book is read again because it changed meanwhile.
const MAX_READS: usize = 5;

/// Device and inode of a directory, where it is there.
type Identity = Option<(u64, u64)>;

/// Which directory is followed, and how.
#[derive(Clone, Debug)]
pub(super) struct DirectoryConfig {
    pub(super) book: PathBuf,
    pub(super) corp: Corp,
    /// Interval between two polls, also without file events.
    pub(super) poll: Duration,
    /// How long a file must be left alone before its posts are sent.
    pub(super) edit_delay: Duration,
    pub(super) clock: Clock,
}

pub(super) struct Directory {
    config: DirectoryConfig,
    /// Whether campaigns wait for their files to be left alone.
    is_settling: bool,
    /// Campaigns that were sound a moment ago, and whose files are away or have an error since.
    missing: BTreeMap<CampaignId, Instant>,
    /// Which directory the book in force was read from.
    identity: Identity,
    /// Fingerprint of the active book.
    seen: TreeFingerprint,
    events: Option<Events>,
}

impl Directory {
    pub(super) async fn open(config: DirectoryConfig, events: bool) -> Result<(Self, ActiveBook), BookError> {
        // Before it is read, so that no change falls between the two.
        let events = if events { Some(watched(&config.book).await?) } else { None };
        let read = config.clone();
        let (loaded, seen, identity) = blocking(move || read_stable(&read)).await?;
        let is_settling = !loaded.unsettled.is_empty();
        Ok((Self { config, is_settling, missing: BTreeMap::new(), identity, seen, events }, loaded))
    }

    /// Waits until there is a reason to look. Says whether somebody asked for it.
    pub(super) async fn wait(&mut self, again: &mut mpsc::Receiver<()>) -> bool {
        let DirectoryConfig { poll, edit_delay, .. } = self.config;
        let next = if self.is_settling { poll.min(edit_delay.max(MIN_POLL_INTERVAL)) } else { poll };
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

    /// Reads the book again if it changed, if somebody asked, or if a campaign waits for its file. `before` is in force.
    pub(super) async fn poll(&mut self, asked: bool, before: Arc<ActiveBook>) -> Result<Option<ActiveBook>, BookError> {
        let book = self.config.book.clone();
        let now = blocking(move || Ok::<_, SourceError>(fingerprint_of(&book))).await?;
        if now == self.seen && !asked && !self.is_settling {
            return Ok(None);
        }
        // Its directories may be others than before.
        if self.events.is_some() && now != self.seen {
            self.events = Some(watched(&self.config.book).await?);
        }
        let read = self.config.clone();
        let (mut loaded, seen, identity) = blocking(move || read_stable(&read)).await?;
        let is_empty = |book: &ActiveBook| book.campaigns.is_empty() && book.invalid_files.is_empty();
        if is_empty(&loaded) && !is_empty(&before) && identity != self.identity {
            return Err(BookError::Replaced(self.config.book.clone()));
        }
        self.mark_missing(&mut loaded, &before);
        let settled = self.is_settling && loaded.unsettled != before.unsettled;
        let is_news = seen != self.seen || asked || settled;
        self.is_settling = !loaded.unsettled.is_empty();
        (self.seen, self.identity) = (seen, identity);
        Ok(is_news.then_some(loaded))
    }

    /// A file that is away, or has an error, may be in the middle of being replaced: nobody wants its campaign withdrawn
    /// before it has been so for a while.
    fn mark_missing(&mut self, loaded: &mut ActiveBook, before: &ActiveBook) {
        let is_missing = |id: &CampaignId| loaded.campaign(id).is_none();
        self.missing.retain(|id, since| is_missing(id) && since.elapsed() < self.config.edit_delay);
        if !self.config.edit_delay.is_zero() {
            for campaign in before.campaigns.iter().filter(|campaign| is_missing(&campaign.id)) {
                self.missing.entry(campaign.id.clone()).or_insert_with(Instant::now);
            }
        }
        loaded.unsettled.extend(self.missing.keys().cloned());
    }
}

async fn watched(book: &Path) -> Result<Events, BookError> {
    let book = book.to_owned();
    blocking(move || Ok::<_, SourceError>(Events::of(&book))).await
}

/// Reads a book while it holds still: what was being changed meanwhile is read again. Says which directory it was.
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
        let mut loaded = load_in_force(&Source::directory(book)?, &config.corp)?;
        settling::mark(&mut loaded, book, config.edit_delay, config.clock.now());
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
    // It never holds still. What is read last is taken with the fingerprint of before, so that the next look reads again.
    let (loaded, identity) = read()?;
    Ok((loaded, fingerprint, identity))
}
