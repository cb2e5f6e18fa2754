//! Concurrent changes share one commit, and so one fsync.
//!
//! A caller goes on only when its change is on disk. While one commit is being written the next changes gather, and the
//! first caller to write writes for all of them.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{oneshot, watch};

use crate::load::ActiveBook;
use crate::run::{Event, Run};
use crate::store::{GroupWriter, Quota, SendPermit, Store, StoreError};

/// What must hold for a send when it is committed.
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
    /// The send is not permitted now.
    Refused(SendPermit),
    /// A newer book was loaded since the run was compared with one: nothing was written.
    BookChanged,
    /// Another writer changed the run: nothing was written.
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use chrono::DateTime;

    use super::*;
    use crate::ids::CorpId;
    use crate::post::{Attachments, Audience, Post};
    use crate::run::{Due, Reason, RunId, Slot, State, Transition};
    use crate::store::Address;

    fn claimed(campaign: &str) -> Run {
        let due = DateTime::UNIX_EPOCH;
        let due = Due {
            corp: CorpId("ww1".to_owned()),
            campaign: campaign.parse().expect("an id"),
            slot: Slot::ByHand { local: due.naive_utc() },
            due,
            zone: "UTC".to_owned(),
            latest: due,
            commit: None,
        };
        let post = Post { text: None, attachments: Attachments::None, audience: Audience::Everyone };
        Run::claimed(due, Arc::new(post), DateTime::UNIX_EPOCH)
    }

    fn withdrawal(run: &Run) -> Change {
        let mut run = run.clone();
        let withdraw = Transition::Withdraw { reason: Reason::PostStopped };
        let event = run.apply(withdraw, DateTime::UNIX_EPOCH).expect("nothing was sent");
        (run, event, None)
    }

    #[tokio::test]
    async fn a_dropped_leader_loses_no_change() {
        let dir = tempfile::tempdir().expect("a directory");
        let store = Store::open(&Address::Sqlite(dir.path().join("a.db"))).expect("a store");
        let runs = [claimed("first"), claimed("second")];
        store.record(&runs).await.expect("recorded");
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let busy = store.clone();
        tokio::spawn(async move { busy.commit_group(move |_| may_go_on.recv()).await });
        let group = Arc::new(GroupCommit::default());
        let save = |run: &Run| {
            let (group, store, change) = (Arc::clone(&group), store.clone(), withdrawal(run));
            tokio::spawn(async move { group.save(&store, change).await })
        };
        let (leader, follower) = (save(&runs[0]), save(&runs[1]));
        // The leader hands both changes over, and is dropped before they are written.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(group.waiting().is_empty());
        leader.abort();
        assert!(leader.await.is_err_and(|error| error.is_cancelled()));
        go_on.send(()).expect("the thread waits");
        assert!(matches!(follower.await.expect("no panic"), Ok(Saved::Done)));
        let states: Vec<(RunId, State)> = store
            .runs(&crate::store::RunFilter::default())
            .await
            .expect("read")
            .iter()
            .map(|run| (run.id(), run.state))
            .collect();
        assert!(states.iter().all(|(_, state)| state.is_over()), "{states:?}");
    }
}
