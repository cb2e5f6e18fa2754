//! Whether two posts reach the same people, as far as the files tell.
//!
//! Only WeCom knows who belongs to a department or has a tag. So two posts overlap here if they name the same sender,
//! department or tag, or if one of them is for everyone. Two posts with customer tags must share a tag.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;

use crate::book::Directory;
use crate::post::Audience;
use crate::text::{Lang, Localized};

/// An entry of an audience that another audience could share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    /// Everyone.
    All,
    User(&'a str),
    Department(u64),
    Tag(&'a str),
}

/// Entries of one audience that are compared, so that the work is not quadratic in long lists.
const MAX_NAMED: usize = 200;

/// The entries of an audience.
pub(super) fn keys(audience: &Audience) -> Vec<Key<'_>> {
    match audience {
        Audience::Everyone => vec![Key::All],
        Audience::Lists { users, departments, tags } => {
            let users = users.iter().map(|user| Key::User(user));
            let departments = departments.iter().map(|id| Key::Department(*id));
            tags.iter().map(|tag| Key::Tag(tag)).chain(departments).chain(users).take(MAX_NAMED).collect()
        }
    }
}

/// Whether two posts reach some of the same people. A department includes those below it, where the directory has them.
pub fn overlap(one: &Audience, other: &Audience, directory: Option<&Directory>) -> bool {
    let (
        Audience::Lists { users, departments, tags },
        Audience::Lists { users: other_users, departments: other_departments, tags: other_tags },
    ) = (one, other)
    else {
        return true;
    };
    if !tags.is_empty() && !other_tags.is_empty() {
        return share(tags, other_tags);
    }
    share(users, other_users)
        || share(departments, other_departments)
        || is_any_inside(departments, other_departments, directory)
        || is_any_inside(other_departments, departments, directory)
}

fn share<T: Eq + Hash>(one: &[T], other: &[T]) -> bool {
    if one.len().min(other.len()) < 8 {
        return one.iter().any(|entry| other.contains(entry));
    }
    let known: HashSet<&T> = other.iter().collect();
    one.iter().any(|entry| known.contains(entry))
}

/// Whether a department is below one of others.
fn is_any_inside(departments: &[u64], others: &[u64], directory: Option<&Directory>) -> bool {
    let Some(directory) = directory.filter(|_| !others.is_empty()) else { return false };
    departments.iter().any(|id| directory.above(*id).any(|above| others.contains(&above)))
}

impl Localized for Key<'_> {
    fn write(&self, lang: Lang, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::All => text!(en: "everyone", zh: "所有成员"),
            Self::User(id) => text!(en: "the member `{id}`", zh: "成员 `{id}`"),
            Self::Department(id) => text!(en: "department {id}", zh: "部门 {id}"),
            Self::Tag(id) => text!(en: "the tag `{id}`", zh: "客户标签 `{id}`"),
        };
        f.write_str(text.get(lang))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(users: &[&str], tags: &[&str]) -> Audience {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Audience::Lists { users: owned(users), departments: [].into(), tags: owned(tags) }
    }

    #[track_caller]
    fn assert_overlap(one: &Audience, other: &Audience, expected: bool) {
        assert_eq!((overlap(one, other, None), overlap(other, one, None)), (expected, expected));
    }

    #[test]
    fn audiences_overlap_by_sender_department_or_tag() {
        assert_overlap(&Audience::Everyone, &lists(&[], &["etA"]), true);
        assert_overlap(&lists(&["a", "b"], &[]), &lists(&["b", "c"], &[]), true);
        assert_overlap(&lists(&["a"], &[]), &lists(&["b"], &[]), false);
        assert_overlap(&lists(&["a"], &["etA"]), &lists(&["a"], &["etB"]), false);
        assert_overlap(&lists(&["a"], &["etA"]), &lists(&["a"], &[]), true);
        assert_overlap(&lists(&[], &["etA"]), &lists(&["a"], &[]), false);
    }

    #[test]
    fn a_department_includes_those_below_it() {
        let text = "version = 1\n[[departments]]\nid = 1\nname = \"总部\"\n[[departments]]\nid = 2\nname = \"华东\"\nparent = 1\n\
            [[departments]]\nid = 5\nname = \"母婴\"\nparent = 2\n[[departments]]\nid = 3\nname = \"华南\"\nparent = 1\n";
        let directory = crate::book::read_directory(&crate::book::SourceFile::new("directory.toml", text).into());
        let of = |ids: &[u64]| Audience::Lists { users: [].into(), departments: ids.to_vec(), tags: [].into() };
        for (one, other, expected) in [
            (&[1][..], &[5][..], true),
            (&[5], &[2], true),
            (&[2], &[3], false),
            (&[3, 5], &[2], true),
            (&[7], &[2], false),
        ] {
            assert_eq!(overlap(&of(one), &of(other), Some(&directory)), expected, "{one:?} {other:?}");
            assert_eq!(overlap(&of(other), &of(one), Some(&directory)), expected, "{other:?} {one:?}");
        }
        assert!(!overlap(&of(&[1]), &of(&[5]), None));
    }
}
