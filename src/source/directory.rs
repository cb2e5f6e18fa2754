//! A book in a directory.
//!
//! Symbolic links that stay inside the book are followed to files; a link to a directory inside the book leads to what
//! is read at its own place anyway. Links that leave the book are refused. The kind of a thing is asked before it is
//! opened, so that a pipe or device can neither block nor answer.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use walkdir::{DirEntry, WalkDir};

use super::files::{Role, is_plain_name, text};
use super::{Looked, MEDIA_BYTES, SourceError};
use crate::book::{BOOK_BYTES, DEPTH, ENTRIES, FILE_BYTES, Files, TroubleKind, Unread};

/// The system's number for links in a circle: `ErrorKind` has no stable name for it.
const ELOOP: i32 = if cfg!(target_os = "linux") { 40 } else { 62 };

pub(super) fn open(dir: &Path) -> Result<PathBuf, SourceError> {
    let unreadable = |why: io::Error| match why.kind() {
        ErrorKind::NotFound => SourceError::Missing(dir.to_owned()),
        ErrorKind::NotADirectory => SourceError::NotADirectory(dir.to_owned()),
        _ => SourceError::Unreadable { dir: dir.to_owned(), why },
    };
    let top = fs::canonicalize(dir).map_err(unreadable)?;
    if !fs::metadata(&top).map_err(unreadable)?.is_dir() {
        return Err(SourceError::NotADirectory(dir.to_owned()));
    }
    Ok(top)
}

pub(super) fn read(top: &Path) -> Result<Files, SourceError> {
    // Walking reports an unreadable top like any other directory; here it means that there is no book.
    fs::read_dir(top).map_err(|why| SourceError::Unreadable { dir: top.to_owned(), why })?;
    let mut files = Files::default();
    let mut room = BOOK_BYTES;
    let mut count = 0;
    let walk = WalkDir::new(top).min_depth(1).max_depth(DEPTH + 1).sort_by_file_name();
    let mut walk = walk.into_iter().filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name()));
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = shown(top, error.path().unwrap_or(top));
                let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                files.trouble(path, TroubleKind::Unreadable(why));
                continue;
            }
        };
        let path = shown(top, entry.path());
        count += 1;
        if count > ENTRIES {
            files.trouble(path, TroubleKind::TooMany);
            break;
        }
        let is_plain = entry.file_name().to_str().is_some_and(is_plain_name);
        if entry.file_type().is_dir() {
            if !is_plain {
                files.trouble(path, TroubleKind::Name);
                walk.skip_current_dir();
            } else if entry.depth() > DEPTH {
                files.trouble(path, TroubleKind::TooDeep);
            }
            continue;
        }
        let role = Role::of(&path);
        if role != Role::Other && !is_plain {
            files.trouble(path, TroubleKind::Name);
        } else if let Some(kind) = entry.path_is_symlink().then(|| linked_directory(top, &entry)).flatten() {
            files.trouble(path, kind);
        } else {
            files.put(role, path, || campaign_text(top, &entry, &mut room));
        }
    }
    files.sort();
    Ok(files)
}

pub(super) fn look(top: &Path, path: &str) -> Looked {
    let inside = Path::new(path);
    if !inside.components().all(|part| matches!(part, Component::Normal(_))) || path.contains('\0') {
        return Looked::Outside;
    }
    let failed = |error: io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Looked::Missing,
        _ => Looked::Unreadable(error.to_string()),
    };
    let real = match fs::canonicalize(top.join(inside)) {
        Ok(real) => real,
        Err(error) => return failed(error),
    };
    if !real.starts_with(top) {
        return Looked::Outside;
    }
    match plain_file(&real) {
        Err(error) => failed(error),
        Ok(None) => Looked::NotAFile,
        Ok(Some(bytes)) if bytes > MEDIA_BYTES => Looked::TooLarge { bytes },
        Ok(Some(bytes)) => match read_at_most(&real, bytes, MEDIA_BYTES) {
            Ok(Some(whole)) => Looked::Bytes(whole),
            Ok(None) => Looked::TooLarge { bytes: MEDIA_BYTES + 1 },
            Err(error) => failed(error),
        },
    }
}

/// `.git`, an editor's lock or backup, a mounted ConfigMap's own directories.
fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// A path from the book's top as text.
fn shown(top: &Path, path: &Path) -> Arc<str> {
    let inside = path.strip_prefix(top).unwrap_or(path);
    let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/").into()
}

/// What is to be said of a symbolic link that leads to a directory; nothing of one whose target is read anyway, or that
/// leads to a file.
fn linked_directory(top: &Path, entry: &DirEntry) -> Option<TroubleKind> {
    // A link that leads nowhere or in a circle is for the file's own finding.
    let real = fs::canonicalize(entry.path()).ok()?;
    if !fs::metadata(&real).is_ok_and(|found| found.is_dir()) {
        return None;
    }
    let inside = real.strip_prefix(top).ok();
    let is_read = inside.is_some_and(|inside| !inside.components().any(|part| is_hidden(part.as_os_str())));
    (!is_read).then_some(TroubleKind::LinkOutside)
}

fn campaign_text(top: &Path, entry: &DirEntry, room: &mut u64) -> Result<Arc<str>, Unread> {
    let target;
    let mut path = entry.path();
    if entry.path_is_symlink() {
        target = link_target(top, path)?;
        path = &target;
    }
    let unreadable = |error: io::Error| Unread::Unreadable(error.to_string());
    let bytes = plain_file(path).map_err(unreadable)?.ok_or(Unread::NotAFile)?;
    if bytes > FILE_BYTES {
        return Err(Unread::TooLarge { bytes });
    }
    if bytes > *room {
        return Err(Unread::BookTooLarge);
    }
    let whole = read_at_most(path, bytes, FILE_BYTES).map_err(unreadable)?;
    let whole = whole.ok_or(Unread::TooLarge { bytes: FILE_BYTES + 1 })?;
    *room = room.saturating_sub(u64::try_from(whole.len()).unwrap_or(u64::MAX));
    text(whole)
}

/// Where a symbolic link leads, if that is inside the book.
fn link_target(top: &Path, link: &Path) -> Result<PathBuf, Unread> {
    match fs::canonicalize(link) {
        Ok(real) if real.starts_with(top) => Ok(real),
        Ok(_) => Err(Unread::LinkOutside),
        Err(error) => Err(match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Unread::LinkToNothing,
            _ if error.raw_os_error() == Some(ELOOP) => Unread::LinkLoop,
            _ => Unread::Unreadable(error.to_string()),
        }),
    }
}

/// The size of a plain file in bytes; nothing if it is anything else. Opens nothing and follows no link.
fn plain_file(path: &Path) -> io::Result<Option<u64>> {
    let found = fs::symlink_metadata(path)?;
    Ok(found.is_file().then_some(found.len()))
}

/// All bytes of a file; nothing if there are more than `most`, whatever size it was said to have.
fn read_at_most(path: &Path, expected: u64, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut whole = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    File::open(path)?.take(most + 1).read_to_end(&mut whole)?;
    let fits = u64::try_from(whole.len()).is_ok_and(|bytes| bytes <= most);
    Ok(fits.then_some(whole))
}
