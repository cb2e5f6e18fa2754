//! Looks through the store for damage at start, for a bounded time.

use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rusqlite::ErrorCode;

use super::StoreError;
use super::sqlite::Store;

/// The longest that looking through a store may keep a start waiting: some 500 MB that are in memory already. Of a greater
/// store the tables behind that are not looked through; damage in them stops the service when it meets it.
const TIME_LIMIT: Duration = Duration::from_millis(700);

/// What a double post would come from first.
const TABLES: [&str; 10] =
    ["witness", "holds", "ticks", "campaigns", "media", "runs", "sends", "events", "reach", "reach_members"];

impl Store {
    /// `PRAGMA quick_check` of one table after the other, until the time is up.
    pub(super) fn look_through(&self) -> Result<(), StoreError> {
        let Some(path) = self.path() else { return Ok(()) };
        let began = Instant::now();
        let interrupt = self.db().get_interrupt_handle();
        let (done, is_done) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                if is_done.recv_timeout(TIME_LIMIT) == Err(mpsc::RecvTimeoutError::Timeout) {
                    interrupt.interrupt();
                }
            });
            let _done = done;
            for table in TABLES {
                let found = self.read("be looked through", |db| {
                    db.query_row(&format!("PRAGMA quick_check({table})"), [], |row| row.get::<_, String>(0))
                });
                match found {
                    Ok(ok) if ok == "ok" => {}
                    Ok(finding) => return Err(StoreError::Damaged { path: path.clone(), finding }),
                    Err(StoreError::Database { source, .. })
                        if source.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {}
                    Err(error) => return Err(error),
                }
                if began.elapsed() >= TIME_LIMIT {
                    tracing::info!(table, "the store is large: it was looked through for damage only up to this table");
                    break;
                }
            }
            Ok(())
        })
    }
}

pub(super) fn damaged(path: &Path, source: &rusqlite::Error) -> StoreError {
    StoreError::Damaged { path: path.to_owned(), finding: source.to_string() }
}
