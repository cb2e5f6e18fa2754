//! A book in a directory.
//!
//! Symbolic links to files inside the book are followed. A link to a directory inside the book is skipped, because that
//! directory is read at its own place. Links out of the book are refused. The type of a file is checked before it is
//! opened, so that no device is opened, and again afterwards: opening never blocks, and a swap has no effect. Temporary
//! errors (no descriptors left, a disk that does not answer) fail the whole read: no file is reported as unreadable.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, MAIN_SEPARATOR, Path, PathBuf};
use std::sync::Arc;

use rustix::fs::OFlags;
use walkdir::{DirEntry, WalkDir};

use super::files::{Role, is_plain_name, text};
use super::git_parts::{BareNames, MAX_ATTRIBUTES_BYTES, attributes};
use super::{MEDIA_BYTES, MediaRead, SourceError};
use crate::book::{Files, GitPart, MAX_BOOK_BYTES, MAX_DEPTH, MAX_ENTRIES, ReadError, SkipReason};
use crate::parallel;

/// The system's error number for a loop of links: `ErrorKind` has no stable name for it.
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
    // The walk reports an unreadable top like any other directory; here it means that there is no book.
    fs::read_dir(top).map_err(|why| SourceError::Unreadable { dir: top.to_owned(), why })?;
    let mut files = Files::default();
    let mut texts: Vec<(Role, Arc<str>, DirEntry)> = Vec::new();
    let mut count = 0;
    let walk = WalkDir::new(top).min_depth(1).max_depth(MAX_DEPTH + 1).sort_by(by_name);
    let is_wanted = |entry: &DirEntry| entry.depth() == 0 || !is_hidden(entry.file_name()) || is_of_git(entry);
    let mut walk = walk.into_iter().filter_entry(is_wanted);
    let mut bare = BareNames::default();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                if let Some(NoText::Temporary(why)) = error.io_error().and_then(again).map(NoText::from) {
                    return Err(SourceError::Unreadable { dir: top.to_owned(), why });
                }
                let path = shown(top, error.path().unwrap_or(top));
                let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                files.trouble(path, SkipReason::Unreadable(why));
                continue;
            }
        };
        let path = shown(top, entry.path());
        if is_of_git(&entry) {
            files.git_part(path, git_part(&entry));
            if entry.file_type().is_dir() {
                walk.skip_current_dir();
            }
            continue;
        }
        bare.note(&path);
        count += 1;
        if count > MAX_ENTRIES {
            files.trouble(path, SkipReason::TooMany);
            break;
        }
        let is_plain = entry.file_name().to_str().is_some_and(is_plain_name);
        if entry.file_type().is_dir() {
            if !is_plain {
                files.trouble(path, SkipReason::Name);
                walk.skip_current_dir();
            } else if entry.depth() > MAX_DEPTH {
                files.trouble(path, SkipReason::TooDeep);
            }
            continue;
        }
        let role = Role::of(&path);
        if role != Role::Other && !is_plain {
            files.trouble(path, SkipReason::Name);
        } else if let Some(kind) = entry.path_is_symlink().then(|| linked_directory(top, &entry)).flatten() {
            files.trouble(path, kind);
        } else if role.is_read() {
            texts.push((role, path, entry));
        } else {
            files.put(role, path, || Err(ReadError::NotAFile));
        }
    }
    bare.heads().for_each(|head| files.git_part(head.into(), Some(GitPart::Bare)));
    read_texts(top, &texts, &mut files).map_err(|why| SourceError::Unreadable { dir: top.to_owned(), why })?;
    files.sort();
    Ok(files)
}

/// Number of files read in parallel before the size of the book is checked.
const BATCH_SIZE: usize = 512;

fn read_texts(top: &Path, texts: &[(Role, Arc<str>, DirEntry)], files: &mut Files) -> io::Result<()> {
    let mut room = MAX_BOOK_BYTES;
    for batch in texts.chunks(BATCH_SIZE) {
        let read = parallel::map(batch, |(role, _, entry)| whole_text(top, entry, role.most()));
        for ((role, path, _), text) in batch.iter().zip(read) {
            let fitting = |text: Arc<str>| {
                let left = room.checked_sub(text.len() as u64).ok_or(ReadError::BookTooLarge)?;
                room = left;
                Ok(text)
            };
            let text = match text {
                Ok(text) => Ok(text),
                Err(NoText::Unread(why)) => Err(why),
                Err(NoText::Temporary(why)) => return Err(why),
            };
            files.put(*role, Arc::clone(path), || text.and_then(fitting));
        }
    }
    Ok(())
}

