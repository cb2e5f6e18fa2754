//! The rows of a spreadsheet, indexed for the comparison with the posts of earlier imports.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{NaiveDateTime, TimeDelta};

use super::answers::is_one_of;
use super::audience_set::AudienceSet;
use super::content::ContentKey;
use super::imported_file::{FilePost, ImportedFile, PostOwner};
use super::past_rows::is_over;
use super::planned::PlannedCampaign;
use super::question::file_of;
use super::situation::Situation;
use super::source_file_name::are_versions;
use super::table::Position;

/// How long after its time a post of the sheet is still taken for one that a new row posts again.
const REPEAT_WINDOW: TimeDelta = TimeDelta::days(7);

/// Rows before and after a post that are compared with it, so that the work is not quadratic in equal texts.
const MAX_CANDIDATES: usize = 64;

/// A row, as a post of a file is compared with it.
#[derive(Clone, Debug)]
pub(super) struct RowPost<'a> {
    pub(super) id: &'a str,
    pub(super) due: NaiveDateTime,
    pub(super) cell: Position,
    /// Without a campaign name: the id comes from time and audience.
    is_unnamed: bool,
    content: ContentKey,
    audience: AudienceSet,
    /// No file has its campaign and time.
    is_new: bool,
}

/// A post of a file with what it is compared by.
#[derive(Clone, Debug)]
pub(super) struct KnownPost<'a> {
    pub(super) file: &'a ImportedFile,
    pub(super) post: &'a FilePost,
    content: ContentKey,
    audience: AudienceSet,
}

/// The rows by what identifies them.
pub(super) struct PostIndex<'a> {
    situation: &'a Situation<'a>,
    rows: Vec<RowPost<'a>>,
    by_slot: HashMap<(&'a str, NaiveDateTime), usize>,
    by_content: HashMap<ContentKey, Vec<usize>>,
}

/// Each post of the files.
pub(super) fn known_posts<'a>(files: &'a [ImportedFile], situation: &Situation<'_>) -> Vec<KnownPost<'a>> {
    let of_file = |file: &'a ImportedFile| {
        let audience = situation.resolver.resolve(&file.audience);
        file.posts.iter().map(move |post| KnownPost {
            file,
            post,
            content: post.content.key(),
            audience: audience.clone(),
        })
    };
    files.iter().flat_map(of_file).collect()
}

impl<'a> KnownPost<'a> {
    pub(super) fn key(&self) -> (Arc<str>, NaiveDateTime) {
        (Arc::clone(&self.file.path), self.post.due)
    }

    fn slot(&self) -> (&'a str, NaiveDateTime) {
        (&self.file.id, self.post.due)
    }
}

