//! Time zones: lookup by name, and conversion between local times and instants.

pub mod civil;
mod lookup;
pub(super) mod tzdata;

pub use self::lookup::{ZONE_DATA, ZoneError, zone};
pub(super) use self::lookup::{ZoneWarning, warning};
pub use self::tzdata::is_outdated;
