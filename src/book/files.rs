//! The files of a book, as they were found: wherever it was read from, this is what there is.

use std::sync::Arc;

use crate::nearest::overlap;

/// Largest campaign file, in bytes: 100,000 user ids of 64 bytes, which WeCom takes, with quotes and commas.
pub const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;
/// Largest `directory.toml`, in bytes: 100,000 members with the longest ids, and the rest beside them.
pub const MAX_DIRECTORY_BYTES: u64 = 10 * 1024 * 1024;
/// Most text of one book, in bytes, all its campaign files together.
pub const MAX_BOOK_BYTES: u64 = 256 * 1024 * 1024;
/// Most directories inside each other.
pub const MAX_DEPTH: usize = 32;
/// Most files and directories of a book.
pub const MAX_ENTRIES: usize = 200_000;

/// All that a book holds, in the order of the paths. Reading never fails halfway: what could not be read says so itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    pub campaigns: Vec<SourceFile>,
    /// `policy.toml` at the top.
    pub policy: Option<SourceFile>,
    /// `directory.toml` at the top: who and what the corp has, as pulled from WeCom.
    pub directory: Option<SourceFile>,
    /// `calendar.toml` at the top, and what stands in `calendars/` there.
    pub calendars: Vec<SourceFile>,
    /// Pictures and videos, judged by name only: paths from the book's top.
    pub media: Vec<Arc<str>>,
    /// Parts of the book that could not be looked into.
    pub skipped: Vec<SkippedEntry>,
}

/// A text file of the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// From the book's top, with `/` between the parts.
    pub path: Arc<str>,
    pub text: Result<Arc<str>, ReadError>,
}

/// Why a file of the book has no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// `offset` counts bytes from 0, `line` from 1.
    #[error("the file is not UTF-8: line {line}, byte {offset} of the file")]
    NotUtf8 { offset: usize, line: usize },
    #[error("the file has {bytes} bytes, and at most {most} are read")]
    TooLarge { bytes: u64, most: u64 },
    #[error("the files of the book before this one already have {MAX_BOOK_BYTES} bytes")]
    BookTooLarge,
    #[error("this is not a plain file but a pipe, socket or device")]
    NotAFile,
    #[error("the symbolic link leads out of the book")]
    LinkOutside,
    #[error("the symbolic link leads to itself")]
    LinkLoop,
    #[error("the symbolic link leads to nothing")]
    LinkToNothing,
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
}

/// A part of the book that was passed over, and must not be passed over in silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedEntry {
    /// From the book's top; characters that cannot be shown are replaced.
    pub path: Arc<str>,
    pub kind: SkipReason,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    #[error("the directory cannot be read: {0}")]
    Unreadable(String),
    #[error("the symbolic link to a directory leads out of the book; what is there is not read")]
    LinkOutside,
    #[error("directories stand more than {MAX_DEPTH} deep here; what is below is not read")]
    TooDeep,
    #[error("the book has more than {MAX_ENTRIES} files; what comes after this one is not read")]
    TooMany,
    #[error("the name is not UTF-8 or has a control character")]
    Name,
    #[error("`{0}` belongs at the top of the book; here it is not read")]
    Misplaced(&'static str),
    #[error("this is not read: by its name it is no `{0}`")]
    NearName(String),
    #[error(transparent)]
    Git(GitPart),
}

/// What git would take for its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitPart {
    #[error("this makes the directory a bare git repository")]
    Bare,
    #[error("a git repository or submodule in the book")]
    Repository,
    #[error("the attribute `{0}` makes a checkout or a merge differ from what is stored")]
    Attribute(String),
    #[error("the path of the book is a symbolic link in its repository, to `{0}`")]
    Link(String),
}

impl SourceFile {
    /// A file that was read well.
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: Ok(text.into()) }
    }

    /// The text, empty where the file could not be read.
    pub fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }
}

impl Files {
    /// The media file that somebody most likely meant by a path at which there is nothing: the same name elsewhere or in
    /// another case, the same name with another ending, or else the most similar path.
    pub fn nearest(&self, missing: &str) -> Option<&str> {
        let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_lowercase();
        let stem = |name: &str| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
        let (wanted, wanted_stem) = (name(missing), stem(&name(missing)));
        let likeness = |path: &str| {
            let name = name(path);
            if path.to_lowercase() == missing.to_lowercase() {
                4.0
            } else if name == wanted {
                3.0
            } else if stem(&name) == wanted_stem {
                2.0
            } else {
                overlap(&name, &wanted)
            }
        };
        let candidates = self.media.iter().take(10_000).map(|path| (likeness(path), path));
        let (likeness, path) = candidates.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
        (likeness >= 0.6).then_some(path)
    }
}
