//! Decisions of the user about posts that a spreadsheet no longer has: keep or remove.

use std::str::FromStr;

use super::field::narrow;
use crate::text::{Text, UserError};

/// What happens to a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is posted.
    Keep,
    /// It is removed from the files.
    Delete,
}

/// The answers of one call: one for every question, and others by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    pub to_all: Option<Answer>,
    /// By the name of a campaign, a file or a spreadsheet. The last one that fits counts.
    pub by_name: Vec<(String, Answer)>,
}

impl Answers {
    pub fn all(answer: Answer) -> Self {
        Self { to_all: Some(answer), by_name: Vec::new() }
    }

    /// The answer to a question with these names.
    pub fn of(&self, names: &[&str]) -> Option<Answer> {
        self.by_name(names).or(self.to_all)
    }

    /// The last answer that was given for one of these names.
    pub fn by_name(&self, names: &[&str]) -> Option<Answer> {
        self.by_name.iter().rev().find(|(wanted, _)| is_one_of(wanted, names)).map(|(_, answer)| *answer)
    }
}

/// An answer as the command line has it: `delete`, or `delete=NAME` for one campaign, file or spreadsheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAnswer {
    pub answer: Answer,
    pub name: Option<String>,
}

/// An answer that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownAnswer;

impl UserError for UnknownAnswer {
    fn text(&self) -> Text {
        text!(
            en: "write `keep` or `delete`, or `delete=NAME` for one campaign",
            zh: "请写 `keep`（照常发表）或 `delete`（不再发表）；只决定一个活动，写 `delete=活动名称`"
        )
    }
}

display_in_english!(UnknownAnswer);

impl std::error::Error for UnknownAnswer {}

impl FromStr for NamedAnswer {
    type Err = UnknownAnswer;

    fn from_str(written: &str) -> Result<Self, UnknownAnswer> {
        let (action, name) = match written.split_once('=') {
            Some((action, name)) => (action, Some(name.trim().to_owned())),
            None => (written, None),
        };
        let answer = match action.trim() {
            "keep" => Answer::Keep,
            "delete" => Answer::Delete,
            _ => return Err(UnknownAnswer),
        };
        Ok(Self { answer, name })
    }
}

impl FromIterator<NamedAnswer> for Answers {
    fn from_iter<I: IntoIterator<Item = NamedAnswer>>(written: I) -> Self {
        let mut answers = Self::default();
        for NamedAnswer { answer, name } in written {
            match name {
                Some(name) => answers.by_name.push((name, answer)),
                None => answers.to_all = Some(answer),
            }
        }
        answers
    }
}

/// Whether a name that people wrote is one of some names.
pub(super) fn is_one_of(wanted: &str, names: &[&str]) -> bool {
    let plain = |name: &str| narrow(name.trim()).to_lowercase();
    names.iter().any(|name| plain(wanted) == plain(name))
}
