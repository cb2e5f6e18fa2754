//! Finds the place of a directory in its repository without trusting the content of the repository.
//!
//! Links above the repository are followed. A link inside it can be changed by a pull request: it is not followed, and
//! the place keeps the given name.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::{Refused, Repository, answer, bare_command};
use crate::text::{Text, UserError};

/// Linux follows this many links in a row.
const MAX_LINKS: usize = 40;

/// A directory in a repository.
#[derive(Clone, Debug)]
pub struct RepositoryPath {
    pub repository: Repository,
    /// The names from the top of the repository; empty for the top. They need not exist in the work tree.
    pub names: Vec<String>,
    /// The first symbolic link of the path inside the repository, relative to its top, and its target.
    pub link: Option<(String, PathBuf)>,
}

/// Why a directory is not in a repository that may be read.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    NoRepository(PathBuf),
    Bare(PathBuf),
    OtherOwner(PathBuf),
    Submodule(PathBuf),
    NotUtf8(PathBuf),
    /// Git's error message.
    Said(String),
    NoGit(#[source] io::Error),
}

impl UserError for LocateError {
    fn text(&self) -> Text {
        match self {
            Self::NoRepository(dir) => {
                let dir = dir.display();
                text!(
                    en: "`{dir}` is not in a git repository; run this in a clone of the repository with the campaign files",
                    zh: "`{dir}` 不在 git 仓库里；请在存放活动文件的仓库的克隆里运行"
                )
            }
            Self::Bare(dir) => {
                let dir = dir.display();
                text!(
                    en: "`{dir}` looks like a bare git repository, which a pull request could add, so it is not read; clone it, and name the campaign files in the clone",
                    zh: "`{dir}` 看起来是裸仓库，裸仓库不会被使用，因为合并请求可能带入一个；请先克隆它，再指定克隆里的活动文件"
                )
            }
            Self::OtherOwner(dir) => {
                let dir = dir.display();
                text!(
                    en: "the git repository `{dir}` belongs to another user; if you trust it, run `git config --global --add safe.directory {dir}` and try again",
                    zh: "git 仓库 `{dir}` 属于另一个用户；如果信任它，请运行 `git config --global --add safe.directory {dir}` 后重试"
                )
            }
            Self::Submodule(dir) => {
                let dir = dir.display();
                text!(
                    en: "`{dir}` is a submodule, so a pull request to the outer repository can replace it; clone the submodule's own repository, and name the campaign files there",
                    zh: "`{dir}` 是外层仓库的子模块，它的内容由合并请求决定；请克隆子模块自己的仓库，再指定那里的活动文件"
                )
            }
            Self::NotUtf8(path) => {
                let path = path.display();
                text!(en: "the path `{path}` is not UTF-8", zh: "路径 `{path}` 不是 UTF-8 编码")
            }
            Self::Said(words) => text!(en: "git says: {words}", zh: "git 报错：{words}"),
            Self::NoGit(_) => {
                text!(en: "cannot run git, which reads the repository", zh: "无法运行 git，读取仓库需要它")
            }
        }
    }
}

display_in_english!(LocateError);

/// Finds the repository of a directory. The directory itself need not exist.
///
/// # Errors
/// The directory is in no repository, or in one that may not be read.
pub fn locate(dir: &Path) -> Result<RepositoryPath, LocateError> {
    let start = std::path::absolute(dir).map_err(LocateError::NoGit)?;
    let walked = walk(&start);
    let not_found = || match start.ancestors().find(|dir| is_bare(dir)) {
        Some(bare) => LocateError::Bare(bare.to_owned()),
        None => LocateError::NoRepository(dir.to_owned()),
    };
    let top = walked.real.ancestors().find(|dir| has_git(dir)).ok_or_else(not_found)?.to_owned();
    let inside = walked.real.strip_prefix(&top).unwrap_or(Path::new(""));
    let names = inside.components().chain(walked.rest.components());
    let names = names.filter_map(|part| if let Component::Normal(name) = part { Some(name.to_str()) } else { None });
    let names: Option<Vec<String>> = names.map(|name| name.map(str::to_owned)).collect();
    let names = names.ok_or_else(|| LocateError::NotUtf8(dir.to_owned()))?;
    let repository = open(&top)?;
    refuse_submodule(&top, &repository)?;
    let link = walked.link.map(|target| (walked.real.join(walked.rest.iter().next().unwrap_or_default()), target));
    let link = link.map(|(path, target)| (path.strip_prefix(&top).unwrap_or(&path).display().to_string(), target));
    Ok(RepositoryPath { repository, names, link })
}

