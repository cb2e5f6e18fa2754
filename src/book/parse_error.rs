//! What can go wrong when a file is read. The reader states the fact; the rule with the same name has the words.

use std::ops::Range;

use super::files::ReadError;

/// A fact that the reader of a file reports.
#[derive(Clone, Debug, PartialEq)]
pub enum ParseError {
    /// The file could not be read as text at all.
    Unread(ReadError),
    /// Not valid TOML here; the message is the TOML parser's.
    Syntax { span: Range<usize>, message: String },
    /// The start of a list or a text of several lines that is never closed.
    Unclosed { span: Range<usize>, what: Unclosed },
    /// A merge conflict; `others` are the marker lines after the first.
    Conflict { span: Range<usize>, others: Vec<Range<usize>> },
    /// An unknown key. Its table accepts the keys `known` and has the keys `taken`.
    UnknownKey { span: Range<usize>, key: String, table: String, known: Vec<&'static str>, taken: Vec<&'static str> },
    /// A value whose type is not the key's.
    WrongType { span: Range<usize>, key: String, wanted: Wanted, got: ValueType },
    /// A missing mandatory key. The span is the head of the table that lacks it.
    MissingKey {
        /// The table that lacks the key; `None` means the file as a whole.
        span: Option<Range<usize>>,
        key: &'static str,
        table: String,
    },
    /// Syntax that only TOML 1.1 allows.
    NewSyntax { span: Range<usize>, what: NewSyntax },
}

/// The type of value that a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Text,
    Texts,
    Bool,
    Integer,
    /// A whole number, at least 1.
    Id,
    Table,
    Tables,
    /// A path or a `media_id`.
    Media,
    MediaList,
    /// An id or a name.
    Department,
    Departments,
    Date,
    /// An entry of `skip`: a date or a range of dates.
    SkippedDates,
    Dates,
    /// A local date-time, or a list of them.
    DateTimes,
    /// A date, or a local date-time.
    DateOrTime,
    /// The text is an example.
    TimeOfDay(&'static str),
}

/// The type of a TOML value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    Text,
    Integer,
    Float,
    Bool,
    DateOrTime,
    List,
    Table,
}

/// Syntax that TOML 1.0 lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewSyntax {
    /// `\e` or `\x`.
    Escape,
    TimeWithoutSeconds,
    /// An inline table of several lines, or with a trailing comma.
    LooseTable,
}

/// What is never closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclosed {
    List,
    Text,
}

impl ParseError {
    /// Where the error begins, in bytes of the file; an error of the file as a whole begins at 0.
    pub fn start(&self) -> usize {
        match self {
            Self::Unread(_) => 0,
            Self::MissingKey { span, .. } => span.as_ref().map_or(0, |span| span.start),
            Self::Syntax { span, .. }
            | Self::Unclosed { span, .. }
            | Self::Conflict { span, .. }
            | Self::UnknownKey { span, .. }
            | Self::WrongType { span, .. }
            | Self::NewSyntax { span, .. } => span.start,
        }
    }

    /// Whether the error leaves open what was written under `path`, such as `visible_range.sender_list`. The empty path
    /// is the whole file.
    fn may_hide(&self, path: &str) -> bool {
        let under = |found: &str| {
            path.is_empty()
                || found.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        match self {
            Self::Unread(_) | Self::Syntax { .. } | Self::Unclosed { .. } | Self::Conflict { .. } => true,
            Self::UnknownKey { table, .. } => under(table),
            Self::WrongType { key, .. } => under(key),
            Self::MissingKey { .. } | Self::NewSyntax { .. } => false,
        }
    }
}

/// Whether what is absent under `path` was certainly not written. If not, the parse_errors say enough.
pub fn is_sure(parse_errors: &[ParseError], path: &str) -> bool {
    !parse_errors.iter().any(|error| error.may_hide(path))
}
