//! A store on a read-only file system, where SQLite cannot create the index of its log.
//!
//! With an empty log, the file alone is the whole store and cannot change: SQLite opens it as immutable.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::io::Errno;

use super::file::Opened;

pub(super) fn is_on_read_only_file_system(file: &Path) -> bool {
    access(file, Access::WRITE_OK) == Err(Errno::ROFS)
}

/// Whether the log may contain commits that are not in the file. An unreadable log counts as one.
pub(super) fn has_log(store: &Opened) -> bool {
    match std::fs::metadata(store.beside("-wal")) {
        Ok(found) => found.len() > 0,
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    }
}

/// The URI that makes SQLite open a file as immutable.
pub(super) fn immutable(file: &Path) -> PathBuf {
    let mut uri = "file:".to_owned();
    for byte in file.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => uri.push(char::from(*byte)),
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri.push_str("?immutable=1");
    OsString::from(uri).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_the_path_of_the_uri() {
        assert_eq!(immutable(Path::new("/a b/c?d#e%.db")), Path::new("file:/a%20b/c%3Fd%23e%25.db?immutable=1"));
    }
}
