//! Puts the rows of a spreadsheet and the posts of earlier imports together.
//!
//! The unit is a post: one time of one campaign. A spreadsheet decides only about posts that came from it. A post that is
//! still to come leaves a file only after people have said so; each one in doubt is a [`Question`].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{NaiveDateTime, TimeDelta};

use super::answers::{Answer, Answers, is_one_of};
use super::content::{PostContent, PostKey, audience_words};
use super::finding::CellFinding;
use super::imported_file::{DIRECTORY, FilePost, ImportedFile, PostOwner};
use super::planned::{PlannedCampaign, PlannedPost};
use super::row::{At, RowAudience};
use super::table::Position;
use crate::campaign::DEFAULT_MAX_LATENESS;
use crate::text::{Text, when};

/// A campaign file as it will be written.
#[derive(Clone, Debug)]
pub struct MergedCampaign {
    pub id: String,
    pub title: Option<At<String>>,
    pub owner: Option<At<String>>,
    pub allow: Vec<At<String>>,
    pub audience: RowAudience,
    /// In the order of their times; at least one.
    pub posts: Vec<MergedPost>,
    /// The cell that stands for the campaign as a whole.
    pub cell: Position,
    /// The source that posts without a comment of their own come from.
    pub source: Arc<str>,
    /// No row is about it: only the answer to a question changes it.
    pub has_no_rows: bool,
}

#[derive(Clone, Debug)]
pub struct MergedPost {
    pub due: NaiveDateTime,
    pub content: PostContent,
    pub owner: PostOwner,
    pub cell: Position,
}

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

/// What an import makes of rows and files.
#[derive(Debug, Default)]
pub struct Reconciled {
    /// In the order of the rows, then of the files.
    pub campaigns: Vec<MergedCampaign>,
    /// Files that lose all their posts.
    pub emptied: Vec<Arc<str>>,
    /// In the order of their times.
    pub questions: Vec<Question>,
    pub notes: Vec<Text>,
}

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

/// Puts rows and files together.
pub fn reconcile(
    mut planned: Vec<PlannedCampaign>,
    files: &[ImportedFile],
    situation: &Situation<'_>,
    findings: &mut Vec<CellFinding>,
) -> Reconciled {
    let mut result = Reconciled::default();
    leave_out_past(&mut planned, files, situation, findings, &mut result.notes);
    let rows = RowIndex::new(&planned, files);
    let mut decided = Decided::new(&rows, files, situation);
    for file in files {
        for post in &file.posts {
            decided.decide(file, post);
        }
    }
    result.questions = std::mem::take(&mut decided.questions);
    result.questions.sort_by(|one, other| (one.due, &one.file).cmp(&(other.due, &other.file)));
    result.notes.append(&mut decided.notes());
    for (name, _) in &situation.answers.by_name {
        if !result.questions.iter().any(|question| is_one_of(name, &question.names())) {
            result.notes.push(text!(en: "nothing to decide about `{name}`", zh: "没有要决定的“{name}”"));
        }
    }
    findings.extend(decided.conflicts.iter().map(|(file, due, cell)| both_at_once(file, *due, *cell)));
    let by_path: HashMap<&str, &ImportedFile> = files.iter().map(|file| (&*file.path, file)).collect();
    let mut used = HashSet::new();
    for campaign in &planned {
        let path = file_path(campaign.id.as_str());
        let file = by_path.get(path.as_str()).copied();
        used.insert(path);
        result.campaigns.push(with_rows(campaign, file, &decided, situation, findings));
    }
    for file in files.iter().filter(|file| !used.contains(&*file.path)) {
        without_rows(file, &decided, &mut result);
    }
    result
}

/// The path of an imported campaign from the book's top.
pub fn file_path(id: &str) -> String {
    format!("{DIRECTORY}/{id}.toml")
}

/// Whether a post that was due then can no longer be sent.
fn is_over(due: NaiveDateTime, now: NaiveDateTime) -> bool {
    due + TimeDelta::from_std(DEFAULT_MAX_LATENESS).unwrap_or_default() < now
}

