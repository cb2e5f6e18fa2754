//! The files of a book, as listed by a source.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ids::CorpName;
use crate::nearest::overlap;
use crate::text::Text;

/// The largest campaign file, in bytes: 100,000 user ids of 64 bytes (WeCom's limits), with quotes and commas.
pub const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;
/// The largest `directory.toml`, in bytes: 100,000 members with the longest ids, and the other entries.
pub const MAX_DIRECTORY_BYTES: u64 = 10 * 1024 * 1024;
/// The most text in the campaign files of one book together, in bytes.
pub const MAX_BOOK_BYTES: u64 = 256 * 1024 * 1024;
/// The deepest nesting of directories.
pub const MAX_DEPTH: usize = 32;
/// The most files and directories in a book.
pub const MAX_ENTRIES: usize = 200_000;

/// All files of a book, sorted by path. Reading never fails as a whole: each unreadable file carries its error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    pub campaigns: Vec<SourceFile>,
    /// `policy.toml` at the top.
    pub policy: Option<SourceFile>,
    /// `directory.toml` at the top: the corp's members, departments and tags, as pulled from WeCom.
    pub directory: Option<SourceFile>,
    /// `directory.NAME.toml` at the top: the directories of the corps of a book for several.
    pub corp_directories: BTreeMap<CorpName, SourceFile>,
    /// `audience.toml` at the top: how many customers the corp's audiences have.
    pub counts: Option<SourceFile>,
    /// `results.toml` at the top: what came of the last posts.
    pub results: Option<SourceFile>,
    /// `calendar.toml` at the top, and the files in `calendars/`.
    pub calendars: Vec<SourceFile>,
    /// Images and videos, recognized by their names: paths from the book's top.
    pub media: Vec<Arc<str>>,
    /// Parts of the book that were not read.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// `offset` is in bytes from 0, `line` counts from 1.
    NotUtf8 {
        offset: usize,
        line: usize,
    },
    TooLarge {
        bytes: u64,
        most: u64,
    },
    /// The files before this one already have [`MAX_BOOK_BYTES`].
    BookTooLarge,
    /// A pipe, socket or device.
    NotAFile,
    LinkOutside,
    LinkLoop,
    LinkToNothing,
    /// The system's message.
    Unreadable(String),
}

impl ReadError {
    pub fn text(&self) -> Text {
        match self {
            Self::NotUtf8 { offset, line } => text!(
                en: "the file is not UTF-8: line {line}, byte {offset} of the file",
                zh: "文件编码不是 UTF-8：第 {line} 行，文件的第 {offset} 个字节"
            ),
            Self::TooLarge { bytes, most } => text!(
                en: "the file has {bytes} bytes; at most {most} are read",
                zh: "文件太大：有 {bytes} 个字节，最多只读 {most} 个"
            ),
            Self::BookTooLarge => text!(
                en: "the files of the book before this one already have {MAX_BOOK_BYTES} bytes",
                zh: "活动目录太大：排在前面的文件已经有 {MAX_BOOK_BYTES} 个字节"
            ),
            Self::NotAFile => text!(
                en: "this is not a plain file but a pipe, socket or device",
                zh: "这不是普通文件，而是管道、套接字或设备"
            ),
            Self::LinkOutside => {
                text!(en: "the symbolic link leads out of the book", zh: "这个符号链接指到了活动目录外面")
            }
            Self::LinkLoop => text!(en: "the symbolic link leads to itself", zh: "这个符号链接绕回了自己"),
            Self::LinkToNothing => {
                text!(en: "the target of the symbolic link does not exist", zh: "这个符号链接指向的文件不存在")
            }
            Self::Unreadable(why) => text!(en: "the file cannot be read: {why}", zh: "文件读不出来：{why}"),
        }
    }
}

/// A part of the book that was not read. A rule reports each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedEntry {
    /// From the book's top; characters that cannot be displayed are replaced.
    pub path: Arc<str>,
    pub kind: SkipReason,
}

