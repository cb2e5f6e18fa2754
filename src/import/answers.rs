//! Decisions of the user about posts of the files that the rows of a spreadsheet do not settle.

use std::str::FromStr;

use super::field::narrow;
use crate::text::{Text, UserError};

/// What happens to a post of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is posted, although the sheet no longer has it.
    Keep,
    /// It is removed from the files.
    Delete,
    /// It moves to the time of a row.
    Move,
    /// It is posted, and the row like it too.
    Both,
}

/// The answers of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// For every question that accepts one of them. The last one that fits counts.
    pub to_all: Vec<Answer>,
    /// By a name of a question. An answer with a time counts before one without.
    pub by_name: Vec<(String, Answer)>,
    /// Campaigns whose posts of other spreadsheets get the audience of this one.
    pub same_audience: Vec<String>,
    /// Spreadsheets of which this one is a new version.
    pub replaces: Vec<String>,
}

impl Answers {
    /// The same answer to every question.
    pub fn all(answer: Answer) -> Self {
        Self { to_all: vec![answer], ..Self::default() }
    }
}

/// An answer as the command line has it: `delete`, or `delete=NAME` for some of the posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAnswer {
    pub answer: Answer,
    pub name: Option<String>,
}

/// An answer about posts that a spreadsheet no longer has: `keep` or `delete`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedAnswer(pub NamedAnswer);

/// An answer about posts that a spreadsheet has at another time: `move` or `both`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedAnswer(pub NamedAnswer);

/// An answer that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownAnswer {
    Removed,
    Moved,
}

impl UserError for UnknownAnswer {
    fn text(&self) -> Text {
        match self {
            Self::Removed => text!(
                en: "write `keep` or `delete`, or `delete=NAME` for one campaign",
                zh: "请写 `keep`（照常发表）或 `delete`（不再发表）；只决定一个活动，写 `delete=活动名称`"
            ),
            Self::Moved => text!(
                en: "write `move` or `both`, or `move=NAME` for one campaign",
                zh: "请写 `move`（改期）或 `both`（两次都发）；只决定一个活动，写 `move=活动名称`"
            ),
        }
    }
}

display_in_english!(UnknownAnswer);

impl std::error::Error for UnknownAnswer {}

impl FromStr for RemovedAnswer {
    type Err = UnknownAnswer;

    fn from_str(written: &str) -> Result<Self, UnknownAnswer> {
        let known = [("keep", Answer::Keep), ("delete", Answer::Delete)];
        NamedAnswer::read(written, known).map(Self).ok_or(UnknownAnswer::Removed)
    }
}

impl FromStr for MovedAnswer {
    type Err = UnknownAnswer;

    fn from_str(written: &str) -> Result<Self, UnknownAnswer> {
        let known = [("move", Answer::Move), ("both", Answer::Both)];
        NamedAnswer::read(written, known).map(Self).ok_or(UnknownAnswer::Moved)
    }
}

impl NamedAnswer {
    fn read(written: &str, known: [(&str, Answer); 2]) -> Option<Self> {
        let written = narrow(written);
        let (action, name) = match written.split_once('=') {
            Some((action, name)) => (action, Some(name.trim().to_owned())),
            None => (written.as_str(), None),
        };
        let (_, answer) = known.into_iter().find(|(word, _)| *word == action.trim().to_lowercase())?;
        Some(Self { answer, name })
    }
}

impl FromIterator<NamedAnswer> for Answers {
    fn from_iter<I: IntoIterator<Item = NamedAnswer>>(written: I) -> Self {
        let mut answers = Self::default();
        for NamedAnswer { answer, name } in written {
            match name {
                Some(name) => answers.by_name.push((name, answer)),
                None => answers.to_all.push(answer),
            }
        }
        answers
    }
}

/// Whether a name that people wrote is one of some names.
pub(super) fn is_one_of(wanted: &str, names: &[&str]) -> bool {
    names.iter().any(|name| plain(wanted) == plain(name))
}

/// A name without what people write in several ways.
pub(super) fn plain(name: &str) -> String {
    narrow(name.trim()).to_lowercase()
}
