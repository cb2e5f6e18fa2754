//! What is known of the media files of a book, for the rules that judge them.
//!
//! The edges look (`source` at the files, `media` at what is in them) and the service puts the answers here. Nothing in
//! this module opens a file or knows what a file's first bytes mean.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::ids::Sha256;
use crate::post::MediaKind;

/// Every media path that the campaigns of a book name, as [`resolve`] gives it, with what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaIndex(BTreeMap<String, MediaEntry>);

/// What a media path of a book leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaEntry {
    File {
        bytes: u64,
        sha256: Sha256,
        found: MediaFormat,
    },
    /// Nothing is there; perhaps this path from the book's top was meant.
    Missing {
        nearest: Option<String>,
    },
    /// A symbolic link on the way leaves the book.
    Outside,
    /// A directory, pipe, socket or device. It was not opened.
    NotAFile,
    /// More than any kind of media may have. It was not read.
    TooLarge {
        bytes: u64,
    },
    /// What the system said.
    Unreadable(String),
}

/// What a file is by its content, whatever its name says. Shown in words that stand after "is".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaFormat {
    /// In pixels, as stored: a camera's note that the picture lies on its side is not followed.
    Jpeg {
        width: u32,
        height: u32,
        form: JpegForm,
    },
    /// In pixels.
    Png {
        width: u32,
        height: u32,
    },
    Mp4 {
        length: Duration,
        /// At least one track of moving pictures.
        has_video: bool,
        /// The pictures are spread over fragments, as for streaming.
        fragmented: bool,
        /// The major brand of its `ftyp` box: `isom`, `mp42` and the like.
        brand: String,
        /// The first coding of its pictures or sound that many phones cannot play.
        rare_codec: Option<RareCodec>,
    },
    /// It begins as an MP4 and cannot be played.
    BrokenMp4(Mp4Fault),
    /// It begins as a JPG or PNG and cannot be shown.
    BrokenImage(MediaKind, ImageFault),
    /// It stands for a file in Git LFS that was not fetched; the size and the hash are that file's.
    Pointer {
        bytes: u64,
        sha256: Sha256,
    },
    /// A file in Git LFS that was not fetched, taken for what its name says. For reviews only: nothing looked into it.
    Unfetched(MediaKind),
    /// Something that moments do not take: its name with the article, as in "a WebP image".
    Other(&'static str),
    Unknown,
}

/// How a JPG is coded, as far as it matters to those who show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JpegForm {
    /// As every phone shows it.
    Plain,
    /// Four colours, for print.
    Cmyk,
    Arithmetic,
    Lossless,
    /// More than 8 bits a colour.
    Deep,
}

/// A coding of pictures or sound in an MP4, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RareCodec(pub &'static str);

/// Why an MP4 cannot be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mp4Fault {
    #[error("the file ends too soon, as after a broken download")]
    Truncated,
    #[error("it has no `moov` box, so no player knows what is in it, as after a recording that was cut off")]
    NoMovie,
    #[error("it has no `mdat` box, so there is nothing to play")]
    NoData,
    #[error("its video track has no frames")]
    NoFrames,
    #[error("it does not say how long it is")]
    NoLength,
    #[error("its {0} makes no sense")]
    Garbled(&'static str),
}

/// Why a picture cannot be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageFault {
    #[error("the file ends too soon, as after a broken download")]
    Truncated,
    #[error("its line ends were changed, as when git takes a picture for text")]
    LineEnds,
    #[error("its size is zero")]
    NoSize,
    #[error("a check sum in it is wrong: its bytes were changed after it was made")]
    CheckSum,
    #[error("its {0} makes no sense")]
    Garbled(&'static str),
}

/// Why a path in a campaign file cannot be a media file of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    #[error("the path is empty")]
    Empty,
    #[error("this is an address, not a path; media are files of the book")]
    Address,
    #[error("the path is absolute; write it from the campaign file")]
    Absolute,
    #[error("the path has a backslash; write `/` between its parts")]
    Backslash,
    #[error("the path leads out of the book")]
    Outside,
    #[error("the path has a control character")]
    Control,
    #[error("this is a directory, not a file")]
    Directory,
}

impl MediaIndex {
    pub fn put(&mut self, path: impl Into<String>, item: MediaEntry) {
        self.0.insert(path.into(), item);
    }

    /// What is at a path from the book's top; nothing if no one has looked there.
    pub fn get(&self, path: &str) -> Option<&MediaEntry> {
        self.0.get(path)
    }

    /// In the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &MediaEntry)> {
        self.0.iter().map(|(path, item)| (path.as_str(), item))
    }
}

impl FromIterator<(String, MediaEntry)> for MediaIndex {
    fn from_iter<I: IntoIterator<Item = (String, MediaEntry)>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl MediaFormat {
    /// The kind that moments take, if it is a whole one.
    pub fn kind(&self) -> Option<MediaKind> {
        match self {
            Self::Jpeg { .. } => Some(MediaKind::Jpeg),
            Self::Png { .. } => Some(MediaKind::Png),
            Self::Mp4 { .. } => Some(MediaKind::Mp4),
            Self::Unfetched(kind) => Some(*kind),
            Self::Pointer { .. } | Self::BrokenMp4(_) | Self::BrokenImage(..) | Self::Other(_) | Self::Unknown => None,
        }
    }
}

impl fmt::Display for MediaFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jpeg { .. } => f.write_str("a JPG image"),
            Self::Png { .. } => f.write_str("a PNG image"),
            Self::Mp4 { has_video: true, .. } => f.write_str("an MP4 video"),
            Self::Mp4 { has_video: false, .. } => f.write_str("an MP4 without a picture"),
            Self::BrokenMp4(_) => f.write_str("a broken MP4"),
            Self::BrokenImage(MediaKind::Png, _) => f.write_str("a broken PNG image"),
            Self::BrokenImage(..) => f.write_str("a broken JPG image"),
            Self::Pointer { .. } => f.write_str("a Git LFS pointer, not the file itself"),
            Self::Unfetched(_) => f.write_str("a file in Git LFS that was not fetched"),
            Self::Other(name) => f.write_str(name),
            Self::Unknown => f.write_str("of no known kind"),
        }
    }
}

/// The path from the book's top that a path in a campaign file means, with `/` between the parts and no `.` or `..`.
///
/// `campaign` is the campaign file's own path from the book's top. The answer is about names alone, so that it is the same
/// in a directory and in git; where symbolic links lead is for whoever looks.
pub fn resolve(campaign: &str, named: &str) -> Result<String, BadPath> {
    if named.is_empty() {
        return Err(BadPath::Empty);
    }
    if named.chars().any(char::is_control) {
        return Err(BadPath::Control);
    }
    if named.contains("://") || named.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:")) {
        return Err(BadPath::Address);
    }
    if named.starts_with(['/', '~']) || is_drive(named) {
        return Err(BadPath::Absolute);
    }
    if named.contains('\\') {
        return Err(BadPath::Backslash);
    }
    let mut parts: Vec<&str> = campaign.split('/').collect();
    parts.pop();
    for part in named.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(BadPath::Outside)?;
            }
            name => parts.push(name),
        }
    }
    if named.ends_with(['/']) || named == "." || named == ".." || named.ends_with("/.") || named.ends_with("/..") {
        return Err(BadPath::Directory);
    }
    Ok(parts.join("/"))
}

/// Whether a path begins as in `C:\` or `c:/`.
fn is_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}
