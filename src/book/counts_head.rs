//! What the files of numbers begin with: `audience.toml` and `results.toml`.

use std::sync::Arc;

use super::files::SourceFile;
use super::parse_error::ParseError;
use super::read::read_root_table;
use super::spanned::{SpanSet, Spanned};
use super::table::Table;

/// The only version of both formats so far.
pub const VERSION: i64 = 1;

/// Of which numbers a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountsKind {
    /// `audience.toml`: customers of audiences.
    Customers,
    /// `results.toml`: what came of posts.
    Results,
}

/// The beginning of a file as written, and its errors.
#[derive(Clone, Debug)]
pub struct CountsHead {
    pub file: Arc<SourceFile>,
    pub kind: CountsKind,
    pub version: Option<Spanned<i64>>,
    /// The id of the corp that was counted.
    pub corp: Option<Spanned<String>>,
    /// A date in ISO form.
    pub counted_on: Option<Spanned<String>>,
    pub parse_errors: Vec<ParseError>,
    /// The parts of the file that could not be read.
    pub unparsed: SpanSet,
}

impl CountsHead {
    /// Reads a file; `rest` reads what follows.
    pub(super) fn read(file: &Arc<SourceFile>, kind: CountsKind, mut rest: impl FnMut(&mut Table<'_>)) -> Self {
        let mut head = Self {
            file: Arc::clone(file),
            kind,
            version: None,
            corp: None,
            counted_on: None,
            parse_errors: Vec::new(),
            unparsed: SpanSet::default(),
        };
        let read = read_root_table(file, |top| {
            top.require(&["version", "corp", "counted_on"]);
            head.version = top.number("version");
            head.corp = top.text("corp");
            head.counted_on = top.text("counted_on");
            rest(top);
        });
        (head.parse_errors, head.unparsed) = (read.parse_errors, read.unparsed);
        head
    }
}
