//! The media files of a book, for the rules that check them.
//!
//! `source` reads the files, `media` recognizes their formats, and `load` fills the index. This module opens no file
//! and parses no file's bytes.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::ids::Sha256;
use crate::post::MediaKind;
use crate::text::{StaticText, Text};

/// Every media path that the campaigns of a book name, as [`resolve`] returns it, with what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaIndex(BTreeMap<String, MediaEntry>);

/// What is at a media path of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaEntry {
    File {
        bytes: u64,
        sha256: Sha256,
        format: MediaFormat,
    },
    /// There is no file. `nearest` is a similar path that exists, from the book's top.
    Missing {
        nearest: Option<String>,
    },
    /// The path leaves the book through a symbolic link.
    Outside,
    /// A directory, pipe, socket or device. It was not opened.
    NotAFile,
    /// Larger than any kind of media may be. It was not read.
    TooLarge {
        bytes: u64,
    },
    /// The system's message.
    Unreadable(String),
}

/// The format of a file by its content, regardless of its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaFormat {
    /// In pixels, as stored: the camera's note about rotation is ignored.
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
        /// Whether it has at least one video track.
        has_video: bool,
        /// Whether the frames are in fragments, as for streaming.
        fragmented: bool,
        /// The major brand of its `ftyp` box: `isom`, `mp42` and the like.
        brand: String,
        /// The first video or audio codec that many phones cannot play.
        rare_codec: Option<RareCodec>,
    },
    /// Begins as an MP4 but cannot be played.
    BrokenMp4(Mp4Damage),
    /// Begins as a JPG or PNG but cannot be shown.
    BrokenImage(MediaKind, ImageDamage),
    /// A pointer to a file in Git LFS that was not fetched; the size and the hash are that file's.
    Pointer {
        bytes: u64,
        sha256: Sha256,
    },
    /// A file in Git LFS that was not fetched, with the format that its name suggests. For reviews only: its content is
    /// unknown.
    Unfetched(MediaKind),
    /// Another format, which moments do not accept: its name, in English with the article, as in "a WebP image".
    Other(StaticText),
    Unknown,
}

/// The coding of a JPG, as far as viewers differ in support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JpegForm {
    /// Every phone shows it.
    Plain,
    /// Four colours, for printing.
    Cmyk,
    Arithmetic,
    Lossless,
    /// More than 8 bits per colour.
    Deep,
}

/// A video or audio codec in an MP4, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RareCodec(pub StaticText);

/// Why an MP4 cannot be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mp4Damage {
    Truncated,
    /// No `moov` box.
    NoMovie,
    /// No `mdat` box.
    NoData,
    NoFrames,
    NoLength,
    /// An invalid part of its structure, by name.
    InvalidStructure(&'static str),
}

impl Mp4Damage {
    pub fn text(&self) -> Text {
        match self {
            Self::Truncated => truncated(),
            Self::NoMovie => text!(
                en: "it has no `moov` box, so no player knows what is in it, as after an interrupted recording",
                zh: "文件里没有 `moov` 部分，播放器不知道里面是什么，多半是录制中断了"
            ),
            Self::NoData => {
                text!(en: "it has no `mdat` box, so there is nothing to play", zh: "文件里没有 `mdat` 部分，没有可以播放的内容")
            }
            Self::NoFrames => text!(en: "its video track has no frames", zh: "视频里一帧画面也没有"),
            Self::NoLength => text!(en: "it does not say how long it is", zh: "文件里没有写视频时长"),
            Self::InvalidStructure(part) => garbled(part),
        }
    }
}

/// Why an image cannot be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageDamage {
    Truncated,
    LineEnds,
    NoSize,
    CheckSum,
    /// An invalid part of its structure, by name.
    InvalidStructure(&'static str),
}

impl ImageDamage {
    pub fn text(&self) -> Text {
        match self {
            Self::Truncated => truncated(),
            Self::LineEnds => text!(
                en: "its line ends were changed, as when git takes an image for text",
                zh: "文件里的换行符被改过，多半是 git 把图片当成文字文件处理了"
            ),
            Self::NoSize => text!(en: "its size is zero", zh: "图片的宽或高是 0"),
            Self::CheckSum => text!(
                en: "a check sum in it is wrong: its bytes were changed after it was made",
                zh: "校验值对不上，文件生成以后内容被改动过"
            ),
            Self::InvalidStructure(part) => garbled(part),
        }
    }
}

