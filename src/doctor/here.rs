//! What can be seen without a network: the store, the disk under it, git.

use std::path::Path;

use super::Finding;
use crate::causes;
use crate::git;
use crate::store::{Address, Store, StoreError};

/// Less than this is worth a word, in bytes: a year of history is far smaller.
const LITTLE: u64 = 500 * 1024 * 1024;
/// Less than this stops the service soon.
const NOTHING: u64 = 20 * 1024 * 1024;

pub(super) fn store(address: &Address) -> Finding {
    let check = "store";
    match Store::open_existing(address).and_then(|store| store.is_writable()) {
        Ok(()) => Finding::good(check, format!("{address} opens and can be written")),
        Err(StoreError::NotThere { .. }) => {
            let dir = directory(address);
            if dir.is_dir() {
                return Finding::good(check, format!("{address} is not there yet; `run` makes it"));
            }
            let what = format!("there is no directory {} for the store", dir.display());
            Finding::bad(check, what, "make it, or set DRUMBEAT_STORE to a file in one that is there")
        }
        Err(error) => {
            let what = causes::in_line(&error);
            Finding::bad(check, what, "give the user that runs Drumbeat the right to write the file and its directory")
        }
    }
}

pub(super) fn disk(address: &Address) -> Finding {
    let check = "disk";
    let dir = directory(address);
    let room = match rustix::fs::statvfs(dir) {
        Ok(about) => about.f_bavail.saturating_mul(about.f_frsize),
        Err(error) => return Finding::skipped(check, format!("{} cannot be looked at: {error}", dir.display())),
    };
    let what = format!("{} MB are free where the store is", room / 1_000_000);
    if room < NOTHING {
        return Finding::bad(check, what, "make room: without it nothing can be recorded, so nothing is posted");
    }
    if room < LITTLE {
        return Finding::doubtful(check, what, "make room before the disk is full");
    }
    Finding::good(check, what)
}

pub(super) fn git() -> Finding {
    let check = "git";
    match git::version() {
        Ok(version) => Finding::good(check, version),
        Err(_) => {
            Finding::doubtful(check, "there is no git", "install it: following a repository and `plan --base` need it")
        }
    }
}

fn directory(address: &Address) -> &Path {
    let Address::Sqlite(path) = address;
    path.parent().filter(|dir| *dir != Path::new("")).unwrap_or(Path::new("."))
}
