//! What people say about posts that are no longer in a spreadsheet.

use super::head::narrow;

/// What happens to a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is posted.
    Keep,
    /// It leaves the files.
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

    /// The answer that means one of these names.
    pub fn by_name(&self, names: &[&str]) -> Option<Answer> {
        let fits = |wanted: &str| names.iter().any(|name| is_same_name(wanted, name));
        self.by_name.iter().rev().find(|(wanted, _)| fits(wanted)).map(|(_, answer)| *answer)
    }
}

fn is_same_name(one: &str, other: &str) -> bool {
    narrow(one.trim()).to_lowercase() == narrow(other.trim()).to_lowercase()
}
