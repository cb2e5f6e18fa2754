//! Takes numbers, signs and words from the start of a text.

/// A number as it is written.
pub(super) struct Digits {
    pub value: u32,
    pub digits: usize,
}

/// Takes up to eight digits from the start of a text.
pub(super) fn number(rest: &mut &str) -> Option<Digits> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 8 {
        return None;
    }
    let value = rest[..digits].parse().ok()?;
    *rest = &rest[digits..];
    Some(Digits { value, digits })
}

/// Takes one of the signs from the start of a text.
pub(super) fn take_any(rest: &mut &str, signs: &[char]) -> Option<char> {
    let sign = rest.chars().next().filter(|sign| signs.contains(sign))?;
    *rest = &rest[sign.len_utf8()..];
    Some(sign)
}

/// The text without the spaces at its start.
pub(super) fn spaced<'r, 's>(rest: &'r mut &'s str) -> &'r mut &'s str {
    *rest = rest.trim_start();
    rest
}

pub(super) fn take_word<T: Copy>(rest: &mut &str, words: &[(&str, T)]) -> Option<T> {
    let (word, meaning) = words.iter().find(|(word, _)| rest.starts_with(word))?;
    *rest = &rest[word.len()..];
    Some(*meaning)
}
