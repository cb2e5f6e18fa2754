//! The store in one SQLite file: write-ahead log, `synchronous=FULL`, one writer at a time.
//!
//! `database` is one blocking connection; `executor` runs its calls; `handle` has the async calls, and each concern
//! adds its own.

// The file, and the processes that may use it.
mod handle;
mod executor;
mod database;
mod file;
mod in_place;
mod integrity;
mod lock;
mod lost_commits;
mod read_only;
mod service_lock;
mod witness;

// Its format.
mod error;
mod rows;
mod schema;
mod statements;

// By concern.
mod acknowledgements;
mod backup;
mod manual;
mod campaigns;
mod growth;
mod holds;
mod media;
mod pages;
mod quota;
mod results;
mod retention;
mod runs;
mod save;

pub use handle::Store;
pub use runs::History;
pub use save::GroupWriter;
pub use service_lock::ServiceLock;
