//! Decides about each post of the imported files: a row has it, it stays, it leaves, or people are asked.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime};

use super::answers::Answer;
use super::content::PostKey;
use super::imported_file::{FilePost, ImportedFile, PostOwner};
use super::past_rows::is_over;
use super::planned::PlannedCampaign;
use super::question::{Question, QuestionKind};
use super::situation::Situation;
use super::table::Position;
use crate::text::{Text, when};

/// A row, as a post of a file is compared with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowRef {
    due: NaiveDateTime,
    cell: Position,
    /// No file has its campaign and time.
    is_new: bool,
}

/// The rows by what identifies them.
pub(super) struct RowIndex<'a> {
    by_time: HashMap<(&'a str, NaiveDateTime), PostKey>,
    by_key: HashMap<PostKey, Vec<(&'a str, RowRef)>>,
}

impl<'a> RowIndex<'a> {
    pub(super) fn new(planned: &'a [PlannedCampaign], files: &[ImportedFile]) -> Self {
        let known: HashSet<(&str, NaiveDateTime)> =
            files.iter().flat_map(|file| file.posts.iter().map(|post| (file.id.as_str(), post.due))).collect();
        let mut index = Self { by_time: HashMap::new(), by_key: HashMap::new() };
        for campaign in planned {
            let id = campaign.id.as_str();
            for post in &campaign.posts {
                let key = PostKey::of(&post.content, &campaign.audience);
                let row = RowRef { due: post.due, cell: post.cell, is_new: !known.contains(&(id, post.due)) };
                index.by_time.insert((id, post.due), key.clone());
                index.by_key.entry(key).or_default().push((id, row));
            }
        }
        index
    }
}

/// What happens to each post of the files.
pub(super) struct Decided<'a> {
    rows: &'a RowIndex<'a>,
    pub(super) situation: &'a Situation<'a>,
    /// Other spreadsheets of which this one has rows.
    related: HashSet<Arc<str>>,
    /// How many posts of this spreadsheet each day loses, by content and audience.
    leaving: HashMap<(PostKey, NaiveDate), usize>,
    outcomes: HashMap<(Arc<str>, NaiveDateTime), Outcome>,
    pub(super) questions: Vec<Question>,
    /// Posts that another spreadsheet imported and this one has too, by source.
    adopted: BTreeMap<Arc<str>, usize>,
    retimed: Vec<(NaiveDateTime, RowRef)>,
    kept_before: Vec<(NaiveDateTime, Option<String>)>,
    /// Posts that people keep although a row has their campaign and time.
    pub(super) conflicts: Vec<(Arc<str>, NaiveDateTime, Position)>,
}

/// What happens to a post of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A row has its campaign and time.
    Row,
    Stays(PostOwner),
    Leaves,
}

impl<'a> Decided<'a> {
    pub(super) fn new(rows: &'a RowIndex<'a>, files: &[ImportedFile], situation: &'a Situation<'a>) -> Self {
        let mut related = HashSet::new();
        let mut leaving: HashMap<_, usize> = HashMap::new();
        for file in files {
            for post in &file.posts {
                let key = PostKey::of(&post.content, &file.audience);
                let PostOwner::Sheet(source) = &post.owner else { continue };
                let own_row = rows.by_time.get(&(file.id.as_str(), post.due));
                if **source == *situation.source {
                    if own_row.is_none() {
                        *leaving.entry((key, post.due.date())).or_default() += 1;
                    }
                    continue;
                }
                let is_elsewhere = || {
                    let rows = rows.by_key.get(&key).into_iter().flatten();
                    rows.into_iter().any(|(_, row)| row.due == post.due) && !is_over(post.due, situation.now)
                };
                if own_row.map_or_else(is_elsewhere, |own| *own == key) {
                    related.insert(Arc::clone(source));
                }
            }
        }
        Self {
            rows,
            situation,
            related,
            leaving,
            outcomes: HashMap::new(),
            questions: Vec::new(),
            adopted: BTreeMap::new(),
            retimed: Vec::new(),
            kept_before: Vec::new(),
            conflicts: Vec::new(),
        }
    }

    pub(super) fn decide(&mut self, file: &ImportedFile, post: &FilePost) {
        let outcome = self.outcome(file, post);
        self.outcomes.insert((Arc::clone(&file.path), post.due), outcome);
    }

