//! A finding: what is wrong, where, and what to do about it.

use std::ops::Range;
use std::sync::Arc;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Warning,
    Error,
}

/// One finding. The headline stands alone: lower case, no full stop, the user's words in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diag {
    /// The rule's name, as `allow` and `explain` take it.
    pub code: &'static str,
    pub level: Level,
    pub message: String,
    /// The place that the finding is about.
    pub place: Place,
    /// Other places that explain it.
    pub related: Vec<Place>,
    /// The next act.
    pub help: Option<String>,
}

/// A stretch of a file, with the words that stand at its carets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// From the book's top, with `/` between the parts.
    pub file: Arc<str>,
    /// Bytes of the file; an empty stretch at 0 means the file as a whole.
    pub span: Range<usize>,
    pub words: String,
}

impl Diag {
    pub fn new(code: &'static str, level: Level, message: impl Into<String>, place: Place) -> Self {
        Self { code, level, message: message.into(), place, related: Vec::new(), help: None }
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub fn related(mut self, place: Place) -> Self {
        self.related.push(place);
        self
    }
}

impl Place {
    pub fn new(file: &Arc<str>, span: Range<usize>, words: impl Into<String>) -> Self {
        Self { file: Arc::clone(file), span, words: words.into() }
    }
}