fn truncated() -> Text {
    text!(en: "the file ends too soon, as after a broken download", zh: "文件不完整，多半是没有下载完")
}

/// Chinese omits the part: its name helps only readers of the format's specification.
fn garbled(part: &str) -> Text {
    text!(en: "its {part} is invalid", zh: "文件内部的数据不对，多半是导出或传输时损坏了")
}

/// Why a path in a campaign file cannot be a media file of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPath {
    Empty,
    Address,
    Absolute,
    Backslash,
    Outside,
    Control,
    Directory,
}

impl BadPath {
    pub fn text(&self) -> Text {
        match self {
            Self::Empty => text!(en: "the path is empty", zh: "路径是空的"),
            Self::Address => text!(
                en: "this is an address, not a path; media are files of the book",
                zh: "这是网址，不是路径；素材要放在活动目录里"
            ),
            Self::Absolute => text!(
                en: "the path is absolute; write it relative to the campaign file",
                zh: "这是绝对路径；请从活动文件所在的文件夹写起"
            ),
            Self::Backslash => {
                text!(en: "the path has a backslash; write `/` between its parts", zh: "路径里有反斜杠；各级之间请用 `/`")
            }
            Self::Outside => text!(en: "the path leads out of the book", zh: "路径指到了活动目录外面"),
            Self::Control => text!(en: "the path has a control character", zh: "路径里有看不见的控制字符"),
            Self::Directory => text!(en: "this is a directory, not a file", zh: "这是一个文件夹，不是文件"),
        }
    }
}

impl MediaIndex {
    /// Sets what is at a path from the book's top.
    pub fn put(&mut self, path: impl Into<String>, item: MediaEntry) {
        self.0.insert(path.into(), item);
    }

    /// The entry of a path from the book's top; `None` if no campaign names it.
    pub fn get(&self, path: &str) -> Option<&MediaEntry> {
        self.0.get(path)
    }

    /// All entries, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &MediaEntry)> {
        self.0.iter().map(|(path, item)| (path.as_str(), item))
    }

    /// The format of each file that was examined, by the digest of the file.
    pub fn formats(&self) -> HashMap<Sha256, &MediaFormat> {
        let examined = self.0.values().filter_map(|entry| match entry {
            MediaEntry::File { format: MediaFormat::Unfetched(_), .. } => None,
            MediaEntry::File { sha256, format, .. } => Some((*sha256, format)),
            _ => None,
        });
        examined.collect()
    }
}

impl FromIterator<(String, MediaEntry)> for MediaIndex {
    fn from_iter<I: IntoIterator<Item = (String, MediaEntry)>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl MediaFormat {
    /// The kind of media that moments accept, if the file is one and is valid.
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

impl MediaFormat {
    /// What the file is, in words that can follow "is".
    pub fn text(&self) -> Text {
        match self {
            Self::Jpeg { .. } => text!(en: "a JPG image", zh: "JPG 图片"),
            Self::Png { .. } => text!(en: "a PNG image", zh: "PNG 图片"),
            Self::Mp4 { has_video: true, .. } => text!(en: "an MP4 video", zh: "MP4 视频"),
            Self::Mp4 { has_video: false, .. } => text!(en: "an MP4 without a video track", zh: "没有画面的 MP4"),
            Self::BrokenMp4(_) => text!(en: "a broken MP4", zh: "损坏的 MP4"),
            Self::BrokenImage(MediaKind::Png, _) => text!(en: "a broken PNG image", zh: "损坏的 PNG 图片"),
            Self::BrokenImage(..) => text!(en: "a broken JPG image", zh: "损坏的 JPG 图片"),
            Self::Pointer { .. } => {
                text!(en: "a Git LFS pointer, not the file itself", zh: "Git LFS 的占位文件，不是素材本身")
            }
            Self::Unfetched(_) => {
                text!(en: "a file in Git LFS that was not fetched", zh: "还没有从 Git LFS 下载的文件")
            }
            Self::Other(name) => (*name).into(),
            Self::Unknown => text!(en: "of unknown kind", zh: "认不出格式的文件"),
        }
    }
}

/// The path from the book's top that a path in a campaign file means, with `/` between the parts and no `.` or `..`.
///
/// `campaign` is the campaign file's own path from the book's top. Only names count, so the result is the same in a
/// directory and in git. `source` follows symbolic links.
///
/// # Errors
///
/// The path cannot be a media file of the book.
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

/// Whether a path begins with a drive, as `C:\` or `c:/`.
fn is_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}
