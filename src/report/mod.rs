//! Formats results as text, for people and for programs. Prints nothing.

pub mod doctor;
pub mod audience;
pub mod directory;
pub mod findings;
pub mod holds;
pub mod import;
pub mod acknowledgements;
pub(crate) mod parts;
pub mod plan;
pub mod reminders;
pub mod results;
pub mod runs;
pub mod schema;
