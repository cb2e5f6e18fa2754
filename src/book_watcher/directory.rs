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
use super::fingerprint::{TreeFingerprint, is_being_checked_out, print};
use super::{FollowError, blocking, settling};
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
const CHECKOUT: Duration = Duration::from_secs(30);
/// The shortest time between two looks at a book that is being edited.
const SHORTEST: Duration = Duration::from_secs(1);
/// Times that a book is read again because it changed meanwhile.
const TRIES: usize = 5;

/// Device and inode of a directory, where it is there.
type Identity = Option<(u64, u64)>;

/// Which directory is followed, and how.
#[derive(Clone, Debug)]
pub(super) struct Following {
    pub(super) book: PathBuf,
    pub(super) corp: Corp,
    /// How often it is looked at even where nothing says that it changed.
    pub(super) poll: Duration,
    /// How long a file must be left alone before its posts are sent.
    pub(super) edit_delay: Duration,
    pub(super) clock: Clock,
}

pub(super) struct Directory {
    following: Following,
    /// Whether campaigns wait for their files to be left alone.
    is_settling: bool,
    /// Campaigns that were sound a moment ago, and whose files are away or have an error since.
    missing: BTreeMap<CampaignId, Instant>,
    /// Which directory the book in force was read from.
    identity: Identity,
    /// What the book in force looked like.
    seen: TreeFingerprint,
    events: Option<Events>,
}

impl Directory {
    pub(super) async fn open(following: Following, events: bool) -> Result<(Self, ActiveBook), FollowError> {
        // Before it is read, so that no change falls between the two.
        let events = if events { Some(watched(&following.book).await?) } else { None };
        let read = following.clone();
        let (loaded, seen, identity) = blocking(move || read_stable(&read)).await?;
        let is_settling = !loaded.unsettled.is_empty();
        Ok((Self { following, is_settling, missing: BTreeMap::new(), identity, seen, events }, loaded))
    }

    /// Waits until there is a reason to look. Says whether somebody asked for it.
    pub(super) async fn wait(&mut self, again: &mut mpsc::Receiver<()>) -> bool {
        let Following { poll, edit_delay, .. } = self.following;
        let next = if self.is_settling { poll.min(edit_delay.max(SHORTEST)) } else { poll };
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
    pub(super) async fn poll(
        &mut self,
        asked: bool,
        before: Arc<ActiveBook>,
    ) -> Result<Option<ActiveBook>, FollowError> {
        let book = self.following.book.clone();
        let now = blocking(move || Ok::<_, SourceError>(print(&book))).await?;
        if now == self.seen && !asked && !self.is_settling {
            return Ok(None);
        }
        // Its directories may be others than before.
        if self.events.is_some() && now != self.seen {
            self.events = Some(watched(&self.following.book).await?);
        }
        let read = self.following.clone();
        let (mut loaded, seen, identity) = blocking(move || read_stable(&read)).await?;
        let is_empty = |book: &ActiveBook| book.campaigns.is_empty() && book.broken.is_empty();
        if is_empty(&loaded) && !is_empty(&before) && identity != self.identity {
            return Err(FollowError::Vanished(self.following.book.clone()));
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
        self.missing.retain(|id, since| is_missing(id) && since.elapsed() < self.following.edit_delay);
        if !self.following.edit_delay.is_zero() {
            for campaign in before.campaigns.iter().filter(|campaign| is_missing(&campaign.id)) {
                self.missing.entry(campaign.id.clone()).or_insert_with(Instant::now);
            }
        }
        loaded.unsettled.extend(self.missing.keys().cloned());
    }
}

async fn watched(book: &Path) -> Result<Events, FollowError> {
    let book = book.to_owned();
    blocking(move || Ok::<_, SourceError>(Events::of(&book))).await
}

/// Reads a book while it holds still: what was being changed meanwhile is read again. Says which directory it was.
fn read_stable(following: &Following) -> Result<(ActiveBook, TreeFingerprint, Identity), SourceError> {
    let book = &following.book;
    let pause = || std::thread::sleep(DEBOUNCE / 2);
    let longest = CHECKOUT.as_millis() / (DEBOUNCE / 2).as_millis();
    let mut waited = 0;
    while is_being_checked_out(book) && waited < longest {
        pause();
        waited += 1;
    }
    let read = || {
        let identity = fs::metadata(book).ok().map(|about| (about.dev(), about.ino()));
        let mut loaded = load_in_force(&Source::directory(book)?, &following.corp)?;
        settling::mark(&mut loaded, book, following.edit_delay, following.clock.now());
        Ok::<_, SourceError>((loaded, identity))
    };
    let mut looks = print(book);
    for _ in 1..TRIES {
        let (loaded, identity) = read()?;
        let after = print(book);
        if after == looks {
            return Ok((loaded, after, identity));
        }
        looks = after;
        pause();
    }
    // It never holds still. What is read last is taken with the fingerprint of before, so that the next look reads again.
    let (loaded, identity) = read()?;
    Ok((loaded, looks, identity))
}
