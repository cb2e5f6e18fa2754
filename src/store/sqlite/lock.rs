//! Locks for one service per store, on the files themselves, not on their names.
//!
//! There are two locks: the file `.lock` beside the real file of the store, which also contains the witness, and the
//! database itself. So a removed lock file, a symbolic link or a bind mount does not allow a second service.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::file::{FILE_MODE, Opened};
use crate::store::StoreError;

/// Grace period for a lock that a child process of a killed service inherited: a `git` has it until its `exec`.
const LOCK_HANDOVER_TIMEOUT: Duration = Duration::from_secs(1);
/// Pause between two attempts.
const LOCK_RETRY_INTERVAL: Duration = Duration::from_millis(10);

/// The two locked files of a store: the lock file, and the database if it can be locked.
pub(in crate::store) fn lock(shown: &Path, store: &Opened) -> Result<(File, Option<File>), StoreError> {
    let began = Instant::now();
    let name = store.beside(".lock");
    let failed = |source| StoreError::Lock { path: name.clone(), source };
    let lock = loop {
        let file = open_lock(&name).map_err(failed)?;
        take(&file, began, shown).map_err(|error| error.at(&name))?;
        // The former owner may have removed the file in the meantime: this lock would then exclude no other process.
        let named = std::fs::symlink_metadata(&name).ok().map(|found| (found.dev(), found.ino()));
        let held = file.metadata().map_err(failed)?;
        if named == Some((held.dev(), held.ino())) {
            break file;
        }
        if began.elapsed() >= LOCK_HANDOVER_TIMEOUT {
            return Err(StoreError::InUse { path: shown.to_owned() });
        }
    };
    let database = lock_database(shown, store, began)?;
    Ok((lock, database))
}

fn open_lock(name: &Path) -> io::Result<File> {
    let no_follow = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or(0);
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .custom_flags(no_follow)
        .open(name)
}

/// On Linux this lock (`flock`) and SQLite's own (POSIX) are independent. On other systems they may not be, so only the
/// lock file is locked there.
#[cfg(target_os = "linux")]
fn lock_database(shown: &Path, store: &Opened, began: Instant) -> Result<Option<File>, StoreError> {
    let failed = |cause| StoreError::NoAccess { path: shown.to_owned(), cause };
    let file = File::open(&store.real).map_err(failed)?;
    let found = file.metadata().map_err(failed);
    let is_ours = found.as_ref().is_ok_and(|it| (it.dev(), it.ino(), it.nlink()) == (store.device, store.inode, 1));
    let taken = if is_ours {
        take(&file, began, shown).map_err(|error| error.at(&store.real))
    } else {
        Err(StoreError::Replaced { path: shown.to_owned() })
    };
    match taken {
        Ok(()) => Ok(Some(file)),
        Err(error) => {
            // See `ServiceLock`: closing the file would drop SQLite's locks.
            std::mem::forget(file);
            Err(error)
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn lock_database(_: &Path, _: &Opened, _: Instant) -> Result<Option<File>, StoreError> {
    Ok(None)
}

/// Why a lock was not taken.
enum NotTaken {
    InUse(PathBuf),
    Failed(io::Error),
}

impl NotTaken {
    fn at(self, path: &Path) -> StoreError {
        match self {
            Self::InUse(path) => StoreError::InUse { path },
            Self::Failed(source) => StoreError::Lock { path: path.to_owned(), source },
        }
    }
}

fn take(file: &File, began: Instant, shown: &Path) -> Result<(), NotTaken> {
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if began.elapsed() < LOCK_HANDOVER_TIMEOUT => {
                std::thread::sleep(LOCK_RETRY_INTERVAL)
            }
            Err(TryLockError::WouldBlock) => return Err(NotTaken::InUse(shown.to_owned())),
            Err(TryLockError::Error(source)) => return Err(NotTaken::Failed(source)),
        }
    }
}
