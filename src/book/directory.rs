//! `directory.toml`: the corp's members, departments and tags, as written by `drumbeat directory pull`.
//!
//! A snapshot: WeCom may have entries that it lacks. `check` decides whether the file is reliable.

mod index;

use std::ops::Range;
use std::sync::Arc;

use toml::de::DeValue;

use super::files::SourceFile;
use super::parse_error::{ParseError, Wanted};
use super::read::read_root_table;
use super::spanned::{SpanSet, Spanned};
use super::table::Table;
use crate::ids::{CorpId, CorpName, user_key};
use crate::post::Names;
use crate::text::StaticText;
use index::{Index, PathDigest};

/// The only version of the format so far.
pub const VERSION: i64 = 1;
/// Entries with the same name that a lookup returns.
pub const MAX_SAME_NAME: usize = 6;

/// Levels of departments that are followed upwards: a directory with an error may have a circle.
const MAX_DEPTH: usize = 64;

/// The directory as written, with its indexes.
#[derive(Clone, Debug)]
pub struct Directory {
    pub file: Arc<SourceFile>,
    pub version: Option<Spanned<i64>>,
    /// The id of the corp that it belongs to.
    pub corp: Option<Spanned<String>>,
    /// The members who can be senders, by user id. The file has no names of members.
    pub senders: Vec<Spanned<String>>,
    pub departments: Vec<Department>,
    pub tags: Vec<Tag>,
    pub parse_errors: Vec<ParseError>,
    /// The parts of the file that could not be read.
    pub unparsed: SpanSet,
    /// Contradictions between readable entries.
    pub errors: Vec<DirectoryError>,
    index: Index,
}

/// A department of the corp.
#[derive(Clone, Debug)]
pub struct Department {
    pub id: Spanned<u64>,
    pub name: Spanned<String>,
    /// The directory may lack the parent, if the app cannot see it.
    pub parent: Option<Spanned<u64>>,
}

/// A customer tag of the corp.
#[derive(Clone, Debug)]
pub struct Tag {
    pub id: Spanned<String>,
    pub name: Spanned<String>,
    /// The name of the tag's group.
    pub group: Arc<str>,
}

/// A contradiction in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectoryError {
    /// A repeated id.
    Twice { what: StaticText, first: Range<usize>, again: Range<usize> },
    /// A department that is its own ancestor.
    Circle { span: Range<usize>, id: u64 },
}

/// Facts about the corp that are not in the book's files, from settings or from WeCom.
#[derive(Clone, Debug, Default)]
pub struct Corp {
    pub id: Option<CorpId>,
    /// Its name where several corps are configured: `directory.NAME.toml` of a book for several is its directory.
    pub name: Option<CorpName>,
    /// The corp's current lists at WeCom, in the form of the file.
    pub now: Option<Arc<Directory>>,
}

/// Reads `directory.toml`.
pub fn read(file: &Arc<SourceFile>) -> Directory {
    let mut directory = Directory {
        file: Arc::clone(file),
        version: None,
        corp: None,
        senders: Vec::new(),
        departments: Vec::new(),
        tags: Vec::new(),
        parse_errors: Vec::new(),
        unparsed: SpanSet::default(),
        errors: Vec::new(),
        index: Index::default(),
    };
    let read = read_root_table(file, |top| {
        top.require(&["version", "corp", "senders", "departments", "tag_groups"]);
        directory.version = top.number("version");
        directory.corp = top.text("corp");
        directory.senders = top.texts("senders").map(|list| list.value).unwrap_or_default();
        directory.departments = top.tables("departments").into_iter().filter_map(department).collect();
        directory.tags = top.tables("tag_groups").into_iter().flat_map(group).collect();
    });
    (directory.parse_errors, directory.unparsed) = (read.parse_errors, read.unparsed);
    (directory.index, directory.errors) = Index::of(&directory.senders, &directory.departments, &directory.tags);
    directory
}

