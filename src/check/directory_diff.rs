//! How far a directory has drifted from what WeCom has now.

use crate::book::{Department, Directory, Tag};
use crate::post::Names;

/// What differs, in words: tags and departments before senders, of whom there are many.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DirectoryDiff {
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
    /// Another name, or another place.
    pub(super) changed: Vec<String>,
}

/// Named of each kind of difference; the rest is counted.
const MAX_NAMED: usize = 3;

impl DirectoryDiff {
    /// From a directory to a later one.
    pub(super) fn between(before: &Directory, now: &Directory) -> Self {
        let (old, new) = (before.names(), now.names());
        let tag = |names: &Names, it: &Tag| format!("tag {}", names.tag(&it.id));
        let department = |names: &Names, it: &Department| format!("department {}", names.department(it.id.value));
        let mut drift = Self::default();
        for it in &now.tags {
            match before.tag(&it.id) {
                None => drift.added.push(tag(&new, it)),
                Some(was) if (&was.name.value, &was.group) != (&it.name.value, &it.group) => {
                    drift.changed.push(format!("{}, which was {}", tag(&new, it), qualified(was)));
                }
                Some(_) => {}
            }
        }
        drift.removed.extend(before.tags.iter().filter(|it| now.tag(&it.id).is_none()).map(|it| tag(&old, it)));
        for it in &now.departments {
            match before.department(it.id.value) {
                None => drift.added.push(department(&new, it)),
                Some(was) if was.name.value != it.name.value => {
                    drift.changed.push(format!("{}, which was {}", department(&new, it), plain(&was.name)));
                }
                Some(was) if parent(was) != parent(it) => {
                    drift.changed.push(format!("{}, which stood elsewhere", department(&new, it)));
                }
                Some(_) => {}
            }
        }
        let went = before.departments.iter().filter(|it| now.department(it.id.value).is_none());
        drift.removed.extend(went.map(|it| department(&old, it)));
        let sender = |id: &str| format!("sender {}", plain(id));
        drift.added.extend(now.senders.iter().filter(|it| !before.has_sender(it)).map(|it| sender(it)));
        drift.removed.extend(before.senders.iter().filter(|it| !now.has_sender(it)).map(|it| sender(it)));
        drift
    }

    /// `2 came, 1 changed`; nothing where nothing differs.
    pub(super) fn sum(&self) -> Option<String> {
        let parts = self.parts().map(|(what, all)| format!("{} {what}", all.len()));
        Some(parts.collect::<Vec<_>>().join(", ")).filter(|sum| !sum.is_empty())
    }

    /// The first of each, by name.
    pub(super) fn in_words(&self) -> String {
        let parts = self.parts().map(|(what, all)| {
            let named = all.iter().take(MAX_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = all.len().saturating_sub(MAX_NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{what}: {named}{more}")
        });
        parts.collect::<Vec<_>>().join("; ")
    }

    fn parts(&self) -> impl Iterator<Item = (&'static str, &Vec<String>)> {
        let parts = [("changed", &self.changed), ("went", &self.removed), ("came", &self.added)];
        parts.into_iter().filter(|(_, all)| !all.is_empty())
    }
}

fn parent(department: &Department) -> Option<u64> {
    department.parent.as_ref().map(|id| id.value)
}

fn qualified(tag: &Tag) -> String {
    format!("{}/{}", plain(&tag.group), plain(&tag.name))
}

/// Text of a file, on one line and not long.
fn plain(text: &str) -> String {
    super::characters::short(text)
}
