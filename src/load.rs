//! Reads and checks a whole book: source, media and rules together.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::book::{Book, Corp, Files, MediaRef};
use crate::campaign::{self, Campaign};
use crate::check::{CheckResult, InvalidFile, check};
use crate::clock::Clock;
use crate::ids::{CampaignId, Sha256};
use crate::media;
use crate::media_index::{self, MediaEntry, MediaFormat, MediaIndex};
use crate::post::{MediaKind, Names};
use crate::schedule::PostingBlocks;
use crate::source::{MediaRead, Source, SourceError};
use crate::text::Lang;

/// A book that was read and checked, with everything that commands show. The service keeps only an [`ActiveBook`].
#[derive(Clone, Debug)]
pub struct CheckedBook {
    pub book: Book,
    pub media: MediaIndex,
    pub verdict: CheckResult,
    /// Where it was read from: its media are read there when they are needed.
    pub source: Source,
}

/// What the engine needs of a book: no source texts and no findings.
#[derive(Clone, Debug)]
pub struct ActiveBook {
    /// The campaigns whose files have no error, by id.
    pub campaigns: Vec<Arc<Campaign>>,
    /// The files that have an error.
    pub invalid_files: Vec<InvalidFile>,
    /// The times at which the policy lets nothing go out.
    pub closed: PostingBlocks,
    /// The names of departments and tags, where the book has a directory that can be relied on.
    pub names: Arc<Names>,
    /// Where the media are read when they are needed.
    pub source: Source,
    /// The language that its policy names, where it names one.
    pub language: Option<Lang>,
    /// The git commit that it was read from, where it was.
    pub commit: Option<String>,
    /// Campaigns whose files may be half written: none of their posts is sent before a later load says that they are whole.
    pub unsettled: BTreeSet<CampaignId>,
    /// The first file that is a pointer of Git LFS, and not the file that a campaign names.
    pub pointer: Option<String>,
}

/// Reads and checks a whole book, as it is now. `corp` is what is known of who posts it.
pub fn load(source: &Source, corp: &Corp) -> Result<CheckedBook, SourceError> {
    Ok(check_files(source.read()?, source, corp, Clock::System.now()))
}

/// Reads and checks a whole book, and keeps only what the engine needs.
pub fn load_in_force(source: &Source, corp: &Corp) -> Result<ActiveBook, SourceError> {
    Ok(load(source, corp)?.in_force())
}

/// Reads and checks a whole book for a review, in which nothing is posted: a file in Git LFS that was not fetched counts as
/// what its name says, with the size and hash of its pointer.
pub fn load_for_review(source: &Source, corp: &Corp) -> Result<CheckedBook, SourceError> {
    Ok(check_files_for_review(source.read()?, source, corp, Clock::System.now()))
}

/// As [`load_for_review`], of files that were read before.
pub fn check_files_for_review(files: Files, source: &Source, corp: &Corp, now: DateTime<Utc>) -> CheckedBook {
    judge_with(files, source, corp, now, as_if_fetched)
}

/// Checks files of a book that were read before; `source` is asked for their media.
pub fn check_files(files: Files, source: &Source, corp: &Corp, now: DateTime<Utc>) -> CheckedBook {
    judge_with(files, source, corp, now, |_, item| item)
}

fn judge_with(
    files: Files,
    source: &Source,
    corp: &Corp,
    now: DateTime<Utc>,
    taken: fn(&str, MediaEntry) -> MediaEntry,
) -> CheckedBook {
    let nearest = |path: &str| files.nearest(path).map(str::to_owned);
    let mut book = Book::read(files.clone());
    book.corp = corp.clone();
    book.campaigns.sort_by(|a, b| a.file.path.cmp(&b.file.path));
    let media: MediaIndex = named_media(&book)
        .into_iter()
        .map(|path| {
            let item = taken(&path, item(source.read_media(&path), || nearest(&path)));
            (path, item)
        })
        .collect();
    let verdict = check(&book, &media, now);
    CheckedBook { book, media, verdict, source: source.clone() }
}

