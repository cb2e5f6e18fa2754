//! The base of a review: the book from which a branch left, and what the reviewer must know of it first.

use std::path::{Path, PathBuf};

use super::files::Role;
use super::revision::commit_of;
use super::{Source, SourceError};
use crate::git::{Place, Refused, locate};

/// A book to compare with.
#[derive(Clone, Debug)]
pub struct Base {
    /// Nothing where the revision has no book at this place.
    pub source: Option<Source>,
    /// The full name of the commit that is compared with.
    pub commit: String,
    pub notes: Vec<BaseNote>,
}

/// What a reviewer must know before anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaseNote {
    /// A part of the book's path is a symbolic link in the repository: the head is read where it leads, the base is not.
    Link { path: String, target: PathBuf },
    /// The revision has commits that the head lacks. The base is the commit at which they parted.
    MovedOn { commits: usize },
    /// The revision and the head have no commit in common.
    Unrelated,
}

/// The base of what is in `dir`, for a revision that the branch is to be merged into.
///
/// # Errors
///
/// The base, or the book as it is checked out, is not wholly there: then nothing can be said about what changes.
pub fn base(dir: &Path, revision: &str) -> Result<Base, SourceError> {
    let place = locate(dir)?;
    let mut notes = Vec::new();
    if let Some((path, target)) = &place.link {
        notes.push(BaseNote::Link { path: path.clone(), target: target.clone() });
    }
    let wanted = commit_of(&place.repository, revision)?;
    let commit = parting(&place, &wanted, revision, &mut notes)?;
    refuse_sparse(&place)?;
    let source = match Source::at_place(&place, &commit) {
        Ok(source) => Some(source),
        Err(SourceError::NotInRevision { .. }) => None,
        Err(SourceError::Incomplete(_)) => return Err(SourceError::Incomplete(revision.to_owned())),
        Err(error) => return Err(error),
    };
    Ok(Base { source, commit, notes })
}

/// The commit at which the head left the branch that it goes into.
fn parting(place: &Place, wanted: &str, revision: &str, notes: &mut Vec<BaseNote>) -> Result<String, SourceError> {
    let repository = &place.repository;
    let Ok(head) = repository.ask(["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]) else {
        return Ok(wanted.to_owned());
    };
    match repository.ask(["merge-base", &head, wanted]) {
        Ok(parting) if parting == wanted => Ok(parting),
        Ok(parting) => {
            let count = repository.ask(["rev-list", "--count", &format!("{head}..{wanted}")])?;
            notes.push(BaseNote::MovedOn { commits: count.parse().unwrap_or(0) });
            Ok(parting)
        }
        Err(Refused::NotRun(why)) => Err(SourceError::NoGit(why)),
        // In a clone without the whole history it may be that the common commit is not there.
        Err(Refused::Said(_)) if repository.is_partial() => Err(SourceError::Shallow(revision.to_owned())),
        Err(Refused::Said(_)) => {
            notes.push(BaseNote::Unrelated);
            Ok(wanted.to_owned())
        }
    }
}

/// What a sparse checkout left out would look as if the branch had removed it.
fn refuse_sparse(place: &Place) -> Result<(), SourceError> {
    let repository = &place.repository;
    let below = if place.names.is_empty() { ".".to_owned() } else { place.names.join("/") };
    let listed = repository.ask_bytes(["ls-files", "-t", "-z", "--", &below])?;
    let left_out = listed.split(|&byte| byte == 0).filter_map(|record| record.strip_prefix(b"S "));
    let left_out = left_out.map(|path| String::from_utf8_lossy(path).into_owned());
    let counts = |path: &String| {
        let inside = place.names.iter().fold(path.as_str(), |path, name| {
            path.strip_prefix(name.as_str()).map_or(path, |rest| rest.trim_start_matches('/'))
        });
        let is_missing = std::fs::symlink_metadata(repository.top.join(path)).is_err();
        is_missing && (Role::of(inside).is_read() || Role::of(inside) == Role::Media)
    };
    let left_out: Vec<String> = left_out.filter(counts).collect();
    match left_out.first() {
        None => Ok(()),
        Some(first) => Err(SourceError::Sparse { count: left_out.len(), first: first.clone() }),
    }
}
