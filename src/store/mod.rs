//! The store: runs, their logs, and what must outlive a restart.
//!
//! Every change is one transaction and is on disk before the call returns: a caller that writes `sending` and then sends
//! may rely on it. Nothing outside `sqlite` names a database, so that a second kind can come beside it. Calls block for
//! the time of one commit, about a millisecond, which is why they are plain functions.

mod address;
mod error;
mod hold;
mod lost_memory;
mod messages;
mod model;
mod sqlite;

pub use crate::run::Scope;

pub use address::{Address, BadAddress};
pub use error::{DatabaseError, StoreError};
pub use hold::{Hold, Lifted};
pub use lost_memory::{LostMemory, Why};
pub use model::{
    AckBatch, AckProgress, CampaignState, Change, Exported, Growth, LogLine, MemberAck, Quota, QuotaRemaining,
    Recorded, RunFilter, SendPermit,
};
pub use sqlite::{History, ServiceLock, Store};
