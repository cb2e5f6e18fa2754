//! What the formats of a plan are made from.

use crate::check::InvalidFile;
use crate::diag::Diag;
use crate::plan::{Changes, Plan};
use crate::source::BaseNote;
use crate::text::Lang;

/// Everything that is shown of a plan.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub plan: &'a Plan,
    /// The files that cannot be posted, and why.
    pub invalid_files: &'a [InvalidFile],
    /// Against another book, where one was named.
    pub changes: Option<&'a Changes>,
    /// The other book, as the user named it.
    pub base: Option<&'a str>,
    /// What a reader must know of the other book before anything else.
    pub notes: &'a [BaseNote],
    /// The findings of the book that is planned.
    pub findings: &'a [Diag],
    /// Media in Git LFS that were not fetched, so their content was not checked.
    pub unfetched: &'a [String],
    pub lang: Lang,
}
