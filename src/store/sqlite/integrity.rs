//! Checks the store for damage at start, for a bounded time.

use std::sync::mpsc;
use std::time::Duration;

use rusqlite::ErrorCode;

use super::database::Database;
use super::error::found_damage;
use crate::store::{Operation, StoreError};

/// Longest delay of a start by the check: enough for about 500 MB in the page cache. The rest of a larger store is not
/// checked; damage there stops the service when it is read.
const CHECK_TIMEOUT: Duration = Duration::from_millis(700);

/// `PRAGMA quick_check`, interrupted after `CHECK_TIMEOUT`.
///
/// # Errors
/// [`StoreError::Damaged`] with the errors that SQLite reports.
pub(in crate::store) fn check(database: &mut Database) -> Result<(), StoreError> {
    let Some(path) = &database.file.path else { return Ok(()) };
    let interrupt = database.connection.get_interrupt_handle();
    let (done, is_done) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if is_done.recv_timeout(CHECK_TIMEOUT) == Err(mpsc::RecvTimeoutError::Timeout) {
                interrupt.interrupt();
            }
        });
        let _done = done;
        let found = database.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        match found {
            Ok(ok) if ok == "ok" => Ok(()),
            Ok(finding) => Err(found_damage(path, &finding)),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
                tracing::info!("the store is large: only a part of it was checked for damage");
                Ok(())
            }
            Err(error) => Err(database.failed(Operation::CheckDamage, error.into())),
        }
    })
}
