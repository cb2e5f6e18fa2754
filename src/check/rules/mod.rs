//! The rules, one file each. Adding one touches its file and this table; a test keeps the table sorted and whole.

mod duplicate_id;
mod mixed_attachments;
mod too_many_images;
mod unknown_key;
pub(super) mod unused_allow;

use super::Rule;

/// Every rule, sorted by code.
pub static ALL: &[&Rule] =
    &[&duplicate_id::RULE, &mixed_attachments::RULE, &too_many_images::RULE, &unknown_key::RULE, &unused_allow::RULE];

/// The rule of a code.
pub fn find(code: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.code == code)
}

/// The known name that is nearest to one that is not known, if any is near enough to be meant.
pub(super) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let likely = |candidate: &&str| strsim::jaro_winkler(name, candidate);
    known.into_iter().filter(|candidate| likely(candidate) > 0.8).max_by(|a, b| likely(a).total_cmp(&likely(b)))
}
