//! A run: one occurrence, from its due time to its one recorded outcome.
//!
//! Pure, but for the random id of each version. A run changes only by [`Run::apply`], which refuses every transition that
//! the state does not allow. So each stored state was reached step by step.

mod hold_cause;
mod id;
mod lost_commits;
mod reader;
mod reason;
mod reason_stored;
mod reason_text;
mod record;
mod scope;
mod state;
mod transition;

pub use hold_cause::HoldCause;
pub use id::{RunId, Slot};
pub use lost_commits::{LossKind, LostCommits};
pub use reader::Reader;
pub use reason::{MediaProblem, Posted, Reason, UnknownBecause};
pub use record::{Due, OpenRuns, Record, RejectedRecipients, Run, with_uncommitted_changes};
pub use scope::Scope;
pub use state::{State, UnknownState};
pub use transition::{Event, IllegalTransition, Transition};
