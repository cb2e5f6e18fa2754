//! The counts of `audience.toml`, if they can be relied on.

use chrono::{DateTime, NaiveDate, Utc};

use crate::book::{Book, COUNTS_VERSION, CountsFile};
use crate::limits::BEIJING;
use crate::post::AudienceCounts;

/// The counts, read at a time; `None` if the file has an error or belongs to another corp.
pub(super) fn counts(book: &Book, now: DateTime<Utc>) -> Option<AudienceCounts> {
    let file = book.counts.as_ref()?;
    let is_good = file.parse_errors.is_empty()
        && file.file.text.is_ok()
        && file.version.as_ref().is_some_and(|version| version.value == COUNTS_VERSION)
        && other_corp(file, book).is_none();
    let (counted_on, total) = (date(file).filter(|_| is_good)?, file.total?);
    Some(AudienceCounts {
        counted_on,
        read_on: today(now),
        total,
        departments: file.departments.iter().copied().collect(),
        tags: file.tags.iter().cloned().collect(),
        audiences: file.audiences.iter().cloned().collect(),
    })
}

/// The corp of the settings or of the directory, if the counts are of another one.
pub(super) fn other_corp<'b>(file: &CountsFile, book: &'b Book) -> Option<&'b str> {
    let counted = file.corp.as_ref()?.value.as_str();
    let of_settings = book.corp.id.as_ref().map(|id| id.0.as_str());
    let of_directory = book.directory.as_ref().and_then(|it| it.corp.as_ref()).map(|it| it.value.as_str());
    of_settings.or(of_directory).filter(|corp| *corp != counted)
}

pub(super) fn date(file: &CountsFile) -> Option<NaiveDate> {
    file.counted_on.as_ref()?.value.parse().ok()
}

/// The date in Beijing, where counts are dated.
pub(super) fn today(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&BEIJING).date_naive()
}
