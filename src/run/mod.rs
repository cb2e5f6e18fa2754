//! A run: the life of one occurrence, from being due to its one recorded outcome.
//!
//! Pure. A run changes only by [`Run::apply`], which refuses every transition that the life of a run does not have. So what
//! the store holds was always reached step by step.

mod id;
mod reason;
mod reason_stored;
mod reason_text;
mod record;
mod scope;
mod state;
mod transition;

pub use id::{RunId, Slot};
pub use reason::{MediaProblem, Posted, Reason};
pub use record::{Due, OpenRuns, Record, RejectedRecipients, Run};
pub use scope::Scope;
pub use state::{State, UnknownState};
pub use transition::{Event, IllegalTransition, Transition};
