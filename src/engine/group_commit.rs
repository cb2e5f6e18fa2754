//! Concurrent changes share one commit, and so one fsync.
//!
//! A caller goes on only when its change is on disk. While one commit is being written the next changes gather, and the
//! first caller to write writes for all of them.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{oneshot, watch};

use crate::load::ActiveBook;
use crate::run::{Event, Run};
use crate::store::{GroupWriter, Quota, SendPermit, Store, StoreError};

/// What a send must keep to when it is written down.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) quota: Quota,
    /// The book that the run was compared with: `None` where there was none yet.
    pub(super) book: Option<Arc<ActiveBook>>,
}

/// A run that is changed, the line for its log and, where it is about to be sent, its terms.
pub(super) type Change = (Run, Event, Option<Terms>);

/// What became of a change.
#[derive(Debug)]
pub(super) enum Saved {
    /// It is on disk.
    Done,
    /// It was to be sent and may not be now.
    Refused(SendPermit),
    /// A newer book was loaded since the run was compared with one: nothing was written.
    BookChanged,
    /// Somebody else changed the run meanwhile: nothing was written.
    VersionConflict,
}

type CommitReply = Result<Saved, StoreError>;

#[derive(Debug, Default)]
pub(super) struct GroupCommit {
    waiting: Mutex<Vec<(Change, oneshot::Sender<CommitReply>)>>,
    turn: tokio::sync::Mutex<()>,
    /// The newest book that was loaded.
    newest: OnceLock<watch::Receiver<Arc<ActiveBook>>>,
}

impl GroupCommit {
    /// From here on a run is sent only if it was compared with the newest book of these.
    pub(super) fn follow(&self, books: watch::Receiver<Arc<ActiveBook>>) {
        // An engine runs once.
        let _ = self.newest.set(books);
    }

    /// Saves a change, with all others that wait to be saved by then.
    ///
    /// A caller that is dropped in the middle leaves the change saved or not; the others' changes are saved all the same.
    pub(super) async fn save(&self, store: &Store, change: Change) -> CommitReply {
        let (reply, mut replied) = oneshot::channel();
        self.waiting().push((change, reply));
        // Other callers that are just about to save come along.
        tokio::task::yield_now().await;
        {
            // While one commit is being written, the next changes gather.
            let _turn = self.turn.lock().await;
            if let Ok(saved) = replied.try_recv() {
                return saved;
            }
            let waiting = std::mem::take(&mut *self.waiting());
            if !waiting.is_empty() {
                let newest = self.newest.get().cloned();
                store.commit_group(move |writer| commit(writer, newest.as_ref(), waiting)).await?;
            }
        }
        // Another caller may have taken the change along and been dropped before its commit was written.
        replied.await.unwrap_or(Err(StoreError::Stopped))
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<(Change, oneshot::Sender<CommitReply>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Saves what waits in one commit, on the store's thread, and tells each caller. No newer book comes until it is on disk,
/// so that every send is either of the newest book or not written.
fn commit(
    mut writer: GroupWriter<'_>,
    books: Option<&watch::Receiver<Arc<ActiveBook>>>,
    waiting: Vec<(Change, oneshot::Sender<CommitReply>)>,
) {
    let newest = books.map(watch::Receiver::borrow);
    let is_outdated = |terms: &Terms| match (&terms.book, &newest) {
        (Some(book), Some(newest)) => !Arc::ptr_eq(book, newest),
        _ => true,
    };
    let (mut changes, mut answers) = (Vec::new(), Vec::new());
    // Somebody who was dropped while waiting hears nothing; what becomes of the change is true all the same.
    let tell = |answer: oneshot::Sender<CommitReply>, saved| drop(answer.send(saved));
    for ((run, event, terms), answer) in waiting {
        if terms.as_ref().is_some_and(is_outdated) {
            tell(answer, Ok(Saved::BookChanged));
        } else {
            changes.push((run, event, terms.map(|terms| terms.quota)));
            answers.push(answer);
        }
    }
    if changes.is_empty() {
        return;
    }
    match writer.save(&changes) {
        Ok(saved) => answers.into_iter().zip(saved).for_each(|(answer, leave)| {
            tell(
                answer,
                Ok(match leave {
                    Some(SendPermit::Granted) => Saved::Done,
                    Some(leave) => Saved::Refused(leave),
                    None => Saved::VersionConflict,
                }),
            );
        }),
        Err(error) => {
            let error = Arc::new(error);
            answers.into_iter().for_each(|answer| tell(answer, Err(StoreError::Shared(Arc::clone(&error)))));
        }
    }
}
