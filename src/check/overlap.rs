//! Whether two posts reach the same people, as far as the files tell.
//!
//! Only WeCom knows who belongs to a department or has a tag. So two posts overlap here if they name the same sender,
//! department or tag, or if one of them is for everyone. Two posts with customer tags must share a tag.

use std::fmt;

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

/// Whether two posts reach the same people.
pub fn overlap(one: &Audience, other: &Audience) -> bool {
    let (Audience::Lists { tags: one_tags, .. }, Audience::Lists { tags: other_tags, .. }) = (one, other) else {
        return true;
    };
    let (one_keys, other_keys) = (keys(one), keys(other));
    let shared =
        |is_tag: bool| one_keys.iter().any(|key| matches!(key, Key::Tag(_)) == is_tag && other_keys.contains(key));
    if one_tags.is_empty() || other_tags.is_empty() { shared(false) } else { shared(true) }
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
        assert_eq!((overlap(one, other), overlap(other, one)), (expected, expected));
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
}
