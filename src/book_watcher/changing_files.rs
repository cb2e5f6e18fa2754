//! Which files of a directory may be half written.
//!
//! A file that was written a moment ago may be incomplete. Its campaign stays active, but none of its posts is sent
//! before the file has been unchanged for a while. A rename into place, or a tool that sets the file's time when it is
//! done, ends the delay at once: then the inode changed later than the content. A git commit has no delay.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::campaign::Campaign;
use crate::load::ActiveBook;
use crate::post::Media;

/// Files at the top of a book that every campaign depends on.
const SHARED_FILES: &[&str] = &["policy.toml", "calendar.toml"];

/// Marks the campaigns whose files were written less than `delay` before `now`.
pub(super) fn mark(book: &mut ActiveBook, top: &Path, delay: Duration, now: DateTime<Utc>) {
    let is_fresh = |path: &Path| fs::metadata(path).is_ok_and(|about| is_being_written(&about, delay, now));
    let calendars = fs::read_dir(top.join("calendars")).into_iter().flatten().flatten();
    // `directory.toml`, and those of the corps of a book for several.
    let is_directory = |name: &OsStr| name.to_str().is_some_and(|it| it.starts_with("directory."));
    let entries = fs::read_dir(top).into_iter().flatten().flatten();
    let mut directories = entries.filter(|it| is_directory(&it.file_name()));
    let shared = SHARED_FILES.iter().any(|name| is_fresh(&top.join(name)))
        || directories.any(|it| is_fresh(&it.path()))
        || calendars.into_iter().any(|it| is_fresh(&it.path()));
    let is_unsettled = |campaign: &Campaign| {
        let media = campaign.contents.iter().flat_map(|content| content.post().media());
        let mut media = media.filter_map(|it| if let Media::File { path, .. } = it { Some(path) } else { None });
        shared || is_fresh(&top.join(&*campaign.file)) || media.any(|path| is_fresh(&top.join(&**path)))
    };
    book.changing = book.campaigns.iter().filter(|it| is_unsettled(it)).map(|it| it.id.clone()).collect();
}

fn is_being_written(about: &Metadata, delay: Duration, now: DateTime<Utc>) -> bool {
    let written = (about.mtime(), about.mtime_nsec());
    let changed = (about.ctime(), about.ctime_nsec());
    let delay = i64::try_from(delay.as_secs()).unwrap_or(i64::MAX);
    // A time in the future: the clock was set back since.
    delay > 0 && changed <= written && (now.timestamp() - written.0).abs() < delay
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use chrono::TimeDelta;

    use super::*;
    use crate::clock::Clock;

    const DELAY: Duration = Duration::from_secs(10);

    fn is_written(path: &Path, later: i64) -> bool {
        let about = fs::metadata(path).expect("a file");
        let written = DateTime::from_timestamp(about.mtime(), 0).expect("a time");
        is_being_written(&about, DELAY, written + TimeDelta::seconds(later))
    }

    #[test]
    fn a_file_settles_once_it_was_left_alone() {
        let dir = tempfile::TempDir::new().expect("a place");
        let path = dir.path().join("a.toml");
        fs::write(&path, "half").expect("written");
        assert!(is_written(&path, 0) && is_written(&path, 9));
        assert!(!is_written(&path, 10));
    }

    #[test]
    fn deadline_time_ends_settling() {
        let dir = tempfile::TempDir::new().expect("a place");
        let path = dir.path().join("a.toml");
        fs::write(&path, "whole").expect("written");
        let earlier = Clock::System.now() - TimeDelta::seconds(2);
        File::options().write(true).open(&path).expect("open").set_modified(earlier.into()).expect("set");
        assert!(!is_written(&path, 0));
    }
}
