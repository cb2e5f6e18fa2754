//! The source of a book: a directory, or a revision in git (without using the work tree).
//!
//! Both answer the same two questions: which files exist, and what is at a path. Nothing outside the book is read, only
//! plain files are opened, and every answer is limited in size, depth and number.

mod base;
mod directory;
mod files;
mod git_parts;
mod revision;

use std::path::{Path, PathBuf};

pub use base::{Base, BaseNote, base};
pub use revision::Revision;

use crate::book::{Files, SourceFile, directory_file_of};
use crate::git::{self, LocateError, Refused, Repository, RepositoryPath};
use crate::ids::CorpName;
use crate::limits;
use crate::nearest::nearest;
use crate::text::{Lang, Text, UserError};

/// Largest media file that is read, in bytes: WeCom's largest limit of any kind.
pub const MEDIA_BYTES: u64 =
    if limits::IMAGE_BYTES > limits::VIDEO_BYTES { limits::IMAGE_BYTES } else { limits::VIDEO_BYTES };

/// The name of the corp's directory file in a book.
const DIRECTORY_FILE: &str = "directory.toml";

/// The place of a book.
#[derive(Clone, Debug)]
pub enum Source {
    /// The book's top, with all symbolic links resolved.
    Directory(PathBuf),
    Revision(Revision),
}

/// The result of reading a media path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaRead {
    /// The whole file, at most [`MEDIA_BYTES`].
    Bytes(Vec<u8>),
    /// [`Files::nearest`] may know the intended file.
    Missing,
    /// The path itself or a symbolic link on it leads out of the book.
    Outside,
    NotAFile,
    TooLarge {
        bytes: u64,
    },
    Unreadable(String),
}

/// Author and subject of a commit in one line, if the repository around a directory has it.
pub fn commit_in_words(dir: &Path, commit: &str) -> Option<String> {
    if commit.is_empty() || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let repository = git::locate(dir).ok()?.repository;
    let told = repository.ask(["log", "-1", "--no-show-signature", "--format=%an: %s", commit]).ok()?;
    Some(told.chars().filter(|c| !c.is_control()).collect())
}

/// The committed symbolic link on the path of a book: relative to the repository's top, and its target.
pub fn committed_link(dir: &Path) -> Option<(String, PathBuf)> {
    let is_direct = |dir: PathBuf| std::fs::canonicalize(&dir).is_ok_and(|real| real == dir);
    if std::path::absolute(dir).is_ok_and(is_direct) {
        return None;
    }
    let place = git::locate(dir).ok()?;
    let (path, target) = place.link?;
    let listed = place.repository.ask_bytes(["ls-files", "--stage", "-z", "--", &path]).ok()?;
    listed.starts_with(b"120000 ").then_some((path, target))
}

/// Why a book cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text().get(Lang::En))]
pub enum SourceError {
    Missing(PathBuf),
    NotADirectory(PathBuf),
    Unreadable {
        dir: PathBuf,
        #[source]
        why: std::io::Error,
    },
    UnknownRevision(UnknownRevision),
    NotInRevision {
        dir: PathBuf,
        revision: String,
    },
    NotOwn {
        place: String,
        what: Elsewhere,
        revision: String,
    },
    /// A partial clone: files of a revision were not fetched.
    Incomplete(String),
    /// A clone without the commit at which the branch left this revision.
    Shallow(String),
    /// A sparse checkout that omits files of the book.
    Sparse {
        count: usize,
        first: String,
    },
    #[error(transparent)]
    NotLocated(#[from] LocateError),
    /// Git's error message.
    Git(String),
    NoGit(#[source] std::io::Error),
}

/// A revision that git does not know in this clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRevision {
    pub name: String,
    /// The local and remote branches of the clone, the most recent first; not all if there are many.
    pub branches: Vec<String>,
    /// Whether the clone lacks commits that could be fetched.
    pub is_partial: bool,
}

impl UnknownRevision {
    fn text(&self) -> Text {
        let name = &self.name;
        let unknown = text!(en: "git knows no revision `{name}` here", zh: "git 在这里找不到版本 `{name}`");
        if self.is_partial {
            return text!(
                en: "{unknown}; this clone is shallow or partial: fetch the revision first (actions/checkout: `fetch-depth`, GitLab: `GIT_DEPTH`)",
                zh: "{unknown}；这个克隆不完整，请先拉取它（actions/checkout 设 `fetch-depth`，GitLab 设 `GIT_DEPTH`）",
                unknown = unknown
            );
        }
        let branches: Vec<Text> = self.branches.iter().map(|name| Text::quoted(format!("`{name}`"))).collect();
        if branches.is_empty() {
            return text!(
                en: "{unknown}; it has no branch yet: commit first",
                zh: "{unknown}；这里还没有分支，请先提交一次",
                unknown = unknown
            );
        }
        let nearest = nearest(name, self.branches.iter().map(String::as_str));
        let branches = Text::join(&branches, &text!(en: ", ", zh: "、"));
        match nearest {
            Some(nearest) => text!(
                en: "{unknown}; did you mean `{nearest}`? The branches here are {branches}",
                zh: "{unknown}；是不是 `{nearest}`？这里的分支有 {branches}",
                unknown = unknown,
                branches = branches
            ),
            None => text!(
                en: "{unknown}; the branches here are {branches}",
                zh: "{unknown}；这里的分支有 {branches}",
                unknown = unknown,
                branches = branches
            ),
        }
    }
}

/// What a revision has instead of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    Link,
    Submodule,
}

