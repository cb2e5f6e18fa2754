//! Transitions by people, on runs that another writer may change at the same time.

use chrono::{DateTime, Utc};

use crate::run::{Reason, Run, Transition};
use crate::store::{Store, StoreError};

/// The result of a transition by a person.
#[derive(Clone, Debug, PartialEq)]
pub enum TransitionResult {
    /// Saved: the run as it is now.
    Done(Run),
    /// The state of the run does not allow the transition: the run as it is.
    TooLate(Run),
}

/// Saves a transition, on the newest version of the run.
///
/// # Errors
/// The store fails.
pub async fn apply(
    store: &Store,
    mut run: Run,
    step: &Transition,
    now: DateTime<Utc>,
) -> Result<TransitionResult, StoreError> {
    loop {
        let before = run.clone();
        let Ok(event) = run.apply(step.clone(), now) else { return Ok(TransitionResult::TooLate(before)) };
        match store.save_manual_transition((&run, &event)).await {
            Ok(()) => return Ok(TransitionResult::Done(run)),
            Err(StoreError::VersionConflict { .. }) => {
                let found = store.run(&before.corp, &before.id()).await?;
                run = found.ok_or(StoreError::VersionConflict { run: before.id() })?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Withdraws a run, unless its request may have left. Either this or the transition to `sending` is saved: the store
/// refuses the second.
///
/// # Errors
/// The store fails.
pub async fn withdraw(
    store: &Store,
    run: Run,
    reason: Reason,
    now: DateTime<Utc>,
) -> Result<TransitionResult, StoreError> {
    apply(store, run, &Transition::Withdraw { reason }, now).await
}
