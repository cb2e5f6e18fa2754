//! Concurrent changes share one fsync.
//!
//! A caller continues only when its change is on disk. While one commit is written, new changes wait in a list. The
//! first caller to get the lock then writes all of them.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{oneshot, watch};

use crate::load::ActiveBook;
use crate::run::{Event, Run};
use crate::store::{GroupWriter, Quota, Saved, Store, StoreError};

/// What must be true when a send is committed.
#[derive(Clone, Debug)]
pub(super) struct SendConditions {
    pub(super) quota: Quota,
    /// The book that the run was compared with; `None` before the first one.
    pub(super) book: Option<Arc<ActiveBook>>,
}

/// A changed run, its log event and, if it is about to be sent, the conditions of the send.
pub(super) type Change = (Run, Event, Option<SendConditions>);

/// The result of a change.
#[derive(Debug)]
pub(super) enum SaveResult {
    /// The answer of the store.
    Store(Saved),
    /// A newer book was loaded after the run was compared: nothing was written.
    BookChanged,
}

type CommitReply = Result<SaveResult, StoreError>;

/// Changes of several runs that are saved in one commit. The task that holds `turn` commits for all waiting ones.
#[derive(Debug, Default)]
pub(super) struct GroupCommit {
    waiting: Mutex<Vec<(Change, oneshot::Sender<CommitReply>)>>,
    turn: tokio::sync::Mutex<()>,
    /// The newest loaded book.
    newest: OnceLock<watch::Receiver<Arc<ActiveBook>>>,
}

impl GroupCommit {
    /// From now on a run is sent only if it was compared with the newest of these books.
    pub(super) fn follow(&self, books: watch::Receiver<Arc<ActiveBook>>) {
        // An engine runs once, so this is set once.
        let _ = self.newest.set(books);
    }

    /// Saves a change together with all others that wait.
    ///
    /// If the caller is dropped, its change is saved or not; the changes of other callers are saved in any case.
    pub(super) async fn save(&self, store: &Store, change: Change) -> CommitReply {
        let (reply, mut replied) = oneshot::channel();
        self.waiting().push((change, reply));
        // Other callers that are about to save join this commit.
        tokio::task::yield_now().await;
        {
            // While one commit is written, new changes wait.
            let _turn = self.turn.lock().await;
            match replied.try_recv() {
                Ok(saved) => return saved,
                // The commit ended without an answer. The channel must not be asked again.
                Err(TryRecvError::Closed) => return Err(StoreError::Stopped),
                Err(TryRecvError::Empty) => {}
            }
            let waiting = std::mem::take(&mut *self.waiting());
            if !waiting.is_empty() {
                let newest = self.newest.get().cloned();
                store.commit_group(move |writer| commit(writer, newest.as_ref(), waiting)).await?;
            }
        }
        // Another caller may have taken the change and been dropped before the commit.
        replied.await.unwrap_or(Err(StoreError::Stopped))
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<(Change, oneshot::Sender<CommitReply>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Saves all waiting changes in one commit on the store's thread, and answers each caller. No newer book is accepted
/// until the commit is on disk, so every committed send belongs to the newest book.
fn commit(
    mut writer: GroupWriter<'_>,
    books: Option<&watch::Receiver<Arc<ActiveBook>>>,
    waiting: Vec<(Change, oneshot::Sender<CommitReply>)>,
) {
    let newest = books.map(watch::Receiver::borrow);
    let is_outdated = |conditions: &SendConditions| match (&conditions.book, &newest) {
        (Some(book), Some(newest)) => !Arc::ptr_eq(book, newest),
        _ => true,
    };
    let (mut changes, mut answers) = (Vec::new(), Vec::new());
    // A dropped caller gets no answer; its change was written anyway.
    let tell = |answer: oneshot::Sender<CommitReply>, saved| drop(answer.send(saved));
    for ((run, event, conditions), answer) in waiting {
        if conditions.as_ref().is_some_and(is_outdated) {
            tell(answer, Ok(SaveResult::BookChanged));
        } else {
            changes.push((run, event, conditions.map(|conditions| conditions.quota)));
            answers.push(answer);
        }
    }
    if changes.is_empty() {
        return;
    }
    match writer.save(&changes) {
        Ok(saved) => {
            answers.into_iter().zip(saved).for_each(|(answer, saved)| tell(answer, Ok(SaveResult::Store(saved))));
        }
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
            slot: Slot::Manual { local: due.naive_utc() },
            due,
            zone: "UTC".to_owned(),
            deadline: due,
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
        // The leader passes both changes on, and is dropped before they are written.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(group.waiting().is_empty());
        leader.abort();
        assert!(leader.await.is_err_and(|error| error.is_cancelled()));
        go_on.send(()).expect("the thread waits");
        assert!(matches!(follower.await.expect("no panic"), Ok(SaveResult::Store(Saved::Done))));
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
