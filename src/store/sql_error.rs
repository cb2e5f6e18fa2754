//! An error of a statement, in either database.

use std::time::Duration;

/// The result of a statement.
pub(super) type SqlResult<T> = Result<T, SqlError>;

#[derive(Debug, thiserror::Error)]
pub(super) enum SqlError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Postgres(#[from] tokio_postgres::Error),
    /// The other store of a copy failed: nothing is written here.
    #[error("the other store failed")]
    GivenUp,
    /// What was read back differs from what was copied.
    #[error("the table {0} was read back differently")]
    CopyDiffers(&'static str),
    /// A statement of the transaction failed, so nothing of it is written.
    #[error("a statement of the transaction failed before")]
    Aborted,
    /// The server did not answer in this time.
    #[error("the server did not answer for {}", crate::duration::show(*.0))]
    NoAnswer(Duration),
    /// A failover may lose the commit: the wait for a standby server was cancelled.
    #[error("the commit is on the disk of the primary server only: {0}")]
    NotReplicated(String),
}

/// A value that cannot be written.
pub(super) fn unwritable(error: impl std::error::Error + Send + Sync + 'static) -> SqlError {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error)).into()
}
