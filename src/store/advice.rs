//! One home for what an error of SQLite or of the disk means to people: one line, and the next act.

use std::io::{self, ErrorKind};

use rusqlite::{Error, ErrorCode, ffi};

use super::StoreError;
use crate::error_chain;

const MAKE_ROOM: &str = "make room on the disk";
const WRITABLE: &str = "mount its file system for writing, and give the user that runs Drumbeat the right to write \
                        the file and its directory";
const RIGHTS: &str = "give the user that runs Drumbeat the right to read and write the file and its directory";

impl StoreError {
    /// What failed, and what a person does next, for a table that has a column for each.
    pub fn finding(&self) -> (String, &'static str) {
        match self.itself() {
            Self::Open { path, cause } => (not_opened(path, &what(cause)), act(cause)),
            Self::Database { verb, cause } => (not_done(verb, &what(cause)), act(cause)),
            Self::Damaged { .. } => (
                error_chain::error_chain(self),
                "put a copy made by `drumbeat backup` in its place: \"A damaged store\" in docs/running.md",
            ),
            Self::ReadOnly { .. } | Self::LogOnReadOnly { .. } => (error_chain::error_chain(self), WRITABLE),
            _ => (error_chain::error_chain(self), RIGHTS),
        }
    }
}

pub(super) fn not_opened(path: &std::path::Path, why: &str) -> String {
    format!("the store {} cannot be opened: {why}", path.display())
}

pub(super) fn not_done(verb: &str, why: &str) -> String {
    format!("the store could not {verb}: {why}")
}

/// An error of SQLite in one line, with the next act.
pub(super) fn line(error: &Error) -> String {
    format!("{}: {}", what(error), act(error))
}

/// An error of the disk in one line, with the next act where one is known.
pub(super) fn io_line(error: &io::Error) -> String {
    let act = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => MAKE_ROOM,
        ErrorKind::ReadOnlyFilesystem => WRITABLE,
        ErrorKind::PermissionDenied => RIGHTS,
        _ => return error.to_string(),
    };
    format!("{error}: {act}")
}

/// What SQLite says, with its number once.
fn what(error: &Error) -> String {
    match error {
        Error::SqliteFailure(code, said) => {
            let said = said.as_deref().unwrap_or_else(|| ffi::code_to_str(code.extended_code));
            format!("{said} (SQLite error {})", code.extended_code)
        }
        error => error_chain::error_chain(error),
    }
}

fn act(error: &Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => MAKE_ROOM,
        Some(ErrorCode::ReadOnly) => WRITABLE,
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => RIGHTS,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
            "wait until the other process that has it locked is done, or stop that process, then try again"
        }
        Some(ErrorCode::SystemIoFailure) => {
            "make sure that its disk has room and no faults (the system's log tells of them); a file that was cut \
             short needs a copy made by `drumbeat backup` in its place"
        }
        _ => "keep the files of the store, and report this error to those who maintain Drumbeat",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn advises(number: i32, said: Option<&str>, text: &str, next: &str) {
        let cause = Error::SqliteFailure(ffi::Error::new(number), said.map(str::to_owned));
        let error = StoreError::Database { verb: "save runs", cause };
        let line = error_chain::error_chain(&error);
        assert!(line.starts_with(&format!("the store could not save runs: {text}: ")), "{line}");
        assert!(line.contains(next), "{line}");
        assert_eq!(line.matches(&number.to_string()).count(), 1, "{line}");
        let (what, act) = error.finding();
        assert_eq!(line, format!("{what}: {act}"));
    }

    #[test]
    fn each_error_of_sqlite_names_the_next_act_and_its_number_once() {
        let full = "database or disk is full";
        advises(13, Some(full), "database or disk is full (SQLite error 13)", "make room");
        advises(5, Some("database is locked"), "database is locked (SQLite error 5)", "the other process");
        advises(8, Some("readonly database"), "readonly database (SQLite error 8)", "for writing");
        advises(14, None, "unable to open database file (SQLite error 14)", "the right to read and write");
        advises(522, Some("disk I/O error"), "disk I/O error (SQLite error 522)", "has room and no faults");
    }

    #[test]
    fn a_full_disk_met_by_the_system_is_told_the_same_way() {
        let cause = io::Error::from(ErrorKind::StorageFull);
        let error = StoreError::NotWritten { path: "copy.db".into(), cause };
        let line = error_chain::error_chain(&error);
        assert!(line.starts_with("copy.db cannot be written: ") && line.ends_with("make room on the disk"), "{line}");
    }
}
