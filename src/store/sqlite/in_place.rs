//! Checks whether the files that a service has open are still at their paths.
//!
//! A process keeps a removed or renamed file open, with its locks. The next process finds no file or another one at
//! that path, and opens it: both would post.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::file::Opened;
use crate::store::StoreError;
use crate::store::witness::Witness;

/// The files that the process of the service has open.
#[derive(Debug)]
pub(in crate::store) struct Claim {
    pub(in crate::store) witness: Witness,
    pub(in crate::store) files: FilesInUse,
}

/// Set while this process has the service lock.
pub(in crate::store) type SharedClaim = Arc<Mutex<Option<Claim>>>;

/// The database, its lock file, its log and its index: their paths, and their identities at the start.
#[derive(Debug)]
pub(in crate::store) struct FilesInUse {
    files: Vec<(PathBuf, Identity)>,
}

/// Device and inode.
type Identity = (u64, u64);

impl FilesInUse {
    /// Of an open store. `shown` is the path as it was given, which may contain symbolic links.
    pub(in crate::store) fn of(shown: &Path, store: &Opened) -> io::Result<Self> {
        let mut files = Vec::new();
        for path in [shown.to_owned(), store.real.clone(), store.beside(".lock")] {
            let identity = identity(&path)?;
            files.push((path, identity));
        }
        // SQLite keeps these two files while a connection is open.
        for path in [store.beside("-wal"), store.beside("-shm")] {
            match identity(&path) {
                Ok(identity) => files.push((path, identity)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { files })
    }

    pub(in crate::store) fn are_in_place(&self) -> Result<(), StoreError> {
        for (path, opened) in &self.files {
            match identity(path) {
                Ok(found) if found == *opened => {}
                Ok(_) => return Err(StoreError::Displaced { path: path.clone() }),
                Err(error) if is_gone(&error) => return Err(StoreError::Displaced { path: path.clone() }),
                // The file may become accessible again; nothing is sent until then.
                Err(cause) => return Err(StoreError::NoAccess { path: path.clone(), cause }),
            }
        }
        Ok(())
    }
}

fn identity(path: &Path) -> io::Result<Identity> {
    std::fs::metadata(path).map(|found| (found.dev(), found.ino()))
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
