//! A campaign file that an import wrote: its posts, and which spreadsheet each of them came from.

use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use toml::value::Datetime;

use super::content::{PostContent, audience_of_file, audience_words};
use super::row::RowAudience;
use crate::book::{ParsedCampaign, SourceFile, Spanned, read_campaign};
use crate::ids::Sha256;
use crate::text::{Lang, StaticText};

/// The directory of a book that imported campaigns are written to.
pub const DIRECTORY: &str = "imported";
/// Stands before the digest in the second line of an imported file.
pub(super) const MARK: &str = "# drumbeat import ";
/// Prefix of the source in the comment of a post that the user decided to keep.
pub(super) const KEPT_MARK: StaticText = StaticText { en: "kept: ", zh: "保留：" };

/// An imported campaign file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedFile {
    /// From the book's top.
    pub path: Arc<str>,
    pub id: String,
    pub title: Option<String>,
    pub owner: Option<String>,
    pub allow: Vec<String>,
    pub audience: RowAudience,
    /// In the order of the file.
    pub posts: Vec<FilePost>,
    /// The source in the second line: of every post that names none.
    pub source: Arc<str>,
    /// Whether the file was not edited since the import.
    pub is_untouched: bool,
    /// An import could have written all of it.
    pub is_plain: bool,
}

/// One time of an imported file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePost {
    pub due: NaiveDateTime,
    pub content: PostContent,
    pub owner: PostOwner,
}

/// Who decides about a post of an imported file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PostOwner {
    /// The spreadsheet with this source name: it has, or had, a row for it.
    Sheet(Arc<str>),
    /// People: it is no longer in this spreadsheet and was kept.
    Kept(Arc<str>),
}

impl PostOwner {
    /// The spreadsheet that it came from.
    pub fn source(&self) -> &Arc<str> {
        let (Self::Sheet(source) | Self::Kept(source)) = self;
        source
    }

    /// Of the comment beside a time.
    fn of_comment(comment: &str) -> Option<Self> {
        let comment = comment.trim();
        let kept = Lang::ALL.into_iter().find_map(|lang| comment.strip_prefix(KEPT_MARK.get(lang)));
        match kept {
            Some(source) => Some(Self::Kept(source.into())),
            None => comment.contains('!').then(|| Self::Sheet(comment.into())),
        }
    }
}

/// Where an imported file came from, and whether it is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin<'a> {
    source: &'a str,
    is_untouched: bool,
}

/// Reads the head of a file; `None` if it was not imported.
fn origin(text: &str) -> Option<Origin<'_>> {
    let (_, after_first) = text.split_once('\n')?;
    let (second, body) = after_first.split_once('\n')?;
    let (digest, source) = second.trim_end_matches('\r').strip_prefix(MARK)?.split_once(' ')?;
    // A checkout may have changed the line ends.
    let is_untouched = digest == Sha256::of(body.replace("\r\n", "\n").as_bytes()).to_string();
    Some(Origin { source, is_untouched })
}

/// The text without the two lines that say where it came from; all of it if it was not imported.
pub fn body(text: &str) -> &str {
    match origin(text) {
        Some(_) => text.splitn(3, '\n').nth(2).unwrap_or_default(),
        None => text,
    }
}

impl ImportedFile {
    /// Reads a campaign file; `None` if it was not imported.
    pub fn read(file: &SourceFile) -> Option<Self> {
        let text = file.text().replace("\r\n", "\n");
        let origin = origin(&text)?;
        let source: Arc<str> = origin.source.into();
        let parsed = read_campaign(&Arc::new(SourceFile::new(&file.path, &text)));
        let at = parsed.schedule.as_ref().and_then(|schedule| schedule.at.as_ref());
        let times: Vec<(Option<NaiveDateTime>, PostOwner)> = at
            .iter()
            .flat_map(|at| &at.value)
            .map(|time| {
                (local(&time.value), owner_beside(&text, time).unwrap_or(PostOwner::Sheet(Arc::clone(&source))))
            })
            .collect();
        let contents: Vec<Option<PostContent>> =
            parsed.contents.iter().map(|content| PostContent::of_file(content, &file.path)).collect();
        let audience = parsed.visible_range.as_ref().and_then(|range| audience_of_file(range));
        let is_plain = has_only_imported_keys(&parsed)
            && audience.is_some()
            && times.iter().all(|(due, _)| due.is_some())
            && contents.iter().all(Option::is_some)
            && (contents.len() == 1 || contents.len() == times.len());
        let content = |at: usize| contents.get(at % contents.len().max(1)).cloned().flatten().unwrap_or_default();
        let posts = times.into_iter().enumerate();
        let posts = posts.filter_map(|(at, (due, owner))| Some(FilePost { due: due?, content: content(at), owner }));
        let word = |it: &Option<Spanned<String>>| it.as_ref().map(|it| it.value.clone());
        Some(Self {
            path: Arc::clone(&file.path),
            id: word(&parsed.id).unwrap_or_default(),
            title: word(&parsed.title),
            owner: word(&parsed.owner),
            allow: parsed.allow.iter().map(|code| code.value.clone()).collect(),
            audience: audience.unwrap_or_default(),
            posts: posts.collect(),
            source,
            is_untouched: origin.is_untouched,
            is_plain,
        })
    }

    /// Whether both say the same: what is posted, to whom, when, and who decides about it.
    pub fn says_same(&self, other: &Self) -> bool {
        let posts = |file: &Self| -> Vec<_> {
            file.posts
                .iter()
                .map(|post| (post.due, format!("{:?}", post.content.words()), post.owner.clone()))
                .collect()
        };
        (self.is_plain, other.is_plain) == (true, true)
            && (&self.id, &self.title, &self.owner, &self.allow)
                == (&other.id, &other.title, &other.owner, &other.allow)
            && audience_words(&self.audience) == audience_words(&other.audience)
            && posts(self) == posts(other)
    }
}

/// Whether a file has only what an import writes. Any other key was added by hand.
fn has_only_imported_keys(parsed: &ParsedCampaign) -> bool {
    let has_only_times = parsed.schedule.as_ref().is_some_and(|schedule| {
        let others = [
            schedule.cron.is_some(),
            schedule.day_match.is_some(),
            schedule.lunar.is_some(),
            schedule.timezone.is_some(),
            schedule.start.is_some(),
            schedule.end.is_some(),
            schedule.skip.is_some(),
            schedule.days.is_some(),
            schedule.on_day_off.is_some(),
            schedule.every.is_some(),
            schedule.max_runs.is_some(),
            schedule.max_lateness.is_some(),
        ];
        schedule.at.is_some() && !others.contains(&true)
    });
    parsed.parse_errors.is_empty() && parsed.id.is_some() && parsed.rotation.is_none() && has_only_times
}

/// The owner that the comment behind a time names.
fn owner_beside(text: &str, time: &Spanned<Datetime>) -> Option<PostOwner> {
    let line = text.get(time.span.end..)?.lines().next()?;
    let (before, comment) = line.split_once('#')?;
    before.chars().all(|c| c == ',' || c.is_whitespace()).then(|| PostOwner::of_comment(comment)).flatten()
}

fn local(written: &Datetime) -> Option<NaiveDateTime> {
    let (date, time) = (written.date?, written.time?);
    let date = NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())?;
    let time = NaiveTime::from_hms_opt(time.hour.into(), time.minute.into(), time.second.unwrap_or(0).into())?;
    written.offset.is_none().then(|| date.and_time(time))
}
