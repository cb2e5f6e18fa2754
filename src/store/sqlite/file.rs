//! The file of a store: made for its owner alone, and found under its real name.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// Files of the store are its owner's alone: they name customers' tags and members.
pub(super) const FILE_MODE: u32 = 0o600;

/// A file of the store as it was when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opened {
    /// The path without symbolic links.
    pub(super) real: PathBuf,
    pub(super) device: u64,
    pub(super) inode: u64,
}

impl Opened {
    /// A file that goes with the store.
    pub(super) fn beside(&self, end: &str) -> PathBuf {
        let mut name = self.real.clone().into_os_string();
        name.push(end);
        name.into()
    }
}

/// Makes the file where it is not there, for its owner alone. SQLite gives its log and index the same mode.
pub(super) fn create_private(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        done => done.map(drop),
    }
}

/// Which file a path leads to. A file with a second name is refused: SQLite keeps one log per name, so a second process
/// under the other name would not see what the first wrote.
pub(super) fn opened(path: &Path) -> Result<Opened, StoreError> {
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
