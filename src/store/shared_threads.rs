//! The threads that the stores of one address share: few connections serve many corps.
//!
//! A corp has one thread for writing and one for reading, so its calls stay in order. Other corps may have the same ones.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::database::Database;
use super::executor::DatabaseThread;
use super::postgres::{self, Server};

/// Connections of one process for writing, at most. PostgreSQL writes the commits of several in one go.
const WRITERS: u64 = 4;
/// The same for reading.
const READERS: u64 = 2;

/// What a thread is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    Writing,
    Reading,
}

/// By address, use and number. A thread ends with the last store that has it.
static THREADS: Mutex<BTreeMap<(String, Use, u64), Weak<DatabaseThread>>> = Mutex::new(BTreeMap::new());

/// The thread for a corp, which may serve others too.
pub(super) fn thread(server: &Arc<Server>, of: Use) -> io::Result<Arc<DatabaseThread>> {
    let many = if of == Use::Writing { WRITERS } else { READERS };
    let number = server.corp_name().bytes().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let key = (server.address_text(), of, number % many);
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    threads.retain(|_, thread| thread.strong_count() > 0);
    if let Some(thread) = threads.get(&key).and_then(Weak::upgrade) {
        return Ok(thread);
    }
    let database = Database::Postgres(postgres::Database::new(Arc::clone(server))?);
    let thread = Arc::new(DatabaseThread::shared(database, of == Use::Reading)?);
    threads.insert(key, Arc::downgrade(&thread));
    Ok(thread)
}
