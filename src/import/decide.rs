//! Decides about each post of the imported files: a row has it, it stays, it leaves, or people are asked.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::answers::Answer;
use super::finding::CellFinding;
use super::imported_file::{FilePost, ImportedFile, PostOwner};
use super::past_rows::is_over;
use super::post_index::{KnownPost, PostIndex, RowPost};
use super::question::{Question, QuestionKind, file_of};
use super::situation::Situation;
use crate::text::{Text, when};

/// What happens to each post of the files.
pub(super) struct Decided<'a> {
    rows: &'a PostIndex<'a>,
    pub(super) situation: &'a Situation<'a>,
    /// Other spreadsheets of which this one is a new version.
    former_versions: HashSet<Arc<str>>,
    /// The new row that is like a post without a row at its time.
    pairs: HashMap<(Arc<str>, NaiveDateTime), &'a RowPost<'a>>,
    outcomes: HashMap<(Arc<str>, NaiveDateTime), Outcome>,
    pub(super) questions: Vec<Question>,
    /// Rows that repeat a post of another spreadsheet.
    pub(super) findings: Vec<CellFinding>,
    /// Posts that another spreadsheet imported and this one has too, by source.
    adopted: BTreeMap<Arc<str>, usize>,
    retimed: Vec<(NaiveDateTime, &'a RowPost<'a>)>,
    renamed: Vec<(Text, &'a RowPost<'a>)>,
    kept_before: Vec<Question>,
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
    pub(super) fn new(rows: &'a PostIndex<'a>, known: &[KnownPost<'a>], situation: &'a Situation<'a>) -> Self {
        Self {
            rows,
            situation,
            former_versions: rows.former_versions(known),
            pairs: rows.pairs(known),
            outcomes: HashMap::new(),
            questions: Vec::new(),
            findings: Vec::new(),
            adopted: BTreeMap::new(),
            retimed: Vec::new(),
            renamed: Vec::new(),
            kept_before: Vec::new(),
        }
    }

    pub(super) fn decide(&mut self, known: &KnownPost<'a>) {
        let outcome = self.outcome(known);
        self.outcomes.insert(known.key(), outcome);
    }

    fn outcome(&mut self, known: &KnownPost<'a>) -> Outcome {
        let rows = self.rows;
        let (file, post) = (known.file, known.post);
        let source = post.owner.source();
        let stays = || Outcome::Stays(post.owner.clone());
        let is_mine = post.owner == PostOwner::Sheet(self.situation.source.into());
        let is_kept = matches!(post.owner, PostOwner::Kept(_));
        let is_version = !is_kept && self.former_versions.contains(source);
        let is_past = is_over(post.due, self.situation.now);
        if let Some(row) = rows.at_slot(known) {
            match row.is_same(known) {
                _ if is_mine || is_past => {}
                true if is_kept => {}
                true if is_version => *self.adopted.entry(Arc::clone(source)).or_default() += 1,
                true => self.findings.push(imported_elsewhere(row, known)),
                false if is_version => {}
                false => {
                    self.ask(QuestionKind::Replaced, known, Some(row));
                }
            }
            return Outcome::Row;
        }
        if is_past {
            self.posted_before(known, is_mine);
            return stays();
        }
        if let Some(row) = rows.at_same_time(known) {
            if is_mine || is_kept || is_version {
                self.renamed.push((named(known), row));
                return Outcome::Leaves;
            }
            self.findings.push(imported_elsewhere(row, known));
            return stays();
        }
        let pair = self.pairs.get(&known.key()).copied();
        if post.due <= self.situation.now && pair.is_some() {
            self.posted_before(known, is_mine);
            return stays();
        }
        let kind = match pair {
            Some(row) if is_mine || is_version => {
                if row.is_of(file) && row.due.date() == post.due.date() {
                    self.retimed.push((post.due, row));
                    return Outcome::Leaves;
                }
                if is_mine { QuestionKind::Moved } else { QuestionKind::OtherVersion }
            }
            Some(_) => QuestionKind::SameContent,
            None if is_mine => QuestionKind::Removed,
            None if is_version => QuestionKind::OtherVersion,
            None => {
                return match self.kept(file, post) {
                    true => Outcome::Leaves,
                    false => stays(),
                };
            }
        };
        // A row that could not be read may be this post.
        if self.situation.has_unread_rows {
            return stays();
        }
        match self.ask(kind, known, pair) {
            Some(Answer::Keep | Answer::Both) if is_mine => Outcome::Stays(PostOwner::Kept(Arc::clone(source))),
            Some(Answer::Keep | Answer::Both) => stays(),
            // Until people have answered, the rest is checked as if the sheet were right.
            Some(Answer::Delete | Answer::Move) | None => Outcome::Leaves,
        }
    }

    /// Asks about a row that posts again what the sheet has posted.
    fn posted_before(&mut self, known: &KnownPost<'a>, is_mine: bool) {
        let pair = self.pairs.get(&known.key()).copied();
        if let Some(row) = pair.filter(|_| is_mine && !self.situation.has_unread_rows) {
            self.ask(QuestionKind::PostedBefore, known, Some(row));
        }
    }

    fn ask(&mut self, kind: QuestionKind, known: &KnownPost<'a>, row: Option<&RowPost<'_>>) -> Option<Answer> {
        let mut question = Question::new(kind, known.file, known.post).with_row(row.map(|row| (row.cell, row.due)));
        question.hidden_row = self.situation.hidden_rows.get(&(known.file.id.clone(), known.post.due)).copied();
        question.answer = question.answer_in(self.situation.answers);
        let answer = question.answer;
        self.questions.push(question);
        answer
    }

    /// Whether a post that people kept earlier leaves: only by its name.
    fn kept(&mut self, file: &ImportedFile, post: &FilePost) -> bool {
        let PostOwner::Kept(source) = &post.owner else { return false };
        let question = Question::new(QuestionKind::Removed, file, post).with_row(None);
        if question.named_answer_in(self.situation.answers) == Some(Answer::Delete) {
            self.questions.push(Question { answer: Some(Answer::Delete), ..question });
            return true;
        }
        if **source == *self.situation.source {
            self.kept_before.push(question);
        }
        false
    }

    pub(super) fn notes(&self) -> Vec<Text> {
        let mut notes = Vec::new();
        for (source, count) in &self.adopted {
            let source = file_of(source);
            notes.push(text!(
                en: "imported from `{source}` before, and the same: {count}; not posted twice",
                zh: "有 {count} 条以前从“{source}”导入过，完全一样：不会发两次"
            ));
        }
        for (name, row) in &self.renamed {
            let number = row.cell.row + 1;
            notes.push(text!(
                en: "row {number} has {name} under another campaign name: it is still one post",
                zh: "第 {number} 行给{name}换了活动名称：还是同一条，只发一次",
                name = name
            ));
        }
        for (before, row) in &self.retimed {
            let number = row.cell.row + 1;
            notes.push(text!(
                en: "row {number} moves a post from {before} to {now}",
                zh: "第 {number} 行把{before}的一条改到了 {now}",
                before = when::date_time(*before),
                now = Text::quoted(row.due.format("%H:%M").to_string())
            ));
        }
        if let Some(first) = self.kept_before.first() {
            let count = self.kept_before.len();
            let (name, shown) = (first.name_among(&self.kept_before), first.title.as_deref().unwrap_or_default());
            notes.push(text!(
                en: "kept earlier and not in the sheet: {count}, the first at {due} {shown}; `--removed \"delete={name}\"` removes it",
                zh: "表里没有、以前决定保留的有 {count} 条，第一条是{due} {shown}；不再发表请加上 `--removed \"delete={name}\"`",
                due = when::date_time(first.due)
            ));
        }
        notes
    }

    pub(super) fn of(&self, file: &ImportedFile, post: &FilePost) -> &Outcome {
        &self.outcomes[&(Arc::clone(&file.path), post.due)]
    }
}

/// A post of a file by its time and name.
fn named(known: &KnownPost<'_>) -> Text {
    let due = when::date_time(known.post.due);
    match &known.file.title {
        Some(title) => text!(en: "`{title}` at {due}", zh: "{due}的“{title}”", due = due),
        None => text!(en: "the post at {due}", zh: "{due}的那一条", due = due),
    }
}

fn imported_elsewhere(row: &RowPost<'_>, known: &KnownPost<'_>) -> CellFinding {
    let sheet = file_of(known.post.owner.source());
    let mut finding = CellFinding::error(
        "twin-post",
        row.cell,
        text!(
            en: "this was imported from `{sheet}` before: {what}",
            zh: "这一条以前从“{sheet}”导入过：{what}",
            what = named(known)
        ),
    )
    .with_help(text!(
        en: "remove the row: that post stays. If this sheet is the new version of `{sheet}`, add `--replaces \"{sheet}\"`",
        zh: "请删掉这一行，原来那一条照常发表；如果这张表是“{sheet}”的新版本，请加上 `--replaces \"{sheet}\"`"
    ));
    finding.files.push((Arc::clone(&known.file.path), text!(en: "the post of that sheet", zh: "那张表的那一条")));
    finding
}
