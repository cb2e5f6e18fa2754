//! A file of the book, as it was found.

use std::sync::Arc;

use thiserror::Error;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// From the book's top, with `/` between the parts.
    pub path: Arc<str>,
    pub text: Result<Arc<str>, NotText>,
}

impl SourceFile {
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: Ok(text.into()) }
    }

    /// The text, empty where the file could not be read.
    pub fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }
}

/// Why a file of the book is no text that could be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotText {
    #[error("it is not UTF-8 (line {line}, byte {offset} of the file)")]
    NotUtf8 { offset: usize, line: usize },
    #[error("it is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("it is not a regular file")]
    NotAFile,
    #[error("it is a link that leads out of the book")]
    LinkOutside,
    #[error("it is a link that leads back to itself")]
    LinkLoop,
    #[error("{0}")]
    Unreadable(String),
}
