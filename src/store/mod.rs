//! The store: runs, their logs, and all state that must survive a restart.
//!
//! Every change is one transaction, and is on disk when the call returns: a caller may save `sending` and then send.
//! Calls are `async`, because databases have their own threads. A dropped call may still be carried out, so it does not count
//! as undone.
//!
//! What is stored, and when, is written once, for both databases: the modules by concern, over `connection`. `sqlite` and
//! `postgres` know how to open, lock and commit.

mod address;
mod database_error;
mod error;
mod hold;
mod model;
mod nudge;
mod results;
mod wait;

// Its handle, and what runs its calls.
mod handle;
mod executor;
mod shared_threads;
mod database;
mod service_lock;
mod lost_commits;
mod witness;
mod backup;

// The two databases, and their common face.
mod sqlite;
mod postgres;
mod session;
mod simulated;
mod connection;
mod sql_error;
mod statements;
mod rows;

// By concern.
mod acknowledgements;
mod campaigns;
mod corp;
mod copy;
mod growth;
mod holds;
mod manual;
mod media;
mod moved;
mod nudges;
mod pages;
mod quota;
mod result_sweeps;
mod removal;
mod retention;
mod runs;
mod save;
mod sealed;
mod server_state;

pub use crate::run::{HoldCause, LossKind, LostCommits, Scope};

pub use address::{Address, BadAddress};
pub use copy::{Copied, CopyError, CopyOrder, Progress, copy};
pub use corp::file_knows;
pub use database_error::{DatabaseError, DatabaseErrorKind, Operation};
pub use error::StoreError;
pub use handle::Store;
pub use hold::{Hold, Lifted};
pub use model::{
    AckBatch, AckProgress, AckTrouble, Advance, CampaignState, Change, DataVersion, DayOfRuns, ExportedRun,
    GroupChange, Growth, LogLine, MemberAck, PageKey, PageOfRuns, Quota, QuotaRemaining, Recorded, RunFilter, Saved,
};
pub use nudge::{DueNudges, MAX_NUDGES, Nudge, NudgeOutcome};
pub use postgres::{Owner, ServerAddress, ServerProblem};
pub use removal::RemovalLock;
pub use results::{DueResults, MemberResult, Sweep};
pub use runs::History;
pub use save::GroupWriter;
pub use server_state::{ServerState, Standbys};
pub use service_lock::ServiceLock;
pub use simulated::{CommitFault, SimulatedNetwork, SimulatedPath, SimulatedServer};
pub use wait::Wait;