struct ResolvedLinks {
    /// The part that was followed: contains no link.
    real: PathBuf,
    /// Names that do not exist, or that begin with a link inside a repository.
    rest: PathBuf,
    /// The target of that link.
    link: Option<PathBuf>,
}

/// Walks down a path, and follows links until it enters a repository.
fn walk(start: &Path) -> ResolvedLinks {
    let mut ahead: Vec<PathBuf> = parts(start);
    let mut real = PathBuf::from("/");
    let mut links = 0;
    while let Some(part) = ahead.pop() {
        match part.components().next() {
            Some(Component::RootDir) => {
                real = PathBuf::from("/");
                continue;
            }
            Some(Component::ParentDir) => {
                real.pop();
                continue;
            }
            _ => {}
        }
        let next = real.join(&part);
        let stop = |real: PathBuf, link| {
            let rest =
                std::iter::once(part.clone()).chain(ahead.iter().rev().cloned()).fold(PathBuf::new(), without_dots);
            ResolvedLinks { real, rest, link }
        };
        match fs::symlink_metadata(&next) {
            Ok(about) if about.is_symlink() => {
                let target = fs::read_link(&next).unwrap_or_default();
                links += 1;
                if links > MAX_LINKS || real.ancestors().any(has_git) {
                    return stop(real, Some(target));
                }
                ahead.extend(parts(&target));
            }
            Ok(_) => real = next,
            Err(_) => return stop(real, None),
        }
    }
    ResolvedLinks { real, rest: PathBuf::new(), link: None }
}

/// The parts of a path, the last one first.
fn parts(path: &Path) -> Vec<PathBuf> {
    let parts = path.components().filter(|part| !matches!(part, Component::CurDir));
    let mut parts: Vec<PathBuf> = parts.map(|part| PathBuf::from(part.as_os_str())).collect();
    parts.reverse();
    parts
}

fn without_dots(mut path: PathBuf, part: PathBuf) -> PathBuf {
    if part.as_os_str() == ".." {
        _ = path.pop()
    } else {
        path.push(part)
    }
    path
}

fn has_git(dir: &Path) -> bool {
    fs::symlink_metadata(dir.join(".git")).is_ok()
}

fn is_bare(dir: &Path) -> bool {
    ["HEAD", "objects", "refs"].iter().all(|name| dir.join(name).exists())
}

/// Opens the repository of a directory with a `.git`; git checks the owner.
fn open(top: &Path) -> Result<Repository, LocateError> {
    let mut git = bare_command(top);
    // No repository further up may be used instead.
    git.env("GIT_CEILING_DIRECTORIES", top.parent().unwrap_or(top));
    let found = answer(git.args(["rev-parse", "--absolute-git-dir"])).map_err(|refused| match refused {
        Refused::NotRun(why) => LocateError::NoGit(why),
        Refused::Said(words) if words.contains("dubious ownership") => LocateError::OtherOwner(top.to_owned()),
        Refused::Said(words) => LocateError::Said(words),
    })?;
    Ok(Repository { top: top.to_owned(), git_dir: found.into() })
}

/// A pull request can turn a directory into a submodule: the inner repository is then under its control.
fn refuse_submodule(top: &Path, repository: &Repository) -> Result<(), LocateError> {
    let Some(outer) = top.parent().and_then(|dir| dir.ancestors().find(|dir| has_git(dir))) else { return Ok(()) };
    let refused = || LocateError::Submodule(top.to_owned());
    let modules = fs::canonicalize(outer.join(".git/modules"));
    if modules.is_ok_and(|modules| repository.git_dir.starts_with(modules)) {
        return Err(refused());
    }
    let place = top.strip_prefix(outer).unwrap_or(top);
    let mut git = open(outer)?.command();
    git.args(["ls-files", "--stage", "-z", "--"]).arg(place);
    match super::bytes(&mut git) {
        Ok(listed) if listed.starts_with(b"160000 ") => Err(refused()),
        Ok(_) => Ok(()),
        Err(Refused::NotRun(why)) => Err(LocateError::NoGit(why)),
        Err(Refused::Said(words)) => Err(LocateError::Said(words)),
    }
}
