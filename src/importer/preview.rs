//! The posts of a spreadsheet, as a list for people.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use crate::import::{Group, Row};
use crate::load::CheckedBook;
use crate::text::Text;

/// One row of the sheet, for the preview.
#[derive(Debug)]
pub struct ImportedPost {
    pub due: NaiveDateTime,
    pub is_past: bool,
    pub row: u32,
    pub campaign: String,
    pub title: Option<String>,
    pub text: Option<String>,
    pub images: usize,
    pub has_video: bool,
    pub has_link: bool,
    /// As the campaign has it; as the cells say it where the row has an error.
    pub audience: Text,
}

/// The posts of the rows, in the order of their times.
pub(super) fn posts(groups: &[Group], checked: &CheckedBook, now: NaiveDateTime) -> Vec<ImportedPost> {
    let campaigns: BTreeMap<&str, Text> =
        checked.result.campaigns.iter().map(|campaign| (campaign.id.as_str(), campaign.audience())).collect();
    let mut posts: Vec<ImportedPost> = groups
        .iter()
        .flat_map(|group| group.rows.iter().map(move |row| (group, row)))
        .map(|(group, row)| ImportedPost {
            due: row.due.value,
            is_past: row.due.value < now,
            row: row.row,
            campaign: group.id.to_string(),
            title: group.title.as_ref().map(|title| title.value.clone()),
            text: row.content.text.as_ref().map(|text| text.value.clone()),
            images: row.content.images.len(),
            has_video: row.content.video.is_some(),
            has_link: row.content.link_url.is_some(),
            audience: campaigns.get(group.id.as_str()).cloned().unwrap_or_else(|| as_written(row)),
        })
        .collect();
    posts.sort_by_key(|post| (post.due, post.row));
    posts
}

/// The audience as the cells say it.
fn as_written(row: &Row) -> Text {
    let words: Vec<&str> = row.audience.words().into_iter().flatten().collect();
    Text::of(words.join(", "), words.join("、"))
}
