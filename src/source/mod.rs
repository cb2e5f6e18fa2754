//! Where a book comes from: a directory, or (without touching the work tree) a revision in git.
//!
//! Both arms answer the same two questions: which files are there, and what is at this path. Nothing outside the book is
//! ever read, nothing that is not a plain file is ever opened, and every answer is bounded in size, depth and number.

mod directory;
mod files;

use std::path::{Path, PathBuf};

use crate::book::Files;
use crate::limits;

/// Largest media file that is read, in bytes: the largest that WeCom takes of any kind.
pub const MEDIA_BYTES: u64 =
    if limits::IMAGE_BYTES > limits::VIDEO_BYTES { limits::IMAGE_BYTES } else { limits::VIDEO_BYTES };

/// A place that a book is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The book's top, with no symbolic link left in it.
    Directory(PathBuf),
}

/// What is at a media path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// The whole file, at most [`MEDIA_BYTES`].
    Bytes(Vec<u8>),
    /// [`Files::nearest`] may know what was meant.
    Missing,
    /// A symbolic link on the way leaves the book, or the path itself does.
    Outside,
    NotAFile,
    TooLarge {
        bytes: u64,
    },
    Unreadable(String),
}

/// Why there is no book to read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("there is no directory `{}`; name the one that holds the campaign files", .0.display())]
    Missing(PathBuf),
    #[error("`{}` is not a directory; name the one that holds the campaign files", .0.display())]
    NotADirectory(PathBuf),
    #[error("cannot read the directory `{}`", dir.display())]
    Unreadable {
        dir: PathBuf,
        #[source]
        why: std::io::Error,
    },
}

impl Source {
    /// A book in a directory, which may itself be named through symbolic links.
    pub fn directory(dir: &Path) -> Result<Self, SourceError> {
        directory::open(dir).map(Self::Directory)
    }

    /// Every file of the book: campaigns with their text, media by name only.
    pub fn read(&self) -> Result<Files, SourceError> {
        match self {
            Self::Directory(top) => directory::read(top),
        }
    }

    /// What is at a path from the book's top, as [`crate::shelf::resolve`] gives it.
    pub fn look(&self, path: &str) -> Looked {
        match self {
            Self::Directory(top) => directory::look(top, path),
        }
    }
}
