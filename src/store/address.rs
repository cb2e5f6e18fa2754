//! Where the store is: `sqlite://drumbeat.db`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    Sqlite(PathBuf),
}

/// A text that names no store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{address} is not the address of a store: {why}write sqlite:// and the path of a file, such as sqlite://drumbeat.db"
)]
pub struct BadAddress {
    address: String,
    why: &'static str,
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        // An address of another kind may hold a password.
        let shown = match text.split_once("://") {
            Some((scheme, _)) if scheme != "sqlite" => format!("`{scheme}://…`"),
            _ => format!("`{text}`"),
        };
        let bad = |why| BadAddress { address: shown.clone(), why };
        let path = text.strip_prefix("sqlite://").filter(|path| !path.is_empty()).ok_or_else(|| bad(""))?;
        // Taken for a part of the file's name, each of these would lead to a new and empty store.
        if path.contains(['?', '#']) {
            return Err(bad("options behind `?` or `#` are not known; "));
        }
        if path.contains(char::is_control) || path.trim() != path || path.ends_with('/') {
            return Err(bad("it ends or begins with a space, ends with `/`, or has a control character; "));
        }
        // SQLite's words for a store that is gone with the process, and for an address within the address.
        if path.starts_with(':') || path.starts_with("file:") {
            return Err(bad("SQLite's special names are not taken; "));
        }
        Ok(Self::Sqlite(path.into()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Sqlite(path) = self;
        write!(f, "sqlite://{}", path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(address: &str) {
        assert!(address.parse::<Address>().is_err(), "{address}");
    }

    #[test]
    fn the_path_of_a_file() {
        assert_eq!("sqlite:///var/lib/a.db".parse(), Ok(Address::Sqlite("/var/lib/a.db".into())));
    }

    #[test]
    fn options_are_no_part_of_the_name() {
        refused("sqlite://state.db?mode=rw");
        refused("sqlite://state.db?");
        refused("sqlite://state.db#1");
    }

    #[test]
    fn names_that_would_lead_to_an_empty_store() {
        refused("sqlite://:memory:");
        refused("sqlite://file:state.db");
        refused("sqlite://state.db ");
        refused("sqlite://state/");
        refused("sqlite://state\u{0}.db");
        refused("sqlite://");
        refused("state.db");
    }
}