impl UserError for SourceError {
    fn text(&self) -> Text {
        match self {
            Self::Missing(dir) => {
                let dir = dir.display();
                text!(
                    en: "directory `{dir}` not found; name the one with the campaign files",
                    zh: "找不到目录 `{dir}`；请指定活动目录"
                )
            }
            Self::NotADirectory(path) => {
                let path = path.display();
                text!(
                    en: "`{path}` is not a directory; name the one with the campaign files",
                    zh: "`{path}` 不是目录；请指定活动目录"
                )
            }
            Self::Unreadable { dir, .. } => {
                let dir = dir.display();
                text!(en: "failed to read the directory `{dir}`", zh: "无法读取目录 `{dir}`")
            }
            Self::UnknownRevision(unknown) => unknown.text(),
            Self::NotInRevision { dir, revision } => {
                let dir = dir.display();
                text!(
                    en: "revision `{revision}` has no directory `{dir}`",
                    zh: "版本 `{revision}` 里没有目录 `{dir}`"
                )
            }
            Self::NotOwn { place, what, revision } => {
                let what = match what {
                    Elsewhere::Link => text!(en: "symbolic link", zh: "符号链接"),
                    Elsewhere::Submodule => text!(en: "submodule", zh: "子模块"),
                };
                text!(
                    en: "`{place}` is a {what} at revision `{revision}`, and its target is not read; name a directory of the repository itself",
                    zh: "在版本 `{revision}` 里，`{place}` 是{what}，它指向的内容不会读取；请指定仓库本身的目录",
                    what = what
                )
            }
            Self::Incomplete(revision) => text!(
                en: "this is a partial clone without all files of `{revision}`, so its changes cannot be compared; fetch them (git fetch --refetch --no-filter; in actions/checkout drop `filter:`)",
                zh: "这是部分克隆，缺少 `{revision}` 的一些文件，无法对比改动；请把它们拉取下来（`git fetch --refetch --no-filter`；actions/checkout 去掉 `filter:`）"
            ),
            Self::Shallow(revision) => text!(
                en: "the history in this clone is too short to tell where the branch left `{revision}`; fetch it (git fetch --unshallow; actions/checkout: `fetch-depth: 0`, GitLab: `GIT_DEPTH: 0`)",
                zh: "这个克隆的历史太短，找不到分支从 `{revision}` 分出的位置；请拉取完整历史（`git fetch --unshallow`；actions/checkout 设 `fetch-depth: 0`，GitLab 设 `GIT_DEPTH: 0`）"
            ),
            Self::Sparse { count, first } => text!(
                en: "the sparse checkout leaves out {count} files of the book, among them `{first}`, and they would look as if they were removed; check them out (git sparse-checkout disable; in actions/checkout drop `sparse-checkout:`)",
                zh: "稀疏检出缺少活动目录里的 {count} 个文件，包括 `{first}`，它们会被误认为已删除；请把它们检出（`git sparse-checkout disable`；actions/checkout 去掉 `sparse-checkout:`）"
            ),
            Self::NotLocated(error) => error.text(),
            Self::Git(words) => text!(en: "git says: {words}", zh: "git 报错：{words}"),
            Self::NoGit(_) => text!(
                en: "cannot run git, which reads a book at a revision",
                zh: "无法运行 git，读取某个版本的活动目录需要它"
            ),
        }
    }
}

