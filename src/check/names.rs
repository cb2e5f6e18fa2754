//! What the entries of an audience mean: ids as they are, and names that the directory knows.
//!
//! The form of an entry decides whether it is an id, so that no directory, be it there or not, makes an id into a name or
//! the other way round. Nothing is guessed: a name that means two things means none.

use std::collections::HashSet;
use std::ops::Range;

use super::rule::Context;
use super::words;
use crate::book::{self, Department, DepartmentRef, Directory, MAX_SAME_NAME, ParsedCampaign, Tag};
use crate::diag::Diag;

/// Where names are looked up.
#[derive(Clone, Copy, Default)]
pub(super) enum DirectoryState<'a> {
    /// The book has no directory.
    #[default]
    Nowhere,
    /// It has one that cannot be relied on.
    Broken,
    In(&'a Directory),
}

/// What an entry of a list means.
pub(super) enum Resolution<'d, Id, Row> {
    /// This id, whether the directory knows it or not.
    Id(Id),
    /// What the directory has this name for.
    Named(Id),
    /// Neither an id nor a name that could be one.
    Nothing,
    /// A name, and there is no directory to look it up in.
    NoDirectory,
    /// A name, and the directory cannot be relied on.
    Open,
    /// A name that the directory does not have.
    Unknown,
    /// A name of several: the first [`MAX_SAME_NAME`] of them.
    Several(&'d Directory, Vec<&'d Row>),
}

impl<Id, Row> Resolution<'_, Id, Row> {
    /// The one id that is meant.
    pub(super) fn id(self) -> Option<Id> {
        match self {
            Self::Id(id) | Self::Named(id) => Some(id),
            _ => None,
        }
    }
}

impl<'a> Context<'a> {
    /// The entries of `tag_list` that stand in one text.
    pub(super) fn several_tags(&self, text: &str) -> Option<String> {
        several(text, |part| match self.tag(part) {
            Resolution::Id(_) | Resolution::Named(_) => book::quoted(part),
            _ => None,
        })
    }

    /// The entries of `department_list` that stand in one text.
    pub(super) fn several_departments(&self, text: &str) -> Option<String> {
        several(text, |part| match self.department(&DepartmentRef::Name(part.to_owned())) {
            Resolution::Named(_) => book::quoted(part),
            _ => quoted_number(part).filter(|number| number.parse::<u64>().is_ok_and(|id| id > 0)),
        })
    }

    /// What an entry of `tag_list` means.
    pub(super) fn tag(&self, text: &str) -> Resolution<'a, String, Tag> {
        if text.is_empty() {
            return Resolution::Nothing;
        }
        let has_form = is_tag_id(text);
        if has_form && text.starts_with(TAG) {
            return Resolution::Id(text.to_owned());
        }
        match self.names {
            // An id of another kind of tag, which is told of by a rule of its own.
            DirectoryState::Nowhere if has_form => Resolution::Id(text.to_owned()),
            // Only the form is spoilt: an id typed with full-width letters is no name.
            _ if is_spoilt_tag_id(text) => Resolution::Nothing,
            DirectoryState::Nowhere => Resolution::NoDirectory,
            DirectoryState::Broken => Resolution::Open,
            DirectoryState::In(directory) => {
                of_found(directory, directory.tags_named(text), |tag| tag.id.value.clone())
            }
        }
    }

    /// What an entry of `department_list` means.
    pub(super) fn department(&self, entry: &DepartmentRef) -> Resolution<'a, u64, Department> {
        let name = match entry {
            DepartmentRef::Id(id) => {
                return u64::try_from(*id).ok().filter(|id| *id > 0).map_or(Resolution::Nothing, Resolution::Id);
            }
            DepartmentRef::Name(name) if name.is_empty() || quoted_number(name).is_some() => {
                return Resolution::Nothing;
            }
            DepartmentRef::Name(name) => name,
        };
        match self.names {
            DirectoryState::Nowhere => Resolution::NoDirectory,
            DirectoryState::Broken => Resolution::Open,
            DirectoryState::In(directory) => of_found(directory, directory.departments_named(name), |it| it.id.value),
        }
    }
}

/// Of the errors in entries of the policy's audiences, the first that a campaign hangs on.
pub(super) fn unresolved<'f>(draft: &ParsedCampaign, context: &Context<'_>, errors: &[&'f Diag]) -> Option<&'f Diag> {
    let name = draft.visible_range.as_ref()?.audience.as_ref()?;
    let range = &context.audience(name)?.range;
    let spans = range.departments().map(|it| &it.span).chain(range.tags().map(|it| &it.span));
    let spans: HashSet<&Range<usize>> = spans.collect();
    errors.iter().find(|error| spans.contains(&error.place.span)).copied()
}

fn of_found<'d, Id, Row>(directory: &'d Directory, found: Vec<&'d Row>, id: fn(&Row) -> Id) -> Resolution<'d, Id, Row> {
    match found[..] {
        [] => Resolution::Unknown,
        [one] => Resolution::Named(id(one)),
        _ => Resolution::Several(directory, found),
    }
}

/// How the ids of enterprise customer tags begin.
pub(super) const TAG: &str = "et";

/// Letters, digits, `_` and `-`, and no longer than any id of WeCom's.
pub(super) fn is_tag_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// Letters, digits and `_-@.`, the first one a letter or digit.
pub(super) fn is_user_id(text: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '@' | '.');
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_inner)
}

