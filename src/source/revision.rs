//! A book in a commit. The work tree is not used.
//!
//! Returns what `directory` would return for a checkout of the commit: symbolic links are followed inside the book, by
//! the names in the tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, PoisonError};

use super::files::{Role, is_plain_name, text};
use super::git_parts::{BareNames, MAX_ATTRIBUTES_BYTES, attributes};
use super::{Elsewhere, MEDIA_BYTES, MediaRead, SourceError, UnknownRevision};
use crate::book::{Files, GitPart, MAX_BOOK_BYTES, MAX_DEPTH, MAX_ENTRIES, ReadError, SkipReason};
use crate::git::{Blob, Blobs, Refused, Repository, RepositoryPath, entry_of, list};

/// Linux follows this many links in a row.
const MAX_LINKS: usize = 40;
/// Longest target of a symbolic link, in bytes, as on Linux.
const MAX_LINK_BYTES: u64 = 4096;

/// A book in a commit. Clones share one running git.
#[derive(Clone, Debug)]
pub struct Revision {
    repository: Repository,
    commit: String,
    /// The place of the book in the repository: names without `/`, empty at the top.
    place: Vec<String>,
    entries: Arc<BTreeMap<String, Entry>>,
    /// Entries that the list could not contain, with the reason.
    skipped_entries: Arc<Vec<(String, SkipReason)>>,
    blobs: Arc<Mutex<Blobs>>,
    /// Paths of files that this clone does not have, or that git could not read.
    gaps: Arc<Mutex<BTreeSet<String>>>,
}

#[derive(Clone, Debug)]
struct Entry {
    object: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Link,
    Submodule,
}

/// The target of a path after all links are followed.
enum ResolvedPath<'a> {
    File(&'a Entry),
    /// The path itself, relative to the book's top.
    Directory(String),
    Nothing,
    Outside,
    Circle,
}

impl Revision {
    /// The book at a place (which need not exist in the work tree) at a revision, any name that git accepts.
    pub(super) fn open(place: &RepositoryPath, revision: &str) -> Result<Self, SourceError> {
        let repository = &place.repository;
        let commit = commit_of(repository, revision)?;
        let tree = tree_at(place, &commit, revision)?;
        let place = place.names.clone();

        let mut entries = BTreeMap::new();
        let mut skipped_entries = Vec::new();
        let listed =
            list(repository, &tree, MAX_ENTRIES + 1).map_err(|_| SourceError::Incomplete(revision.to_owned()))?;
        for (count, listed) in listed.into_iter().enumerate() {
            let path = String::from_utf8_lossy(&listed.path).into_owned();
            if count == MAX_ENTRIES {
                skipped_entries.push((path, SkipReason::TooMany));
                break;
            }
            let kind = match listed.mode.as_str() {
                "120000" => Kind::Link,
                "160000" => Kind::Submodule,
                _ => Kind::File,
            };
            if is_taken(&path, listed.path == path.as_bytes(), &mut skipped_entries) {
                entries.insert(path, Entry { object: listed.object, kind });
            }
        }
        skipped_entries.dedup();
        let blobs = Arc::new(Mutex::new(Blobs::new(repository)));
        Ok(Self {
            repository: repository.clone(),
            commit,
            place,
            entries: Arc::new(entries),
            skipped_entries: Arc::new(skipped_entries),
            blobs,
            gaps: Arc::default(),
        })
    }

    /// The full id of the commit.
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// The last commit that changed a file of the book, in one line: short id, author and subject.
    pub fn last_change(&self, path: &str) -> Option<String> {
        let path = self.place.iter().map(String::as_str).chain([path]).collect::<Vec<_>>().join("/");
        let words = ["log", "-1", "--no-show-signature", "--format=%h %an: %s", &self.commit, "--", &path];
        let told = self.repository.ask(words).ok().filter(|told| !told.is_empty())?;
        Some(told.chars().filter(|c| !c.is_control()).collect())
    }

    pub(super) fn read(&self) -> Files {
        let mut files = Files::default();
        let mut room = MAX_BOOK_BYTES;
        for (path, kind) in self.skipped_entries.iter().filter(|(path, _)| !is_hidden(path)) {
            files.trouble(path.as_str(), kind.clone());
        }
        self.note_git_parts(&mut files);
        for (path, entry) in self.entries.iter().filter(|(path, _)| !is_hidden(path)) {
            let role = Role::of(path);
            if entry.kind == Kind::Submodule {
                let why = "it is a submodule, and its files are in another repository";
                files.trouble(path.as_str(), SkipReason::Unreadable(why.to_owned()));
            } else if self.is_link_to_unread_directory(path, entry, role) {
                files.trouble(path.as_str(), SkipReason::LinkOutside);
            } else {
                files.put(role, path.as_str().into(), || self.text(path, role.most(), &mut room));
            }
        }
        files.sort();
        files
    }

