//! Merges the rows of a spreadsheet with the posts of earlier imports.
//!
//! The unit is a post: one time of one campaign. A spreadsheet decides only about posts that came from it. A post that is
//! still to come leaves a file only after people have said so; each one in doubt is a [`Question`].

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::answers::is_one_of;
use super::content::PostContent;
use super::decide::{Decided, Outcome};
use super::finding::CellFinding;
use super::imported_file::{DIRECTORY, FilePost, ImportedFile, PostOwner};
use super::past_rows::{is_over, leave_out_past};
use super::planned::PlannedCampaign;
use super::post_index::{PostIndex, known_posts};
use super::question::{Question, file_of};
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

/// One post of a merged campaign, from a row or kept from its file.
#[derive(Clone, Debug)]
pub struct MergedPost {
    pub due: NaiveDateTime,
    pub content: PostContent,
    pub owner: PostOwner,
    /// The date in its row; nothing where the sheet has no row for it.
    pub cell: Option<Position>,
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
    let known = known_posts(files, situation);
    let rows = PostIndex::new(&planned, &known, situation);
    let mut decided = Decided::new(&rows, &known, situation);
    known.iter().for_each(|post| decided.decide(post));
    result.questions = std::mem::take(&mut decided.questions);
    result.questions.sort_by(|one, other| (one.due, &one.file).cmp(&(other.due, &other.file)));
    result.notes.append(&mut decided.notes());
    for (name, _) in &situation.answers.by_name {
        if !result.questions.iter().any(|question| question.is_named(name).is_some()) {
            result.notes.push(text!(en: "nothing to decide about `{name}`", zh: "没有要决定的“{name}”"));
        }
    }
    findings.append(&mut decided.findings);
    let by_path: HashMap<&str, &ImportedFile> = files.iter().map(|file| (&*file.path, file)).collect();
    let mut used = HashSet::new();
    for campaign in &planned {
        let path = file_path(campaign.id.as_str());
        let file = by_path.get(path.as_str()).copied();
        used.insert(path);
        result.campaigns.push(with_rows(campaign, file, &decided, findings, &mut result.notes));
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
    findings: &mut Vec<CellFinding>,
    notes: &mut Vec<Text>,
) -> MergedCampaign {
    let situation = decided.situation;
    let source: Arc<str> = situation.source.into();
    let mut posts: Vec<MergedPost> = Vec::with_capacity(planned.posts.len());
    let own = planned.posts.iter().map(|post| MergedPost {
        due: post.due,
        content: post.content.clone(),
        owner: PostOwner::Sheet(Arc::clone(&source)),
        cell: Some(post.cell),
    });
    posts.extend(own);
    let resolve = |audience| situation.resolver.resolve(audience);
    let is_same_audience = file.is_some_and(|file| resolve(&file.audience) == resolve(&planned.audience));
    let names = [planned.id.as_str(), planned.title.as_ref().map_or("", |title| &title.value)];
    let gives_audience = situation.answers.same_audience.iter().any(|it| is_one_of(it, &names));
    let mut conflict: Option<(&ImportedFile, &FilePost)> = None;
    let mut has_others = false;
    let mut taken_along = 0;
    for (file, post) in file.into_iter().flat_map(|file| file.posts.iter().map(move |post| (file, post))) {
        let Outcome::Stays(owner) = decided.of(file, post) else { continue };
        // The sheet decides about the audience of its own posts, those that were kept included.
        if !is_same_audience && !gives_audience && **owner.source() != *situation.source {
            if !is_over(post.due, situation.now) {
                conflict = conflict.or(Some((file, post)));
            }
            continue;
        }
        has_others = true;
        if !is_same_audience && !is_over(post.due, situation.now) {
            taken_along += 1;
        }
        posts.push(MergedPost {
            due: post.due,
            content: post.content.clone().at(planned.cell),
            owner: owner.clone(),
            cell: None,
        });
    }
    if let Some((file, post)) = conflict {
        findings.push(other_audience(planned, file, post));
    }
    if taken_along > 0 {
        let name = planned.title.as_ref().map_or(planned.id.as_str(), |title| &title.value);
        notes.push(text!(
            en: "`{name}`: {taken_along} posts that this sheet does not have get its audience too",
            zh: "“{name}”：表里没有的 {taken_along} 条，发表范围也改成和这张表一样"
        ));
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
        posts.push(MergedPost { due: post.due, content: post.content.clone(), owner, cell: None });
    }
    let is_history = |post: &MergedPost| {
        is_over(post.due, decided.situation.now) && **post.owner.source() == *decided.situation.source
    };
    // That people keep posts is not noted in a file that they edited: it stays theirs.
    let only_notes = posts.len() == file.posts.len();
    if !is_changed || only_notes && !file.is_untouched {
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

fn other_audience(planned: &PlannedCampaign, file: &ImportedFile, post: &FilePost) -> CellFinding {
    let sheet = file_of(post.owner.source());
    let due = when::date_time(post.due);
    let at = planned.audience.cell().unwrap_or(planned.cell);
    let name = planned.title.as_ref().map_or(planned.id.as_str(), |title| &title.value);
    let (here, there) = (in_words(&planned.audience), in_words(&file.audience));
    let mut finding = CellFinding::error(
        "mixed-audience",
        at,
        text!(
            en: "one campaign, two audiences: {here} here, {there} for the post at {due} of `{sheet}`",
            zh: "同一个活动的发表范围不一样：这里是{here}，“{sheet}”里{due}那一条是{there}",
            due = due, here = here, there = there
        ),
    )
    .with_help(text!(
        en: "give the posts of that sheet this audience too: add `--same-audience \"{name}\"`, and change that sheet as well; to keep both, give the rows of this sheet another name in the column `campaign`",
        zh: "那张表的也要改成这里的：请加上 `--same-audience \"{name}\"`，那张表也记得改；两种都要：请在这张表的“活动”列换个名称"
    ));
    finding.files.push((Arc::clone(&file.path), text!(en: "the other audience", zh: "另一个发表范围")));
    finding
}

/// Who gets a post, as the cells say it.
fn in_words(audience: &RowAudience) -> Text {
    let words: Vec<&str> = audience.words().into_iter().flatten().collect();
    Text::of(words.join(", "), words.join("、"))
}

/// The sources of the posts that stay in a campaign, besides its own.
pub fn other_sources(campaign: &MergedCampaign) -> BTreeSet<&str> {
    campaign.posts.iter().map(|post| &**post.owner.source()).filter(|source| *source != &*campaign.source).collect()
}
