//! The input of all formats of a plan.

use crate::check::InvalidFile;
use crate::finding::Finding;
use crate::plan::{Changes, Plan};
use crate::source::BaseNote;
use crate::text::Lang;

/// What a format shows of a plan.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub plan: &'a Plan,
    /// The invalid files, with reasons.
    pub invalid_files: &'a [InvalidFile],
    /// The changes since the base, if one was given.
    pub changes: Option<&'a Changes>,
    /// The base, as the user named it.
    pub base: Option<&'a str>,
    /// What the reader must know about the base.
    pub notes: &'a [BaseNote],
    /// The findings of the planned book.
    pub findings: &'a [Finding],
    /// Media in Git LFS that were not fetched, so that their content was not checked.
    pub unfetched: &'a [String],
    pub lang: Lang,
}
