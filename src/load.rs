//! Reads and checks a whole book: source, media and rules together.

mod uncommitted;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::book::{Book, Corp, Files, MediaRef};
use crate::campaign::{self, Campaign};
use crate::check::{CheckResult, InvalidFile, check};
use crate::clock::Clock;
use crate::ids::{CampaignId, Sha256};
use crate::media;
use crate::media_index::{self, MediaEntry, MediaFormat, MediaIndex};
use crate::parallel;
use crate::post::{MediaKind, Names};
use crate::run;
use crate::schedule::PostingBlocks;
use crate::source::{MediaRead, Source, SourceError};
use crate::text::Lang;

/// A book that was read and checked, with all findings. The service keeps only an [`ActiveBook`].
#[derive(Clone, Debug)]
pub struct CheckedBook {
    pub book: Book,
    pub media: MediaIndex,
    pub result: CheckResult,
    /// Where the book was read; its media are read there when needed.
    pub source: Source,
}

/// What the engine needs of a book: no source texts and no findings.
#[derive(Clone, Debug)]
pub struct ActiveBook {
    /// The campaigns whose files have no error, sorted by id.
    pub campaigns: Vec<Arc<Campaign>>,
    /// The files with an error.
    pub invalid_files: Vec<InvalidFile>,
    /// The times at which the policy posts nothing.
    pub posting_blocks: PostingBlocks,
    /// The names of departments and tags, if the book has a reliable directory.
    pub names: Arc<Names>,
    /// Where the media are read.
    pub source: Source,
    /// The language of the policy, if it names one.
    pub language: Option<Lang>,
    /// The git commit of the book, if it was read from git, or checked out around its directory.
    pub commit: Option<String>,
    /// Campaigns with content that the commit lacks.
    pub uncommitted: BTreeSet<CampaignId>,
    /// Campaigns whose files may be incomplete: their runs wait until a later load finds the files complete.
    pub changing: BTreeSet<CampaignId>,
    /// The first file that is a Git LFS pointer and not the media file itself.
    pub pointer: Option<String>,
}

/// Reads and checks a whole book as it is now. `corp`: what is known about the corp that posts it.
///
/// # Errors
/// The book cannot be read. An error in one file is a finding and not an error here.
pub fn load(source: &Source, corp: &Corp) -> Result<CheckedBook, SourceError> {
    Ok(check_files(source.read()?, source, corp, Clock::System.now()))
}

/// Reads and checks a whole book, and keeps only what the engine needs.
///
/// # Errors
/// As [`load`].
pub fn load_active(source: &Source, corp: &Corp) -> Result<ActiveBook, SourceError> {
    Ok(load(source, corp)?.to_active())
}

/// Reads and checks a whole book for a review that posts nothing. A Git LFS file that was not fetched counts as what
/// its name says, with the size and hash of its pointer.
///
/// # Errors
/// As [`load`].
pub fn load_for_review(source: &Source, corp: &Corp) -> Result<CheckedBook, SourceError> {
    Ok(check_files_for_review(source.read()?, source, corp, Clock::System.now()))
}

/// Like [`load_for_review`], after another load of the book: a medium with a digest of `former` is not examined again.
///
/// # Errors
/// As [`load`].
pub fn load_again_for_review(source: &Source, corp: &Corp, former: &MediaIndex) -> Result<CheckedBook, SourceError> {
    let known = KnownMedia { formats: former.formats(), ..KnownMedia::default() };
    Ok(check_with(source.read()?, source, corp, Clock::System.now(), &known, as_if_fetched))
}

/// Like [`load_for_review`], for files that were read before.
pub fn check_files_for_review(files: Files, source: &Source, corp: &Corp, now: DateTime<Utc>) -> CheckedBook {
    check_with(files, source, corp, now, &KnownMedia::default(), as_if_fetched)
}

/// Checks files that were read before; `source` gives their media.
pub fn check_files(files: Files, source: &Source, corp: &Corp, now: DateTime<Utc>) -> CheckedBook {
    check_files_with(files, &MediaIndex::default(), source, corp, now)
}

/// As [`check_files`], with media that the book is to have: they stand before what the source has.
pub fn check_files_with(
    files: Files,
    media: &MediaIndex,
    source: &Source,
    corp: &Corp,
    now: DateTime<Utc>,
) -> CheckedBook {
    let known = KnownMedia { entries: Some(media), ..KnownMedia::default() };
    check_with(files, source, corp, now, &known, |_, item| item)
}

/// What is known of a book's media before they are read.
#[derive(Default)]
struct KnownMedia<'k> {
    /// These stand before what the source has.
    entries: Option<&'k MediaIndex>,
    /// The formats of files that were examined before.
    formats: HashMap<Sha256, &'k MediaFormat>,
}

