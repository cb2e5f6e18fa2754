//! The files of a book, told apart by place and name.

use std::sync::Arc;

use super::{BOOK_BYTES, DEPTH, ENTRIES, FILE_BYTES};

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
    pub troubles: Vec<Trouble>,
}

/// A text file of the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// From the book's top, with `/` between the parts.
    pub path: Arc<str>,
    pub text: Result<Arc<str>, Unread>,
}

/// Why a file of the book has no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// `offset` counts bytes from 0, `line` from 1.
    #[error("the file is not UTF-8: line {line}, byte {offset} of the file")]
    NotUtf8 { offset: usize, line: usize },
    #[error("the file has {bytes} bytes; a campaign file has at most {FILE_BYTES}")]
    TooLarge { bytes: u64 },
    #[error("the files of the book before this one already have {BOOK_BYTES} bytes")]
    BookTooLarge,
    #[error("this is no plain file but a pipe, socket or device")]
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
pub struct Trouble {
    /// From the book's top; characters that cannot be shown are replaced.
    pub path: Arc<str>,
    pub kind: TroubleKind,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TroubleKind {
    #[error("the directory cannot be read: {0}")]
    Unreadable(String),
    #[error("the symbolic link to a directory leads out of the book; what is there is not read")]
    LinkOutside,
    #[error("directories stand more than {DEPTH} deep here; what is below is not read")]
    TooDeep,
    #[error("the book has more than {ENTRIES} files; what comes after this one is not read")]
    TooMany,
    #[error("the name is not UTF-8 or has a control character")]
    Name,
    #[error("`{0}` belongs at the top of the book; here it is not read")]
    Misplaced(&'static str),
}

/// What a file of the book is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Campaign,
    Policy,
    Directory,
    Calendar,
    Media,
    Misplaced(&'static str),
    /// Notes, scripts and the like: none of our business.
    Other,
}

/// Names of pictures and videos, those that moments do not take included: somebody may have named one in a campaign.
const MEDIA_ENDS: &[&str] = &[
    "jpg", "jpeg", "png", "mp4", "gif", "webp", "bmp", "heic", "heif", "avif", "tif", "tiff", "svg", "mov", "m4v",
    "avi", "mkv", "webm", "wmv", "flv", "3gp",
];

impl Role {
    /// By the path from the book's top.
    pub(super) fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let Some((_, end)) = name.rsplit_once('.') else { return Self::Other };
        if MEDIA_ENDS.iter().any(|known| end.eq_ignore_ascii_case(known)) {
            return Self::Media;
        }
        // Upper case too: a campaign must not go missing because of a caps-lock key.
        if !end.eq_ignore_ascii_case("toml") {
            return Self::Other;
        }
        match (path, name) {
            ("policy.toml", _) => Self::Policy,
            ("directory.toml", _) => Self::Directory,
            ("calendar.toml", _) => Self::Calendar,
            (path, _) if path.starts_with("calendars/") => Self::Calendar,
            (_, "policy.toml") => Self::Misplaced("policy.toml"),
            (_, "directory.toml") => Self::Misplaced("directory.toml"),
            (_, "calendar.toml") => Self::Misplaced("calendar.toml"),
            _ => Self::Campaign,
        }
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
                strsim::normalized_damerau_levenshtein(&name, &wanted)
            }
        };
        let candidates = self.media.iter().take(10_000).map(|path| (likeness(path), path));
        let (likeness, path) = candidates.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
        (likeness >= 0.6).then_some(path)
    }

    /// Puts a file in the place of its role.
    pub(super) fn put(&mut self, role: Role, path: Arc<str>, text: impl FnOnce() -> Result<Arc<str>, Unread>) {
        match role {
            Role::Campaign => self.campaigns.push(SourceFile { path, text: text() }),
            Role::Calendar => self.calendars.push(SourceFile { path, text: text() }),
            Role::Policy => self.policy = Some(SourceFile { path, text: text() }),
            Role::Directory => self.directory = Some(SourceFile { path, text: text() }),
            Role::Media => self.media.push(path),
            Role::Misplaced(name) => self.trouble(path, TroubleKind::Misplaced(name)),
            Role::Other => {}
        }
    }

    pub(super) fn trouble(&mut self, path: impl Into<Arc<str>>, kind: TroubleKind) {
        self.troubles.push(Trouble { path: path.into(), kind });
    }

    /// Puts everything in the order of the paths, whatever order it was found in.
    pub(super) fn sort(&mut self) {
        self.campaigns.sort_by(|a, b| a.path.cmp(&b.path));
        self.calendars.sort_by(|a, b| a.path.cmp(&b.path));
        self.media.sort();
        self.troubles.sort_by(|a, b| a.path.cmp(&b.path));
    }
}

/// Whether a path can be shown on one line of any output.
pub(super) fn is_plain_name(path: &str) -> bool {
    !path.chars().any(char::is_control)
}

/// The text of a file's bytes.
pub(super) fn text(bytes: Vec<u8>) -> Result<Arc<str>, Unread> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let line = 1 + error.as_bytes()[..offset].iter().filter(|&&byte| byte == b'\n').count();
            Err(Unread::NotUtf8 { offset, line })
        }
    }
}
