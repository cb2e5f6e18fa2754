//! The files of a book, told apart by place and name.

use std::sync::Arc;

use crate::book::{DIRECTORY_BYTES, FILE_BYTES, Files, GitPart, SourceFile, Trouble, TroubleKind, Unread};

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

impl Role {
    /// Whether the text of such a file is part of the book.
    pub(super) fn is_read(self) -> bool {
        matches!(self, Self::Campaign | Self::Policy | Self::Directory | Self::Calendar)
    }

    /// Largest file of this kind, in bytes.
    pub(super) fn most(self) -> u64 {
        if self == Self::Directory { DIRECTORY_BYTES } else { FILE_BYTES }
    }
}

impl Files {
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

    pub(super) fn git_part(&mut self, path: Arc<str>, part: Option<GitPart>) {
        if let Some(part) = part {
            self.trouble(path, TroubleKind::Git(part));
        }
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
