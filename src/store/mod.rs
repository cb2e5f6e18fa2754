//! The store: runs, their logs, and what must outlive a restart.
//!
//! Every change is one transaction and is on disk before the call returns: whoever writes `sending` and then sends may
//! rely on it. The public face names no database, so that a second kind can come beside SQLite. Calls block for the
//! time of one commit, about a millisecond, which is why they are plain functions.

mod address;
mod advice;
mod by_hand;
mod acknowledgements;
mod read_only;
mod retention;
mod holds;
mod in_place;
mod integrity;
mod lock;
mod lost_memory;
mod rows;
mod runs;
mod schema;
mod sqlite;
mod statements;
mod admin;
mod witness;
mod messages;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::ids::{CampaignId, CorpId};
use crate::run::{Event, Run, RunId, State};

pub use crate::run::Scope;

pub use acknowledgements::{AckBatch, AckProgress, MemberAck};
pub use address::{Address, BadAddress};
pub use admin::{Growth, QuotaRemaining};
pub use by_hand::Recorded;
pub use holds::{Hold, Lifted};
pub use lock::ServiceLock;
pub use lost_memory::{LostMemory, Why};
pub use retention::Exported;
pub use runs::{History, LogLine};
pub use sqlite::Store;

/// Why the store did not do what was asked. Nothing was changed.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error("{}", advice::not_opened(.path, &advice::line(.cause)))]
    Open { path: PathBuf, cause: rusqlite::Error },
    #[error("the directory of the store {} is not there: make it, or name another place with --store", .path.display())]
    NoDirectory { path: PathBuf },
    #[error("the store {} can only be read, and nothing may be posted that is not recorded: mount its file system for writing, or correct its permissions", .path.display())]
    ReadOnly { path: PathBuf },
    #[error("the store {0} is on a read-only file system, where SQLite cannot read its log {0}-wal: copy {0} and {0}-wal to a writable directory, and name that copy with --store", .path.display())]
    LogOnReadOnly { path: PathBuf },
    #[error("there is no store at {}", .path.display())]
    NotThere { path: PathBuf },
    #[error("the store {} was written by a newer Drumbeat (its form is {found}, this one knows up to {known}): upgrade Drumbeat", .path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{} is no store of Drumbeat's", .path.display())]
    Foreign { path: PathBuf },
    #[error("another Drumbeat is running on the store {}: stop it first, or give this one a store of its own", .path.display())]
    InUse { path: PathBuf },
    #[error("{} already exists: name a file that does not", .path.display())]
    AlreadyExists { path: PathBuf },
    #[error("{} cannot be written: {}", .path.display(), advice::io_line(.cause))]
    NotWritten { path: PathBuf, cause: std::io::Error },
    #[error("{} cannot be locked: it must be a file that this user may write, on a disk that knows locks", .path.display())]
    Lock {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the store {} cannot be accessed: {}", .path.display(), advice::io_line(.cause))]
    NoAccess { path: PathBuf, cause: std::io::Error },
    #[error("the store {} has {links} names (hard links), and a process under another name would not see what this one writes: keep one name, remove the others", .path.display())]
    HardLinked { path: PathBuf, links: u64 },
    #[error("the file of the store {} was replaced while it was being opened: start again", .path.display())]
    Replaced { path: PathBuf },
    #[error("the file {} is not the one that this Drumbeat opened: it was removed, renamed or replaced. Nothing more is sent. Put the store that was open back in its place, or a copy made by `drumbeat backup`, then start again; compare with WeCom's console what was posted meanwhile", .path.display())]
    Displaced { path: PathBuf },
    #[error("the store {} is damaged ({finding}): keep the file, put a copy made by `drumbeat backup` in its place, and read \"A damaged store\" in docs/running.md", .path.display())]
    Damaged { path: PathBuf, finding: String },
    #[error("the lock file of the store, which counts what was sent, cannot be read or written: {}", advice::io_line(.cause))]
    Witness { cause: std::io::Error },
    #[error("{}", advice::not_done(.verb, &advice::line(.cause)))]
    Database { verb: &'static str, cause: rusqlite::Error },
    #[error("the store holds something that cannot be understood: {what}")]
    Unreadable { what: String },
    #[error("{scope} is on hold already, since {since} by {by}: {reason}")]
    OnHoldAlready { scope: Scope, since: DateTime<Utc>, by: String, reason: String },
    #[error("{0} is not on hold")]
    NotOnHold(Scope),
    #[error("run {run} was changed by somebody else meanwhile")]
    VersionConflict { run: RunId },
    /// What kept several changes from being saved in one commit.
    #[error(transparent)]
    Shared(Arc<StoreError>),
}

impl StoreError {
    /// The error itself, where several have met it together.
    pub fn itself(&self) -> &Self {
        match self {
            Self::Shared(error) => error.itself(),
            error => error,
        }
    }
}

/// What is known of a campaign from the last time that it was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignState {
    pub campaign: CampaignId,
    /// Changes whenever the campaign does.
    pub fingerprint: String,
    /// Only occurrences after this instant count.
    pub since: DateTime<Utc>,
    /// The schedule and lateness that it had, as the engine wrote them.
    pub terms: String,
}

/// The answer to the wish to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendPermit {
    /// `sending` is on disk: send.
    Granted,
    /// The limit of creations is reached until this instant.
    NotBefore(DateTime<Utc>),
    /// A person's hold lies on it.
    OnHold(Hold),
    /// `sending` is on disk and the witness beside the store is not: do not send.
    NotWitnessed(String),
}

/// Most creations in a minute and in a calendar month, per corp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub per_minute: usize,
    pub per_month: usize,
}

/// Which runs `history` wants.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    pub corp: Option<CorpId>,
    pub campaign: Option<CampaignId>,
    pub since: Option<DateTime<Utc>>,
    pub state: Option<State>,
    pub only_open: bool,
}

/// A run that is changed, with the line for its log.
pub type Change<'a> = (&'a Run, &'a Event);
