//! The differences between a directory and WeCom's current lists.

use crate::book::{Department, Directory, Tag};
use crate::post::Names;
use crate::text::{StaticText, Text};

/// The differences in words: tags and departments before senders, of whom there are many.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DirectoryDiff {
    pub(super) added: Vec<Text>,
    pub(super) removed: Vec<Text>,
    /// Entries with another name or another parent.
    pub(super) changed: Vec<Text>,
}

/// Entries named per kind of difference; the others are counted.
const MAX_NAMED: usize = 3;

const CHANGED: StaticText = StaticText { en: "changed", zh: "改了" };
const REMOVED: StaticText = StaticText { en: "removed", zh: "少了" };
const ADDED: StaticText = StaticText { en: "added", zh: "多了" };

impl DirectoryDiff {
    /// Compares a directory with a later one.
    pub(super) fn between(before: &Directory, now: &Directory) -> Self {
        let (old, new) = (before.names(), now.names());
        let tag =
            |names: &Names, it: &Tag| text!(en: "tag `{name}`", zh: "客户标签 `{name}`", name = names.tag(&it.id));
        let department = |names: &Names, it: &Department| text!(en: "department `{name}`", zh: "部门 `{name}`", name = names.department(it.id.value));
        let renamed = |entry: Text, was: String| text!(en: "{entry}, which was `{was}`", zh: "{entry}（原名 `{was}`）", entry = entry);
        let mut diff = Self::default();
        for it in &now.tags {
            match before.tag(&it.id) {
                None => diff.added.push(tag(&new, it)),
                Some(was) if (&was.name.value, &was.group) != (&it.name.value, &it.group) => {
                    diff.changed.push(renamed(tag(&new, it), qualified(was)));
                }
                Some(_) => {}
            }
        }
        diff.removed.extend(before.tags.iter().filter(|it| now.tag(&it.id).is_none()).map(|it| tag(&old, it)));
        for it in &now.departments {
            match before.department(it.id.value) {
                None => diff.added.push(department(&new, it)),
                Some(was) if was.name.value != it.name.value => {
                    diff.changed.push(renamed(department(&new, it), plain(&was.name)));
                }
                Some(was) if parent(was) != parent(it) => diff.changed.push(text!(
                    en: "{entry}, which had another parent",
                    zh: "{entry}（上级部门变了）",
                    entry = department(&new, it)
                )),
                Some(_) => {}
            }
        }
        let removed = before.departments.iter().filter(|it| now.department(it.id.value).is_none());
        diff.removed.extend(removed.map(|it| department(&old, it)));
        let sender = |id: &str| text!(en: "sender `{id}`", zh: "成员 `{id}`", id = plain(id));
        diff.added.extend(now.senders.iter().filter(|it| !before.has_sender(it)).map(|it| sender(it)));
        diff.removed.extend(before.senders.iter().filter(|it| !now.has_sender(it)).map(|it| sender(it)));
        diff
    }

    /// `2 added, 1 changed`; `None` without differences.
    pub(super) fn sum(&self) -> Option<Text> {
        let parts: Vec<Text> = self
            .parts()
            .map(|(what, all)| text!(en: "{count} {what}", zh: "{what} {count} 项", what = what, count = all.len()))
            .collect();
        Some(Text::join(&parts, &text!(en: ", ", zh: "，"))).filter(|sum| !sum.is_empty())
    }

    /// The first entries of each kind of difference, by name.
    pub(super) fn in_words(&self) -> Text {
        let parts: Vec<Text> = self.parts().map(|(what, all)| named(what, all)).collect();
        Text::join(&parts, &text!(en: "; ", zh: "；"))
    }

    fn parts(&self) -> impl Iterator<Item = (StaticText, &Vec<Text>)> {
        let parts = [(CHANGED, &self.changed), (REMOVED, &self.removed), (ADDED, &self.added)];
        parts.into_iter().filter(|(_, all)| !all.is_empty())
    }
}

/// The first entries of one kind of difference, and how many more there are.
fn named(what: StaticText, all: &[Text]) -> Text {
    let first = Text::join(all.iter().take(MAX_NAMED), &text!(en: ", ", zh: "、"));
    match all.len().saturating_sub(MAX_NAMED) {
        0 => text!(en: "{what}: {first}", zh: "{what}：{first}", what = what, first = first),
        more => text!(
            en: "{what}: {first} and {more} more",
            zh: "{what}：{first}，还有 {more} 项",
            what = what,
            first = first
        ),
    }
}

fn parent(department: &Department) -> Option<u64> {
    department.parent.as_ref().map(|id| id.value)
}

fn qualified(tag: &Tag) -> String {
    format!("{}/{}", plain(&tag.group), plain(&tag.name))
}

/// A text of a file, on one line and short.
fn plain(text: &str) -> String {
    super::characters::short(text)
}
