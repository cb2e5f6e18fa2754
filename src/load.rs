//! From a place that a book is read from to a checked book: source, media and rules put together.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::book::{Book, Corp, Files, MediaRef};
use crate::check::{Verdict, check};
use crate::clock::Clock;
use crate::ids::Sha256;
use crate::media;
use crate::shelf::{self, Item, Shelf};
use crate::source::{Looked, Source, SourceError};

/// A book, read and judged.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub book: Book,
    pub shelf: Shelf,
    pub verdict: Verdict,
    /// Where it was read from: its media are read there when they are needed.
    pub source: Source,
    /// The git commit that it was read from, where it was.
    pub commit: Option<String>,
}

/// Reads and checks a whole book, as it is now. `corp` is what is known of who posts it.
pub fn load(source: &Source, corp: &Corp) -> Result<Loaded, SourceError> {
    let commit = source.commit();
    Ok(Loaded { commit, ..judge(source.read()?, source, corp, Clock::System.now()) })
}

/// Checks files of a book that were read before; `source` is asked for their media.
pub fn judge(files: Files, source: &Source, corp: &Corp, now: DateTime<Utc>) -> Loaded {
    let nearest = |path: &str| files.nearest(path).map(str::to_owned);
    let mut book = Book::read(files.clone());
    book.corp = corp.clone();
    book.drafts.sort_by(|a, b| a.file.path.cmp(&b.file.path));
    let shelf: Shelf = named_media(&book)
        .into_iter()
        .map(|path| {
            let item = item(source.look(&path), || nearest(&path));
            (path, item)
        })
        .collect();
    let verdict = check(&book, &shelf, now);
    Loaded { book, shelf, verdict, source: source.clone(), commit: None }
}

/// Every media path that a campaign names, from the book's top.
fn named_media(book: &Book) -> BTreeSet<String> {
    let named = |draft: &crate::book::Draft| -> Vec<String> {
        let Some(content) = &draft.content else { return Vec::new() };
        let paths = content.media().filter_map(|media| match &media.value {
            MediaRef::Path(path) => shelf::resolve(&draft.file.path, path).ok(),
            MediaRef::Id(_) => None,
        });
        paths.collect()
    };
    book.drafts.iter().flat_map(named).collect()
}

fn item(looked: Looked, nearest: impl FnOnce() -> Option<String>) -> Item {
    match looked {
        Looked::Bytes(bytes) => {
            Item::File { bytes: bytes.len() as u64, sha256: Sha256::of(&bytes), found: media::probe(&bytes) }
        }
        Looked::Missing => Item::Missing { nearest: nearest() },
        Looked::Outside => Item::Outside,
        Looked::NotAFile => Item::NotAFile,
        Looked::TooLarge { bytes } => Item::TooLarge { bytes },
        Looked::Unreadable(why) => Item::Unreadable(why),
    }
}

/// Gives the text of a file of the book, for drawing findings.
impl Loaded {
    pub fn text(&self, path: &str) -> Option<Arc<str>> {
        self.book.files().find(|file| &*file.path == path).and_then(|file| file.text.as_ref().ok().cloned())
    }
}
