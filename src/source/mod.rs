//! Where a book comes from: a directory, or (without touching the work tree) a revision in git.
//!
//! Both arms answer the same two questions: which files are there, and what is at this path. Nothing outside the book is
//! ever read, nothing that is not a plain file is ever opened, and every answer is bounded in size, depth and number.

mod directory;
mod files;
mod git;
mod revision;

use std::path::{Path, PathBuf};

pub use revision::Revision;

use crate::book::{Files, SourceFile};
use crate::limits;

/// Largest media file that is read, in bytes: the largest that WeCom takes of any kind.
pub const MEDIA_BYTES: u64 =
    if limits::IMAGE_BYTES > limits::VIDEO_BYTES { limits::IMAGE_BYTES } else { limits::VIDEO_BYTES };

/// Where the directory of the corp stands in a book.
const DIRECTORY: &str = "directory.toml";

/// A place that a book is read from.
#[derive(Clone, Debug)]
pub enum Source {
    /// The book's top, with no symbolic link left in it.
    Directory(PathBuf),
    Revision(Revision),
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

/// Who made a commit and what they wrote over it, in one line, if the repository around a directory knows it.
pub fn commit_in_words(dir: &Path, commit: &str) -> Option<String> {
    if commit.is_empty() || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let told = git::ask(dir, ["log", "-1", "--no-show-signature", "--format=%an: %s", commit]).ok()?;
    Some(told.chars().filter(|c| !c.is_control()).collect())
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
    #[error("git knows no revision `{0}` here; in a shallow clone, fetch it first")]
    UnknownRevision(String),
    #[error("there is no directory `{}` at revision `{revision}`", dir.display())]
    NotInRevision { dir: PathBuf, revision: String },
    #[error("git says: {0}")]
    Git(String),
    #[error("cannot run git; a book at a revision is read with it")]
    NoGit(#[source] std::io::Error),
}

impl Source {
    /// A book in a directory, which may itself be named through symbolic links.
    pub fn directory(dir: &Path) -> Result<Self, SourceError> {
        directory::open(dir).map(Self::Directory)
    }

    /// A book in a directory of a git repository, as it was at a revision: any name of a commit that git takes. The directory
    /// need not exist any more.
    pub fn revision(dir: &Path, revision: &str) -> Result<Self, SourceError> {
        Revision::open(dir, revision).map(Self::Revision)
    }

    /// The full name of the commit that is read, or around a directory the one that is checked out, which says nothing of
    /// changes since. Nothing where there is no git.
    pub fn commit(&self) -> Option<String> {
        match self {
            Self::Directory(top) => git::ask(top, ["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]).ok(),
            Self::Revision(revision) => Some(revision.commit().to_owned()),
        }
    }

    /// Every file of the book: campaigns with their text, media by name only.
    pub fn read(&self) -> Result<Files, SourceError> {
        match self {
            Self::Directory(top) => directory::read(top),
            Self::Revision(revision) => Ok(revision.read()),
        }
    }

    /// The directory of the corp alone, if the book has one that can be read.
    pub fn directory_file(&self) -> Option<SourceFile> {
        let Looked::Bytes(bytes) = self.look(DIRECTORY) else { return None };
        Some(SourceFile { path: DIRECTORY.into(), text: files::text(bytes) })
    }

    /// What is at a path from the book's top, as [`crate::shelf::resolve`] gives it.
    pub fn look(&self, path: &str) -> Looked {
        match self {
            Self::Directory(top) => directory::look(top, path),
            Self::Revision(revision) => revision.look(path),
        }
    }
}
