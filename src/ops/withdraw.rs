//! Withdraws a run of which nothing was sent.

use chrono::{DateTime, Utc};

use crate::run::{Move, Run};
use crate::store::{Store, StoreError};

/// What came of a withdrawal.
#[derive(Clone, Debug, PartialEq)]
pub enum Withdrawal {
    /// Nothing of it was sent, and nothing will be.
    Done(Run),
    /// Its request may have left, or it was over: the run as it is.
    TooLate(Run),
}

/// Withdraws a run, unless its request may have left. Either this or the engine's move to `sending` is saved, never both:
/// each is refused once the other has changed the run.
pub fn withdraw(store: &Store, mut run: Run, reason: &str, now: DateTime<Utc>) -> Result<Withdrawal, StoreError> {
    loop {
        let before = run.clone();
        let Ok(event) = run.apply(Move::Withdraw { reason: reason.to_owned() }, now) else {
            return Ok(Withdrawal::TooLate(before));
        };
        match store.steer((&run, &event)) {
            Ok(()) => return Ok(Withdrawal::Done(run)),
            Err(StoreError::Moved { .. }) => {
                let found = store.run(&run.id())?.into_iter().find(|it| it.corp == run.corp);
                run = found.ok_or(StoreError::Moved { run: before.id() })?;
            }
            Err(error) => return Err(error),
        }
    }
}
