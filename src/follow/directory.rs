//! A book in a directory: file events, and a slow look for file systems that have none.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::events::Events;
use super::print::{Print, is_being_checked_out, print};
use super::{FollowError, blocking};
use crate::book::Corp;
use crate::load::{InForce, load_in_force};
use crate::source::{Source, SourceError};

/// So long nothing may change before a change counts as complete.
const QUIET: Duration = Duration::from_millis(400);
/// The longest wait for that.
const RESTLESS: Duration = Duration::from_secs(10);
/// How long git is waited for: one that died leaves its lock behind.
const CHECKOUT: Duration = Duration::from_secs(30);
/// Times that a book is read again because it changed meanwhile.
const TRIES: usize = 5;

pub(super) struct Directory {
    book: PathBuf,
    corp: Corp,
    poll: Duration,
    /// What the book in force looked like.
    seen: Print,
    events: Option<Events>,
}

impl Directory {
    pub(super) async fn open(
        book: PathBuf,
        corp: Corp,
        poll: Duration,
        events: bool,
    ) -> Result<(Self, InForce), FollowError> {
        // Before it is read, so that no change falls between the two.
        let events = if events { Some(watched(&book).await?) } else { None };
        let (path, owner) = (book.clone(), corp.clone());
        let (loaded, seen) = blocking(move || still(&path, &owner)).await?;
        Ok((Self { book, corp, poll, seen, events }, loaded))
    }

    /// Waits until there is a reason to look. Says whether somebody asked for it.
    pub(super) async fn wait(&mut self, again: &mut mpsc::Receiver<()>) -> bool {
        let poll = tokio::time::sleep(self.poll);
        tokio::select! {
            Some(()) = again.recv() => true,
            () = poll => false,
            () = Events::next(self.events.as_mut()) => {
                let restless = Instant::now() + RESTLESS;
                while Instant::now() < restless
                    && timeout(QUIET, Events::next(self.events.as_mut())).await.is_ok()
                {}
                false
            }
        }
    }

    /// Reads the book again if it changed, or if somebody asked.
    pub(super) async fn look(&mut self, asked: bool) -> Result<Option<InForce>, FollowError> {
        let book = self.book.clone();
        let now = blocking(move || Ok::<_, SourceError>(print(&book))).await?;
        if now == self.seen && !asked {
            return Ok(None);
        }
        // Its directories may be others than before.
        if self.events.is_some() {
            self.events = Some(watched(&self.book).await?);
        }
        let (book, corp) = (self.book.clone(), self.corp.clone());
        let (loaded, seen) = blocking(move || still(&book, &corp)).await?;
        self.seen = seen;
        Ok(Some(loaded))
    }
}

async fn watched(book: &Path) -> Result<Events, FollowError> {
    let book = book.to_owned();
    blocking(move || Ok::<_, SourceError>(Events::of(&book))).await
}

/// Reads a book while it holds still: what was being changed meanwhile is read again.
fn still(book: &Path, corp: &Corp) -> Result<(InForce, Print), SourceError> {
    let pause = || std::thread::sleep(QUIET / 2);
    let longest = CHECKOUT.as_millis() / (QUIET / 2).as_millis();
    let mut waited = 0;
    while is_being_checked_out(book) && waited < longest {
        pause();
        waited += 1;
    }
    let mut before = print(book);
    for _ in 1..TRIES {
        let read = load_in_force(&Source::directory(book)?, corp)?;
        let after = print(book);
        if after == before {
            return Ok((read, after));
        }
        before = after;
        pause();
    }
    // It never holds still. What is read last is taken with the fingerprint of before, so that the next look reads again.
    Ok((load_in_force(&Source::directory(book)?, corp)?, before))
}
