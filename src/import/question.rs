//! A post of the files about which people decide.

use std::sync::Arc;

use chrono::{Datelike, NaiveDateTime};

use super::answers::{Answer, Answers, plain};
use super::cell_time::{self, Years};
use super::imported_file::{FilePost, ImportedFile};
use super::table::{Position, Value};

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
    /// The hidden row that has it, from 0.
    pub hidden_row: Option<u32>,
    /// The file was edited by hand since it was imported.
    pub is_edited: bool,
    /// The answers that work, the usual one first.
    pub accepts: Vec<Answer>,
    /// `None` until people answer.
    pub answer: Option<Answer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuestionKind {
    /// This spreadsheet had a row for it and has none now.
    Removed,
    /// The same, and a new row has its content and audience at another time.
    Moved,
    /// Its time is over, this spreadsheet has no row for it now, and a new row has its content and audience.
    PostedBefore,
    /// Of another spreadsheet, of which this one is a newer version.
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
            hidden_row: None,
            is_edited: !file.is_untouched,
            accepts: Vec::new(),
            answer: None,
        }
    }

    /// Fills in the row that is like the post, and which answers work.
    pub(super) fn with_row(mut self, row: Option<(Position, NaiveDateTime)>) -> Self {
        self.row = row;
        self.accepts = match (self.kind, row) {
            (QuestionKind::PostedBefore, _) => vec![Answer::Both],
            (QuestionKind::Replaced, _) => vec![Answer::Delete],
            // Both on one day would be posted twice: an error.
            (_, Some((_, due))) if due.date() == self.due.date() => vec![Answer::Move],
            (_, Some(_)) => vec![Answer::Move, Answer::Both],
            (_, None) => vec![Answer::Delete, Answer::Keep],
        };
        self
    }

    /// What the answers say about it: one with a time counts before one without, and both before those to all.
    pub(super) fn answer_in(&self, answers: &Answers) -> Option<Answer> {
        let to_all = || answers.to_all.iter().rev().copied().find(|answer| self.accepts.contains(answer));
        self.named_answer_in(answers).or_else(to_all)
    }

    /// The answer that names it.
    pub(super) fn named_answer_in(&self, answers: &Answers) -> Option<Answer> {
        let named = |with_time: bool| {
            let fits = |(name, answer): &&(String, Answer)| {
                self.accepts.contains(answer) && self.is_named(name) == Some(with_time)
            };
            answers.by_name.iter().rev().find(fits).map(|(_, answer)| *answer)
        };
        named(true).or_else(|| named(false))
    }

    /// The names by which an answer may mean it.
    fn names(&self) -> Vec<&str> {
        let file_name = self.file.rsplit('/').next().unwrap_or_default();
        let sheet_file = file_of(&self.source);
        let mut names = vec![&*self.campaign, &*self.file, file_name, &*self.source, sheet_file];
        names.extend(self.title.as_deref());
        names
    }

    /// Whether an answer with a name means this post: `会员日`, `会员日 12-15`, `会员日 12月15日 9:00`, or the time alone.
    /// With a day or time it is `Some(true)`, with a name alone `Some(false)`.
    pub fn is_named(&self, wanted: &str) -> Option<bool> {
        let wanted = plain(wanted);
        for name in self.names().into_iter().map(plain) {
            match wanted.strip_prefix(&name).map(str::trim) {
                Some("") => return Some(false),
                Some(time) if self.is_time(time) => return Some(true),
                _ => {}
            }
        }
        self.is_time(&wanted).then_some(true)
    }

    fn is_time(&self, written: &str) -> bool {
        let years = Years { named: Some(self.due.year()), today: self.due.date() };
        let read = cell_time::date(&Value::Text(written.to_owned()), years).ok().flatten();
        read.is_some_and(|read| read.date == self.due.date() && read.time.is_none_or(|time| time == self.due.time()))
    }

    /// The shortest name that means this one among others: the campaign's name, or with day and time.
    pub fn name_among(&self, others: &[Self]) -> String {
        let is_alone = |name: &str| {
            let mut meant = others.iter().filter(|other| other.is_named(name).is_some());
            meant.next().is_some() && meant.next().is_none()
        };
        let title = self.title.as_deref();
        let (day, minute) = (self.due.format("%m-%d").to_string(), self.due.format("%m-%d %H:%M").to_string());
        let with = |time: &str| title.map_or_else(|| time.to_owned(), |title| format!("{title} {time}"));
        let candidates = title.map(str::to_owned).into_iter().chain([with(&day), with(&minute)]);
        candidates.into_iter().find(|name| is_alone(name)).unwrap_or_else(|| format!("{} {minute}", self.campaign))
    }
}

/// The file of a source name `FILE!SHEET`.
pub fn file_of(source: &str) -> &str {
    source.rsplit_once('!').map_or(source, |(file, _)| file)
}
