//! Moves that people make, on runs that others may move meanwhile.

use chrono::{DateTime, Utc};

use crate::run::{Reason, Run, Transition};
use crate::store::{Store, StoreError};

/// What came of a person's move.
#[derive(Clone, Debug, PartialEq)]
pub enum Steered {
    /// It is made: the run as it is now.
    Done(Run),
    /// The run does not have this move any more: the run as it is.
    TooLate(Run),
}

/// Makes a move, on the run as it is now if somebody else has moved it meanwhile.
pub async fn steer(store: &Store, mut run: Run, step: &Transition, now: DateTime<Utc>) -> Result<Steered, StoreError> {
    loop {
        let before = run.clone();
        let Ok(event) = run.apply(step.clone(), now) else { return Ok(Steered::TooLate(before)) };
        match store.steer((&run, &event)).await {
            Ok(()) => return Ok(Steered::Done(run)),
            Err(StoreError::VersionConflict { .. }) => {
                let found = store.run(&before.corp, &before.id()).await?;
                run = found.ok_or(StoreError::VersionConflict { run: before.id() })?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Withdraws a run, unless its request may have left. Either this or the engine's move to `sending` is saved, never both:
/// each is refused once the other has changed the run.
pub async fn withdraw(store: &Store, run: Run, reason: Reason, now: DateTime<Utc>) -> Result<Steered, StoreError> {
    steer(store, run, &Transition::Withdraw { reason }, now).await
}
