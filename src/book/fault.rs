//! What can go wrong in reading a file. The reader states the fact; the rule of the same name has the words.

use std::ops::Range;

use super::files::Unread;

#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The file could not be read as text at all.
    Unread(Unread),
    /// Not TOML here; the message is the TOML reader's own.
    Syntax { span: Range<usize>, message: String },
    /// A key that nothing reads.
    UnknownKey { span: Range<usize>, key: String, table: String, known: Vec<&'static str> },
    /// A value of another type than the key takes.
    WrongType { span: Range<usize>, key: String, wanted: &'static str, got: &'static str },
    /// A key that must be there is not. The span is the head of the table that lacks it.
    MissingKey { span: Range<usize>, key: &'static str, table: String },
}

impl Fault {
    /// The stretch of the file that the fault is about.
    pub fn span(&self) -> Range<usize> {
        match self {
            Self::Unread(_) => 0..0,
            Self::Syntax { span, .. }
            | Self::UnknownKey { span, .. }
            | Self::WrongType { span, .. }
            | Self::MissingKey { span, .. } => span.clone(),
        }
    }
}
