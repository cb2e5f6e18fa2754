//! Why a command failed, in the words of each language.
//!
//! `?` converts errors that have words in each language ([`UserError`]), and errors of the system, whose words are
//! quoted. `fail!` makes all others. An English sentence alone does not compile.

use std::io;

use crate::error_chain::error_chain;
use crate::text::{Text, UserError};

pub(super) type Result<T> = std::result::Result<T, CliError>;

/// Why a command failed.
#[derive(Debug)]
pub(super) struct CliError {
    text: Text,
    /// The reader of stdout has closed it (`drumbeat history | head`), which is not a failure.
    is_closed_pipe: bool,
}

impl CliError {
    pub(super) fn text(&self) -> &Text {
        &self.text
    }

    pub(super) fn into_text(self) -> Text {
        self.text
    }

    pub(super) fn is_closed_pipe(&self) -> bool {
        self.is_closed_pipe
    }
}

impl From<Text> for CliError {
    fn from(text: Text) -> Self {
        Self { text, is_closed_pipe: false }
    }
}

impl<E: UserError> From<E> for CliError {
    fn from(error: E) -> Self {
        error.with_causes().into()
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        Self { is_closed_pipe: error.kind() == io::ErrorKind::BrokenPipe, ..Text::quoted(error.to_string()).into() }
    }
}

impl From<serde_json::Error> for CliError {
    fn from(error: serde_json::Error) -> Self {
        Text::quoted(error_chain(&error)).into()
    }
}

impl From<toml::ser::Error> for CliError {
    fn from(error: toml::ser::Error) -> Self {
        Text::quoted(error.to_string()).into()
    }
}

/// Adds the attempted action to an error.
pub(super) trait Context<T> {
    /// Puts `doing` before the error's own words.
    fn context(self, doing: impl FnOnce() -> Text) -> Result<T>;
}

impl<T, E: Into<CliError>> Context<T> for std::result::Result<T, E> {
    fn context(self, doing: impl FnOnce() -> Text) -> Result<T> {
        self.map_err(|error| {
            let CliError { text: cause, is_closed_pipe } = error.into();
            let doing = doing();
            let text = text!(en: "{doing}: {cause}", zh: "{doing}：{cause}", doing = doing, cause = cause);
            CliError { text, is_closed_pipe }
        })
    }
}

/// Returns an error from a command: `fail!(en: "…", zh: "…")`, with arguments as in `text!`.
macro_rules! fail {
    ($($text:tt)*) => {
        return Err($crate::cli::error::CliError::from(text!($($text)*)))
    };
}
