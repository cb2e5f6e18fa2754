//! A finding: what is wrong, where, and what to do about it.

use std::ops::Range;
use std::sync::Arc;

use crate::text::Text;

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Warning,
    Error,
}

impl Level {
    /// The stable word for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding. Its headline stands alone: lower case, no full stop, the user's words in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name, as in `allow` and `explain`.
    pub code: &'static str,
    pub level: Level,
    pub message: Text,
    /// The place of the problem.
    pub place: Place,
    /// Other places that explain it.
    pub related: Vec<Place>,
    /// The next action.
    pub help: Option<Text>,
    /// The edits that carry out the help, if they are certain.
    pub suggestion: Option<Suggestion>,
}

/// Edits of files that together resolve a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    pub edits: Vec<Edit>,
    /// Whether they certainly keep what is posted, when and to whom. Otherwise a person must review them.
    pub is_safe: bool,
}

/// Replaces a span of a file by a text; at an empty span, inserts the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub file: Arc<str>,
    /// In bytes of the file.
    pub span: Range<usize>,
    pub text: String,
}

impl Suggestion {
    /// A file's text after the edits of this file; `None` if an edit is outside of the text.
    pub fn applied(&self, file: &str, text: &str) -> Option<String> {
        let mut edits: Vec<&Edit> = self.edits.iter().filter(|edit| &*edit.file == file).collect();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
        let mut text = text.to_owned();
        for Edit { span, text: instead, .. } in edits {
            text.get(span.clone())?;
            text.replace_range(span.clone(), instead);
        }
        Some(text)
    }
}

impl Finding {
    pub fn new(code: &'static str, level: Level, place: Place, message: impl Into<Text>) -> Self {
        Self {
            code,
            level,
            message: message.into().map(harmless),
            place,
            related: Vec::new(),
            help: None,
            suggestion: None,
        }
    }

    /// Sets the next action.
    pub fn help(&mut self, help: impl Into<Text>) -> &mut Self {
        self.help = Some(help.into().map(harmless));
        self
    }

    /// Sets the edits that carry out the help.
    pub fn suggest(&mut self, suggestion: Option<Suggestion>) -> &mut Self {
        self.suggestion = suggestion;
        self
    }

    /// Suggests a text in place of a span of the finding's own file; an empty text deletes the span.
    pub fn replace(&mut self, span: &Range<usize>, text: impl Into<String>) -> &mut Self {
        let edit = Edit { file: Arc::clone(&self.place.file), span: span.clone(), text: text.into() };
        self.suggest(Some(Suggestion { edits: vec![edit], is_safe: false }))
    }

    /// Adds a place that explains the finding.
    pub fn related(&mut self, place: Place) -> &mut Self {
        self.related.push(place);
        self
    }
}

/// A span of a file, with the words at its carets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// From the book's top, with `/` between the parts.
    pub file: Arc<str>,
    /// In bytes of the file; `None` means the file as a whole.
    pub span: Option<Range<usize>>,
    pub words: Text,
}

impl Place {
    pub fn new(file: &Arc<str>, span: &Range<usize>, words: impl Into<Text>) -> Self {
        Self { file: Arc::clone(file), span: Some(span.clone()), words: words.into().map(harmless) }
    }

    /// A file as a whole.
    pub fn of_file(file: &Arc<str>) -> Self {
        Self { file: Arc::clone(file), span: None, words: Text::default() }
    }

    /// Where it begins, in bytes of the file; the file as a whole begins at 0.
    pub fn start(&self) -> usize {
        self.span.as_ref().map_or(0, |span| span.start)
    }
}

/// Words that may quote a file, without characters that control a terminal or break the line.
fn harmless(words: String) -> String {
    if words.contains(char::is_control) { words.replace(char::is_control, "\u{fffd}") } else { words }
}

/// The line starts of a text: converts byte offsets to lines and columns.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub fn of(text: &'t str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(ends).collect() }
    }

    /// The line of a byte offset, from 1. An offset past the end is on the last line.
    pub fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    /// The byte offset of a line's start, lines counted from 1; the end of the text for lines past it.
    pub fn start_of(&self, line: usize) -> usize {
        self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len())
    }

    /// Line and column of a byte offset, both from 1, the column in characters.
    pub fn line_and_column(&self, at: usize) -> (usize, usize) {
        let line = self.line(at);
        let start = self.starts[line - 1];
        let before = self.text.get(start..at.min(self.text.len())).unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn stands(text: &str, at: usize, line_and_column: (usize, usize)) {
        assert_eq!(Lines::of(text).line_and_column(at), line_and_column);
    }

    #[test]
    fn words_of_a_file_cannot_control_a_terminal() {
        let quoted = Text::quoted("not `\u{1b}[2J\r\n`");
        let place = Place::new(&Arc::from("a.toml"), &(0..1), quoted.clone());
        let mut finding = Finding::new("bad-id", Level::Error, place, quoted.clone());
        finding.help(quoted);
        let shown = "not `\u{fffd}[2J\u{fffd}\u{fffd}`";
        let texts = [&finding.message, &finding.place.words, finding.help.as_ref().unwrap()];
        assert_eq!(texts.map(|text| text.get(crate::text::Lang::En)), [shown; 3]);
    }

    #[test]
    fn columns_count_characters() {
        stands("春季 = 1\n", "春季".len(), (1, 3));
    }

    #[test]
    fn a_line_begins_after_its_newline() {
        stands("a\nb\n", 2, (2, 1));
        stands("a\nb\n", 4, (3, 1));
    }

    #[test]
    fn past_the_end() {
        stands("a", 99, (1, 2));
        stands("", 0, (1, 1));
    }
}
