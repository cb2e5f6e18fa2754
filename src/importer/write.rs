//! Writes every file of an import, or none.
//!
//! All files are first written into a hidden directory of the book, which no command reads. Then each takes its place
//! by a
//! rename, media before the campaigns that name them; what was there is kept in that directory until the end, and put
//! back
//! if a step fails. A directory that a killed import left behind is put back by the next one.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::compare::{Action, FileChange};
use super::media::{MediaOrigin, NewMedia};
use crate::ids::Sha256;
use crate::sheet::{Opened, Picture};
use crate::source::MEDIA_BYTES;
use crate::text::{Text, UserError};

/// The staging directory.
const STAGING: &str = ".drumbeat-import";
/// The steps that were begun, one a line: `new PATH` or `old PATH`.
const JOURNAL: &str = "journal";

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Nothing was changed, or it was put back.
    File {
        path: PathBuf,
        #[source]
        why: io::Error,
    },
    /// A picture is no longer what was checked.
    Changed(String),
    /// What was done could not be taken back.
    NotRestored {
        path: PathBuf,
        #[source]
        why: io::Error,
    },
}

impl UserError for WriteError {
    fn text(&self) -> Text {
        match self {
            Self::File { path, .. } => {
                let path = path.display();
                text!(en: "nothing was imported: failed to write {path}", zh: "什么都没有导入：无法写入 {path}")
            }
            Self::Changed(path) => text!(
                en: "nothing was imported: `{path}` changed while it was read; import again",
                zh: "什么都没有导入：读取过程中 `{path}` 变了，请重新导入"
            ),
            Self::NotRestored { path, .. } => {
                let path = path.display();
                text!(
                    en: "the import failed halfway, and {path} could not be put back; import again, which tries it once more",
                    zh: "导入到一半出错，{path} 没能恢复原样；请重新导入，程序会再恢复一次"
                )
            }
        }
    }
}

display_in_english!(WriteError);

/// Writes all files of an import.
pub(super) fn all(
    book: &Path,
    files: &[FileChange],
    media: &[NewMedia],
    opened: Option<&mut Opened>,
) -> Result<(), WriteError> {
    let staging = book.join(STAGING);
    recover(book)?;
    let result = stage(&staging, files, media, opened).and_then(|()| {
        let steps = steps(files, media);
        put_in_place(book, &staging, &steps)
    });
    match result {
        Ok(()) => {
            // From here on nothing is to be put back: without its journal the directory means nothing.
            let _ = fs::remove_file(staging.join(JOURNAL));
            let _ = fs::remove_dir_all(&staging);
            Ok(())
        }
        Err(error) => {
            recover(book)?;
            Err(error)
        }
    }
}

/// Puts back what an import that did not end has changed.
fn recover(book: &Path) -> Result<(), WriteError> {
    let staging = book.join(STAGING);
    let Ok(metadata) = fs::symlink_metadata(&staging) else { return Ok(()) };
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |why| WriteError::NotRestored { path, why }
    };
    if !metadata.is_dir() {
        return fs::remove_file(&staging).map_err(failed(&staging));
    }
    let journal = fs::read_to_string(staging.join(JOURNAL)).unwrap_or_default();
    // The last line may have been cut short: its step was not begun.
    let whole = journal.rfind('\n').map_or("", |end| &journal[..end]);
    for line in whole.lines().rev() {
        let Some((kind, path)) = line.split_once(' ') else { continue };
        let target = book.join(path);
        let backup = staging.join("old").join(path);
        match kind {
            "old" if backup.exists() => fs::rename(&backup, &target).map_err(failed(&target))?,
            // Only if it was moved; otherwise it is still in the staging directory.
            "new" if !staging.join("new").join(path).exists() => match fs::remove_file(&target) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(&target)(error)),
                _ => {}
            },
            _ => {}
        }
    }
    fs::remove_dir_all(&staging).map_err(failed(&staging))
}

/// One rename of the commit phase.
struct Step<'a> {
    path: &'a str,
    /// It is written, and not only taken away.
    is_written: bool,
}

/// Media first, then the campaigns that name them, then what is taken away.
fn steps<'a>(files: &'a [FileChange], media: &'a [NewMedia]) -> Vec<Step<'a>> {
    let written = |change: &&FileChange| change.action.writes();
    let taken = |change: &&FileChange| change.action == Action::Gone;
    let media = media.iter().map(|it| Step { path: &it.path, is_written: true });
    let campaigns = files.iter().filter(written).map(|it| Step { path: &it.path, is_written: true });
    let gone = files.iter().filter(taken).map(|it| Step { path: &it.path, is_written: false });
    media.chain(campaigns).chain(gone).collect()
}

/// Writes every new file into the staging directory.
fn stage(
    staging: &Path,
    files: &[FileChange],
    media: &[NewMedia],
    mut opened: Option<&mut Opened>,
) -> Result<(), WriteError> {
    let new = staging.join("new");
    for file in files.iter().filter(|change| change.action.writes()) {
        write(&new.join(&file.path), file.text.as_bytes())?;
    }
    for item in media {
        let changed = || WriteError::Changed(item.path.clone());
        let bytes = match (&item.origin, &mut opened) {
            (MediaOrigin::File(path), _) => {
                fs::read(path).map_err(|why| WriteError::File { path: path.clone(), why })?
            }
            (MediaOrigin::Picture(picture), Some(opened)) => match opened.picture(picture, MEDIA_BYTES) {
                Ok(Some(Picture::Bytes(bytes))) => bytes,
                _ => return Err(changed()),
            },
            (MediaOrigin::Picture(_), None) => return Err(changed()),
        };
        if Sha256::of(&bytes) != item.sha256 {
            return Err(changed());
        }
        write(&new.join(&item.path), &bytes)?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let failed = |why| WriteError::File { path: path.to_owned(), why };
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(failed)?;
    }
    let mut file = File::create_new(path).map_err(failed)?;
    file.write_all(bytes).map_err(failed)
}

