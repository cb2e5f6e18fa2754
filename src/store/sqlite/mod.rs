//! The store in one SQLite file: write-ahead log, `synchronous=FULL`, one writer at a time.
//!
//! `database` is one blocking connection. What is stored, and when, is decided in the modules above this one.

// The file, and the processes that may use it.
mod database;
mod file;
mod in_place;
mod integrity;
mod lock;
mod read_only;

// Its format.
mod error;
pub(super) mod schema;

pub(super) use database::{Database, STATEMENT_CACHE_CAPACITY, StoreFile, open_to_look};
pub(super) use file::{FILE_MODE, create_private};
pub(super) use in_place::{Claim, FilesInUse};
pub(super) use integrity::check as check_integrity;
pub(super) use lock::lock;
