//! What an import knows beside the rows and the files.

use chrono::NaiveDateTime;

use super::answers::Answers;

/// What is known beside rows and files.
#[derive(Clone, Debug)]
pub struct Situation<'a> {
    /// The source name of the spreadsheet.
    pub source: &'a str,
    /// In the book's time zone.
    pub now: NaiveDateTime,
    pub answers: &'a Answers,
    pub skip_past: bool,
}
