//! Who is asked to post, and which customers may see it.

use serde::{Deserialize, Serialize};

use super::Names;
use crate::text::{Lang, Text};

/// Most names of one list that are shown; the others are counted.
const MAX_NAMES: usize = 5;

/// The members who are asked to post, and the customers who may see the post (`visible_range` of the API).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// `visible_range` left out: every member in the app's scope. Only `all = true` in a file makes it.
    Everyone,
    /// At least one of the three lists has an entry.
    Lists { users: Vec<String>, departments: Vec<u64>, tags: Vec<String> },
}

impl Audience {
    /// Who is asked to post it and who may see it, in words, with the names of departments and tags beside their ids.
    pub fn in_words(&self, names: &Names) -> Text {
        let Self::Lists { users, departments, tags } = self else {
            return text!(
                en: "every member in the app's scope; all their customers",
                zh: "应用可见范围内的所有成员；他们的所有客户可见"
            );
        };
        let members = of_members(users);
        let departments = of_departments(departments, names);
        let senders = match (members, departments) {
            (Some(members), Some(departments)) => Some(text!(
                en: "{members} and {departments}",
                zh: "{members}，以及{departments}",
                members = members,
                departments = departments
            )),
            (Some(senders), None) | (None, Some(senders)) => Some(senders),
            (None, None) => None,
        };
        let tags = of_tags(tags, names);
        match (senders, tags) {
            (None, Some(tags)) => text!(
                en: "members who have customers with {tags}; only those customers",
                zh: "客户里有人带{tags}的成员；只有这些客户可见",
                tags = tags
            ),
            (Some(senders), Some(tags)) => text!(
                en: "{senders}, those who have customers with {tags}; only those customers",
                zh: "{senders}，其中客户里有人带{tags}的；只有这些客户可见",
                senders = senders,
                tags = tags
            ),
            (Some(senders), None) => text!(
                en: "{senders}; all their customers",
                zh: "{senders}；他们的所有客户可见",
                senders = senders
            ),
            (None, None) => Text::default(),
        }
    }

    /// The same audience with its lists in order, for comparison.
    #[must_use]
    pub fn sorted(&self) -> Self {
        let Self::Lists { users, departments, tags } = self else { return Self::Everyone };
        let (mut users, mut departments, mut tags) = (users.clone(), departments.clone(), tags.clone());
        users.sort_unstable();
        departments.sort_unstable();
        tags.sort_unstable();
        Self::Lists { users, departments, tags }
    }

    /// With customer tags a post is partly visible (部分可见), without it is public (公开): page 96351.
    pub fn is_partial(&self) -> bool {
        matches!(self, Self::Lists { tags, .. } if !tags.is_empty())
    }
}

/// `member zhangshan`, `成员 zhangshan`; nothing if there is none.
fn of_members(users: &[String]) -> Option<Text> {
    let (shown, more) = listed(users, |user| Text::quoted(user.as_str()))?;
    let count = users.len();
    let noun = if count == 1 { "member" } else { "members" };
    Some(match more {
        0 => text!(en: "{noun} {shown}", zh: "成员 {shown}", shown = shown),
        more => text!(en: "{noun} {shown} and {more} more", zh: "成员 {shown} 等 {count} 人", shown = shown),
    })
}

fn of_departments(ids: &[u64], names: &Names) -> Option<Text> {
    let (shown, more) = listed(ids, |id| names.department_in_words(*id))?;
    let count = ids.len();
    let (before, after) = spaces_around(&shown);
    let noun = if count == 1 { "department" } else { "departments" };
    Some(match more {
        0 => text!(en: "{noun} {shown}", zh: "部门{before}{shown}{after}的成员", shown = shown),
        more => {
            text!(en: "{noun} {shown} and {more} more", zh: "部门{before}{shown}{after}等 {count} 个部门的成员", shown = shown)
        }
    })
}

