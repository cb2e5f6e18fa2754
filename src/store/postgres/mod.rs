//! The store on a PostgreSQL server, for several corps and several replicas.
//!
//! `database` is one blocking connection with its reconnects; `session` is what is connected, or `simulated`, a server
//! in memory for the simulation of several services. What is stored, and when,
//! is decided in the modules above this one.

mod address;
mod database;
mod error;
mod lease;
mod link;
mod schema;
mod problem;
mod server;
mod session;
mod simulated;
mod tls;

pub use address::{BadServerAddress, ServerAddress};
pub(super) use database::Database;
pub(super) use lease::Lease;
pub use problem::ServerProblem;
pub(super) use server::Server;
pub(super) use session::Session;
pub(super) use simulated::SimulatedSession;
pub use simulated::{CommitFault, SimulatedNetwork, SimulatedPath, SimulatedServer};