fn check_with(
    files: Files,
    source: &Source,
    corp: &Corp,
    now: DateTime<Utc>,
    known: &KnownMedia<'_>,
    taken: fn(&str, MediaEntry) -> MediaEntry,
) -> CheckedBook {
    let files = files.of_corp(corp.name.as_ref());
    let nearest = |path: &str| files.nearest(path).map(str::to_owned);
    let mut book = Book::read(files.clone());
    book.corp = corp.clone();
    book.campaigns.sort_by(|a, b| a.file.path.cmp(&b.file.path));
    let named: Vec<String> = named_media(&book).into_iter().collect();
    let entries = parallel::map(&named, |path| {
        let format = |sha256: &Sha256, bytes: &[u8]| {
            known.formats.get(sha256).map_or_else(|| media::probe(bytes), |format| (*format).clone())
        };
        let look = || entry_with_format(source.read_media(path), || nearest(path), format);
        let entry = known.entries.and_then(|entries| entries.get(path)).cloned();
        taken(path, entry.unwrap_or_else(look))
    });
    let media: MediaIndex = named.into_iter().zip(entries).collect();
    let result = check(&book, &media, now);
    CheckedBook { book, media, result, source: source.clone() }
}

/// Every media path that a campaign names, relative to the top of the book.
fn named_media(book: &Book) -> BTreeSet<String> {
    let named = |parsed: &crate::book::ParsedCampaign| -> Vec<String> {
        let named = parsed.contents.iter().flat_map(|content| content.media());
        let paths = named.filter_map(|media| match &media.value {
            MediaRef::Path(path) => media_index::resolve(&parsed.file.path, path).ok(),
            MediaRef::Id(_) => None,
        });
        paths.collect()
    };
    book.campaigns.iter().flat_map(named).collect()
}

/// What a media path leads to, with the format of the file.
pub fn media_entry(looked: MediaRead, nearest: impl FnOnce() -> Option<String>) -> MediaEntry {
    entry_with_format(looked, nearest, |_, bytes| media::probe(bytes))
}

/// As [`media_entry`]; `format` gets the digest and the bytes of a file.
fn entry_with_format(
    looked: MediaRead,
    nearest: impl FnOnce() -> Option<String>,
    format: impl FnOnce(&Sha256, &[u8]) -> MediaFormat,
) -> MediaEntry {
    match looked {
        MediaRead::Bytes(bytes) => {
            let sha256 = Sha256::of(&bytes);
            MediaEntry::File { bytes: bytes.len() as u64, sha256, format: format(&sha256, &bytes) }
        }
        MediaRead::Missing => MediaEntry::Missing { nearest: nearest() },
        MediaRead::Outside => MediaEntry::Outside,
        MediaRead::NotAFile => MediaEntry::NotAFile,
        MediaRead::TooLarge { bytes } => MediaEntry::TooLarge { bytes },
        MediaRead::Unreadable(why) => MediaEntry::Unreadable(why),
    }
}

/// The media file that a Git LFS pointer stands for.
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

    /// The commit of a campaign, as its runs record it: marked if the commit lacks the campaign's content.
    pub fn commit_of(&self, id: &CampaignId) -> Option<String> {
        let commit = self.commit.as_ref()?;
        Some(if self.uncommitted.contains(id) { run::with_uncommitted_changes(commit) } else { commit.clone() })
    }
}

impl CheckedBook {
    /// The first file that is a Git LFS pointer.
    fn pointer(&self) -> Option<&str> {
        let is_pointer =
            |item: &MediaEntry| matches!(item, MediaEntry::File { format: MediaFormat::Pointer { .. }, .. });
        self.media.iter().find(|(_, item)| is_pointer(item)).map(|(path, _)| path)
    }

    /// The Git LFS files that were accepted by their names only.
    pub fn unfetched(&self) -> Vec<String> {
        let is_unfetched =
            |item: &MediaEntry| matches!(item, MediaEntry::File { format: MediaFormat::Unfetched(_), .. });
        self.media.iter().filter(|(_, item)| is_unfetched(item)).map(|(path, _)| path.to_owned()).collect()
    }

    /// What the engine needs, with the current commit of the source.
    pub fn to_active(&self) -> ActiveBook {
        let CheckResult { campaigns, invalid_files, posting_blocks, names, .. } = &self.result;
        ActiveBook {
            campaigns: campaigns.clone(),
            invalid_files: invalid_files.clone(),
            posting_blocks: posting_blocks.clone(),
            names: Arc::clone(names),
            source: self.source.clone(),
            language: self.book.policy.lang(),
            commit: self.source.commit(),
            uncommitted: uncommitted::uncommitted(&self.source, &self.book, campaigns),
            changing: BTreeSet::new(),
            pointer: self.pointer().map(str::to_owned),
        }
    }

    /// The text of a file of the book, for drawing findings.
    pub fn text(&self, path: &str) -> Option<Arc<str>> {
        self.book.files().find(|file| &*file.path == path).and_then(|file| file.text.as_ref().ok().cloned())
    }
}
