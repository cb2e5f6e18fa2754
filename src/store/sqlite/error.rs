//! Converts errors of SQLite into errors of the store.

use std::path::Path;

use rusqlite::{Error, ErrorCode, ffi};

use crate::error_chain;
use crate::store::sql_error::SqlError;
use crate::store::{DatabaseError, DatabaseErrorKind, Operation, StoreError};

impl From<Error> for DatabaseError {
    fn from(error: Error) -> Self {
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => DatabaseErrorKind::Full,
            Some(ErrorCode::ReadOnly) => DatabaseErrorKind::ReadOnly,
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => DatabaseErrorKind::NoRights,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
                DatabaseErrorKind::Locked
            }
            Some(ErrorCode::SystemIoFailure) => DatabaseErrorKind::Disk,
            _ => DatabaseErrorKind::Other,
        };
        let words = match &error {
            Error::SqliteFailure(code, said) => {
                let said = said.as_deref().unwrap_or_else(|| ffi::code_to_str(code.extended_code));
                format!("{said} (SQLite error {})", code.extended_code)
            }
            error => error_chain::error_chain(error),
        };
        Self { kind, words }
    }
}

/// An error of an operation on the store at `path`.
pub(super) fn failed(path: Option<&Path>, operation: Operation, error: SqlError) -> StoreError {
    let error = match error {
        SqlError::Sqlite(error) => error,
        SqlError::GivenUp => return StoreError::GivenUp,
        SqlError::CopyDiffers(table) => return StoreError::CopyDiffers { table },
        other => return StoreError::Unreadable { what: other.to_string() },
    };
    match (error.sqlite_error_code(), path) {
        (Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase), Some(path)) => damaged(path, &error),
        _ => match error {
            Error::FromSqlConversionFailure(_, _, why) => StoreError::Unreadable { what: why.to_string() },
            error => StoreError::Database { operation, cause: error.into() },
        },
    }
}

pub(super) fn damaged(path: &Path, source: &rusqlite::Error) -> StoreError {
    found_damage(path, &source.to_string())
}

/// The errors of SQLite's report in one line. The report has a heading for each database and a line for each error.
pub(super) fn found_damage(path: &Path, report: &str) -> StoreError {
    let errors: Vec<&str> =
        report.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("***")).collect();
    StoreError::Damaged { path: path.to_owned(), finding: errors.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Lang, UserError};

    #[track_caller]
    fn advises(number: i32, said: Option<&str>, text: &str, next: &str) {
        let cause = Error::SqliteFailure(ffi::Error::new(number), said.map(str::to_owned)).into();
        let error = StoreError::Database { operation: Operation::SaveRuns, cause };
        let line = error_chain::error_chain(&error);
        assert!(line.starts_with(&format!("failed to save runs in the store: {text}: ")), "{line}");
        assert!(line.contains(next), "{line}");
        assert_eq!(line.matches(&number.to_string()).count(), 1, "{line}");
        let (what, act) = error.what_and_help();
        assert_eq!(line, format!("{}: {}", what.get(Lang::En), act.get(Lang::En)));
        let line = error.text().into_lang(Lang::Zh);
        assert!(line.starts_with(&format!("记录库保存发表记录失败：{text}。请")), "{line}");
    }

    #[test]
    fn every_sqlite_error_names_next_act_once() {
        let full = "database or disk is full";
        advises(13, Some(full), "database or disk is full (SQLite error 13)", "free space");
        advises(5, Some("database is locked"), "database is locked (SQLite error 5)", "the process that has locked it");
        advises(8, Some("readonly database"), "readonly database (SQLite error 8)", "for writing");
        advises(14, None, "unable to open database file (SQLite error 14)", "permission to read and write");
        advises(522, Some("disk I/O error"), "disk I/O error (SQLite error 522)", "has room and no faults");
    }
}
