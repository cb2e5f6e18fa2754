//! The file of a store: readable by its owner only, and identified by its real path.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// Only the owner may read the files of a store: they contain customers' tags and members.
pub(in crate::store) const FILE_MODE: u32 = 0o600;

/// The file of a store when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Opened {
    /// The path without symbolic links.
    pub(in crate::store) real: PathBuf,
    pub(in crate::store) device: u64,
    pub(in crate::store) inode: u64,
}

impl Opened {
    /// A file beside the store, with this suffix.
    pub(in crate::store) fn beside(&self, end: &str) -> PathBuf {
        let mut name = self.real.clone().into_os_string();
        name.push(end);
        name.into()
    }
}

/// Creates the file if it does not exist, for its owner only. SQLite gives its log and index the same mode.
pub(in crate::store) fn create_private(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        done => done.map(drop),
    }
}

/// The file at a path. A file with a second hard link is refused: SQLite keeps one log per name, so a process that uses
/// the other name would not see the commits of this one.
pub(in crate::store) fn opened(path: &Path) -> Result<Opened, StoreError> {
    let failed = |cause| StoreError::NoAccess { path: path.to_owned(), cause };
    let real = std::fs::canonicalize(path).map_err(failed)?;
    let found = std::fs::metadata(&real).map_err(failed)?;
    if !found.is_file() {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    if found.nlink() > 1 {
        return Err(StoreError::HardLinked { path: path.to_owned(), links: found.nlink() });
    }
    Ok(Opened { real, device: found.dev(), inode: found.ino() })
}
