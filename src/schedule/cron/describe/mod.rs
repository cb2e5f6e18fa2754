//! A cron expression in words.

mod chinese;
mod english;

use super::field::{CronField, CronItem, CronTerm};
use super::text::CronText;
use crate::text::Text;

/// Most times of day that are listed.
const MAX_TIMES: usize = 6;

impl CronText {
    /// The rule in words: `every Monday at 09:00`.
    pub(in crate::schedule) fn in_words(&self) -> Text {
        Text::of(english::rule(self), chinese::rule(self))
    }
}

/// The step of a field, if it divides the field's length.
fn step(read: &CronField, whole: u16) -> Option<u16> {
    match read.items[..] {
        [CronItem { term: CronTerm::All, .. }] => Some(1),
        [CronItem { term: CronTerm::Every(step), .. }] if whole.is_multiple_of(step) => Some(step),
        _ => None,
    }
}

/// The first and the last of hours that follow each other without a gap.
fn hours_without_gap(hours: &[u16]) -> Option<(u16, u16)> {
    let (first, last) = (*hours.first()?, *hours.last()?);
    (usize::from(last - first) + 1 == hours.len()).then_some((first, last))
}
