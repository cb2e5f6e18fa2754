//! What is wrong with a spreadsheet, at its cells.

use std::sync::Arc;

use super::table::Position;
use crate::finding::Level;
use crate::text::Text;

/// A finding at a cell: one of the sheet itself, or one of a rule about the campaign that the row became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellFinding {
    pub code: &'static str,
    pub level: Level,
    pub message: Text,
    pub at: Position,
    pub help: Option<Text>,
    /// Other cells that explain it, with words of their own.
    pub related: Vec<(Position, Text)>,
    /// Files of the book that explain it, with words of their own.
    pub files: Vec<(Arc<str>, Text)>,
}

impl CellFinding {
    pub fn error(code: &'static str, at: Position, message: Text) -> Self {
        Self { code, level: Level::Error, message, at, help: None, related: Vec::new(), files: Vec::new() }
    }

    pub fn with_help(mut self, help: Text) -> Self {
        self.help = Some(help);
        self
    }
}