impl From<Refused> for SourceError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotRun(why) => Self::NoGit(why),
            Refused::Said(words) => Self::Git(words),
        }
    }
}

impl Source {
    /// A book in a directory; its path may contain symbolic links.
    ///
    /// # Errors
    /// The directory does not exist or cannot be read.
    pub fn directory(dir: &Path) -> Result<Self, SourceError> {
        directory::open(dir).map(Self::Directory)
    }

    /// A book in a directory of a git repository at a revision (any commit name that git accepts). The directory need
    /// not exist any more.
    ///
    /// # Errors
    /// The directory is in no repository, or the revision is unknown or does not have it.
    pub fn revision(dir: &Path, revision: &str) -> Result<Self, SourceError> {
        Self::at_place(&git::locate(dir)?, revision)
    }

    fn at_place(place: &RepositoryPath, revision: &str) -> Result<Self, SourceError> {
        Revision::open(place, revision).map(Self::Revision)
    }

    /// A book in a commit of Drumbeat's own clone: `path` is relative to its top.
    ///
    /// # Errors
    /// The clone does not have the commit, or the commit does not have the path.
    pub fn in_clone(clone: &Path, path: &str, commit: &str) -> Result<Self, SourceError> {
        let names = path.split('/').filter(|name| !name.is_empty() && *name != ".").map(str::to_owned).collect();
        let place = RepositoryPath { repository: Repository::at(clone), names, link: None };
        Self::at_place(&place, commit)
    }

    /// The full id of the commit that is read; for a directory, of the checked-out commit, without later changes.
    /// `None` without git.
    pub fn commit(&self) -> Option<String> {
        match self {
            Self::Directory(top) => {
                let repository = git::locate(top).ok()?.repository;
                repository.ask(["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]).ok()
            }
            Self::Revision(revision) => Some(revision.commit().to_owned()),
        }
    }

    /// The book of a directory as the checked-out commit has it. `None` for a revision, and without a commit.
    ///
    /// # Errors
    /// The commit does not have the directory, or cannot be read.
    pub fn checked_out(&self) -> Option<Result<Self, SourceError>> {
        let Self::Directory(top) = self else { return None };
        self.commit().map(|commit| Self::revision(top, &commit))
    }

    /// The last commit that changed a file of the book, in one line, up to the commit that is read. `None` for a
    /// directory.
    pub fn last_change(&self, path: &str) -> Option<String> {
        match self {
            Self::Directory(_) => None,
            Self::Revision(revision) => revision.last_change(path),
        }
    }

    /// Every file of the book: campaigns with their text, media by name only.
    ///
    /// # Errors
    /// The directory cannot be read. Files that cannot be read are part of the result.
    pub fn read(&self) -> Result<Files, SourceError> {
        match self {
            Self::Directory(top) => directory::read(top),
            Self::Revision(revision) => Ok(revision.read()),
        }
    }

    /// Requested files that this clone does not have, by path. Nothing is known about them.
    pub fn gaps(&self) -> Vec<String> {
        match self {
            Self::Directory(_) => Vec::new(),
            Self::Revision(revision) => revision.gaps(),
        }
    }

    /// Only the corp's directory file, if the book has a readable one: its own of a book for several corps, or else
    /// `directory.toml`.
    pub fn directory_file(&self, corp: Option<&CorpName>) -> Option<SourceFile> {
        let names = corp.map(directory_file_of).into_iter().chain([DIRECTORY_FILE.to_owned()]);
        let read = |name: String| {
            let MediaRead::Bytes(bytes) = self.read_media(&name) else { return None };
            Some(SourceFile { path: name.into(), text: files::text(bytes) })
        };
        names.into_iter().find_map(read)
    }

    /// The file at a path from the book's top, as [`crate::media_index::resolve`] returns it.
    pub fn read_media(&self, path: &str) -> MediaRead {
        match self {
            Self::Directory(top) => directory::read_media(top, path),
            Self::Revision(revision) => revision.read_media(path),
        }
    }
}
