//! The store: runs, their logs, and all state that must survive a restart.
//!
//! Every change is one transaction, and is on disk when the call returns: a caller may save `sending` and then send.
//! Calls are `async`, because SQLite has its own threads. A dropped call may still be carried out, so it does not count
//! as undone. Only `sqlite` names a database, so that a second implementation can be added.

mod address;
mod database_error;
mod error;
mod hold;
mod model;
mod results;
mod sqlite;
mod wait;

pub use crate::run::{HoldCause, LossKind, LostCommits, Scope};

pub use address::{Address, BadAddress};
pub use database_error::{DatabaseError, DatabaseErrorKind, Operation};
pub use error::StoreError;
pub use hold::{Hold, Lifted};
pub use model::{
    AckBatch, AckProgress, AckTrouble, CampaignState, Change, DayOfRuns, ExportedRun, Growth, LogLine, MemberAck,
    PageKey, PageOfRuns, Quota, QuotaRemaining, Recorded, RunFilter, SendPermit,
};
pub use results::{DueResults, MemberResult, Sweep};
pub use sqlite::{GroupWriter, History, ServiceLock, Store};
pub use wait::Wait;
