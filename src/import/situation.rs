//! What an import knows beside the rows and the files.

use std::collections::HashMap;

use chrono::NaiveDateTime;

use super::answers::Answers;
use super::audience_set::AudienceResolver;

/// What is known beside rows and files.
#[derive(Clone, Debug)]
pub struct Situation<'a> {
    /// The source name of the spreadsheet.
    pub source: &'a str,
    /// In the book's time zone.
    pub now: NaiveDateTime,
    pub answers: &'a Answers,
    pub skip_past: bool,
    pub resolver: AudienceResolver<'a>,
    /// Hidden rows, from 0, by campaign and time.
    pub hidden_rows: HashMap<(String, NaiveDateTime), u32>,
    /// Some rows have faults and are no posts.
    pub has_unread_rows: bool,
}

impl<'a> Situation<'a> {
    /// Nothing is known but the source, the time and the answers.
    pub fn new(source: &'a str, now: NaiveDateTime, answers: &'a Answers) -> Self {
        Self {
            source,
            now,
            answers,
            skip_past: false,
            resolver: AudienceResolver::default(),
            hidden_rows: HashMap::new(),
            has_unread_rows: false,
        }
    }
}
