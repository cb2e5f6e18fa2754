//! Where a directory stands in its repository, found without trusting anything that is in the repository.
//!
//! A link above the repository is followed. A link inside of one is part of what a pull request may change: it is not
//! followed, and the place stays the name that was given.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::{Refused, Repository, answer, bare_command};

/// As many links in a row as Linux follows.
const LINKS: usize = 40;

/// A directory in a repository.
#[derive(Clone, Debug)]
pub struct Place {
    pub repository: Repository,
    /// The names from the top of the repository; none for the top itself. They need not exist in the work tree.
    pub names: Vec<String>,
    /// The first part of the path that is a symbolic link inside the repository, from its top, and where it leads.
    pub link: Option<(String, PathBuf)>,
}

#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    #[error("`{}` is in no git repository; run this in a clone of the repository that holds the campaign files", .0.display())]
    NoRepository(PathBuf),
    #[error(
        "`{}` looks like a bare git repository, and none is used: a pull request could bring one; clone it, and name the campaign files in the clone",
        .0.display()
    )]
    Bare(PathBuf),
    #[error(
        "the git repository `{}` belongs to another user; if you trust it, run `git config --global --add safe.directory {}`, and try again",
        .0.display(),
        .0.display()
    )]
    OtherOwner(PathBuf),
    #[error(
        "`{}` is a submodule of the repository around it, so a pull request decides what it is; clone the submodule's own repository, and name the campaign files there",
        .0.display()
    )]
    Submodule(PathBuf),
    #[error("the path `{}` is not UTF-8", .0.display())]
    NotUtf8(PathBuf),
    #[error("git says: {0}")]
    Said(String),
    #[error("cannot run git; it reads the repository")]
    NoGit(#[source] io::Error),
}

/// Finds the repository of a directory, which need not exist any more.
pub fn locate(dir: &Path) -> Result<Place, LocateError> {
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
    Ok(Place { repository, names, link })
}

struct Walked {
    /// As far as it was followed: no link is in it.
    real: PathBuf,
    /// Names that do not exist, or that begin with a link inside a repository.
    rest: PathBuf,
    /// Where that link leads.
    link: Option<PathBuf>,
}

/// Walks down a path, and follows links for as long as no repository has been entered.
fn walk(start: &Path) -> Walked {
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
            Walked { real, rest, link }
        };
        match fs::symlink_metadata(&next) {
            Ok(about) if about.is_symlink() => {
                let target = fs::read_link(&next).unwrap_or_default();
                links += 1;
                if links > LINKS || real.ancestors().any(has_git) {
                    return stop(real, Some(target));
                }
                ahead.extend(parts(&target));
            }
            Ok(_) => real = next,
            Err(_) => return stop(real, None),
        }
    }
    Walked { real, rest: PathBuf::new(), link: None }
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

/// Opens the repository of a directory that has a `.git`, with git's own check of who owns it.
fn open(top: &Path) -> Result<Repository, LocateError> {
    let mut git = bare_command(top);
    // No other repository further up may answer in its place.
    git.env("GIT_CEILING_DIRECTORIES", top.parent().unwrap_or(top));
    let found = answer(git.args(["rev-parse", "--absolute-git-dir"])).map_err(|refused| match refused {
        Refused::NotRun(why) => LocateError::NoGit(why),
        Refused::Said(words) if words.contains("dubious ownership") => LocateError::OtherOwner(top.to_owned()),
        Refused::Said(words) => LocateError::Said(words),
    })?;
    Ok(Repository { top: top.to_owned(), git_dir: found.into() })
}

/// A pull request can make a directory a submodule: then the repository inside is the pull request's own.
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