/// Leaves out rows whose time was over before they were imported: nothing posts them.
fn leave_out_past(
    planned: &mut Vec<PlannedCampaign>,
    files: &[ImportedFile],
    situation: &Situation<'_>,
    findings: &mut Vec<CellFinding>,
    notes: &mut Vec<Text>,
) {
    let mut known = HashSet::new();
    let mut same = HashSet::new();
    for file in files {
        for post in &file.posts {
            known.insert((file.id.as_str(), post.due));
            same.insert((PostKey::of(&post.content, &file.audience), post.due));
        }
    }
    let (mut skipped, mut elsewhere) = (Vec::new(), Vec::new());
    for campaign in planned.iter_mut() {
        let id = campaign.id.to_string();
        let audience = campaign.audience.clone();
        campaign.posts.retain(|post| {
            if post.due >= situation.now || known.contains(&(id.as_str(), post.due)) {
                return true;
            }
            if same.contains(&(PostKey::of(&post.content, &audience), post.due)) {
                elsewhere.push(post.cell.row);
            } else if situation.skip_past {
                skipped.push(post.cell.row);
            } else {
                findings.push(past_time(post));
                return true;
            }
            false
        });
    }
    planned.retain(|campaign| !campaign.posts.is_empty());
    for (mut rows, is_known) in [(skipped, false), (elsewhere, true)] {
        if rows.is_empty() {
            continue;
        }
        rows.sort_unstable();
        let rows = super::row::row_list(&rows);
        notes.push(match is_known {
            false => text!(en: "{rows} in the past: left out", zh: "{rows}时间已过：没有导入", rows = rows),
            true => text!(
                en: "{rows} in the past and imported before under another name: left out",
                zh: "{rows}时间已过，以前用别的名称导入过：没有再导入",
                rows = rows
            ),
        });
    }
}

fn past_time(post: &PlannedPost) -> CellFinding {
    let due = when::moment(post.due);
    CellFinding::error(
        "past-time",
        post.cell,
        text!(en: "{due} is in the past: it would never be posted", zh: "{due}已经过了，不会再发表", due = due),
    )
    .with_help(text!(
        en: "correct the date or remove the row; to leave all rows in the past out, add `--skip-past`",
        zh: "请改正日期，或者删掉这一行；要跳过所有已过时间的行，请加上 `--skip-past`"
    ))
}

/// A row, as a post of a file is compared with it.
#[derive(Clone, Copy, Debug)]
struct RowRef {
    due: NaiveDateTime,
    cell: Position,
    /// No file has its campaign and time.
    is_new: bool,
}

