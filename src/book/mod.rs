//! The campaign book as it was written: files in, what they say and what is wrong with their form out.
//!
//! Reading never fails, never does I/O and never decides whether what it read is *sound*: that is `check`'s.

mod draft;
mod fault;
mod file;
mod policy;
mod read;
mod spanned;
mod table;

use std::sync::Arc;

pub use draft::{ContactList, Content, Draft, Link, List, MediaRef, SenderList, Timetable, VisibleRange};
pub use fault::Fault;
pub use file::{NotText, SourceFile};
pub use policy::read as read_policy;
pub use policy::{Audience, Blackout, Calendar, Limits, Policy, QuietHours, Wording};
pub use read::read as read_campaign;
pub use spanned::Spanned;

/// All the files of a book, read.
#[derive(Clone, Debug, Default)]
pub struct Book {
    pub drafts: Vec<Draft>,
    pub policy: Policy,
}

impl Book {
    pub fn read(campaigns: &[Arc<SourceFile>], policy: Option<&Arc<SourceFile>>) -> Self {
        Self {
            drafts: campaigns.iter().map(read_campaign).collect(),
            policy: policy.map(read_policy).unwrap_or_default(),
        }
    }

    /// Every file of the book that findings can point into.
    pub fn files(&self) -> impl Iterator<Item = &Arc<SourceFile>> {
        self.drafts.iter().map(|draft| &draft.file).chain(&self.policy.file)
    }
}
