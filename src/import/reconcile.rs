//! Merges the rows of a spreadsheet with the posts of earlier imports.
//!
//! The unit is a post: one time of one campaign. A spreadsheet decides only about posts that came from it. A post that is
//! still to come leaves a file only after people have said so; each one in doubt is a [`Question`].

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::answers::is_one_of;
use super::content::{PostContent, audience_words};
use super::decide::{Decided, Outcome, RowIndex};
use super::finding::CellFinding;
use super::imported_file::{DIRECTORY, FilePost, ImportedFile, PostOwner};
use super::past_rows::{is_over, leave_out_past};
use super::planned::PlannedCampaign;
use super::question::Question;
use super::row::{At, RowAudience};
use super::situation::Situation;
use super::table::Position;
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
    /// Whether the spreadsheet has no row of this campaign, so that it changes only by answers to questions.
    pub has_no_rows: bool,
}

#[derive(Clone, Debug)]
pub struct MergedPost {
    pub due: NaiveDateTime,
    pub content: PostContent,
    pub owner: PostOwner,
    pub cell: Position,
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
    // `both_at_once` reports two rows with the same time.
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
            due = when::date_time(due)
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
    let due = when::date_time(post.due);
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
