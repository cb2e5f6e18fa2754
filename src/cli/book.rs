//! The book of a command: how it is named, opened, and not mistaken for another directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{CliError, Context as _, Result};
use super::{output, service};
use crate::book::{Files, GitPart, SkipReason, SkippedEntry, SourceFile, read_campaign};
use crate::ids::CorpName;
use crate::invocation::command;
use crate::load::CheckedBook;
use crate::settings::{Flags, Settings};
use crate::source::{Source, SourceError, committed_link};

/// Maximum number of files that are read to decide whether a directory is a book.
const MAX_PROBED: usize = 50;

/// The directory of a book, an argument of commands about the book. `--book` names it for every command.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct BookArg {
    /// The directory with the campaign files [default: campaigns]
    #[arg(value_name = "BOOK", id = "book_here")]
    pub(super) book: Option<PathBuf>,
}

impl BookArg {
    /// The flags, with this book.
    ///
    /// # Errors
    /// Another book is named with `--book`.
    pub(super) fn into_flags(self, flags: Flags) -> Result<Flags> {
        let Some(book) = self.book else { return Ok(flags) };
        if let Some(other) = flags.book.filter(|other| *other != book) {
            let (book, other) = (book.display(), other.display());
            fail!(
                en: "two books are named, `{book}` and `--book {other}`: name one",
                zh: "写了两个活动目录：`{book}` 和 `--book {other}`，请只写一个"
            );
        }
        Ok(Flags { book: Some(book), ..flags })
    }
}

/// Opens the book of the settings.
///
/// # Errors
/// There is no such directory. Inside of a book, the error says how to name it.
pub(super) fn open(settings: &Settings) -> Result<Source> {
    Source::directory(&settings.book()).map_err(|error| match error {
        SourceError::Missing(_) => missing(settings, error),
        error => error.into(),
    })
}

fn missing(settings: &Settings, error: SourceError) -> CliError {
    match enclosing_book(settings) {
        Some(top) => {
            let top = top.display();
            text!(
                en: "{error}; this directory is inside of a book: add `--book {top}`",
                zh: "{error}；你现在就在活动目录里面：请加上 `--book {top}`",
                error = crate::text::UserError::text(&error)
            )
            .into()
        }
        None => error.into(),
    }
}

/// The book that contains the working directory, if the settings have no book and the default directory does not exist.
pub(super) fn enclosing_book(settings: &Settings) -> Option<PathBuf> {
    if settings.names_book() || settings.book().exists() {
        return None;
    }
    let here = std::env::current_dir().ok()?;
    // The outermost one: files of a book may be in directories of it.
    let (height, _) = here.ancestors().enumerate().filter(|(_, dir)| is_book(dir)).last()?;
    Some(if height == 0 { PathBuf::from(".") } else { std::iter::repeat_n("..", height).collect() })
}

/// Whether a directory has a policy or a campaign file at its top.
fn is_book(dir: &Path) -> bool {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files = entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).take(MAX_PROBED);
    let has_id = |path: &Path| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let parsed = read_campaign(&Arc::new(SourceFile::new("probe.toml", &text)));
        parsed.id.is_some() && !parsed.contents.is_empty()
    };
    files.any(|path| path.file_name().is_some_and(|name| name == "policy.toml") || has_id(&path))
}

/// Refuses a book without a campaign file: most likely it is the wrong directory.
pub(super) fn refuse_empty(loaded: &CheckedBook, book: &Path) -> Result<()> {
    if loaded.book.campaigns.is_empty() && loaded.result.invalid_files.is_empty() {
        return Err(no_campaign_file(book));
    }
    Ok(())
}

/// Refuses a book with directories of several corps if none is selected: its names would mean nothing.
pub(super) fn refuse_without_corp(files: &Files, settings: &Settings) -> Result<()> {
    let is_clear = files.directory.is_some() || files.corp_directories.is_empty();
    if is_clear || service::corp(settings).name.is_some() {
        return Ok(());
    }
    let names: Vec<&str> = files.corp_directories.keys().map(CorpName::as_str).collect();
    let (names, first) = (names.join(", "), names[0]);
    fail!(
        en: "the book is for several corps ({names}): say which with --corp, such as `--corp {first}`",
        zh: "这个活动目录由几家企业共用（{names}）：请用 `--corp` 指定一家，例如 `--corp {first}`"
    )
}

pub(super) fn no_campaign_file(book: &Path) -> CliError {
    let book = book.display();
    text!(
        en: "no campaign file in `{book}`; `{new}` writes one",
        zh: "`{book}` 里没有活动文件；可以用 `{new}` 新建一个",
        new = command("new ID")
    )
    .into()
}

/// Records in the files of a book that its path in the repository contains a link: a pull request may change the link's
/// target.
pub(super) fn note_link(files: &mut Files, book: &Path) {
    if let Some((_, target)) = committed_link(book) {
        let kind = SkipReason::Git(GitPart::Link(target.display().to_string()));
        files.skipped.push(SkippedEntry { path: "".into(), kind });
    }
}

/// Writes a file at the top of a book. Renaming is atomic: readers of the book see the old file or the new one.
pub(super) fn write(top: &Path, name: &str, text: String) -> Result<()> {
    let (path, new) = (top.join(name), top.join(format!(".{name}.new")));
    let shown = path.display();
    let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &path));
    written.context(|| text!(en: "failed to write {shown}", zh: "无法写入 `{shown}`"))?;
    output::print_info(text!(en: "written to {shown}", zh: "已写入 `{shown}`"));
    Ok(())
}
