//! What can be seen without a network: the store, the disk under it, git.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Finding;
use crate::book_watcher::BookLocation;
use crate::error_chain;
use crate::git;
use crate::source::Source;
use crate::store::{Address, Growth, Store, StoreError, Wait};
use crate::text::Lang;

/// Less than this is worth a word, in bytes: a year of history is far smaller.
const LITTLE: u64 = 500 * 1024 * 1024;
/// Less than this stops the service soon.
const NOTHING: u64 = 20 * 1024 * 1024;

/// A disk that does for fewer days than this is worth a word.
const SOON: u64 = 90;

/// How long a repository may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What `run` would refuse.
pub(super) fn setting(why: &str) -> Finding {
    Finding::bad("settings", why, "correct it: `run` does not start with it")
}

/// Whether the book is where it is to be followed.
pub(super) async fn book(place: &Result<BookLocation, String>) -> Finding {
    let check = "book";
    match place {
        Err(why) => Finding::bad(check, why.clone(), "correct the settings"),
        Ok(BookLocation::Directory { book, .. }) => match Source::directory(book) {
            Ok(_) => Finding::good(check, format!("the directory {} is there", book.display())),
            Err(error) => Finding::bad(
                check,
                error_chain::error_chain(&error),
                "set DRUMBEAT_BOOK, or name the directory in the service file",
            ),
        },
        Ok(BookLocation::Git(remote)) => {
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
                    format!("{} does not answer: {}", address.bare(), error_chain::error_chain(&error)),
                    todo,
                ),
            }
        }
    }
}

/// Whether the store is undamaged and takes a change.
fn try_out(address: &Address) -> Result<(), StoreError> {
    let store = Store::open_existing(address)?;
    store.check_integrity().wait()?;
    store.check_writable().wait()
}

pub(super) fn store(address: &Address) -> Finding {
    let check = "store";
    match try_out(address) {
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
            let (what, todo) = error.finding();
            Finding::bad(check, what.get(Lang::En), todo.get(Lang::En))
        }
    }
}

pub(super) fn disk(address: &Address, now: DateTime<Utc>) -> Finding {
    let check = "disk";
    let dir = directory(address);
    let room = match rustix::fs::statvfs(dir) {
        Ok(about) => about.f_bavail.saturating_mul(about.f_frsize),
        Err(error) => return Finding::skipped(check, format!("{} cannot be looked at: {error}", dir.display())),
    };
    let mut what = format!("{} MB are free where the store is", room / 1_000_000);
    let growth = Store::open_existing(address).and_then(|store| store.growth(now).wait()).ok().flatten();
    let lasts = growth.map(|growth| days(room, growth));
    if let (Some(growth), Some(days)) = (growth, lasts) {
        let pace = growth.bytes_a_day * 30 / 1_000_000;
        what = format!("{what}; the store grows by {pace} MB a month, so they do for {}", in_words(days));
    }
    if room < NOTHING {
        return Finding::bad(check, what, "make room: without it nothing can be recorded, so nothing is posted");
    }
    if lasts.is_some_and(|days| days < SOON) {
        return Finding::doubtful(check, what, "make room, or set `keep` in the service file: it moves old runs out");
    }
    if room < LITTLE {
        return Finding::doubtful(check, what, "make room before the disk is full");
    }
    Finding::good(check, what)
}

/// How many days the disk does at this pace.
fn days(room: u64, growth: Growth) -> u64 {
    room.saturating_sub(NOTHING).saturating_add(growth.reusable) / growth.bytes_a_day.max(1)
}

fn in_words(days: u64) -> String {
    match days {
        0..=60 => format!("about {days} days"),
        61..=730 => format!("about {} months", days / 30),
        731..=36_500 => format!("about {} years", days / 365),
        _ => "more than 100 years".to_owned(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn lasts(room_mb: u64, bytes_a_day: u64, words: &str) {
        let growth = Growth { bytes_a_day, reusable: 0 };
        assert_eq!(in_words(days(NOTHING + room_mb * 1_000_000, growth)), words);
    }

    #[test]
    fn how_long_a_disk_does() {
        lasts(100, 10_000_000, "about 10 days");
        lasts(1_000, 3_300_000, "about 10 months");
        lasts(20_000, 3_300_000, "about 16 years");
        lasts(20_000, 0, "more than 100 years");
        assert_eq!(days(0, Growth { bytes_a_day: 1_000, reusable: 5_000 }), 5, "free room in the file counts");
    }
}
