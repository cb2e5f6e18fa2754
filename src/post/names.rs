//! The names of departments and tags, for people, who do not read ids.
//!
//! Only for showing: what is sent knows ids alone. Names come from a file that anybody may have proposed, so nothing in
//! one can control a terminal, turn text round, or look like two entries of a list.

use std::collections::HashMap;

use crate::escape::is_hidden;
use crate::text::Text;

/// Names by id; empty where the book has no directory that can be relied on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    departments: HashMap<u64, String>,
    tags: HashMap<String, String>,
}

/// An id that two books have another name for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// `department` or `tag`.
    pub kind: &'static str,
    pub id: String,
    pub before: String,
    pub after: String,
}

/// Longest name that is shown, in characters; WeCom's have 64 at most.
const MAX_CHARS: usize = 64;

impl Names {
    pub fn new<'n>(
        departments: impl IntoIterator<Item = (u64, &'n str)>,
        tags: impl IntoIterator<Item = (&'n str, &'n str)>,
    ) -> Self {
        Self {
            departments: departments.into_iter().map(|(id, name)| (id, shown(name))).collect(),
            tags: tags.into_iter().map(|(id, name)| (id.to_owned(), shown(name))).collect(),
        }
    }

    /// `销售部 (2)`; the id alone where it has no name.
    pub fn department(&self, id: u64) -> String {
        named(self.departments.get(&id), &id.to_string())
    }

    /// `VIP客户 (etXXXXXXXXXX)`; the id alone where it has no name.
    pub fn tag(&self, id: &str) -> String {
        named(self.tags.get(id), id)
    }

    /// As [`Names::department`], in words: in Chinese with quotes, `“销售部”（2）`.
    pub(super) fn department_in_words(&self, id: u64) -> Text {
        in_words(self.departments.get(&id), &id.to_string())
    }

    /// As [`Names::tag`], in words: in Chinese with quotes, `“VIP客户”（etXXXXXXXXXX）`.
    pub(super) fn tag_in_words(&self, id: &str) -> Text {
        in_words(self.tags.get(id), id)
    }

    /// The ids that both know by different names, departments first, in the order of the ids.
    pub fn renamed(&self, after: &Self) -> Vec<Renamed> {
        let differs = |before: &str, after: &str| (before != after).then(|| (before.to_owned(), after.to_owned()));
        let mut departments: Vec<_> = self
            .departments
            .iter()
            .filter_map(|(id, name)| Some((*id, differs(name, after.departments.get(id)?)?)))
            .collect();
        departments.sort_unstable();
        let mut tags: Vec<_> =
            self.tags.iter().filter_map(|(id, name)| Some((id, differs(name, after.tags.get(id)?)?))).collect();
        tags.sort_unstable();
        let renamed = |kind, id: String, (before, after)| Renamed { kind, id, before, after };
        let departments = departments.into_iter().map(|(id, names)| renamed("department", id.to_string(), names));
        departments.chain(tags.into_iter().map(|(id, names)| renamed("tag", id.to_string(), names))).collect()
    }
}

fn named(name: Option<&String>, id: &str) -> String {
    match name.filter(|name| !name.is_empty()) {
        Some(name) => format!("{name} ({id})"),
        None => id.to_owned(),
    }
}

fn in_words(name: Option<&String>, id: &str) -> Text {
    match name.filter(|name| !name.is_empty()) {
        Some(name) => text!(en: "{name} ({id})", zh: "“{name}”（ID {id}）"),
        None => Text::quoted(id),
    }
}

/// A name on one line, and without the signs that set the entries of a list apart.
fn shown(name: &str) -> String {
    let plain = |c| match c {
        '(' => '（',
        ')' => '）',
        ',' => '，',
        ';' => '；',
        '“' | '”' => '＂',
        c if c.is_control() || is_hidden(c) => '\u{fffd}',
        c => c,
    };
    let mut text: String = name.trim().chars().take(MAX_CHARS).map(plain).collect();
    if name.trim().chars().nth(MAX_CHARS).is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(tags: &[(&str, &str)]) -> Names {
        Names::new([(2, "销售部")], tags.iter().copied())
    }

    #[track_caller]
    fn shows(name: &str, shown: &str) {
        assert_eq!(names(&[("etA", name)]).tag("etA"), shown);
    }

    #[test]
    fn a_name_stands_before_its_id() {
        shows("VIP客户", "VIP客户 (etA)");
        shows("", "etA");
        assert_eq!(names(&[]).tag("etB"), "etB");
        assert_eq!((names(&[]).department(2), names(&[]).department(3)), ("销售部 (2)".to_owned(), "3".to_owned()));
    }

    #[test]
    fn no_name_looks_like_two_or_controls_a_terminal() {
        shows("新客 (etB), 老客", "新客 （etB）， 老客 (etA)");
        shows("新客; all their customers", "新客； all their customers (etA)");
        shows("a\n\u{1b}[2Jb\u{202e}c", "a\u{fffd}\u{fffd}[2Jb\u{fffd}c (etA)");
        shows(&"长".repeat(100), &format!("{}… (etA)", "长".repeat(64)));
    }

    #[test]
    fn what_was_renamed() {
        let (before, after) = (names(&[("etA", "新客"), ("etB", "老客")]), names(&[("etA", "老客"), ("etC", "老客")]));
        let expected =
            Renamed { kind: "tag", id: "etA".to_owned(), before: "新客".to_owned(), after: "老客".to_owned() };
        assert_eq!(before.renamed(&after), [expected]);
        assert_eq!(before.renamed(&before), []);
    }
}
