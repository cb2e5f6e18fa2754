//! A campaign file as it was written: each value that could be read, with its place, valid or not.
//!
//! These structs belong to the file format alone. What a run sends is a [`crate::post::Post`], made from a parsed
//! campaign that passed every check.

use std::fmt;
use std::sync::Arc;

use toml::value::Datetime;

use super::files::SourceFile;
use super::parse_error::{ParseError, is_sure};
use super::spanned::{SpanSet, Spanned};

/// A list with its place and the place of each entry.
pub type List<T> = Spanned<Vec<Spanned<T>>>;

/// A campaign file as written. Keys that are missing or not readable are `None`.
#[derive(Clone, Debug)]
pub struct ParsedCampaign {
    pub file: Arc<SourceFile>,
    pub id: Option<Spanned<String>>,
    pub title: Option<Spanned<String>>,
    pub owner: Option<Spanned<String>>,
    /// `[content]`, or each `[[content]]` in the order of the file.
    pub contents: Vec<Spanned<Content>>,
    pub rotation: Option<Spanned<RotationTable>>,
    pub visible_range: Option<Spanned<VisibleRange>>,
    pub schedule: Option<Spanned<ScheduleTable>>,
    pub allow: Vec<Spanned<String>>,
    pub parse_errors: Vec<ParseError>,
    /// The parts of the file that could not be read.
    pub unparsed: SpanSet,
}

impl ParsedCampaign {
    /// Whether the file allows a warning, by its code.
    pub fn allows(&self, code: &str) -> bool {
        self.allow.iter().any(|allowed| allowed.value == code)
    }

    /// The addresses of the links of its contents.
    pub fn link_urls(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.contents.iter().filter_map(|content| content.link.as_ref()?.url.as_ref())
    }

    /// The number of the content, from 1, that a byte of the file belongs to, where there are several.
    pub fn content_at(&self, at: usize) -> Option<usize> {
        if self.contents.len() < 2 {
            return None;
        }
        self.contents.iter().position(|content| content.extent.contains(at)).map(|place| place + 1)
    }

    /// Whether a missing key under `path` is certainly missing, and not hidden by a syntax error.
    pub fn is_sure(&self, path: &str) -> bool {
        is_sure(&self.parse_errors, path)
    }
}

/// `[content]`, or one `[[content]]`.
#[derive(Clone, Debug, Default)]
pub struct Content {
    pub text: Option<Spanned<String>>,
    pub images: Option<List<MediaRef>>,
    pub video: Option<Spanned<MediaRef>>,
    pub link: Option<Spanned<Link>>,
    /// The local dates that it is kept for.
    pub on: Option<List<Datetime>>,
    /// Its path in the parse_errors: `content`, or `content[2]` of several.
    pub path: String,
    /// The spans of the file that belong to this content.
    pub extent: SpanSet,
}

/// `[rotation]`
#[derive(Clone, Debug, Default)]
pub struct RotationTable {
    pub order: Option<Spanned<String>>,
    pub after_last: Option<Spanned<String>>,
}

impl Content {
    /// The path of one of its keys in the parse_errors: `content.link`, or `content[2].link` of several.
    pub fn path_of(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    /// Every picture and video that the content names, in the order of the file's keys.
    pub fn media(&self) -> impl Iterator<Item = &Spanned<MediaRef>> {
        let images = self.images.iter().flat_map(|images| images.value.iter());
        let cover = self.link.iter().filter_map(|link| link.cover.as_ref());
        images.chain(&self.video).chain(cover)
    }
}

/// A picture or video as a campaign names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaRef {
    /// As written: relative to the campaign file.
    Path(String),
    /// `{ media_id = "…" }`
    Id(String),
}

/// The `link` of a content.
#[derive(Clone, Debug, Default)]
pub struct Link {
    pub title: Option<Spanned<String>>,
    pub url: Option<Spanned<String>>,
    pub cover: Option<Spanned<MediaRef>>,
}

/// `[visible_range]`, and an audience of the policy.
#[derive(Clone, Debug, Default)]
pub struct VisibleRange {
    pub sender_list: Option<Spanned<SenderList>>,
    pub external_contact_list: Option<Spanned<ContactList>>,
    pub audience: Option<Spanned<String>>,
    pub all: Option<Spanned<bool>>,
}

impl VisibleRange {
    /// Every entry of `user_list`.
    pub fn senders(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.sender_list.iter().filter_map(|senders| senders.user_list.as_ref()).flat_map(|list| &list.value)
    }

    /// Every entry of `department_list`.
    pub fn departments(&self) -> impl Iterator<Item = &Spanned<DepartmentRef>> {
        self.sender_list.iter().filter_map(|senders| senders.department_list.as_ref()).flat_map(|list| &list.value)
    }

    /// Every entry of `tag_list`.
    pub fn tags(&self) -> impl Iterator<Item = &Spanned<String>> {
        let contacts = self.external_contact_list.iter().filter_map(|contacts| contacts.tag_list.as_ref());
        contacts.flat_map(|list| &list.value)
    }
}

/// `sender_list` of a `visible_range`.
#[derive(Clone, Debug, Default)]
pub struct SenderList {
    pub user_list: Option<List<String>>,
    pub department_list: Option<List<DepartmentRef>>,
}

/// An entry of `department_list`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DepartmentRef {
    Id(i64),
    /// As the directory names it.
    Name(String),
}

impl fmt::Display for DepartmentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// `external_contact_list` of a `visible_range`.
#[derive(Clone, Debug, Default)]
pub struct ContactList {
    pub tag_list: Option<List<String>>,
}

/// `[schedule]`
#[derive(Clone, Debug, Default)]
pub struct ScheduleTable {
    pub cron: Option<Spanned<String>>,
    pub day_match: Option<Spanned<String>>,
    pub at: Option<List<Datetime>>,
    pub lunar: Option<List<String>>,
    pub timezone: Option<Spanned<String>>,
    pub start: Option<Spanned<Datetime>>,
    pub end: Option<Spanned<Datetime>>,
    pub skip: Option<List<SkipDates>>,
    pub days: Option<Spanned<String>>,
    pub on_day_off: Option<Spanned<String>>,
    pub every: Option<Spanned<String>>,
    pub max_runs: Option<Spanned<i64>>,
    pub max_lateness: Option<Spanned<String>>,
}

/// An entry of `skip`: a date, or `{ from = …, to = … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipDates {
    Date(Datetime),
    Range { from: Spanned<Datetime>, to: Spanned<Datetime> },
}
