//! Names of file formats and codecs in both languages.

use crate::text::StaticText;

pub(super) const fn both(en: &'static str, zh: &'static str) -> StaticText {
    StaticText { en, zh }
}

/// A name that is the same in both languages.
pub(super) const fn same(name: &'static str) -> StaticText {
    StaticText { en: name, zh: name }
}
