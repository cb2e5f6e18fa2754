//! Time zones: found by name, and from wall-clock time to instants and back.

pub mod civil;
mod lookup;
pub(super) mod tzdata;

pub use self::lookup::{ZONE_DATA, ZoneFault, zone};
pub(super) use self::lookup::{ZoneWarning, trap};
pub use self::tzdata::is_outdated;
