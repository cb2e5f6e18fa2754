//! Variables in texts that customers read: `{{ month }}`, and the names that the policy gives values.
//!
//! Pure: a text in, its stretches out. `{{{{` stands for the two characters `{{`; a single brace and `}}` by itself are
//! plain text.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::book::{self, Policy, Spanned, Variable};
use crate::post::{DatePart, DatedText, Piece};
use crate::text::Lang;

const OPENING: &str = "{{";
const CLOSING: &str = "}}";
/// The escape of `{{`.
const ESCAPED: &str = "{{{{";

/// Longest name of a variable, in characters.
pub(super) const MAX_NAME_CHARS: usize = 32;

/// A segment of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stretch<'t> {
    Words(&'t str),
    /// `{{{{`
    Braces,
    /// The name between the braces, without blanks; valid or not.
    Variable(&'t str),
    /// Two braces that nothing closes on their line.
    Unclosed,
}

/// The stretches of a text, in order and without gaps.
pub(super) fn stretches(text: &str) -> impl Iterator<Item = (Range<usize>, Stretch<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let (length, stretch) = match rest.find(OPENING) {
            None => (rest.len(), Stretch::Words(rest)),
            Some(0) => opened(rest),
            Some(before) => (before, Stretch::Words(&rest[..before])),
        };
        at += length;
        Some((at - length..at, stretch))
    })
}

/// The stretch that begins with two braces.
fn opened(rest: &str) -> (usize, Stretch<'_>) {
    if rest.starts_with(ESCAPED) {
        return (ESCAPED.len(), Stretch::Braces);
    }
    let line = rest[OPENING.len()..].lines().next().unwrap_or_default();
    let inner = line.split(OPENING).next().unwrap_or_default();
    match inner.find(CLOSING) {
        Some(end) => (OPENING.len() + end + CLOSING.len(), Stretch::Variable(inner[..end].trim())),
        None => (OPENING.len(), Stretch::Unclosed),
    }
}

/// Whether any stretch of a text is not plain words.
pub(super) fn has_braces(text: &str) -> bool {
    text.contains(OPENING)
}

/// Whether a variable may have this name: letters of any script, digits, `_` and `-`, from a letter on.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(char::is_alphabetic)
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
        && name.chars().count() <= MAX_NAME_CHARS
}

/// The part of a date of this name.
pub(super) fn date_part(name: &str) -> Option<DatePart> {
    DatePart::ALL.into_iter().find(|part| part.name() == name)
}

/// What the variables of a book stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables<'a> {
    file: Option<Arc<str>>,
    values: BTreeMap<&'a str, &'a Spanned<String>>,
    lang: Lang,
    /// Whether each name that is absent was truly not written.
    is_sure: bool,
}

impl<'a> Variables<'a> {
    pub(super) fn of(policy: &'a Policy) -> Self {
        let value = |variable: &'a Variable| Some((variable.name.as_str(), variable.value.as_ref()?));
        let values = policy.variables.iter().filter_map(value);
        Self {
            file: policy.file.as_ref().map(|file| Arc::clone(&file.path)),
            values: values.collect(),
            // The texts go to customers, who read Chinese unless the policy says otherwise.
            lang: policy.lang().unwrap_or(Lang::Zh),
            is_sure: book::is_sure(&policy.parse_errors, "variables"),
        }
    }

    /// The value that the policy gives a name.
    pub(super) fn value(&self, name: &str) -> Option<&'a Spanned<String>> {
        self.values.get(name).copied()
    }

    /// The policy and the stretch of it that has the value of a name.
    pub(super) fn place(&self, name: &str) -> Option<(Arc<str>, Range<usize>)> {
        if date_part(name).is_some() {
            return None;
        }
        Some((Arc::clone(self.file.as_ref()?), self.value(name)?.span.clone()))
    }

    /// Whether a name is certainly none of the variables.
    pub(super) fn is_unknown(&self, name: &str) -> bool {
        self.is_sure && date_part(name).is_none() && !self.values.contains_key(name)
    }

    /// The name of every variable.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        DatePart::ALL.into_iter().map(|part| -> &'a str { part.name() }).chain(self.values.keys().copied())
    }

    /// The language of weekdays.
    pub(super) fn lang(&self) -> Lang {
        self.lang
    }

    /// The replacement of a segment; an invalid segment is kept unchanged.
    pub(super) fn piece(&self, written: &str, stretch: Stretch<'_>) -> Piece {
        let words = match stretch {
            Stretch::Braces => OPENING,
            Stretch::Variable(name) => match (date_part(name), self.value(name)) {
                (Some(part), _) => return Piece::Date(part),
                (None, Some(value)) => value.as_str(),
                (None, None) => written,
            },
            Stretch::Words(_) | Stretch::Unclosed => written,
        };
        Piece::Words(words.to_owned())
    }
}

/// A text with the policy's values filled in; parts of the date may remain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// The same on every date.
    Fixed(String),
    Dated(DatedText),
}