/// The rows by what identifies them.
struct RowIndex<'a> {
    by_time: HashMap<(&'a str, NaiveDateTime), PostKey>,
    by_key: HashMap<PostKey, Vec<(&'a str, RowRef)>>,
}

impl<'a> RowIndex<'a> {
    fn new(planned: &'a [PlannedCampaign], files: &[ImportedFile]) -> Self {
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
struct Decided<'a> {
    rows: &'a RowIndex<'a>,
    situation: &'a Situation<'a>,
    /// Other spreadsheets of which this one has rows.
    related: HashSet<Arc<str>>,
    /// How many posts of this spreadsheet each day loses, by content and audience.
    leaving: HashMap<(PostKey, chrono::NaiveDate), usize>,
    outcomes: HashMap<(Arc<str>, NaiveDateTime), Outcome>,
    questions: Vec<Question>,
    /// Posts that another spreadsheet imported and this one has too, by source.
    adopted: BTreeMap<Arc<str>, usize>,
    retimed: Vec<(NaiveDateTime, RowRef)>,
    kept_before: Vec<(NaiveDateTime, Option<String>)>,
    /// Posts that people keep although a row has their campaign and time.
    conflicts: Vec<(Arc<str>, NaiveDateTime, Position)>,
}

/// What happens to a post of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// A row has its campaign and time.
    Row,
    Stays(PostOwner),
    Leaves,
}

impl<'a> Decided<'a> {
    fn new(rows: &'a RowIndex<'a>, files: &[ImportedFile], situation: &'a Situation<'a>) -> Self {
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

    fn decide(&mut self, file: &ImportedFile, post: &FilePost) {
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
        let mut question = question(kind, file, post);
        question.row = row.map(|row| (row.cell, row.due));
        question.answer = self.situation.answers.of(&question.names());
        let answer = question.answer;
        self.questions.push(question);
        answer
    }

    /// A post that people kept earlier leaves only by its name.
    fn kept(&mut self, file: &ImportedFile, post: &FilePost) -> Option<Answer> {
        let PostOwner::Kept(source) = &post.owner else { return None };
        let question = question(QuestionKind::Removed, file, post);
        if self.situation.answers.by_name(&question.names()) == Some(Answer::Delete) {
            self.questions.push(Question { answer: Some(Answer::Delete), ..question });
            return Some(Answer::Delete);
        }
        if **source == *self.situation.source {
            self.kept_before.push((post.due, question.title.or(Some(question.campaign))));
        }
        None
    }

    fn notes(&self) -> Vec<Text> {
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
                before = when::moment(*before),
                now = Text::quoted(row.due.format("%H:%M").to_string())
            ));
        }
        if let Some((due, name)) = self.kept_before.first() {
            let count = self.kept_before.len();
            let name = name.clone().unwrap_or_default();
            notes.push(text!(
                en: "kept earlier and not in the sheet: {count}, the first `{name}` at {due}; `--removed \"delete={name}\"` removes it",
                zh: "表里没有、以前决定保留的有 {count} 条，第一条是“{name}”{due}；不再发表请加上 `--removed \"delete={name}\"`",
                due = when::moment(*due)
            ));
        }
        notes
    }

    fn of(&self, file: &ImportedFile, post: &FilePost) -> &Outcome {
        &self.outcomes[&(Arc::clone(&file.path), post.due)]
    }
}

