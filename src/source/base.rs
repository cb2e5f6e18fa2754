//! The base of a comparison: the book at the merge base of the branch, and notes for the reviewer.

use std::path::{Path, PathBuf};

use super::files::Role;
use super::revision::commit_of;
use super::{Source, SourceError};
use crate::git::{Refused, RepositoryPath, locate};

/// A book to compare with.
#[derive(Clone, Debug)]
pub struct Base {
    /// `None` if the revision has no book at this place.
    pub source: Option<Source>,
    /// The full id of the commit that is compared with.
    pub commit: String,
    pub notes: Vec<BaseNote>,
}

/// What a reviewer must know first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaseNote {
    /// A part of the book's path is a symbolic link in the repository: the head follows the link, the base does not.
    Link { path: String, target: PathBuf },
    /// The revision has commits that the head lacks. The base is their common commit.
    RevisionAhead { commits: usize },
    /// The revision and the head have no commit in common.
    Unrelated,
}

/// The base of the book in `dir`, for a revision that the branch is merged into.
///
/// # Errors
///
/// The base or the checked-out book is incomplete: its changes cannot be determined.
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

/// The commit at which the head left the branch that it will be merged into.
fn parting(
    place: &RepositoryPath,
    wanted: &str,
    revision: &str,
    notes: &mut Vec<BaseNote>,
) -> Result<String, SourceError> {
    let repository = &place.repository;
    let Ok(head) = repository.ask(["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]) else {
        return Ok(wanted.to_owned());
    };
    match repository.ask(["merge-base", &head, wanted]) {
        Ok(parting) if parting == wanted => Ok(parting),
        Ok(parting) => {
            let count = repository.ask(["rev-list", "--count", &format!("{head}..{wanted}")])?;
            notes.push(BaseNote::RevisionAhead { commits: count.parse().unwrap_or(0) });
            Ok(parting)
        }
        Err(Refused::NotRun(why)) => Err(SourceError::NoGit(why)),
        // A clone without the whole history may lack the common commit.
        Err(Refused::Said(_)) if repository.is_partial() => Err(SourceError::Shallow(revision.to_owned())),
        Err(Refused::Said(_)) => {
            notes.push(BaseNote::Unrelated);
            Ok(wanted.to_owned())
        }
    }
}

/// Files that a sparse checkout omits would look as if the branch had removed them.
fn refuse_sparse(place: &RepositoryPath) -> Result<(), SourceError> {
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