fn of_tags(ids: &[String], names: &Names) -> Option<Text> {
    let (shown, more) = listed(ids, |id| names.tag_in_words(id))?;
    let count = ids.len();
    let (before, after) = spaces_around(&shown);
    let noun = if count == 1 { "tag" } else { "tags" };
    Some(match more {
        0 => text!(en: "{noun} {shown}", zh: "客户标签{before}{shown}{after}", shown = shown),
        more => {
            text!(en: "{noun} {shown} and {more} more", zh: "客户标签{before}{shown}{after}等 {count} 个客户标签", shown = shown)
        }
    })
}

/// The first names of a list, and how many more there are; nothing of an empty list.
fn listed<T>(entries: &[T], name: impl Fn(&T) -> Text) -> Option<(Text, usize)> {
    let shown: Vec<Text> = entries.iter().take(MAX_NAMES).map(name).collect();
    (!shown.is_empty()).then(|| (Text::join(&shown, &comma()), entries.len() - shown.len()))
}

/// What separates Chinese text from a list of names: nothing from quotes and brackets, a space from an id.
fn spaces_around(shown: &Text) -> (&'static str, &'static str) {
    let zh = shown.get(Lang::Zh);
    let space = |is_needed: bool| if is_needed { " " } else { "" };
    (space(!zh.starts_with('“')), space(!zh.ends_with('）')))
}

/// What stands between the entries of a list.
pub(super) fn comma() -> Text {
    text!(en: ", ", zh: "、")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(users: &[&str], departments: &[u64], tags: &[&str]) -> Audience {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Audience::Lists { users: owned(users), departments: departments.to_vec(), tags: owned(tags) }
    }

    #[track_caller]
    fn says(audience: &Audience, en: &str, zh: &str) {
        let names = Names::new([(2, "销售一部")], [("etA", "VIP"), ("etB", "新客”、“老客")]);
        let words = audience.in_words(&names);
        assert_eq!((words.get(Lang::En), words.get(Lang::Zh)), (en, zh));
    }

    #[test]
    fn an_audience_in_both_languages() {
        says(
            &Audience::Everyone,
            "every member in the app's scope; all their customers",
            "应用可见范围内的所有成员；他们的所有客户可见",
        );
        says(
            &lists(&["zhangshan", "lisi"], &[2], &[]),
            "members zhangshan, lisi and department 销售一部 (2); all their customers",
            "成员 zhangshan、lisi，以及部门“销售一部”（ID 2）的成员；他们的所有客户可见",
        );
        says(
            &lists(&[], &[2], &["etA"]),
            "department 销售一部 (2), those who have customers with tag VIP (etA); only those customers",
            "部门“销售一部”（ID 2）的成员，其中客户里有人带客户标签“VIP”（ID etA）的；只有这些客户可见",
        );
        says(
            &lists(&[], &[], &["etC"]),
            "members who have customers with tag etC; only those customers",
            "客户里有人带客户标签 etC 的成员；只有这些客户可见",
        );
    }

    #[test]
    fn long_lists_are_shortened() {
        let users: Vec<String> = (1..=7).map(|n| format!("u{n}")).collect();
        says(
            &lists(&users.iter().map(String::as_str).collect::<Vec<_>>(), &[3, 4, 5, 6, 7, 8], &[]),
            "members u1, u2, u3, u4, u5 and 2 more and departments 3, 4, 5, 6, 7 and 1 more; all their customers",
            "成员 u1、u2、u3、u4、u5 等 7 人，以及部门 3、4、5、6、7 等 6 个部门的成员；他们的所有客户可见",
        );
    }

    #[test]
    fn one_name_never_looks_like_two() {
        says(
            &lists(&["a"], &[], &["etB"]),
            "member a, those who have customers with tag 新客＂、＂老客 (etB); only those customers",
            "成员 a，其中客户里有人带客户标签“新客＂、＂老客”（ID etB）的；只有这些客户可见",
        );
    }
}