/// Why a file has no text.
enum NoText {
    Unread(ReadError),
    /// A temporary error: the next try may succeed.
    Temporary(io::Error),
}

impl From<ReadError> for NoText {
    fn from(why: ReadError) -> Self {
        Self::Unread(why)
    }
}

impl From<io::Error> for NoText {
    fn from(error: io::Error) -> Self {
        use rustix::io::Errno;
        const PASSING: &[Errno] =
            &[Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::IO, Errno::STALE, Errno::NOTCONN, Errno::TIMEDOUT];
        match Errno::from_io_error(&error) {
            Some(errno) if PASSING.contains(&errno) => Self::Temporary(error),
            _ => Self::Unread(ReadError::Unreadable(error.to_string())),
        }
    }
}

pub(super) fn read_media(top: &Path, path: &str) -> MediaRead {
    let inside = Path::new(path);
    if !inside.components().all(|part| matches!(part, Component::Normal(_))) || path.contains('\0') {
        return MediaRead::Outside;
    }
    let failed = |error: io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => MediaRead::Missing,
        _ => MediaRead::Unreadable(error.to_string()),
    };
    let real = match fs::canonicalize(top.join(inside)) {
        Ok(real) => real,
        Err(error) => return failed(error),
    };
    if !real.starts_with(top) {
        return MediaRead::Outside;
    }
    match is_plain_file(&real) {
        Err(error) => failed(error),
        Ok(false) => MediaRead::NotAFile,
        Ok(true) => match read_at_most(&real, MEDIA_BYTES) {
            Ok(Content::Whole(whole)) => MediaRead::Bytes(whole),
            Ok(Content::TooLarge { bytes }) => MediaRead::TooLarge { bytes },
            Ok(Content::NotAFile) => MediaRead::NotAFile,
            Err(error) => failed(error),
        },
    }
}

/// Sorts entries of one directory by name, the only difference between their paths.
fn by_name(a: &DirEntry, b: &DirEntry) -> Ordering {
    let [a, b] = [a, b].map(|entry| entry.path().as_os_str().as_encoded_bytes());
    a.cmp(b)
}

/// `.git`, lock and backup files of editors, the directories of a mounted ConfigMap.
fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

fn is_of_git(entry: &DirEntry) -> bool {
    matches!(entry.file_name().to_str(), Some(".git" | ".gitattributes"))
}

/// The finding about a file or directory of git. The top of a book may be the top of its repository.
fn git_part(entry: &DirEntry) -> Option<GitPart> {
    if entry.file_name() == ".git" {
        return (entry.depth() > 1).then_some(GitPart::Repository);
    }
    match read_at_most(entry.path(), MAX_ATTRIBUTES_BYTES) {
        Ok(Content::Whole(text)) if entry.file_type().is_file() => attributes(&text),
        _ => None,
    }
}

/// A path relative to the book's top, as text.
fn shown(top: &Path, path: &Path) -> Arc<str> {
    let inside = path.strip_prefix(top).unwrap_or(path).to_string_lossy();
    if MAIN_SEPARATOR == '/' { Arc::from(inside) } else { inside.replace(MAIN_SEPARATOR, "/").into() }
}

/// The finding about a symbolic link to a directory; `None` if its target is read anyway, or if it leads to a file.
fn linked_directory(top: &Path, entry: &DirEntry) -> Option<SkipReason> {
    // A link that is broken or in a loop is reported with the file.
    let real = fs::canonicalize(entry.path()).ok()?;
    if !fs::metadata(&real).is_ok_and(|found| found.is_dir()) {
        return None;
    }
    let inside = real.strip_prefix(top).ok();
    let is_read = inside.is_some_and(|inside| !inside.components().any(|part| is_hidden(part.as_os_str())));
    (!is_read).then_some(SkipReason::LinkOutside)
}

