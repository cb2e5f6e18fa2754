//! What can be seen without a network: the store, the disk under it, git.

use std::path::Path;
use std::time::Duration;

use super::Finding;
use crate::causes;
use crate::follow::Place;
use crate::git;
use crate::source::Source;
use crate::store::{Address, Store, StoreError};

/// Less than this is worth a word, in bytes: a year of history is far smaller.
const LITTLE: u64 = 500 * 1024 * 1024;
/// Less than this stops the service soon.
const NOTHING: u64 = 20 * 1024 * 1024;

/// How long a repository may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What `run` would refuse.
pub(super) fn setting(why: &str) -> Finding {
    Finding::bad("settings", why, "correct it: `run` does not start with it")
}

/// Whether the book is where it is to be followed.
pub(super) async fn book(place: &Result<Place, String>) -> Finding {
    let check = "book";
    match place {
        Err(why) => Finding::bad(check, why.clone(), "correct the settings"),
        Ok(Place::Directory { book, .. }) => match Source::directory(book) {
            Ok(_) => Finding::good(check, format!("the directory {} is there", book.display())),
            Err(error) => Finding::bad(
                check,
                causes::in_line(&error),
                "set DRUMBEAT_BOOK, or name the directory in the service file",
            ),
        },
        Ok(Place::Git(remote)) => {
            let todo = "look at the address, the branch and git's credentials, as the user that runs Drumbeat";
            let address = match git::Address::parse(remote.url.expose()) {
                Ok(address) => address,
                Err(why) => return Finding::bad(check, why.to_string(), todo),
            };
            let branch = &remote.branch;
            match git::has_branch(&address, branch, PATIENCE.min(remote.time_limit)).await {
                Ok(true) => Finding::good(check, format!("{} answers and has the branch `{branch}`", address.bare())),
                Ok(false) => {
                    Finding::bad(check, format!("{} answers and has no branch `{branch}`", address.bare()), todo)
                }
                Err(error) => Finding::bad(
                    check,
                    format!("{} does not answer: {}", address.bare(), causes::in_line(&error)),
                    todo,
                ),
            }
        }
    }
}

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
