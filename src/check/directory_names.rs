//! Writes an entry of the directory: by an unambiguous name, or else by its id.

use super::characters;
use super::entries::{TAG, is_tag_id, quoted_number};
use super::phrases::name_and_id;
use crate::book::{Department, Directory, MAX_SAME_NAME, Tag};
use crate::text::Text;

/// A tag in a campaign file: its name, with its group's name if needed; its id if no name is unambiguous.
pub(super) fn call_tag(directory: &Directory, tag: &Tag) -> String {
    let is_it = |text: &&str| {
        let found = directory.tags_named(text);
        let is_name = !is_tag_id(text) || !text.starts_with(TAG);
        is_name && found.len() == 1 && found[0].id.value == tag.id.value
    };
    let path = directory.tag_path(tag).unwrap_or_default();
    let names = [tag.name.as_str(), &path];
    let call = names.into_iter().filter(|name| can_be_written(name)).find(is_it);
    call.map_or_else(
        || format!("`{}`", characters::short(&tag.id)),
        |name| format!("`{name}` ({})", characters::short(&tag.id)),
    )
}

/// A department in a campaign file: its name, with its parents' names if needed; its id if no name is unambiguous.
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

/// Whether a finding can quote a name exactly as it must be written.
fn can_be_written(name: &str) -> bool {
    const MAX_NAME_BYTES: usize = 200;
    (1..=MAX_NAME_BYTES).contains(&name.len())
        && !name.chars().any(|c| c.is_control() || crate::escape::is_hidden(c) || matches!(c, '`' | '"' | '\\'))
}

/// The help for an ambiguous name: the ways to write each entry.
pub(super) fn ways(calls: &[String]) -> Text {
    let shown: Vec<Text> = calls.iter().take(MAX_SAME_NAME - 1).map(|call| name_and_id(call)).collect();
    let shown = Text::join(&shown, &text!(en: " or ", zh: " 或 "));
    if calls.len() < MAX_SAME_NAME {
        text!(en: "write {shown}", zh: "请写明是哪一个：{shown}", shown = shown)
    } else {
        text!(
            en: "write {shown}, or another one of them by its id",
            zh: "请写明是哪一个：{shown}，或者写其他同名项的 ID",
            shown = shown
        )
    }
}