    /// Reports files that git would treat as its own.
    fn note_git_parts(&self, files: &mut Files) {
        let mut bare = BareNames::default();
        for (path, entry) in self.entries.iter() {
            let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
            if is_hidden(dir) {
                continue;
            }
            if name == ".gitattributes"
                && entry.kind == Kind::File
                && let Ok(Blob::Bytes(text)) = self.blob(path, entry, MAX_ATTRIBUTES_BYTES)
            {
                files.git_part(path.as_str().into(), attributes(&text));
            }
            bare.note(path);
            path.match_indices('/').for_each(|(end, _)| bare.note(&path[..end]));
        }
        bare.heads().for_each(|head| files.git_part(head.into(), Some(GitPart::Bare)));
    }

    pub(super) fn read_media(&self, path: &str) -> MediaRead {
        if !Path::new(path).components().all(|part| matches!(part, Component::Normal(_))) || path.contains('\0') {
            return MediaRead::Outside;
        }
        let entry = match self.resolve_path(path) {
            ResolvedPath::File(entry) => entry,
            ResolvedPath::Directory(_) => return MediaRead::NotAFile,
            ResolvedPath::Nothing => return MediaRead::Missing,
            ResolvedPath::Outside => return MediaRead::Outside,
            ResolvedPath::Circle => return MediaRead::Unreadable("its symbolic links lead in a circle".to_owned()),
        };
        match self.blob(path, entry, MEDIA_BYTES) {
            Ok(Blob::Bytes(whole)) => MediaRead::Bytes(whole),
            Ok(Blob::TooLarge { bytes }) => MediaRead::TooLarge { bytes },
            Ok(Blob::Missing) => MediaRead::Unreadable(NOT_CLONED.to_owned()),
            Err(error) => MediaRead::Unreadable(error.to_string()),
        }
    }

    fn text(&self, path: &str, most: u64, room: &mut u64) -> Result<Arc<str>, ReadError> {
        let entry = match self.resolve_path(path) {
            ResolvedPath::File(entry) => entry,
            ResolvedPath::Directory(_) => return Err(ReadError::NotAFile),
            ResolvedPath::Nothing => return Err(ReadError::LinkToNothing),
            ResolvedPath::Outside => return Err(ReadError::LinkOutside),
            ResolvedPath::Circle => return Err(ReadError::LinkLoop),
        };
        let whole = match self.blob(path, entry, most) {
            Ok(Blob::Bytes(whole)) => whole,
            Ok(Blob::TooLarge { bytes }) => return Err(ReadError::TooLarge { bytes, most }),
            Ok(Blob::Missing) => return Err(ReadError::Unreadable(NOT_CLONED.to_owned())),
            Err(error) => return Err(ReadError::Unreadable(error.to_string())),
        };
        let bytes = u64::try_from(whole.len()).unwrap_or(u64::MAX);
        *room = room.checked_sub(bytes).ok_or(ReadError::BookTooLarge)?;
        text(whole)
    }

    /// A link to a directory inside the book leads to files that are read at their own place; any other must be
    /// reported. The target of a link out of the book is unknown, so the link counts unless its name is that of a file.
    fn is_link_to_unread_directory(&self, path: &str, entry: &Entry, role: Role) -> bool {
        entry.kind == Kind::Link
            && match self.resolve_path(path) {
                ResolvedPath::Directory(real) => is_hidden(&real),
                ResolvedPath::Outside => role == Role::Other,
                _ => false,
            }
    }

