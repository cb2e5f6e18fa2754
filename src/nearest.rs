//! "Did you mean": the known name that is nearest to one that is not known.

/// Longest names that are compared, in bytes: the time grows with the square of the length.
pub const MAX_NAME_BYTES: usize = 64;

/// The nearest of the known names, if one is similar enough to be intended. Ignores case.
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if name.len() > MAX_NAME_BYTES {
        return None;
    }
    let name = name.to_lowercase();
    let likenesses = known.into_iter().map(|candidate| (likeness(&name, &candidate.to_lowercase()), candidate));
    likenesses
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// How alike two texts are, from 0 to 1: alike beginnings count most.
pub fn likeness(one: &str, other: &str) -> f64 {
    strsim::jaro_winkler(one, other)
}

/// How alike two texts are, from 0 to 1: the share of characters that stay.
pub fn overlap(one: &str, other: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(one, other)
}

/// The edit distance of two texts: insertions, deletions, replacements and transpositions.
pub fn slips(one: &str, other: &str) -> usize {
    strsim::damerau_levenshtein(one, other)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn typo_finds_the_known_name() {
        let known = ["spring-launch", "double12", "newyear"];
        assert_eq!(nearest("doubel12", known), Some("double12"));
        assert_eq!(nearest("Spring-Lunch", known), Some("spring-launch"));
        assert_eq!(nearest("christmas", known), None);
        assert_eq!(nearest(&"double12".repeat(20), known), None);
    }
}
