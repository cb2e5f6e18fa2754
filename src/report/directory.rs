//! `directory.toml`: the corp's members, departments and tags, as a file of the book. It holds no customers and no
//! secrets.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::ids::user_key;
use crate::wecom::{Department, TagGroup};

/// In both languages, because colleagues of both read the file: the first line must not change with who pulls.
const HEAD: &str = "# 由 `drumbeat directory pull` 从企业微信取回；请重新取回，不要手工修改。\n\
    # Pulled from WeCom by `drumbeat directory pull`; pull again instead of editing.";

/// The stable file format (additions only).
#[derive(Serialize)]
struct Directory<'a> {
    version: u32,
    corp: &'a str,
    /// Members with 客户联系: those who can be senders.
    senders: Vec<&'a str>,
    departments: Vec<DepartmentRow<'a>>,
    tag_groups: Vec<GroupRow<'a>>,
}

#[derive(Serialize)]
struct DepartmentRow<'a> {
    id: u64,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<u64>,
}

#[derive(Serialize)]
struct GroupRow<'a> {
    id: &'a str,
    name: &'a str,
    tags: Vec<TagRow<'a>>,
}

#[derive(Serialize)]
struct TagRow<'a> {
    id: &'a str,
    name: &'a str,
}

/// The text of the file. Entries are sorted and unique, so a pull without a change at WeCom leaves the file as it is.
///
/// # Errors
///
/// The directory cannot be serialized.
pub fn toml(
    corp: &str,
    senders: &[String],
    departments: &[Department],
    groups: &[TagGroup],
) -> Result<String, toml::ser::Error> {
    let mut senders: Vec<&str> = senders.iter().map(String::as_str).collect();
    senders.sort_unstable();
    let mut seen = BTreeSet::new();
    senders.retain(|sender| seen.insert(user_key(sender)));
    let mut sorted: Vec<&Department> = departments.iter().collect();
    sorted.sort_by_key(|it| it.id);
    sorted.dedup_by_key(|it| it.id);
    let departments =
        sorted.into_iter().map(|it| DepartmentRow { id: it.id, name: &it.name, parent: it.parent }).collect();
    let mut groups: Vec<&TagGroup> = groups.iter().collect();
    groups.sort_by(|a, b| a.id.cmp(&b.id));
    let mut seen = BTreeSet::new();
    let mut tag_groups: Vec<GroupRow<'_>> = Vec::with_capacity(groups.len());
    for found in groups {
        let mut row = group(found, &mut seen);
        match tag_groups.last_mut().filter(|last| last.id == row.id) {
            // WeCom listed the group twice.
            Some(last) => last.tags.append(&mut row.tags),
            None => tag_groups.push(row),
        }
    }
    tag_groups.iter_mut().for_each(|group| group.tags.sort_by(|a, b| a.id.cmp(b.id)));
    let directory = Directory { version: 1, corp, senders, departments, tag_groups };
    let text = toml::to_string_pretty(&directory)?;
    Ok(format!("{HEAD}\n{text}"))
}

/// A group with its tags that are not in `seen`.
fn group<'a>(group: &'a TagGroup, seen: &mut BTreeSet<&'a str>) -> GroupRow<'a> {
    let new = group.tags.iter().filter(|tag| seen.insert(&tag.id));
    let tags = new.map(|tag| TagRow { id: &tag.id, name: &tag.name }).collect();
    GroupRow { id: &group.id, name: &group.name, tags }
}
