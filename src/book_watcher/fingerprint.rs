//! A cheap fingerprint of a book's directory: shows whether anything changed, without reading a file.

use std::fs::{self, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::book::{MAX_DEPTH, MAX_ENTRIES};

/// The state of a book's directory tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TreeFingerprint(u64);

/// Includes every entry of a book. A missing directory has a fingerprint too.
pub(super) fn fingerprint_of(book: &Path) -> TreeFingerprint {
    let mut hash = DefaultHasher::new();
    let top = fs::canonicalize(book).ok();
    top.hash(&mut hash);
    let Some(top) = top else { return TreeFingerprint(hash.finish()) };
    // A commit may take in changes without changing a file of the book.
    let head = git_directory(&top).and_then(|git| fs::metadata(git.join("logs/HEAD")).ok());
    head.as_ref().map(file_state).hash(&mut hash);
    let walk = WalkDir::new(&top).max_depth(MAX_DEPTH + 1).sort_by_file_name().into_iter();
    let is_hidden = |entry: &walkdir::DirEntry| entry.file_name().as_encoded_bytes().starts_with(b".");
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)).take(MAX_ENTRIES) {
        let Ok(entry) = entry else {
            0u8.hash(&mut hash);
            continue;
        };
        entry.path().hash(&mut hash);
        entry.metadata().ok().as_ref().map(file_state).hash(&mut hash);
        if entry.path_is_symlink() {
            // The target of the link is what is read.
            fs::canonicalize(entry.path()).ok().hash(&mut hash);
            fs::metadata(entry.path()).ok().as_ref().map(file_state).hash(&mut hash);
        }
    }
    TreeFingerprint(hash.finish())
}

/// Values that change with a file. No program can set the time of the inode's last change.
fn file_state(about: &Metadata) -> (u64, u64, u64, i64, i64, i64, i64) {
    let (mtime, ctime) = ((about.mtime(), about.mtime_nsec()), (about.ctime(), about.ctime_nsec()));
    (about.dev(), about.ino(), about.size(), mtime.0, mtime.1, ctime.0, ctime.1)
}

/// Whether git is changing the work tree around a directory at this moment.
pub(super) fn is_being_checked_out(book: &Path) -> bool {
    let Ok(top) = fs::canonicalize(book) else { return false };
    git_directory(&top).is_some_and(|git| git.join("index.lock").exists())
}

/// Git's own directory for the work tree around a directory.
fn git_directory(top: &Path) -> Option<PathBuf> {
    let git = top.ancestors().map(|dir| dir.join(".git")).find(|git| git.exists())?;
    if fs::symlink_metadata(&git).is_ok_and(|about| about.is_file()) {
        let pointer = fs::read_to_string(&git).unwrap_or_default();
        return Some(pointer.strip_prefix("gitdir:").map(|path| PathBuf::from(path.trim())).unwrap_or(git));
    }
    Some(git)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_changes_the_fingerprint() {
        let dir = tempfile::tempdir().expect("a directory");
        let book = dir.path().join("campaigns");
        fs::create_dir(&book).expect("made");
        fs::create_dir_all(dir.path().join(".git/logs")).expect("made");
        let before = fingerprint_of(&book);
        fs::write(dir.path().join(".git/logs/HEAD"), "0000 1111 t <t@e> 1\tcommit: reviewed\n").expect("written");
        assert_ne!(fingerprint_of(&book), before);
    }
}
