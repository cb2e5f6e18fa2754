//! The words that the policy refuses, ready to be looked for in many texts.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::book::Wording;

/// All the words of a policy at once, so that a text is walked through once however many there are.
pub(super) struct RefusedWords {
    matcher: AhoCorasick,
    /// For each word, the index of its entry in the policy.
    entries: Vec<usize>,
}

impl RefusedWords {
    /// `None` if there is no word. Capitals of the Latin alphabet do not count; of two words that begin at the same
    /// place the longer one is found.
    pub(super) fn of(wording: &[Wording]) -> Option<Self> {
        let words =
            wording.iter().enumerate().flat_map(|(entry, it)| it.words.iter().map(move |word| (entry, &word.value)));
        let (entries, words): (Vec<usize>, Vec<&String>) = words.filter(|(_, word)| !word.trim().is_empty()).unzip();
        if words.is_empty() {
            return None;
        }
        // Without a Latin letter there are no capitals to pass over, and many bytes can be compared at once.
        let is_latin = words.iter().any(|word| word.bytes().any(|byte| byte.is_ascii_alphabetic()));
        let matcher =
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(is_latin).build(words);
        Some(Self { matcher: matcher.ok()?, entries })
    }

    /// Where a text has such words, and in which entries of the policy they stand.
    pub(super) fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (Range<usize>, usize)> + 'a {
        self.matcher.find_iter(text).map(|found| (found.range(), self.entries[found.pattern().as_usize()]))
    }
}