fn department(mut table: Table<'_>) -> Option<Department> {
    table.require(&["id", "name"]);
    let (id, name) = (table.value("id", Wanted::Id, positive), table.text("name"));
    let parent = table.value("parent", Wanted::Id, positive);
    table.done();
    Some(Department { id: id?, name: name?, parent })
}

fn group(mut table: Table<'_>) -> Vec<Tag> {
    table.require(&["id", "name", "tags"]);
    // Entries do not refer to a group's id; it is there for readers.
    table.text("id");
    let name: Arc<str> = table.text("name").map(|name| name.value).unwrap_or_default().into();
    let tags = table.tables("tags").into_iter().filter_map(|table| tag(table, &name)).collect();
    table.done();
    tags
}

fn tag(mut table: Table<'_>, group: &Arc<str>) -> Option<Tag> {
    table.require(&["id", "name"]);
    let (id, name) = (table.text("id"), table.text("name"));
    table.done();
    Some(Tag { id: id?, name: name?, group: Arc::clone(group) })
}

fn positive(value: &DeValue<'_>) -> Option<u64> {
    super::table::whole_number(value).and_then(|id| u64::try_from(id).ok()).filter(|id| *id > 0)
}

impl Directory {
    /// Whether a member can be a sender.
    pub fn has_sender(&self, user: &str) -> bool {
        self.index.senders.contains(&*user_key(user))
    }

    /// The department with an id.
    pub fn department(&self, id: u64) -> Option<&Department> {
        self.index.departments.get(&id).map(|at| &self.departments[*at as usize])
    }

    /// The tag with an id.
    pub fn tag(&self, id: &str) -> Option<&Tag> {
        self.index.tags.get(id).map(|at| &self.tags[*at as usize])
    }

    /// The departments that a text can mean: by name, or by its path from the root, `总部/销售部`. Returns at most
    /// [`MAX_SAME_NAME`].
    pub fn departments_named(&self, text: &str) -> Vec<&Department> {
        self.index.department_names.find(text).into_iter().map(|at| &self.departments[at as usize]).collect()
    }

    /// The tags that a text can mean: by name, or by group and name, `客户等级/VIP客户`. Returns at most [`MAX_SAME_NAME`].
    pub fn tags_named(&self, text: &str) -> Vec<&Tag> {
        self.index.tag_names.find(text).into_iter().map(|at| &self.tags[at as usize]).collect()
    }

    /// The ids of the departments above one, nearest first; at most 64.
    pub fn above(&self, id: u64) -> impl Iterator<Item = u64> {
        let parent = |id: u64| self.department(id).and_then(|it| it.parent.as_ref()).map(|parent| parent.value);
        std::iter::successors(parent(id), move |id| parent(*id)).take(MAX_DEPTH)
    }

    /// All names from the top down to a department; `None` if they are too many or too long.
    pub fn path(&self, department: &Department) -> Option<String> {
        let mut names = vec![department.name.as_str()];
        let mut bytes = department.name.len();
        let mut at = department;
        while let Some(above) = at.parent.as_ref().and_then(|id| self.department(id.value)) {
            names.push(&above.name);
            bytes += 1 + above.name.len();
            if names.len() > PathDigest::PARTS || bytes > PathDigest::BYTES {
                return None;
            }
            at = above;
        }
        names.reverse();
        Some(names.join("/")).filter(|_| bytes <= PathDigest::BYTES)
    }

    /// The names of a tag's group and of the tag; `None` if they are too long.
    pub fn tag_path(&self, tag: &Tag) -> Option<String> {
        (tag.group.len() + tag.name.len() < PathDigest::BYTES).then(|| format!("{}/{}", tag.group, tag.name.value))
    }

    /// All names, for display.
    pub fn names(&self) -> Names {
        let departments = self.departments.iter().map(|it| (it.id.value, it.name.as_str()));
        Names::new(departments, self.tags.iter().map(|it| (it.id.as_str(), it.name.as_str())))
    }
}