    fn outcome(&mut self, file: &ImportedFile, post: &FilePost) -> Outcome {
        let rows = self.rows;
        let key = PostKey::of(&post.content, &file.audience);
        let is_mine = post.owner == PostOwner::Sheet(self.situation.source.into());
        let is_past = is_over(post.due, self.situation.now);
        if let Some(row_key) = rows.by_time.get(&(file.id.as_str(), post.due)) {
            if !is_mine && *row_key == key {
                if let PostOwner::Sheet(source) = &post.owner {
                    *self.adopted.entry(Arc::clone(source)).or_default() += 1;
                }
            } else if !is_mine && !is_past {
                let row = rows.by_key[row_key].iter().find(|(id, row)| *id == file.id && row.due == post.due);
                let row = row.map(|(_, row)| *row);
                if self.ask(QuestionKind::Replaced, file, post, row) == Some(Answer::Keep) {
                    let cell = row.map_or_else(Position::default, |row| row.cell);
                    self.conflicts.push((Arc::clone(&file.path), post.due, cell));
                }
            }
            return Outcome::Row;
        }
        if is_past {
            return Outcome::Stays(post.owner.clone());
        }
        let like = || rows.by_key.get(&key).into_iter().flatten();
        let at_same_time = like().find(|(_, row)| row.due == post.due).map(|(_, row)| *row);
        let mut new_rows: Vec<RowRef> = like().map(|(_, row)| *row).filter(|row| row.is_new).collect();
        new_rows.sort_by_key(|row| (row.due - post.due).abs());
        let elsewhere = new_rows.first().copied();
        let kind = match (&post.owner, at_same_time, elsewhere) {
            (_, Some(_), _) => Some(QuestionKind::Renamed),
            (PostOwner::Sheet(_), _, Some(row)) if is_mine => {
                let day = post.due.date();
                let is_only = new_rows.iter().filter(|row| row.due.date() == day).count() == 1
                    && self.leaving.get(&(key.clone(), day)) == Some(&1);
                if row.due.date() == day && is_only {
                    self.retimed.push((post.due, row));
                    return Outcome::Leaves;
                }
                Some(QuestionKind::Moved)
            }
            (PostOwner::Sheet(_), _, None) if is_mine => Some(QuestionKind::Removed),
            (PostOwner::Sheet(source), ..) if self.related.contains(source) => Some(QuestionKind::OtherVersion),
            (_, _, Some(_)) => Some(QuestionKind::SameContent),
            _ => None,
        };
        let answer = match kind {
            Some(kind) => self.ask(kind, file, post, at_same_time.or(elsewhere)),
            None => self.kept(file, post),
        };
        match (answer, &post.owner) {
            (Some(Answer::Keep), PostOwner::Sheet(source)) if is_mine => {
                Outcome::Stays(PostOwner::Kept(Arc::clone(source)))
            }
            (Some(Answer::Keep), owner) => Outcome::Stays(owner.clone()),
            // Until people have answered, the rest is checked as if the sheet were right.
            (Some(Answer::Delete), _) => Outcome::Leaves,
            (None, owner) if kind.is_none() => Outcome::Stays(owner.clone()),
            (None, _) => Outcome::Leaves,
        }
    }

    fn ask(&mut self, kind: QuestionKind, file: &ImportedFile, post: &FilePost, row: Option<RowRef>) -> Option<Answer> {
        let mut question = Question::new(kind, file, post);
        question.row = row.map(|row| (row.cell, row.due));
        question.answer = self.situation.answers.of(&question.names());
        let answer = question.answer;
        self.questions.push(question);
        answer
    }

    /// A post that people kept earlier leaves only by its name.
    fn kept(&mut self, file: &ImportedFile, post: &FilePost) -> Option<Answer> {
        let PostOwner::Kept(source) = &post.owner else { return None };
        let question = Question::new(QuestionKind::Removed, file, post);
        if self.situation.answers.by_name(&question.names()) == Some(Answer::Delete) {
            self.questions.push(Question { answer: Some(Answer::Delete), ..question });
            return Some(Answer::Delete);
        }
        if **source == *self.situation.source {
            self.kept_before.push((post.due, question.title.or(Some(question.campaign))));
        }
        None
    }

    pub(super) fn notes(&self) -> Vec<Text> {
        let mut notes = Vec::new();
        for (source, count) in &self.adopted {
            notes.push(text!(
                en: "imported from `{source}` before, and the same: {count}; not posted twice",
                zh: "有 {count} 条以前从“{source}”导入过，完全一样：不会发两次"
            ));
        }
        for (before, row) in &self.retimed {
            notes.push(text!(
                en: "{cell} moves a post from {before} to {now}",
                zh: "{cell} 把{before}的一条改到了 {now}",
                cell = Text::quoted(row.cell.to_string()),
                before = when::date_time(*before),
                now = Text::quoted(row.due.format("%H:%M").to_string())
            ));
        }
        if let Some((due, name)) = self.kept_before.first() {
            let count = self.kept_before.len();
            let name = name.clone().unwrap_or_default();
            notes.push(text!(
                en: "kept earlier and not in the sheet: {count}, the first `{name}` at {due}; `--removed \"delete={name}\"` removes it",
                zh: "表里没有、以前决定保留的有 {count} 条，第一条是“{name}”{due}；不再发表请加上 `--removed \"delete={name}\"`",
                due = when::date_time(*due)
            ));
        }
        notes
    }

    pub(super) fn of(&self, file: &ImportedFile, post: &FilePost) -> &Outcome {
        &self.outcomes[&(Arc::clone(&file.path), post.due)]
    }
}