/// Copies the error: system errors cannot be cloned.
fn again(error: &io::Error) -> Option<io::Error> {
    error.raw_os_error().map(io::Error::from_raw_os_error)
}

fn whole_text(top: &Path, entry: &DirEntry, most: u64) -> Result<Arc<str>, NoText> {
    let target;
    let (path, is_plain) = if entry.path_is_symlink() {
        target = link_target(top, entry.path())?;
        (target.as_path(), is_plain_file(&target)?)
    } else {
        (entry.path(), entry.file_type().is_file())
    };
    if !is_plain {
        return Err(ReadError::NotAFile.into());
    }
    match read_at_most(path, most)? {
        Content::NotAFile => Err(ReadError::NotAFile.into()),
        Content::TooLarge { bytes } => Err(ReadError::TooLarge { bytes, most }.into()),
        Content::Whole(whole) => Ok(text(whole)?),
    }
}

/// The target of a symbolic link, if it is inside the book.
fn link_target(top: &Path, link: &Path) -> Result<PathBuf, ReadError> {
    match fs::canonicalize(link) {
        Ok(real) if real.starts_with(top) => Ok(real),
        Ok(_) => Err(ReadError::LinkOutside),
        Err(error) => Err(match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => ReadError::LinkToNothing,
            _ if error.raw_os_error() == Some(ELOOP) => ReadError::LinkLoop,
            _ => ReadError::Unreadable(error.to_string()),
        }),
    }
}

/// Checked before a file is opened. Follows no link.
fn is_plain_file(path: &Path) -> io::Result<bool> {
    Ok(fs::symlink_metadata(path)?.is_file())
}

enum Content {
    Whole(Vec<u8>),
    TooLarge {
        bytes: u64,
    },
    /// The file was replaced after the check.
    NotAFile,
}

/// All bytes of a file, unless there are more than `most`; never reads more, whatever size the system reports.
fn read_at_most(path: &Path, most: u64) -> io::Result<Content> {
    let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW;
    let opened = File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = match opened {
        Err(error) if error.raw_os_error() == Some(ELOOP) => return Ok(Content::NotAFile),
        opened => opened?,
    };
    let about = file.metadata()?;
    if !about.is_file() {
        return Ok(Content::NotAFile);
    }
    let bytes = about.len();
    if bytes > most {
        return Ok(Content::TooLarge { bytes });
    }
    let mut whole = Vec::with_capacity(usize::try_from(bytes + 1).unwrap_or(0));
    let read = file.take(most + 1).read_to_end(&mut whole)?;
    let read = u64::try_from(read).unwrap_or(u64::MAX);
    Ok(if read > most { Content::TooLarge { bytes: read } } else { Content::Whole(whole) })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Reads a path in a thread of its own, so that a blocking read does not stop the test.
    fn read_in_time(path: PathBuf) -> Content {
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || tell.send(read_at_most(&path, 100)));
        told.recv_timeout(Duration::from_secs(20)).expect("opening does not wait").expect("it opens")
    }

    #[test]
    fn pipe_or_link_in_place_of_file_never_blocks() {
        let dir = tempfile::TempDir::new().expect("a place");
        let path = |name: &str| dir.path().join(name);
        let made = std::process::Command::new("mkfifo").arg(path("pipe")).status().expect("mkfifo runs");
        assert!(made.success() && matches!(read_in_time(path("pipe")), Content::NotAFile));
        fs::write(path("file"), "text").expect("written");
        std::os::unix::fs::symlink("file", path("link")).expect("linked");
        assert!(matches!(read_in_time(path("link")), Content::NotAFile));
        assert!(matches!(read_in_time(path("file")), Content::Whole(text) if text == b"text"));
    }

    #[test]
    fn temporary_errors_are_not_reported_at_a_file() {
        let no_text = |errno: rustix::io::Errno| NoText::from(io::Error::from(errno));
        assert!(matches!(no_text(rustix::io::Errno::MFILE), NoText::Temporary(_)));
        assert!(matches!(no_text(rustix::io::Errno::ACCESS), NoText::Unread(_)));
    }
}
