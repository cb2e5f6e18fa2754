//! Reads a book: turns files into their contents and the parse_errors of their form.
//!
//! Reading never fails, does no I/O and does not decide whether a value is *valid*: `check` does.

mod conflict;
mod toml11;
mod audience_counts;
mod counts_head;
mod results_file;
mod directory;
mod campaign;
mod parse_error;
mod files;
mod literal;
mod policy;
mod read;
mod spanned;
mod syntax;
mod table;

use std::sync::Arc;

use crate::parallel;

pub use audience_counts::CountsFile;
pub use audience_counts::read as read_counts;
pub use campaign::{
    ContactList, Content, DepartmentRef, Link, List, MediaRef, ParsedCampaign, RotationTable, ScheduleTable,
    SenderList, SkipDates, VisibleRange,
};
pub use counts_head::{CountsHead, CountsKind, VERSION as COUNTS_VERSION};
pub use directory::read as read_directory;
pub use directory::{Corp, Department, Directory, DirectoryError, MAX_SAME_NAME, Tag, VERSION as DIRECTORY_VERSION};
pub use files::{
    Files, GitPart, MAX_BOOK_BYTES, MAX_DEPTH, MAX_DIRECTORY_BYTES, MAX_ENTRIES, MAX_FILE_BYTES, ReadError, SkipReason,
    SkippedEntry, SourceFile, directory_file_of,
};
pub use literal::{inside, quoted, within};
pub use parse_error::{NewSyntax, ParseError, Unclosed, ValueType, Wanted, is_sure};
pub use policy::read as read_policy;
pub use policy::{Audience, Blackout, Calendar, Limits, Policy, QuietHours, Variable, Wording};
pub use read::read as read_campaign;
pub use results_file::{ResultsFile, read as read_results};
pub use spanned::{SpanSet, Spanned};
pub use syntax::layout::long_texts;

/// All files of a book, parsed.
#[derive(Clone, Debug, Default)]
pub struct Book {
    pub campaigns: Vec<ParsedCampaign>,
    pub policy: Policy,
    /// The corp's members, departments and tags, as pulled from WeCom.
    pub directory: Option<Arc<Directory>>,
    /// How many customers the corp's audiences have.
    pub counts: Option<Arc<CountsFile>>,
    /// What came of the last posts of each campaign.
    pub results: Option<Arc<ResultsFile>>,
    /// Facts about the corp that are not in the files.
    pub corp: Corp,
    /// Calendar files, of which the policy can name one.
    pub calendars: Vec<Arc<SourceFile>>,
    /// Every image and video in the book, whether a campaign names it or not.
    pub media: Vec<Arc<str>>,
    pub skipped: Vec<SkippedEntry>,
}

impl Book {
    /// Parses the files of a book.
    pub fn read(files: Files) -> Self {
        let campaigns: Vec<_> = files.campaigns.into_iter().map(Arc::new).collect();
        Self {
            campaigns: parallel::map(&campaigns, read_campaign),
            policy: files.policy.map(|file| read_policy(&Arc::new(file))).unwrap_or_default(),
            directory: files.directory.map(|file| Arc::new(read_directory(&Arc::new(file)))),
            counts: files.counts.map(|file| Arc::new(read_counts(&Arc::new(file)))),
            results: files.results.map(|file| Arc::new(read_results(&Arc::new(file)))),
            corp: Corp::default(),
            calendars: files.calendars.into_iter().map(Arc::new).collect(),
            media: files.media,
            skipped: files.skipped,
        }
    }

    /// Every text file of the book.
    pub fn files(&self) -> impl Iterator<Item = &Arc<SourceFile>> {
        let directory = self.directory.iter().map(|directory| &directory.file);
        let counts = self.counts.iter().map(|counts| &counts.head.file);
        let results = self.results.iter().map(|results| &results.head.file);
        self.campaigns
            .iter()
            .map(|parsed| &parsed.file)
            .chain(&self.policy.file)
            .chain(directory)
            .chain(counts)
            .chain(results)
            .chain(&self.calendars)
    }
}
