//! Changes that are saved at the same moment share one commit: what costs time is the disk's word that it is there.
//!
//! Nobody goes on before the change is on disk. While one commit is being written the next changes gather, and whoever
//! comes to write first writes for all of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::run::{Event, Run};
use crate::store::{Leave, Quota, Store, StoreError};

/// A run that is changed, the line for its log and, where it is about to be sent, the limits that this is to keep to.
pub(super) type Change = (Run, Event, Option<Quota>);

/// What became of it; nothing where somebody else changed the run meanwhile.
type Saved = Result<Option<Leave>, StoreError>;

#[derive(Debug, Default)]
pub(super) struct Saver {
    waiting: Mutex<Vec<(Change, oneshot::Sender<Saved>)>>,
    turn: tokio::sync::Mutex<()>,
}

impl Saver {
    /// Saves a change, with all others that wait to be saved by then.
    pub(super) async fn save(&self, store: &Store, change: Change) -> Saved {
        let (answer, mut answered) = oneshot::channel();
        self.waiting().push((change, answer));
        // Whoever else is just about to save comes along.
        tokio::task::yield_now().await;
        let _turn = self.turn.lock().await;
        if let Ok(saved) = answered.try_recv() {
            return saved;
        }
        let (changes, answers): (Vec<Change>, Vec<_>) = std::mem::take(&mut *self.waiting()).into_iter().unzip();
        // Somebody who was dropped while waiting hears nothing; that the change is saved is true all the same.
        match store.save_together(&changes) {
            Ok(saved) => answers.into_iter().zip(saved).for_each(|(answer, saved)| drop(answer.send(Ok(saved)))),
            Err(error) => {
                let error = Arc::new(error);
                let shared = || StoreError::Shared(Arc::clone(&error));
                answers.into_iter().for_each(|answer| drop(answer.send(Err(shared()))));
            }
        }
        answered.try_recv().expect("what waits is taken and answered in one turn, and this waited before its turn")
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<(Change, oneshot::Sender<Saved>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
