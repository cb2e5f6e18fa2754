//! Which campaigns of a directory have content that its checked-out commit lacks.
//!
//! Contents are compared, not git's index: no filter of git runs, and no flag of the index hides a change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::media_entry;
use crate::book::{Book, Files, SourceFile};
use crate::campaign::Campaign;
use crate::ids::{CampaignId, Sha256};
use crate::media_index::{MediaEntry, MediaFormat};
use crate::post::Media;
use crate::source::Source;

/// The campaigns whose files, or files for all campaigns, differ from the checked-out commit. Empty without a commit. If
/// the commit cannot be read, every campaign is among them.
pub(super) fn uncommitted(source: &Source, book: &Book, campaigns: &[Arc<Campaign>]) -> BTreeSet<CampaignId> {
    let every = || campaigns.iter().map(|campaign| campaign.id.clone()).collect();
    let Some(head) = source.checked_out() else { return BTreeSet::new() };
    let read = head.and_then(|head| Ok((head.read()?, head)));
    let Ok((committed, head)) = read else { return every() };
    if !are_shared_files_committed(book, &committed) {
        return every();
    }
    let texts: BTreeMap<&str, &SourceFile> = book.campaigns.iter().map(|it| (&*it.file.path, &*it.file)).collect();
    let committed: BTreeMap<&str, &SourceFile> = committed.campaigns.iter().map(|it| (&*it.path, it)).collect();
    let is_same_file = |path: &str| match (texts.get(path), committed.get(path)) {
        (Some(text), Some(committed)) => is_same_text(text, committed),
        _ => false,
    };
    let mut known = BTreeMap::new();
    let mut is_committed = |media: &Media| match media {
        Media::File { path, sha256, .. } => {
            *known.entry(path.clone()).or_insert_with(|| is_same_media(&head, path, sha256))
        }
        Media::Id(_) => true,
    };
    let mut is_uncommitted = |campaign: &Campaign| {
        let mut contents = campaign.contents.iter();
        !is_same_file(&campaign.file) || !contents.all(|content| content.post().media().iter().all(&mut is_committed))
    };
    campaigns.iter().filter(|campaign| is_uncommitted(campaign)).map(|campaign| campaign.id.clone()).collect()
}

/// Whether policy, directory and calendars are the committed ones.
fn are_shared_files_committed(book: &Book, committed: &Files) -> bool {
    let committed = committed.clone().of_corp(book.corp.name.as_ref());
    let directory = book.directory.iter().map(|directory| &directory.file);
    let files = book.policy.file.iter().chain(directory).chain(&book.calendars);
    let files: BTreeMap<&str, &SourceFile> = files.map(|file| (&*file.path, &**file)).collect();
    let committed = committed.policy.iter().chain(&committed.directory).chain(&committed.calendars);
    let committed: BTreeMap<&str, &SourceFile> = committed.map(|file| (&*file.path, file)).collect();
    files.len() == committed.len()
        && files.iter().all(|(path, file)| committed.get(path).is_some_and(|other| is_same_text(file, other)))
}

/// Whether two texts are equal except for line ends, which git may convert.
fn is_same_text(one: &SourceFile, other: &SourceFile) -> bool {
    match (&one.text, &other.text) {
        (Ok(one), Ok(other)) => one == other || one.lines().eq(other.lines()),
        _ => false,
    }
}

/// Whether a commit has a media file, or Git LFS's pointer to it.
fn is_same_media(head: &Source, path: &str, sha256: &Sha256) -> bool {
    match media_entry(head.read_media(path), || None) {
        MediaEntry::File { format: MediaFormat::Pointer { sha256: pointed, .. }, .. } => pointed == *sha256,
        MediaEntry::File { sha256: own, .. } => own == *sha256,
        _ => false,
    }
}
