//! A post of the files about which people decide.

use std::sync::Arc;

use chrono::NaiveDateTime;

use super::answers::Answer;
use super::imported_file::{FilePost, ImportedFile};
use super::table::Position;

/// A post of a file that would be lost, or that a row repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub kind: QuestionKind,
    pub campaign: String,
    pub title: Option<String>,
    /// The campaign file that has the post.
    pub file: Arc<str>,
    pub due: NaiveDateTime,
    pub text: Option<String>,
    /// The spreadsheet that the post came from.
    pub source: Arc<str>,
    /// The row that is like it: its cell and time.
    pub row: Option<(Position, NaiveDateTime)>,
    /// The file was edited by hand since it was imported.
    pub is_edited: bool,
    /// `None` until people answer.
    pub answer: Option<Answer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuestionKind {
    /// This spreadsheet had a row for it and has none now.
    Removed,
    /// The same, and a new row has its content and audience at another time.
    Moved,
    /// A row has the same time, content and audience in another campaign.
    Renamed,
    /// Of another spreadsheet, of which this one looks like a newer version.
    OtherVersion,
    /// Of another spreadsheet; a row has the same campaign and time, and another content.
    Replaced,
    /// Of another spreadsheet; a new row has its content and audience at another time.
    SameContent,
}

impl Question {
    pub(super) fn new(kind: QuestionKind, file: &ImportedFile, post: &FilePost) -> Self {
        Self {
            kind,
            campaign: file.id.clone(),
            title: file.title.clone(),
            file: Arc::clone(&file.path),
            due: post.due,
            text: post.content.text.as_ref().map(|text| text.value.clone()),
            source: Arc::clone(post.owner.source()),
            row: None,
            is_edited: !file.is_untouched,
            answer: None,
        }
    }

    /// The names by which an answer may mean it.
    pub(super) fn names(&self) -> Vec<&str> {
        let file_name = self.file.rsplit('/').next().unwrap_or_default();
        let sheet_file = self.source.rsplit_once('!').map_or(&*self.source, |(file, _)| file);
        let mut names = vec![&*self.campaign, &*self.file, file_name, &*self.source, sheet_file];
        names.extend(self.title.as_deref());
        names
    }
}