/// Why an entry of the book was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// The system's message.
    Unreadable(String),
    /// A symbolic link to a directory outside of the book.
    LinkOutside,
    /// Directories are nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// More than [`MAX_ENTRIES`] files.
    TooMany,
    Name,
    /// A file that only has an effect at the top of the book.
    Misplaced(&'static str),
    /// A name that is nearly the given one.
    NearName(String),
    Git(GitPart),
}

impl SkipReason {
    pub fn text(&self) -> Text {
        match self {
            Self::Unreadable(why) => text!(en: "the directory cannot be read: {why}", zh: "文件夹打不开：{why}"),
            Self::LinkOutside => text!(
                en: "the symbolic link leads to a directory outside of the book, which is not read",
                zh: "这个符号链接指到了活动目录外面的文件夹，里面的内容不会读取"
            ),
            Self::TooDeep => text!(
                en: "more than {MAX_DEPTH} directories are inside each other here; what is below is not read",
                zh: "文件夹超过 {MAX_DEPTH} 层，更下面的内容不会读取"
            ),
            Self::TooMany => text!(
                en: "the book has more than {MAX_ENTRIES} files; those after this one are not read",
                zh: "活动目录里的文件超过 {MAX_ENTRIES} 个，排在这个文件之后的不会读取"
            ),
            Self::Name => text!(
                en: "the name is not UTF-8 or has a control character",
                zh: "文件名的编码不是 UTF-8，或者带有看不见的控制字符"
            ),
            Self::Misplaced(name) => text!(
                en: "`{name}` belongs at the top of the book; here it is not read",
                zh: "`{name}` 要放在活动目录的最上层，放在这里不起作用"
            ),
            Self::NearName(name) => text!(
                en: "this is not read: its name is not `{name}`",
                zh: "这个文件不会读取：它的名字不是 `{name}`"
            ),
            Self::Git(part) => part.text(),
        }
    }
}

/// A part of the book that git would interpret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitPart {
    /// Files that make the directory a bare repository.
    Bare,
    Repository,
    /// An attribute with which checked-out or merged files differ from the stored ones.
    Attribute(String),
    /// The book's path in its repository contains a symbolic link.
    Link(String),
}

impl GitPart {
    pub fn text(&self) -> Text {
        match self {
            Self::Bare => {
                text!(en: "this makes the directory a bare git repository", zh: "这会让 git 把这个文件夹当成裸仓库")
            }
            Self::Repository => {
                text!(en: "a git repository or submodule in the book", zh: "活动目录里有另一个 git 仓库或子模块")
            }
            Self::Attribute(name) => text!(
                en: "the attribute `{name}` makes a checkout or a merge differ from what is stored",
                zh: "属性 `{name}` 会让检出或合并的内容和仓库里存的不一样"
            ),
            Self::Link(target) => text!(
                en: "the path of the book is a symbolic link in its repository, to `{target}`",
                zh: "活动目录的路径在仓库里是一个符号链接，指向 `{target}`"
            ),
        }
    }
}

impl SourceFile {
    /// A readable file.
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: Ok(text.into()) }
    }

    /// The text; empty if the file could not be read.
    pub fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }
}

/// The name of a corp's own directory file in a book for several corps.
pub fn directory_file_of(corp: &CorpName) -> String {
    format!("directory.{corp}.toml")
}

impl Files {
    /// The files of a book for one corp: its own directory, if the book has one, stands in the place of `directory.toml`.
    #[must_use]
    pub fn of_corp(mut self, corp: Option<&CorpName>) -> Self {
        let own = corp.and_then(|name| self.corp_directories.remove(name));
        self.corp_directories.clear();
        self.directory = own.or(self.directory);
        self
    }

    /// The media file that a path without a file most likely means: the same name elsewhere or in another case, the
    /// same name with another extension, or else the most similar path.
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