    /// Follows a path from the book's top, name by name, through links.
    fn resolve_path(&self, path: &str) -> ResolvedPath<'_> {
        let mut here = self.place.clone();
        let mut ahead: Vec<String> = path.rsplit('/').map(str::to_owned).collect();
        let mut links = 0;
        while let Some(name) = ahead.pop() {
            match name.as_str() {
                "" | "." => continue,
                ".." if here.pop().is_none() => return ResolvedPath::Outside,
                ".." => continue,
                _ => here.push(name),
            }
            let Some(entry) = self.entry(&here) else { continue };
            if entry.kind != Kind::Link {
                let is_last = ahead.iter().all(|name| name.is_empty() || name == ".");
                return if is_last && entry.kind == Kind::File {
                    ResolvedPath::File(entry)
                } else {
                    ResolvedPath::Nothing
                };
            }
            links += 1;
            if links > MAX_LINKS {
                return ResolvedPath::Circle;
            }
            let Some(target) = self.target(&here, entry) else { return ResolvedPath::Nothing };
            if target.starts_with('/') {
                return ResolvedPath::Outside;
            }
            here.pop();
            ahead.extend(target.rsplit('/').map(str::to_owned));
        }
        let Some(inside) = here.strip_prefix(&self.place[..]) else { return ResolvedPath::Outside };
        let path = inside.join("/");
        let below = if path.is_empty() { String::new() } else { format!("{path}/") };
        let first = self.entries.range(below.clone()..).next();
        let is_directory = first.is_some_and(|(path, _)| path.starts_with(&below));
        if is_directory { ResolvedPath::Directory(path) } else { ResolvedPath::Nothing }
    }

    /// The entry at a place in the repository, if it is in the book.
    fn entry(&self, here: &[String]) -> Option<&Entry> {
        let inside = here.strip_prefix(&self.place[..])?;
        self.entries.get(&inside.join("/"))
    }

    fn target(&self, here: &[String], link: &Entry) -> Option<String> {
        match self.blob(&here.join("/"), link, MAX_LINK_BYTES) {
            Ok(Blob::Bytes(target)) => String::from_utf8(target).ok(),
            _ => None,
        }
    }

    /// Requested files that could not be read, by path. Nothing is known about them.
    pub(super) fn gaps(&self) -> Vec<String> {
        self.gaps.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn blob(&self, path: &str, entry: &Entry, most: u64) -> std::io::Result<Blob> {
        // A thread that panicked with the lock left git stopped or in step: every answer is read completely.
        let mut blobs = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        let blob = blobs.get(&entry.object, most);
        if !matches!(blob, Ok(Blob::Bytes(_) | Blob::TooLarge { .. })) {
            self.gaps.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
        }
        blob
    }
}

const NOT_CLONED: &str = "this clone of the repository does not have it; fetch without a filter and in full depth";

/// The full id of the commit that a revision names.
pub(super) fn commit_of(repository: &Repository, revision: &str) -> Result<String, SourceError> {
    let unknown = || SourceError::UnknownRevision(unknown_revision(repository, revision));
    if revision.starts_with('-') {
        return Err(unknown());
    }
    let wanted = format!("{revision}^{{commit}}");
    let commit = repository.ask(["rev-parse", "--quiet", "--verify", &wanted]).map_err(|refused| match refused {
        Refused::NotRun(why) => SourceError::NoGit(why),
        Refused::Said(_) => unknown(),
    })?;
    if commit.bytes().all(|byte| byte.is_ascii_hexdigit()) { Ok(commit) } else { Err(unknown()) }
}

/// Tells what there is in place of a revision.
fn unknown_revision(repository: &Repository, revision: &str) -> UnknownRevision {
    const MAX_BRANCHES: usize = 10;
    let count = format!("--count={MAX_BRANCHES}");
    let format = "--format=%(refname:short)";
    let listed =
        repository.ask(["for-each-ref", "--sort=-committerdate", &count, format, "refs/heads", "refs/remotes"]);
    let branches =
        listed.unwrap_or_default().lines().filter(|name| !name.ends_with("/HEAD")).map(str::to_owned).collect();
    UnknownRevision { name: revision.to_owned(), branches, is_partial: repository.is_partial() }
}

/// The tree of a place, found name by name: a tree that this clone lacks is not a tree without the name.
fn tree_at(place: &RepositoryPath, commit: &str, revision: &str) -> Result<String, SourceError> {
    let RepositoryPath { repository, names, .. } = place;
    let mut tree = format!("{commit}^{{tree}}");
    for (at, name) in names.iter().enumerate() {
        let shown = || names[..=at].join("/");
        let entry = entry_of(repository, &tree, name).map_err(|_| SourceError::Incomplete(revision.to_owned()))?;
        let not_own = |what| SourceError::NotOwn { place: shown(), what, revision: revision.to_owned() };
        let entry = entry
            .ok_or_else(|| SourceError::NotInRevision { dir: names.join("/").into(), revision: revision.to_owned() })?;
        match entry.mode.as_str() {
            "040000" => tree = entry.object,
            "120000" => return Err(not_own(Elsewhere::Link)),
            "160000" => return Err(not_own(Elsewhere::Submodule)),
            _ => return Err(SourceError::NotADirectory(shown().into())),
        }
    }
    Ok(tree)
}

/// Whether an entry can be part of a book; if not, records the reason. A directory is reported at its own place, and a
/// file outside the book's roles is not reported.
fn is_taken(path: &str, is_utf8: bool, skipped_entries: &mut Vec<(String, SkipReason)>) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let is_odd = |part: &&str| !is_plain_name(part) || (!is_utf8 && part.contains('\u{fffd}'));
    let (fails, kind) = match parts.iter().position(is_odd) {
        Some(at) => (at + 1, SkipReason::Name),
        None if parts.len() > MAX_DEPTH + 1 => (MAX_DEPTH + 1, SkipReason::TooDeep),
        None => return true,
    };
    let is_directory = fails < parts.len();
    if is_directory || Role::of(path) != Role::Other {
        skipped_entries.push((parts[..fails].join("/"), kind));
    }
    false
}

fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.'))
}
