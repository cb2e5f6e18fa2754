//! Compares TOML files key by key, whatever the keys mean: keys of later versions are shown too.

use std::collections::HashSet;

use toml::{Table, Value};

use crate::text::Text;

/// A key that differs between two versions of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChange {
    /// `limits.max_per_day`; in a list of tables with a number from 1, `wording.refuse[2].level`.
    pub key: String,
    /// As TOML; `None` if the key is absent. Of a list, only the entries that the other version lacks.
    pub before: Option<Text>,
    pub after: Option<Text>,
}

/// Entries of a list that are written out.
const MAX_ENTRIES: usize = 6;

/// All keys that differ. A text that is not valid TOML has no keys; `check` reports what is wrong with it.
pub(super) fn between(before: &str, after: &str) -> Vec<KeyChange> {
    let mut changes = Vec::new();
    if before != after
        && let (Ok(before), Ok(after)) = (before.parse::<Table>(), after.parse::<Table>())
    {
        tables("", &before, &after, &mut changes);
    }
    changes
}

fn tables(path: &str, before: &Table, after: &Table, changes: &mut Vec<KeyChange>) {
    let gone = before.iter().filter(|(key, _)| !after.contains_key(*key)).map(|(key, value)| (key, Some(value), None));
    let there = after.iter().map(|(key, value)| (key, before.get(key), Some(value)));
    for (key, before, after) in gone.chain(there) {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        values(path, before, after, changes);
    }
}

fn values(path: String, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<KeyChange>) {
    let has_tables = |list: &[Value]| list.iter().any(Value::is_table);
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Table(before)), Some(Value::Table(after))) => tables(&path, before, after, changes),
        // An added or removed table is compared key by key.
        (None, Some(Value::Table(after))) => tables(&path, &Table::new(), after, changes),
        (Some(Value::Table(before)), None) => tables(&path, before, &Table::new(), changes),
        (Some(Value::Array(before)), Some(Value::Array(after))) if has_tables(before) || has_tables(after) => {
            lists_of_tables(&path, before, after, changes);
        }
        (None, Some(Value::Array(after))) if has_tables(after) => lists_of_tables(&path, &[], after, changes),
        (Some(Value::Array(before)), None) if has_tables(before) => lists_of_tables(&path, before, &[], changes),
        (Some(Value::Array(before)), Some(Value::Array(after))) => lists(path, before, after, changes),
        (before, after) => {
            changes.push(KeyChange { key: path, before: before.map(written), after: after.map(written) });
        }
    }
}

/// Compares two lists of tables: tables that only one list has are paired in order and compared key by key.
fn lists_of_tables(path: &str, before: &[Value], after: &[Value], changes: &mut Vec<KeyChange>) {
    let only_in = |list: &[Value], other: &[Value]| -> Vec<usize> {
        let other: HashSet<String> = other.iter().map(Value::to_string).collect();
        (0..list.len()).filter(|&at| !other.contains(&list[at].to_string())).collect()
    };
    let (gone, new) = (only_in(before, after), only_in(after, before));
    for pair in 0..gone.len().max(new.len()) {
        let (old, new) = (gone.get(pair).map(|&at| &before[at]), new.get(pair).map(|&at| (at, &after[at])));
        match (old, new) {
            (Some(Value::Table(old)), Some((at, Value::Table(new)))) => {
                tables(&format!("{path}[{}]", at + 1), old, new, changes);
            }
            (old, new) => changes.push(KeyChange {
                key: path.to_owned(),
                before: old.map(written),
                after: new.map(|(_, value)| written(value)),
            }),
        }
    }
    if gone.is_empty() && new.is_empty() {
        changes.push(reordered(path.to_owned()));
    }
}

fn lists(path: String, before: &[Value], after: &[Value], changes: &mut Vec<KeyChange>) {
    let texts = |list: &[Value]| -> Vec<String> { list.iter().map(Value::to_string).collect() };
    let (before, after) = (texts(before), texts(after));
    let only_in = |list: &[String], other: &[String]| {
        let other: HashSet<&String> = other.iter().collect();
        let only: Vec<&str> = list.iter().filter(|it| !other.contains(it)).map(String::as_str).collect();
        let more = only.len().saturating_sub(MAX_ENTRIES);
        let shown = only[..only.len() - more].join(", ");
        (!only.is_empty()).then(|| match more {
            0 => Text::quoted(shown),
            more => text!(en: "{shown} and {more} more", zh: "{shown} 等，另有 {more} 项"),
        })
    };
    let (gone, new) = (only_in(&before, &after), only_in(&after, &before));
    changes.push(if gone.is_none() && new.is_none() {
        reordered(path)
    } else {
        KeyChange { key: path, before: gone, after: new }
    });
}

fn reordered(key: String) -> KeyChange {
    let after = text!(en: "the same in another order or number", zh: "内容相同，顺序或个数变了");
    KeyChange { key, before: None, after: Some(after) }
}

fn written(value: &Value) -> Text {
    Text::quoted(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    fn english(text: Option<&Text>) -> Option<&str> {
        text.map(|text| text.get(Lang::En))
    }

    #[track_caller]
    fn differ(before: &str, after: &str, expected: &[(&str, Option<&str>, Option<&str>)]) {
        let changes = between(before, after);
        let told: Vec<_> = changes
            .iter()
            .map(|it| (it.key.as_str(), english(it.before.as_ref()), english(it.after.as_ref())))
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn a_value() {
        differ(
            "[limits]\nmax_per_day = 3",
            "limits.max_per_day = 99",
            &[("limits.max_per_day", Some("3"), Some("99"))],
        );
        differ("a = 1 # one", "a = 1", &[]);
    }

    #[test]
    fn a_key_of_one_table_in_a_list() {
        let refuse = |words: &str, level: &str| format!("[[wording.refuse]]\nwords = [{words}]\nlevel = \"{level}\"\n");
        let first = refuse("\"x\"", "error");
        let (before, after) =
            (format!("{first}{}", refuse("\"a\", \"b\"", "error")), format!("{first}{}", refuse("\"b\"", "warning")));
        let expected = [
            ("wording.refuse[2].words", Some("\"a\""), None),
            ("wording.refuse[2].level", Some("\"error\""), Some("\"warning\"")),
        ];
        let mut changes = between(&before, &after);
        changes.sort_by_key(|it| it.key.ends_with("level"));
        let told: Vec<_> = changes
            .iter()
            .map(|it| (it.key.as_str(), english(it.before.as_ref()), english(it.after.as_ref())))
            .collect();
        assert_eq!(told, expected);
        let gone = "{ level = \"error\", words = [\"x\"] }";
        assert!(matches!(&between(&before, &refuse("\"a\", \"b\"", "error"))[..],
            [it] if it.key == "wording.refuse" && english(it.before.as_ref()) == Some(gone) && it.after.is_none()));
    }

    #[test]
    fn a_table_that_comes() {
        differ("", "limits.max_per_day = 2", &[("limits.max_per_day", None, Some("2"))]);
    }

    #[test]
    fn a_list_in_another_order() {
        differ("a = [1, 2]", "a = [2, 1]", &[("a", None, Some("the same in another order or number"))]);
    }
}
