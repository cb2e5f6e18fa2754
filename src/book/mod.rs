//! The campaign book as it was written: files in, what they say and what is wrong with their form out.
//!
//! Reading never fails, never does I/O and never decides whether what it read is *sound*: that is `check`'s.

mod conflict;
mod dialect;
mod directory;
mod draft;
mod fault;
mod files;
mod literal;
mod policy;
mod read;
mod spanned;
mod syntax;
mod table;

use std::sync::Arc;

use crate::parallel;

pub use directory::read as read_directory;
pub use directory::{Corp, Department, Directory, Flaw, MANY, Tag, VERSION as DIRECTORY_VERSION};
pub use draft::{
    ContactList, Content, DepartmentRef, Draft, Link, List, MediaRef, SenderList, SkipDates, Timetable, VisibleRange,
};
pub use fault::{Fault, Unclosed, is_sure};
pub use files::{
    BOOK_BYTES, DEPTH, DIRECTORY_BYTES, ENTRIES, FILE_BYTES, Files, GitPart, SourceFile, Trouble, TroubleKind, Unread,
};
pub use literal::{inside, quoted, within};
pub use policy::read as read_policy;
pub use policy::{Audience, Blackout, Calendar, Limits, Policy, QuietHours, Wording};
pub use read::read as read_campaign;
pub use spanned::{Spanned, Stretches};
pub use syntax::layout::long_texts;

/// All the files of a book, read.
#[derive(Clone, Debug, Default)]
pub struct Book {
    pub drafts: Vec<Draft>,
    pub policy: Policy,
    /// Who and what the corp has, as it was pulled from WeCom.
    pub directory: Option<Arc<Directory>>,
    /// What is known of the corp beside that. The files do not say it.
    pub corp: Corp,
    /// Calendar files, for the policy to name one.
    pub calendars: Vec<Arc<SourceFile>>,
    /// Every picture and video that is there, named by a campaign or not.
    pub media: Vec<Arc<str>>,
    pub troubles: Vec<Trouble>,
}

impl Book {
    pub fn read(files: Files) -> Self {
        let campaigns: Vec<_> = files.campaigns.into_iter().map(Arc::new).collect();
        Self {
            drafts: parallel::map(&campaigns, read_campaign),
            policy: files.policy.map(|file| read_policy(&Arc::new(file))).unwrap_or_default(),
            directory: files.directory.map(|file| Arc::new(read_directory(&Arc::new(file)))),
            corp: Corp::default(),
            calendars: files.calendars.into_iter().map(Arc::new).collect(),
            media: files.media,
            troubles: files.troubles,
        }
    }

    /// Every file of the book that findings can point into.
    pub fn files(&self) -> impl Iterator<Item = &Arc<SourceFile>> {
        let directory = self.directory.iter().map(|directory| &directory.file);
        self.drafts.iter().map(|draft| &draft.file).chain(&self.policy.file).chain(directory).chain(&self.calendars)
    }
}
