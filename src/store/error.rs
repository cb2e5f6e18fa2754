//! Why the store did not do what was asked, and what people do about it: one line, and the next act.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::Scope;
use crate::error_chain;
use crate::run::RunId;

/// Why the store did not do what was asked. Nothing was changed.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error("{}", not_opened(.path, &.cause.line()))]
    Open { path: PathBuf, cause: DatabaseError },
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
    #[error("{} cannot be written: {}", .path.display(), io_line(.cause))]
    NotWritten { path: PathBuf, cause: std::io::Error },
    #[error("{} cannot be locked: it must be a file that this user may write, on a disk that knows locks", .path.display())]
    Lock {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the store {} cannot be accessed: {}", .path.display(), io_line(.cause))]
    NoAccess { path: PathBuf, cause: std::io::Error },
    #[error("the store {} has {links} names (hard links), and a process under another name would not see what this one writes: keep one name, remove the others", .path.display())]
    HardLinked { path: PathBuf, links: u64 },
    #[error("the file of the store {} was replaced while it was being opened: start again", .path.display())]
    Replaced { path: PathBuf },
    #[error("the file {} is not the one that this Drumbeat opened: it was removed, renamed or replaced. Nothing more is sent. Put the store that was open back in its place, or a copy made by `drumbeat backup`, then start again; compare with WeCom's console what was posted meanwhile", .path.display())]
    Displaced { path: PathBuf },
    #[error("the store {} is damaged ({finding}): keep the file, put a copy made by `drumbeat backup` in its place, and read \"A damaged store\" in docs/running.md", .path.display())]
    Damaged { path: PathBuf, finding: String },
    #[error("the lock file of the store, which counts what was sent, cannot be read or written: {}", io_line(.cause))]
    Witness { cause: std::io::Error },
    #[error("{}", not_done(.verb, &.cause.line()))]
    Database { verb: &'static str, cause: DatabaseError },
    #[error("the store holds something that cannot be understood: {what}")]
    Unreadable { what: String },
    #[error("{scope} is on hold already, since {since} by {by}: {reason}")]
    OnHoldAlready { scope: Scope, since: DateTime<Utc>, by: String, reason: String },
    #[error("{0} is not on hold")]
    NotOnHold(Scope),
    #[error("run {run} was changed by somebody else meanwhile")]
    VersionConflict { run: RunId },
    #[error("the store's part of this program has failed; its log says why: start Drumbeat again")]
    Stopped,
    #[error("the system gives this program no thread for the store: {cause}")]
    NoThread { cause: io::Error },
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

/// An error of the database, and what kind of act it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseError {
    pub kind: DatabaseErrorKind,
    /// What the database says, with its number.
    pub words: String,
}

/// What an error of the database asks people to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseErrorKind {
    /// The disk is full.
    Full,
    /// The file or its file system is read-only.
    ReadOnly,
    /// The user may not open or read it.
    NoRights,
    /// Another process has it locked.
    Locked,
    /// The disk failed to read or write.
    Disk,
    Other,
}

impl DatabaseError {
    /// In one line, with the next act.
    fn line(&self) -> String {
        format!("{}: {}", self.words, self.act())
    }

    fn act(&self) -> &'static str {
        match self.kind {
            DatabaseErrorKind::Full => MAKE_ROOM,
            DatabaseErrorKind::ReadOnly => WRITABLE,
            DatabaseErrorKind::NoRights => RIGHTS,
            DatabaseErrorKind::Locked => {
                "wait until the other process that has it locked is done, or stop that process, then try again"
            }
            DatabaseErrorKind::Disk => {
                "make sure that its disk has room and no faults (the system's log tells of them); a file that was cut \
                 short needs a copy made by `drumbeat backup` in its place"
            }
            DatabaseErrorKind::Other => {
                "keep the files of the store, and report this error to those who maintain Drumbeat"
            }
        }
    }
}

const MAKE_ROOM: &str = "make room on the disk";
const WRITABLE: &str = "mount its file system for writing, and give the user that runs Drumbeat the right to write \
                        the file and its directory";
const RIGHTS: &str = "give the user that runs Drumbeat the right to read and write the file and its directory";

impl StoreError {
    /// What failed, and what a person does next, for a table that has a column for each.
    pub fn finding(&self) -> (String, &'static str) {
        match self.itself() {
            Self::Open { path, cause } => (not_opened(path, &cause.words), cause.act()),
            Self::Database { verb, cause } => (not_done(verb, &cause.words), cause.act()),
            Self::Damaged { .. } => (
                error_chain::error_chain(self),
                "put a copy made by `drumbeat backup` in its place: \"A damaged store\" in docs/running.md",
            ),
            Self::ReadOnly { .. } | Self::LogOnReadOnly { .. } => (error_chain::error_chain(self), WRITABLE),
            _ => (error_chain::error_chain(self), RIGHTS),
        }
    }
}

fn not_opened(path: &Path, why: &str) -> String {
    format!("the store {} cannot be opened: {why}", path.display())
}

fn not_done(verb: &str, why: &str) -> String {
    format!("the store could not {verb}: {why}")
}

/// An error of the disk in one line, with the next act where one is known.
fn io_line(error: &io::Error) -> String {
    let act = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => MAKE_ROOM,
        ErrorKind::ReadOnlyFilesystem => WRITABLE,
        ErrorKind::PermissionDenied => RIGHTS,
        _ => return error.to_string(),
    };
    format!("{error}: {act}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_disk_io_error_reads_the_same() {
        let cause = io::Error::from(ErrorKind::StorageFull);
        let error = StoreError::NotWritten { path: "copy.db".into(), cause };
        let line = error_chain::error_chain(&error);
        assert!(line.starts_with("copy.db cannot be written: ") && line.ends_with("make room on the disk"), "{line}");
    }
}
