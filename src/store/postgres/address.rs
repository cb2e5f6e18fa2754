//! The address of a store on a server: `postgres://drumbeat@db.example.com/drumbeat?password_file=/run/secrets/db`.

use std::fmt;
use std::path::PathBuf;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::ids::CorpId;
use crate::text::{Text, UserError};

/// The schema of the tables if the address names none.
const DEFAULT_SCHEMA: &str = "drumbeat";

/// Where the server is, and how to connect to it. It contains no password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    /// As it was written.
    shown: String,
    pub(super) config: Config,
    pub(super) schema: String,
    pub(super) password_file: Option<PathBuf>,
    /// Certificates of the authorities that the server's certificate may come from, instead of the system's.
    pub(super) root_certificates: Option<PathBuf>,
    /// The directory of the files that stay on this machine, such as the clone of a watched repository.
    files: PathBuf,
    /// The corp that the store is for. `None`: what is read is of all corps, and a hold is on all of them.
    pub(super) corp: Option<CorpId>,
}

/// Why a text is not the address of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BadServerAddress {
    Password,
    Schema,
    SslMode,
    SeveralHosts,
    /// In the words of the library that reads it.
    Other(String),
}

impl ServerAddress {
    /// Reads an address that begins with `postgres://` or `postgresql://`.
    pub(in crate::store) fn read(text: &str) -> Result<Self, BadServerAddress> {
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut left, mut tls) = (Vec::new(), None);
        let (mut schema, mut password_file, mut root_certificates) = (DEFAULT_SCHEMA.to_owned(), None, None);
        let mut files = PathBuf::new();
        for option in query.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("schema", name)) => name.clone_into(&mut schema),
                Some(("password_file", path)) => password_file = Some(PathBuf::from(path)),
                Some(("sslrootcert", path)) => root_certificates = Some(PathBuf::from(path)),
                Some(("files", path)) => files = PathBuf::from(path),
                Some(("sslmode", mode)) => tls = Some(mode),
                Some(("password", _)) => return Err(BadServerAddress::Password),
                _ => left.push(option),
            }
        }
        let is_plain = |at: char| at.is_ascii_lowercase() || at.is_ascii_digit() || at == '_';
        if !schema.chars().all(is_plain) || !schema.starts_with(|at: char| at.is_ascii_lowercase()) {
            return Err(BadServerAddress::Schema);
        }
        let words = if left.is_empty() { base.to_owned() } else { format!("{base}?{}", left.join("&")) };
        // Its error does not repeat the text.
        let mut config: Config = words
            .parse()
            .map_err(|error: tokio_postgres::Error| BadServerAddress::Other(crate::error_chain::error_chain(&error)))?;
        if config.get_password().is_some() {
            return Err(BadServerAddress::Password);
        }
        if config.get_hosts().len() > 1 {
            return Err(BadServerAddress::SeveralHosts);
        }
        let is_local = config.get_hosts().iter().all(|host| match host {
            Host::Unix(_) => true,
            Host::Tcp(name) => ["localhost", "127.0.0.1", "::1"].contains(&name.as_str()),
        });
        // The library checks no certificate itself: ours are always checked, so `require` means `verify-full`.
        config.ssl_mode(match tls {
            None if is_local => SslMode::Disable,
            None | Some("require" | "verify-full") => SslMode::Require,
            Some("disable") => SslMode::Disable,
            Some(_) => return Err(BadServerAddress::SslMode),
        });
        Ok(Self { shown: text.to_owned(), config, schema, password_file, root_certificates, files, corp: None })
    }

    /// The same store for one corp.
    pub(in crate::store) fn of_corp(self, corp: Option<CorpId>) -> Self {
        Self { corp, ..self }
    }

    /// The name of the corp, as the statements use it.
    pub(super) fn corp_name(&self) -> &str {
        self.corp.as_ref().map_or("", |corp| &corp.0)
    }

    /// The path of this machine's files, without a suffix.
    pub fn local_name(&self) -> PathBuf {
        // An id of WeCom has letters, digits, `-` and `_`.
        let corp: String =
            self.corp_name().chars().filter(|at| at.is_ascii_alphanumeric() || "-_".contains(*at)).collect();
        self.files.join(if corp.is_empty() { self.schema.clone() } else { format!("{}.{corp}", self.schema) })
    }

    /// The user and the database, for advice on rights.
    pub(super) fn user(&self) -> &str {
        self.config.get_user().unwrap_or("drumbeat")
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

display_in_english!(BadServerAddress);

impl std::error::Error for BadServerAddress {}

impl UserError for BadServerAddress {
    fn text(&self) -> Text {
        match self {
            Self::Password => text!(
                en: "a password does not belong into an address, which is shown in logs; write it into a file that only this \
                     user may read, and add `?password_file=PATH`",
                zh: "地址会出现在日志里，不能写密码；请把密码写进只有当前用户能读的文件，再在地址后加 `?password_file=文件路径`"
            ),
            Self::Schema => text!(
                en: "the name of a schema has small letters, digits and `_` only, and begins with a letter",
                zh: "schema 的名字只能用小写字母、数字和 `_`，并且以字母开头"
            ),
            Self::SslMode => text!(
                en: "`sslmode` is `require` (the certificate is checked) or `disable`",
                zh: "`sslmode` 只能是 `require`（会检查证书）或者 `disable`"
            ),
            Self::SeveralHosts => text!(
                en: "name one host: the one that always leads to the primary server",
                zh: "只能写一个主机：请写始终指向主库的那一个"
            ),
            Self::Other(words) => Text::quoted(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ServerAddress, BadServerAddress> {
        ServerAddress::read(text)
    }

    #[test]
    fn passwords_are_not_accepted() {
        for text in ["postgres://u:secret@host/db", "postgres://u@host/db?password=secret"] {
            assert_eq!(read(text), Err(BadServerAddress::Password), "{text}");
        }
    }

    #[test]
    fn other_machines_need_tls_unless_it_says_otherwise() {
        let mode = |text: &str| read(text).expect(text).config.get_ssl_mode();
        assert_eq!(mode("postgres://u@db.example.com/d"), SslMode::Require);
        assert_eq!(mode("postgres://u@db.example.com/d?sslmode=disable"), SslMode::Disable);
        assert_eq!(mode("postgres://u@127.0.0.1/d"), SslMode::Disable);
        assert_eq!(mode("postgres://u@%2Frun%2Fpostgresql/d"), SslMode::Disable);
        assert_eq!(read("postgres://u@h/d?sslmode=prefer"), Err(BadServerAddress::SslMode));
    }

    #[test]
    fn a_schema_cannot_leave_its_statement() {
        assert_eq!(read("postgres://u@h/d?schema=a").map(|it| it.schema), Ok("a".to_owned()));
        for schema in ["", "1a", "A", "a-b", "a;b", "a b", "a\"b"] {
            assert_eq!(read(&format!("postgres://u@h/d?schema={schema}")), Err(BadServerAddress::Schema), "{schema}");
        }
    }

    #[test]
    fn unknown_options_are_not_ignored() {
        assert!(matches!(read("postgres://u@h/d?shcema=a"), Err(BadServerAddress::Other(_))));
    }
}