impl<'a> PostIndex<'a> {
    pub(super) fn new(planned: &'a [PlannedCampaign], known: &[KnownPost<'_>], situation: &'a Situation<'a>) -> Self {
        let slots: HashSet<(&str, NaiveDateTime)> = known.iter().map(KnownPost::slot).collect();
        let mut index = Self { situation, rows: Vec::new(), by_slot: HashMap::new(), by_content: HashMap::new() };
        for campaign in planned {
            let audience = situation.resolver.resolve(&campaign.audience);
            let id = campaign.id.as_str();
            for post in &campaign.posts {
                let content = post.content.key();
                let at = index.rows.len();
                index.by_slot.insert((id, post.due), at);
                index.by_content.entry(content.clone()).or_default().push(at);
                index.rows.push(RowPost {
                    id,
                    due: post.due,
                    cell: post.cell,
                    is_unnamed: campaign.title.is_none(),
                    content,
                    audience: audience.clone(),
                    is_new: !slots.contains(&(id, post.due)),
                });
            }
        }
        for rows in index.by_content.values_mut() {
            rows.sort_unstable_by_key(|at| index.rows[*at].due);
        }
        index
    }

    /// The row with the campaign and time of a post.
    pub(super) fn at_slot(&self, known: &KnownPost<'_>) -> Option<&RowPost<'a>> {
        self.by_slot.get(&known.slot()).map(|at| &self.rows[*at])
    }

    /// A new row of another campaign that would post the same to some of the same people at the same time.
    pub(super) fn at_same_time(&self, known: &KnownPost<'_>) -> Option<&RowPost<'a>> {
        let overlaps = |row: &RowPost<'_>| self.situation.resolver.overlap(&row.audience, &known.audience);
        self.with_content_at_time(known).find(|row| row.is_new && overlaps(row))
    }

    /// The rows with the content of a post, in the order of their times, and the number of those before it.
    fn with_content(&self, known: &KnownPost<'_>) -> (&[usize], usize) {
        let rows = self.by_content.get(&known.content).map_or(&[][..], Vec::as_slice);
        (rows, rows.partition_point(|at| self.rows[*at].due < known.post.due))
    }

    fn with_content_at_time(&self, known: &KnownPost<'_>) -> impl Iterator<Item = &RowPost<'a>> {
        let (rows, first) = self.with_content(known);
        let due = known.post.due;
        rows[first..].iter().map(|at| &self.rows[*at]).take_while(move |row| row.due == due)
    }

    /// The other spreadsheets of which this one is a new version: it has most of their posts, or most of its rows are
    /// theirs, or the names of the files say so and some rows agree.
    pub(super) fn former_versions(&self, known: &[KnownPost<'_>]) -> HashSet<Arc<str>> {
        #[derive(Default)]
        struct Count {
            posts: usize,
            same: usize,
            same_slot: usize,
        }
        let mut counts: HashMap<&Arc<str>, Count> = HashMap::new();
        for post in known {
            let PostOwner::Sheet(source) = &post.post.owner else { continue };
            if **source == *self.situation.source || is_over(post.post.due, self.situation.now) {
                continue;
            }
            let count = counts.entry(source).or_default();
            count.posts += 1;
            let row = self.at_slot(post);
            count.same_slot += usize::from(row.is_some());
            count.same += usize::from(match row {
                Some(row) => row.is_same(post),
                None => self.with_content_at_time(post).any(|row| row.is_same(post)),
            });
        }
        let rows = self.rows.iter().filter(|row| !is_over(row.due, self.situation.now)).count();
        let own = self.situation.source;
        let is_version = |(source, count): &(&Arc<str>, Count)| {
            let is_named = self.situation.answers.replaces.iter().any(|it| is_one_of(it, &[source, file_of(source)]));
            let has_most = count.same * 2 > count.posts || count.same * 2 > rows;
            is_named || count.same > 0 && has_most || count.same_slot > 0 && are_versions(source, own)
        };
        counts.into_iter().filter(is_version).map(|(source, _)| Arc::clone(source)).collect()
    }

    /// For posts without a row at their time: the new row that is like each, nearest times first, each row once.
    pub(super) fn pairs(&self, known: &[KnownPost<'_>]) -> HashMap<(Arc<str>, NaiveDateTime), &RowPost<'a>> {
        let now = self.situation.now;
        let mut candidates = Vec::new();
        for (at, post) in known.iter().enumerate() {
            let due = post.post.due;
            let is_mine = **post.post.owner.source() == *self.situation.source;
            if due <= now && (!is_mine || due < now - REPEAT_WINDOW)
                || self.at_slot(post).is_some()
                || self.at_same_time(post).is_some()
            {
                continue;
            }
            let (rows, first) = self.with_content(post);
            let (before, after) = rows.split_at(first);
            let near = before.iter().rev().take(MAX_CANDIDATES).chain(after.iter().take(MAX_CANDIDATES));
            let like = near.filter(|row| {
                let row = &self.rows[**row];
                row.is_new
                    && (row.audience == post.audience
                        || row.due.date() == due.date()
                            && self.situation.resolver.overlap(&row.audience, &post.audience))
            });
            candidates.extend(like.map(|row| ((self.rows[*row].due - due).abs(), at, *row)));
        }
        candidates.sort_unstable();
        let (mut used_rows, mut pairs) = (HashSet::new(), HashMap::new());
        for (_, post, row) in candidates {
            let key = known[post].key();
            if !pairs.contains_key(&key) && used_rows.insert(row) {
                pairs.insert(key, &self.rows[row]);
            }
        }
        pairs
    }
}

impl RowPost<'_> {
    /// Whether the row belongs to the campaign of a file, as far as its name tells.
    pub(super) fn is_of(&self, file: &ImportedFile) -> bool {
        self.id == file.id || self.is_unnamed && file.title.is_none()
    }

    /// Whether both post the same to the same people.
    pub(super) fn is_same(&self, known: &KnownPost<'_>) -> bool {
        self.content == known.content && self.audience == known.audience
    }
}
