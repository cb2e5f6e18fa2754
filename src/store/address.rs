//! Where the store is: `sqlite://drumbeat.db`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::postgres::{BadServerAddress, ServerAddress};
use crate::ids::{CorpId, CorpName};
use crate::text::{Text, UserError};

/// The address of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    Sqlite(PathBuf),
    /// On a PostgreSQL server.
    Postgres(Box<ServerAddress>),
}

/// A text that is not the address of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAddress {
    /// The text as it may be shown.
    address: String,
    kind: AddressErrorKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum AddressErrorKind {
    /// Does not begin with `sqlite://`, or ends there.
    NoFile,
    Options,
    Characters,
    /// SQLite's name for a store in memory, or a URI inside the address.
    SpecialName,
    Server(BadServerAddress),
}

impl Address {
    /// The same store for one corp. A file is for the corp that uses it.
    #[must_use]
    pub fn of_corp_id(self, corp: Option<CorpId>) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(path),
            Self::Postgres(address) => Self::Postgres(Box::new(address.of_corp(corp))),
        }
    }

    /// A file or directory of this machine that belongs to the store, with this suffix: beside the file of the store.
    pub fn beside(&self, end: &str) -> PathBuf {
        let mut name = match self {
            Self::Sqlite(path) => path.clone().into_os_string(),
            Self::Postgres(address) => address.local_name().into_os_string(),
        };
        name.push(end);
        name.into()
    }

    /// The same with the whole path of a file, for what is read in another directory.
    #[must_use]
    pub fn absolute(self) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(std::path::absolute(&path).unwrap_or(path)),
            server @ Self::Postgres(_) => server,
        }
    }

    /// Whether it names a file that is not there: opening it creates a new store.
    pub fn is_missing_file(&self) -> bool {
        matches!(self, Self::Sqlite(path) if !path.exists())
    }

    /// The directory of these files.
    pub fn directory(&self) -> PathBuf {
        let beside = self.beside("");
        beside.parent().filter(|directory| *directory != Path::new("")).unwrap_or(Path::new(".")).to_owned()
    }

    /// The store of one corp of several: `drumbeat.abc.db` beside `drumbeat.db`. A server keeps all of
    /// them together, by their ids.
    pub fn of_corp(&self, corp: &CorpName) -> Self {
        let Self::Sqlite(path) = self else { return self.clone() };
        let mut name = path.file_stem().unwrap_or_default().to_os_string();
        name.push(format!(".{corp}"));
        if let Some(ending) = path.extension() {
            name.push(".");
            name.push(ending);
        }
        Self::Sqlite(path.with_file_name(name))
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        // An address of another kind may contain a password.
        let shown = match text.split_once("://") {
            Some((scheme, _)) if scheme != "sqlite" => format!("{scheme}://…"),
            _ => text.to_owned(),
        };
        let bad = |kind| BadAddress { address: shown.clone(), kind };
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return ServerAddress::read(text)
                .map(|address| Self::Postgres(Box::new(address)))
                .map_err(|why| bad(AddressErrorKind::Server(why)));
        }
        let path = text.strip_prefix("sqlite://").filter(|path| !path.is_empty());
        let path = path.ok_or_else(|| bad(AddressErrorKind::NoFile))?;
        // As part of a file name, each of these would lead to a new and empty store.
        if path.contains(['?', '#']) {
            return Err(bad(AddressErrorKind::Options));
        }
        if path.contains(char::is_control) || path.trim() != path || path.ends_with('/') {
            return Err(bad(AddressErrorKind::Characters));
        }
        if path.starts_with(':') || path.starts_with("file:") {
            return Err(bad(AddressErrorKind::SpecialName));
        }
        Ok(Self::Sqlite(path.into()))
    }
}

impl UserError for BadAddress {
    fn text(&self) -> Text {
        let address = &self.address;
        let why = match &self.kind {
            AddressErrorKind::NoFile => Text::default(),
            AddressErrorKind::Options => text!(
                en: "options after `?` or `#` are not supported; ",
                zh: "`?` 或 `#` 后面的选项不支持；"
            ),
            AddressErrorKind::Characters => text!(
                en: "it begins or ends with a space, ends with `/`, or has a control character; ",
                zh: "开头或结尾有空格、以 `/` 结尾，或者含有控制字符；"
            ),
            AddressErrorKind::SpecialName => text!(
                en: "SQLite's special names are not supported; ",
                zh: "不支持 SQLite 的特殊名字；"
            ),
            AddressErrorKind::Server(why) => {
                return text!(
                    en: "invalid store address `{address}`: {why}",
                    zh: "`{address}` 不是记录库的地址：{why}",
                    why = why.text()
                );
            }
        };
        text!(
            en: "invalid store address `{address}`: {why}write sqlite:// and the path of a file, such as sqlite://drumbeat.db, or postgres:// and a server",
            zh: "`{address}` 不是记录库的地址：{why}请写 sqlite:// 加文件路径，例如 sqlite://drumbeat.db，或者 postgres:// 加服务器",
            why = why
        )
    }
}

display_in_english!(BadAddress);

impl std::error::Error for BadAddress {}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(address) => address.fmt(f),
        }
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
    fn each_corp_has_its_own_file() {
        let of = |path: &str| Address::Sqlite(path.into()).of_corp(&"abc".parse().unwrap());
        assert_eq!(of("/var/lib/drumbeat.db"), Address::Sqlite("/var/lib/drumbeat.abc.db".into()));
        assert_eq!(of("store"), Address::Sqlite("store.abc".into()));
    }

    #[test]
    fn the_path_of_a_file() {
        assert_eq!("sqlite:///var/lib/a.db".parse(), Ok(Address::Sqlite("/var/lib/a.db".into())));
    }

    #[test]
    fn a_password_is_not_shown() {
        let refused = "postgres://user:secret@host/db".parse::<Address>().expect_err("another kind");
        assert!(!refused.to_string().contains("secret"), "{refused}");
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
