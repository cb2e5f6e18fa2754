//! The store on a PostgreSQL server, for several corps and several replicas.
//!
//! `database` is one blocking connection with its reconnects, over `store::session` or, in the simulation of several services,
//! `store::simulated`. What is stored, and when,
//! is decided in the modules above this one.

mod address;
mod claim;
mod database;
mod error;
mod lease;
mod link;
mod schema;
mod problem;
mod renewals;
mod send_log;
mod server;
mod taken;
mod tls;

pub(crate) use address::BadServerAddress;
pub use address::ServerAddress;
pub(super) use claim::{Claimed, Compared};
pub(super) use database::Database;
pub(super) use lease::Lease;
pub use problem::{Owner, ServerProblem};
pub(super) use server::{Readiness, Server};
