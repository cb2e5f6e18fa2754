//! The numbers of `audience.toml` and `results.toml`, if they can be relied on.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};

use crate::book::{Book, COUNTS_VERSION, CountsHead};
use crate::limits::BEIJING;
use crate::post::{Audience, AudienceCounts, PastResult};

/// The counts of customers, read at a time; `None` if the file has an error or belongs to another corp.
pub(super) fn counts(book: &Book, now: DateTime<Utc>) -> Option<AudienceCounts> {
    let file = book.counts.as_ref().filter(|file| is_reliable(&file.head, book))?;
    let (counted_on, total) = (date(&file.head)?, file.total?);
    Some(AudienceCounts {
        counted_on,
        read_on: today(now),
        total,
        departments: file.departments.iter().copied().collect(),
        tags: file.tags.iter().cloned().collect(),
        audiences: file.audiences.iter().cloned().collect(),
    })
}

/// The customers of audiences by the count before, with its date.
pub(super) fn former_counts(book: &Book) -> Option<(NaiveDate, HashMap<Audience, u64>)> {
    let file = book.counts.as_ref().filter(|file| is_reliable(&file.head, book))?;
    Some((file.formerly_on.as_ref()?.value.parse().ok()?, file.former.iter().cloned().collect()))
}

/// What came of the last posts of each campaign, newest first; nothing if the file cannot be relied on.
pub(super) fn past_results(book: &Book) -> BTreeMap<String, Vec<PastResult>> {
    let mut results: BTreeMap<String, Vec<PastResult>> = BTreeMap::new();
    let Some(file) = book.results.as_ref().filter(|file| is_reliable(&file.head, book)) else { return results };
    for (campaign, result) in &file.posts {
        results.entry(campaign.clone()).or_default().push(result.clone());
    }
    results.values_mut().for_each(|posts| posts.sort_by_key(|it| std::cmp::Reverse(it.due)));
    results
}

fn is_reliable(head: &CountsHead, book: &Book) -> bool {
    head.parse_errors.is_empty()
        && head.file.text.is_ok()
        && head.version.as_ref().is_some_and(|version| version.value == COUNTS_VERSION)
        && date(head).is_some()
        && other_corp(head, book).is_none()
}

/// The corp of the settings or of the directory, if the numbers are of another one.
pub(super) fn other_corp<'b>(head: &CountsHead, book: &'b Book) -> Option<&'b str> {
    let counted = head.corp.as_ref()?.value.as_str();
    let of_settings = book.corp.id.as_ref().map(|id| id.0.as_str());
    let of_directory = book.directory.as_ref().and_then(|it| it.corp.as_ref()).map(|it| it.value.as_str());
    of_settings.or(of_directory).filter(|corp| *corp != counted)
}

pub(super) fn date(head: &CountsHead) -> Option<NaiveDate> {
    head.counted_on.as_ref()?.value.parse().ok()
}

/// The date in Beijing, where counts are dated.
pub(super) fn today(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&BEIJING).date_naive()
}