fn put_in_place(book: &Path, staging: &Path, steps: &[Step<'_>]) -> Result<(), WriteError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |why| WriteError::File { path, why }
    };
    if steps.is_empty() {
        return Ok(());
    }
    let journal_path = staging.join(JOURNAL);
    fs::create_dir_all(staging).map_err(failed(staging))?;
    let mut journal = File::create_new(&journal_path).map_err(failed(&journal_path))?;
    // The journal with all steps is on disk before the first rename.
    let lines: Vec<String> = steps
        .iter()
        .map(|step| {
            let is_there = book.join(step.path).exists();
            format!("{} {}\n", if is_there { "old" } else { "new" }, step.path)
        })
        .collect();
    journal.write_all(lines.concat().as_bytes()).and_then(|()| journal.sync_all()).map_err(failed(&journal_path))?;
    let top = fs::canonicalize(book).map_err(failed(book))?;
    for step in steps {
        let (target, backup) = (book.join(step.path), staging.join("old").join(step.path));
        for dir in [target.parent(), backup.parent()].into_iter().flatten() {
            fs::create_dir_all(dir).map_err(failed(dir))?;
            // A link in the book may lead elsewhere.
            if !fs::canonicalize(dir).map_err(failed(dir))?.starts_with(&top) {
                return Err(failed(dir)(io::Error::other("a symbolic link leads out of the book")));
            }
        }
        if fs::symlink_metadata(&target).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(failed(&target)(io::Error::other("not a plain file")));
        }
        let new = staging.join("new").join(step.path);
        if target.exists() {
            // A hard link keeps the file in its place until the new one takes it.
            if step.is_written && fs::hard_link(&target, &backup).is_ok() {
                fs::rename(&new, &target).map_err(failed(&target))?;
                continue;
            }
            fs::rename(&target, &backup).map_err(failed(&target))?;
        }
        if step.is_written {
            fs::rename(&new, &target).map_err(failed(&target))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, action: Action, text: &str) -> FileChange {
        FileChange { path: path.to_owned(), action, text: text.to_owned(), before: None }
    }

    fn tree(book: &Path) -> Vec<(String, String)> {
        let files = walkdir::WalkDir::new(book)
            .sort_by_file_name()
            .into_iter()
            .filter_map(Result::ok)
            .filter(|it| it.file_type().is_file());
        files
            .map(|it| {
                (
                    it.path().strip_prefix(book).expect("inside").display().to_string(),
                    fs::read_to_string(it.path()).expect("text"),
                )
            })
            .collect()
    }

    fn book(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a directory");
        for (path, text) in files {
            fs::create_dir_all(dir.path().join(path).parent().expect("a parent")).expect("a directory");
            fs::write(dir.path().join(path), text).expect("a file");
        }
        dir
    }

    fn owned(files: &[(&str, &str)]) -> Vec<(String, String)> {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn files_are_added_changed_and_removed() {
        let book = book(&[("imported/a.toml", "old"), ("imported/gone.toml", "gone")]);
        let files = [
            change("imported/a.toml", Action::Changed, "new"),
            change("imported/b.toml", Action::New, "b"),
            change("imported/gone.toml", Action::Gone, ""),
        ];
        all(book.path(), &files, &[], None).expect("written");
        assert_eq!(tree(book.path()), owned(&[("imported/a.toml", "new"), ("imported/b.toml", "b")]));
    }

    #[test]
    fn a_failure_leaves_the_book_as_it_was() {
        // A directory stands where the last file is to go.
        let book = book(&[("imported/a.toml", "old"), ("imported/z.toml/in-the-way", "x")]);
        let before = tree(book.path());
        let files = [
            change("imported/a.toml", Action::Changed, "new"),
            change("imported/b.toml", Action::New, "b"),
            change("imported/z.toml", Action::New, "z"),
        ];
        let error = all(book.path(), &files, &[], None).expect_err("it cannot be written");
        assert!(matches!(error, WriteError::File { .. }), "{error:?}");
        assert_eq!(tree(book.path()), before);
    }

    #[test]
    fn a_killed_import_is_put_back_by_the_next() {
        for done in 0..=3 {
            let book = book(&[("imported/a.toml", "old"), ("imported/gone.toml", "gone")]);
            let before = tree(book.path());
            let files = [
                change("imported/a.toml", Action::Changed, "new"),
                change("imported/b.toml", Action::New, "b"),
                change("imported/gone.toml", Action::Gone, ""),
            ];
            let staging = book.path().join(STAGING);
            stage(&staging, &files, &[], None).expect("staged");
            let steps = steps(&files, &[]);
            let lines: String = steps
                .iter()
                .map(|step| {
                    format!("{} {}\n", if book.path().join(step.path).exists() { "old" } else { "new" }, step.path)
                })
                .collect();
            put_in_place(book.path(), &staging, &steps[..done]).expect("some steps");
            fs::create_dir_all(&staging).expect("a directory");
            fs::write(staging.join(JOURNAL), lines).expect("the journal");
            recover(book.path()).expect("put back");
            assert_eq!(tree(book.path()), before, "after {done} steps");
        }
    }
}
