//! Lists that WeCom gives out page by page.

use std::collections::BTreeSet;

use super::{Call, CallFailure, Error};

/// More pages than any company has: a longer list is endless.
const MAX_PAGES: usize = 20_000;
/// After this many pages in a row without a new entry, a list counts as endless: its cursors may differ.
const MAX_IDLE_PAGES: usize = 3;

/// Detects a list that does not end.
pub(super) struct PagingGuard {
    call: Call,
    cursors: BTreeSet<String>,
    entries: BTreeSet<String>,
    idle: usize,
}

impl PagingGuard {
    pub(super) fn of(call: Call) -> Self {
        Self { call, cursors: BTreeSet::new(), entries: BTreeSet::new(), idle: 0 }
    }

    /// Records a page; `next` is its cursor, empty at the end of the list.
    pub(super) fn read<'a>(&mut self, next: &str, entries: impl Iterator<Item = &'a str>) -> Result<(), Error> {
        let known = self.entries.len();
        self.entries.extend(entries.map(str::to_owned));
        self.idle = if self.entries.len() > known { 0 } else { self.idle + 1 };
        let is_new = next.is_empty() || self.cursors.insert(next.to_owned());
        match (is_new, next.is_empty() || self.idle < MAX_IDLE_PAGES && self.cursors.len() < MAX_PAGES) {
            (false, _) => Err(self.unreadable(CallFailure::ListRepeats)),
            (_, false) => Err(self.unreadable(CallFailure::ListEndless)),
            (true, true) => Ok(()),
        }
    }

    fn unreadable(&self, why: CallFailure) -> Error {
        Error::Lost { call: self.call, why }
    }
}
