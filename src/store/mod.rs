//! The store: runs, their logs, and what must outlive a restart.
//!
//! Every change is one transaction, and is on disk when the call's answer comes: a caller that writes `sending` and then
//! sends may rely on it. Calls are `async`: SQLite has a thread of its own. A dropped call may still be carried out, so
//! nothing may be taken for not done because its call was dropped. Nothing outside `sqlite` names a database, so that a
//! second kind can come beside it.

mod address;
mod database_error;
mod error;
mod hold;
mod lost_commits;
mod model;
mod sqlite;
mod wait;

pub use crate::run::Scope;

pub use address::{Address, BadAddress};
pub use database_error::{DatabaseError, DatabaseErrorKind, Operation};
pub use error::StoreError;
pub use hold::{Hold, HoldCause, Lifted};
pub use lost_commits::{LossKind, LostCommits};
pub use model::{
    AckBatch, AckProgress, CampaignState, Change, ExportedRun, Growth, LogLine, MemberAck, Quota, QuotaRemaining,
    Recorded, RunFilter, SendPermit,
};
pub use sqlite::{GroupWriter, History, ServiceLock, Store};
pub use wait::Wait;