/// Every media path that a campaign names, from the book's top.
fn named_media(book: &Book) -> BTreeSet<String> {
    let named = |parsed: &crate::book::ParsedCampaign| -> Vec<String> {
        let Some(content) = &parsed.content else { return Vec::new() };
        let paths = content.media().filter_map(|media| match &media.value {
            MediaRef::Path(path) => media_index::resolve(&parsed.file.path, path).ok(),
            MediaRef::Id(_) => None,
        });
        paths.collect()
    };
    book.campaigns.iter().flat_map(named).collect()
}

fn item(looked: MediaRead, nearest: impl FnOnce() -> Option<String>) -> MediaEntry {
    match looked {
        MediaRead::Bytes(bytes) => {
            MediaEntry::File { bytes: bytes.len() as u64, sha256: Sha256::of(&bytes), format: media::probe(&bytes) }
        }
        MediaRead::Missing => MediaEntry::Missing { nearest: nearest() },
        MediaRead::Outside => MediaEntry::Outside,
        MediaRead::NotAFile => MediaEntry::NotAFile,
        MediaRead::TooLarge { bytes } => MediaEntry::TooLarge { bytes },
        MediaRead::Unreadable(why) => MediaEntry::Unreadable(why),
    }
}

/// The file that a pointer of Git LFS stands for.
fn as_if_fetched(path: &str, item: MediaEntry) -> MediaEntry {
    let end = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let kind = match end.as_str() {
        "jpg" | "jpeg" => MediaKind::Jpeg,
        "png" => MediaKind::Png,
        "mp4" => MediaKind::Mp4,
        _ => return item,
    };
    match item {
        MediaEntry::File { format: MediaFormat::Pointer { bytes, sha256 }, .. } => {
            MediaEntry::File { bytes, sha256, format: MediaFormat::Unfetched(kind) }
        }
        item => item,
    }
}

impl ActiveBook {
    /// The campaign of an id, if its file has no error.
    pub fn campaign(&self, id: &CampaignId) -> Option<&Arc<Campaign>> {
        campaign::find(&self.campaigns, id)
    }
}

impl CheckedBook {
    /// The first file that is a pointer of Git LFS and not the file itself.
    fn pointer(&self) -> Option<&str> {
        let is_pointer =
            |item: &MediaEntry| matches!(item, MediaEntry::File { format: MediaFormat::Pointer { .. }, .. });
        self.media.iter().find(|(_, item)| is_pointer(item)).map(|(path, _)| path)
    }

    /// The files in Git LFS that were taken for what their names say.
    pub fn unfetched(&self) -> Vec<String> {
        let is_unfetched =
            |item: &MediaEntry| matches!(item, MediaEntry::File { format: MediaFormat::Unfetched(_), .. });
        self.media.iter().filter(|(_, item)| is_unfetched(item)).map(|(path, _)| path.to_owned()).collect()
    }

    /// What the engine needs of it, with the commit that its source is at by now.
    pub fn in_force(&self) -> ActiveBook {
        let CheckResult { campaigns, invalid_files, closed, names, .. } = &self.verdict;
        ActiveBook {
            campaigns: campaigns.clone(),
            invalid_files: invalid_files.clone(),
            closed: closed.clone(),
            names: Arc::clone(names),
            source: self.source.clone(),
            language: self.book.policy.lang(),
            commit: self.source.commit(),
            unsettled: BTreeSet::new(),
            pointer: self.pointer().map(str::to_owned),
        }
    }

    /// Gives the text of a file of the book, for drawing findings.
    pub fn text(&self, path: &str) -> Option<Arc<str>> {
        self.book.files().find(|file| &*file.path == path).and_then(|file| file.text.as_ref().ok().cloned())
    }
}
