//! Looks through the store for damage at start, for a bounded time.

use std::sync::mpsc;
use std::time::Duration;

use rusqlite::ErrorCode;

use super::database::Database;
use super::error::found_damage;
use super::handle::Store;
use crate::store::StoreError;

/// The longest that looking through a store may keep a start waiting: some 500 MB that are in memory already. The rest of a
/// greater store is not looked through; damage in it stops the service when it meets it.
const TIME_LIMIT: Duration = Duration::from_millis(700);

impl Store {
    /// Looks for damage, for a bounded time.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with what was found.
    pub async fn look_through(&self) -> Result<(), StoreError> {
        self.call(check).await
    }
}

/// `PRAGMA quick_check`, until the time is up.
pub(super) fn check(database: &mut Database) -> Result<(), StoreError> {
    let Some(path) = &database.file.path else { return Ok(()) };
    let interrupt = database.connection.get_interrupt_handle();
    let (done, is_done) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if is_done.recv_timeout(TIME_LIMIT) == Err(mpsc::RecvTimeoutError::Timeout) {
                interrupt.interrupt();
            }
        });
        let _done = done;
        let found = database.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        match found {
            Ok(ok) if ok == "ok" => Ok(()),
            Ok(finding) => Err(found_damage(path, &finding)),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
                tracing::info!("the store is large: only a part of it was looked through for damage");
                Ok(())
            }
            Err(error) => Err(database.failed("be looked through", error)),
        }
    })
}