/// The text of a post as it goes out, with the values of the policy in place of their names.
pub(super) fn sent(text: &str, variables: &Variables<'_>) -> Sent {
    let mut pieces = pieces(text, variables);
    // As `characters::as_sent` does with a text of one piece.
    for piece in &mut pieces {
        if let Piece::Words(words) = piece
            && words.contains('\r')
        {
            *words = words.replace("\r\n", "\n");
        }
    }
    if let Some(Piece::Words(words)) = pieces.last_mut()
        && words.ends_with('\n')
    {
        words.pop();
    }
    joined(pieces, variables)
}

/// The same of a text whose line ends stay as they are.
pub(super) fn filled(text: &str, variables: &Variables<'_>) -> Sent {
    joined(pieces(text, variables), variables)
}

/// Words and parts of the date in turn.
fn pieces(text: &str, variables: &Variables<'_>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (at, stretch) in stretches(text) {
        match (pieces.last_mut(), variables.piece(&text[at], stretch)) {
            (Some(Piece::Words(words)), Piece::Words(more)) => words.push_str(&more),
            (_, piece) => pieces.push(piece),
        }
    }
    pieces
}

fn joined(pieces: Vec<Piece>, variables: &Variables<'_>) -> Sent {
    if pieces.iter().any(|piece| matches!(piece, Piece::Date(_))) {
        return Sent::Dated(DatedText::new(pieces, variables.lang));
    }
    let words = pieces.into_iter().map(|piece| match piece {
        Piece::Words(words) => words,
        Piece::Date(_) => String::new(),
    });
    Sent::Fixed(words.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::{SourceFile, read_policy};

    fn policy(text: &str) -> Policy {
        read_policy(&Arc::new(SourceFile::new("policy.toml", text)))
    }

    #[track_caller]
    fn reads(text: &str, expected: &[Stretch<'_>]) {
        let read: Vec<_> = stretches(text).collect();
        let kinds: Vec<_> = read.iter().map(|(_, stretch)| *stretch).collect();
        assert_eq!(kinds, expected, "{text}");
        let ends: Vec<usize> = read.iter().map(|(at, _)| at.end).collect();
        let starts: Vec<usize> = read.iter().map(|(at, _)| at.start).collect();
        assert_eq!(starts[1..], ends[..ends.len() - 1], "no gaps in {text}");
        assert_eq!((starts[0], ends[ends.len() - 1]), (0, text.len()));
    }

    #[test]
    fn single_braces_are_words() {
        reads("{八折} }} }", &[Stretch::Words("{八折} }} }")]);
    }

    #[test]
    fn names_stand_between_two_braces() {
        reads(
            "{{ month }}月{{day}}日",
            &[Stretch::Variable("month"), Stretch::Words("月"), Stretch::Variable("day"), Stretch::Words("日")],
        );
        reads("{{}}{{ }}", &[Stretch::Variable(""), Stretch::Variable("")]);
        reads("{{ a b }}", &[Stretch::Variable("a b")]);
    }

    #[test]
    fn braces_close_on_their_line() {
        reads("{{ month", &[Stretch::Unclosed, Stretch::Words(" month")]);
        reads("{{ month\n}}", &[Stretch::Unclosed, Stretch::Words(" month\n}}")]);
        reads("{{ a {{ day }}", &[Stretch::Unclosed, Stretch::Words(" a "), Stretch::Variable("day")]);
        reads("{{ month }", &[Stretch::Unclosed, Stretch::Words(" month }")]);
    }

    #[test]
    fn four_braces_are_two() {
        reads("{{{{ month }}", &[Stretch::Braces, Stretch::Words(" month }}")]);
        reads("{{{{{{ month }}", &[Stretch::Braces, Stretch::Variable("month")]);
        let policy = policy("");
        assert_eq!(sent("{{{{ month }}", &Variables::of(&policy)), Sent::Fixed("{{ month }}".to_owned()));
    }

    #[test]
    fn values_of_the_policy_are_filled_in() {
        let policy = policy("[variables]\nphone = \"021-5555\"\n\"门店\" = \"南京路店\"\n");
        let variables = Variables::of(&policy);
        assert_eq!(
            sent("{{门店}}：{{ phone }}\r\n欢迎\n", &variables),
            Sent::Fixed("南京路店：021-5555\n欢迎".to_owned())
        );
        assert!(variables.is_unknown("phon"));
        assert!(!variables.is_unknown("phone") && !variables.is_unknown("weekday"));
    }

    #[test]
    fn weekdays_follow_the_language_of_the_policy() {
        let on = |policy: &Policy| match sent("{{ weekday }}", &Variables::of(policy)) {
            Sent::Dated(text) => text.on("2026-11-27".parse().unwrap()),
            Sent::Fixed(text) => text,
        };
        assert_eq!(on(&policy("")), "周五");
        assert_eq!(on(&policy("language = \"zh\"")), "周五");
        assert_eq!(on(&policy("language = \"en\"")), "Friday");
    }

    #[test]
    fn names_are_letters_of_any_script() {
        for name in ["phone", "店铺电话", "shop-2", "a_b"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "2nd", "a b", "a.b", "{x", "-a", &"长".repeat(MAX_NAME_CHARS + 1)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
