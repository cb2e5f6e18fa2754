//! Results as text: for people and for programs. Formats nothing else, prints nothing.

pub mod findings;
pub mod holds;
pub mod runs;
pub mod schema;