/// Whether only full-width signs or blanks around it keep a text from being a tag's id.
pub(super) fn is_spoilt_tag_id(text: &str) -> bool {
    let plain = words::made_plain(text.trim());
    plain != text && plain.starts_with(TAG) && is_tag_id(&plain)
}

/// The entries that stand in one text in place of several, `zhangshan, lisi`, each written by itself: `"zhangshan", "lisi"`.
/// Nothing where they are not all such that `write` knows them.
pub(super) fn several(text: &str, write: impl Fn(&str) -> Option<String>) -> Option<String> {
    const MARKS: &[char] = &[',', '，', '、', ';', '；', '|', '｜'];
    let parted = |by: &dyn Fn(char) -> bool| {
        let parts: Vec<&str> = text.split(by).map(str::trim).filter(|part| !part.is_empty()).collect();
        let written = parts.iter().map(|part| write(part)).collect::<Option<Vec<_>>>()?;
        (written.len() > 1).then(|| written.join(", "))
    };
    if text.len() > MAX_NAME_CHARS {
        return None;
    }
    // A name may have blanks in it.
    parted(&|c| MARKS.contains(&c)).or_else(|| parted(&|c| MARKS.contains(&c) || c == '/' || c.is_whitespace()))
}

/// Whether marks that stand between entries of a list stand in a text.
pub(super) fn looks_like_several(text: &str) -> bool {
    text.split([',', '，', '、', ';', '；', '|', '｜']).filter(|part| !part.trim().is_empty()).count() > 1
}

/// The longest text that is taken apart, in bytes.
const MAX_NAME_CHARS: usize = 4_000;

/// The help for several entries in one text.
pub(super) fn write_several(entries: &str, is_alone: bool) -> String {
    if is_alone { format!("write [{entries}]") } else { format!("write {entries}: each entry has quotes of its own") }
}

/// A department's id that stands in quotes, as the number that it should be.
pub(super) fn quoted_number(text: &str) -> Option<String> {
    let plain = words::made_plain(text.trim());
    let digits = plain.strip_prefix(['-', '+']).unwrap_or(&plain);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(plain)
}

/// What to write for a tag: its name, with its group's where that is needed; its id where no name means it alone.
pub(super) fn call_tag(directory: &Directory, tag: &Tag) -> String {
    let is_it = |text: &&str| {
        let found = directory.tags_named(text);
        let is_name = !is_tag_id(text) || !text.starts_with(TAG);
        is_name && found.len() == 1 && found[0].id.value == tag.id.value
    };
    let path = directory.tag_path(tag).unwrap_or_default();
    let names = [tag.name.as_str(), &path];
    let call = names.into_iter().filter(|name| can_be_written(name)).find(is_it);
    call.map_or_else(|| format!("`{}`", words::short(&tag.id)), |name| format!("`{name}` ({})", words::short(&tag.id)))
}

/// What to write for a department: its name, with those above it where that is needed; its id where no name means it alone.
pub(super) fn call_department(directory: &Directory, department: &Department) -> String {
    let is_it = |text: &&str| {
        let found = directory.departments_named(text);
        quoted_number(text).is_none() && found.len() == 1 && found[0].id.value == department.id.value
    };
    let path = directory.path(department).unwrap_or_default();
    let names = [department.name.as_str(), &path];
    let call = names.into_iter().filter(|name| can_be_written(name)).find(is_it);
    call.map_or_else(|| department.id.value.to_string(), |name| format!("`{name}` ({})", department.id.value))
}

/// Whether a name can stand in a finding as it must be written.
fn can_be_written(name: &str) -> bool {
    const LONGEST: usize = 200;
    (1..=LONGEST).contains(&name.len())
        && !name.chars().any(|c| c.is_control() || crate::escape::is_hidden(c) || matches!(c, '`' | '"' | '\\'))
}

/// The ways to write what a name of several could mean.
pub(super) fn ways(calls: &[String]) -> String {
    let shown = calls.iter().take(MAX_SAME_NAME - 1).cloned().collect::<Vec<_>>().join(" or ");
    if calls.len() < MAX_SAME_NAME {
        format!("write {shown}")
    } else {
        format!("write {shown}, or another one of them by its id")
    }
}