fn question(kind: QuestionKind, file: &ImportedFile, post: &FilePost) -> Question {
    Question {
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

impl Question {
    /// The names by which an answer may mean it.
    fn names(&self) -> Vec<&str> {
        let file_name = self.file.rsplit('/').next().unwrap_or_default();
        let sheet_file = self.source.rsplit_once('!').map_or(&*self.source, |(file, _)| file);
        let mut names = vec![&*self.campaign, &*self.file, file_name, &*self.source, sheet_file];
        names.extend(self.title.as_deref());
        names
    }
}

/// A campaign that rows are about, with what its file has besides.
fn with_rows(
    planned: &PlannedCampaign,
    file: Option<&ImportedFile>,
    decided: &Decided<'_>,
    situation: &Situation<'_>,
    findings: &mut Vec<CellFinding>,
) -> MergedCampaign {
    let source: Arc<str> = situation.source.into();
    let mut posts: Vec<MergedPost> = Vec::with_capacity(planned.posts.len());
    let own = planned.posts.iter().map(|post| MergedPost {
        due: post.due,
        content: post.content.clone(),
        owner: PostOwner::Sheet(Arc::clone(&source)),
        cell: post.cell,
    });
    posts.extend(own);
    let is_same_audience = file.is_some_and(|file| audience_words(&file.audience) == audience_words(&planned.audience));
    let mut conflict: Option<(&ImportedFile, &FilePost)> = None;
    let mut has_others = false;
    for (file, post) in file.into_iter().flat_map(|file| file.posts.iter().map(move |post| (file, post))) {
        let Outcome::Stays(owner) = decided.of(file, post) else { continue };
        if !is_same_audience {
            if !is_over(post.due, situation.now) {
                conflict = conflict.or(Some((file, post)));
            }
            continue;
        }
        has_others = true;
        posts.push(MergedPost {
            due: post.due,
            content: post.content.clone().at(planned.cell),
            owner: owner.clone(),
            cell: planned.cell,
        });
    }
    if let Some((file, post)) = conflict {
        findings.push(other_audience(planned, file, post));
    }
    posts.sort_by_key(|post| post.due);
    // Two rows at one time are a finding of their own.
    posts.dedup_by_key(|post| post.due);
    let of_file = |value: Option<&String>| value.map(|value| At { value: value.clone(), at: planned.cell });
    let others = file.filter(|_| has_others);
    let mut allow = planned.allow.clone();
    for code in others.into_iter().flat_map(|file| &file.allow) {
        if allow.iter().all(|it| it.value != *code) {
            allow.push(At { value: code.clone(), at: planned.cell });
        }
    }
    MergedCampaign {
        id: planned.id.to_string(),
        title: planned.title.clone().or_else(|| of_file(others?.title.as_ref())),
        owner: planned.owner.clone().or_else(|| of_file(others?.owner.as_ref())),
        allow,
        audience: planned.audience.clone(),
        posts,
        cell: planned.cell,
        source,
        has_no_rows: false,
    }
}

/// A file that no row is about.
fn without_rows(file: &ImportedFile, decided: &Decided<'_>, result: &mut Reconciled) {
    let mut is_changed = false;
    let mut posts = Vec::new();
    for post in &file.posts {
        let owner = match decided.of(file, post) {
            Outcome::Leaves => {
                is_changed = true;
                continue;
            }
            Outcome::Stays(owner) => owner.clone(),
            Outcome::Row => post.owner.clone(),
        };
        is_changed |= owner != post.owner;
        posts.push(MergedPost { due: post.due, content: post.content.clone(), owner, cell: Position::default() });
    }
    let is_history = |post: &MergedPost| {
        is_over(post.due, decided.situation.now) && **post.owner.source() == *decided.situation.source
    };
    if !is_changed {
        return;
    }
    if posts.iter().all(is_history) {
        result.emptied.push(Arc::clone(&file.path));
        return;
    }
    let at = Position::default();
    let of = |value: &String| At { value: value.clone(), at };
    result.campaigns.push(MergedCampaign {
        id: file.id.clone(),
        title: file.title.as_ref().map(of),
        owner: file.owner.as_ref().map(of),
        allow: file.allow.iter().map(of).collect(),
        audience: file.audience.clone(),
        posts,
        cell: at,
        source: Arc::clone(&file.source),
        has_no_rows: true,
    });
}

fn both_at_once(file: &Arc<str>, due: NaiveDateTime, cell: Position) -> CellFinding {
    let mut finding = CellFinding::error(
        "same-time",
        cell,
        text!(
            en: "one campaign cannot post two contents at {due}",
            zh: "同一个活动不能在{due}发两条不同的内容",
            due = when::moment(due)
        ),
    )
    .with_help(text!(
        en: "give the row another name in the column `campaign` to post both, or take the other one out with `--removed delete`",
        zh: "两条都要发：请在“活动”列换个名称；只发这一条：请用 `--removed delete`"
    ));
    finding.files.push((Arc::clone(file), text!(en: "the other content", zh: "另一条内容")));
    finding
}

fn other_audience(planned: &PlannedCampaign, file: &ImportedFile, post: &FilePost) -> CellFinding {
    let source = post.owner.source();
    let due = when::moment(post.due);
    let at = planned.audience.cell().unwrap_or(planned.cell);
    let mut finding = CellFinding::error(
        "mixed-audience",
        at,
        text!(
            en: "one campaign, two audiences: `{source}` gives it another one for {due}",
            zh: "同一个活动的发表范围不一样：“{source}”里{due}那一条的发表范围和这里不同",
            due = due
        ),
    )
    .with_help(text!(
        en: "write the same audience, or give the rows of this sheet another name in the column `campaign`",
        zh: "请把发表范围改成一样的，或者在这张表的“活动”列换个名称"
    ));
    finding.files.push((Arc::clone(&file.path), text!(en: "the other audience", zh: "另一个发表范围")));
    finding
}

/// The sources of the posts that stay in a campaign, besides its own.
pub fn other_sources(campaign: &MergedCampaign) -> BTreeSet<&str> {
    campaign.posts.iter().map(|post| &**post.owner.source()).filter(|source| *source != &*campaign.source).collect()
}
