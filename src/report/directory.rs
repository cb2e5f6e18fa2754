//! `directory.toml`: who and what the corp has, as a file of the book. It holds no customer and nothing secret.

use serde::Serialize;

use crate::wecom::{Department, TagGroup};

/// The stable form (additions only).
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

/// The file's text, sorted, so that a pull without a change changes nothing.
pub fn toml(
    corp: &str,
    senders: &[String],
    departments: &[Department],
    groups: &[TagGroup],
) -> Result<String, toml::ser::Error> {
    let mut senders: Vec<&str> = senders.iter().map(String::as_str).collect();
    senders.sort_unstable();
    let mut sorted: Vec<&Department> = departments.iter().collect();
    sorted.sort_by_key(|it| it.id);
    let departments =
        sorted.into_iter().map(|it| DepartmentRow { id: it.id, name: &it.name, parent: it.parent }).collect();
    let mut groups: Vec<&TagGroup> = groups.iter().collect();
    groups.sort_by(|a, b| a.id.cmp(&b.id));
    let tag_groups = groups.into_iter().map(group).collect();
    let directory = Directory { version: 1, corp, senders, departments, tag_groups };
    let text = toml::to_string_pretty(&directory)?;
    Ok(format!("# Pulled from WeCom by `drumbeat directory pull`; pull again instead of editing.\n{text}"))
}

fn group(group: &TagGroup) -> GroupRow<'_> {
    let mut tags: Vec<TagRow<'_>> = group.tags.iter().map(|tag| TagRow { id: &tag.id, name: &tag.name }).collect();
    tags.sort_by(|a, b| a.id.cmp(b.id));
    GroupRow { id: &group.id, name: &group.name, tags }
}
