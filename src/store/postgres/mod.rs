//! The store on a PostgreSQL server, for several corps and several replicas.
//!
//! `database` is one blocking connection with its reconnects; `session` is what is connected. What is stored, and when,
//! is decided in the modules above this one.

mod address;
mod database;
mod error;
mod lease;
mod schema;
mod problem;
mod server;
mod session;
mod tls;

pub use address::{BadServerAddress, ServerAddress};
pub(super) use database::Database;
pub(super) use lease::Lease;
pub use problem::ServerProblem;
pub(super) use server::Server;
pub(super) use session::Session;
