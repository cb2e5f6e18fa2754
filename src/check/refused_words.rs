//! Finds the words that the policy refuses.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::book::Wording;

/// All refused words in one matcher, so that each text is searched once.
pub(super) struct RefusedWords {
    matcher: AhoCorasick,
    /// For each word, the index of its entry in the policy.
    entries: Vec<usize>,
}

impl RefusedWords {
    /// `None` without words. Ignores Latin case. Of two words that begin at the same place, the longer one matches.
    pub(super) fn of(wording: &[Wording]) -> Option<Self> {
        let words =
            wording.iter().enumerate().flat_map(|(entry, it)| it.words.iter().map(move |word| (entry, &word.value)));
        let (entries, words): (Vec<usize>, Vec<&String>) = words.filter(|(_, word)| !word.trim().is_empty()).unzip();
        if words.is_empty() {
            return None;
        }
        // Without Latin letters no case must be ignored, and the matcher can compare many bytes at once.
        let is_latin = words.iter().any(|word| word.bytes().any(|byte| byte.is_ascii_alphabetic()));
        let matcher =
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(is_latin).build(words);
        Some(Self { matcher: matcher.ok()?, entries })
    }

    /// The refused words in a text, with the indexes of their entries in the policy.
    pub(super) fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (Range<usize>, usize)> + 'a {
        self.matcher.find_iter(text).map(|found| (found.range(), self.entries[found.pattern().as_usize()]))
    }
}
