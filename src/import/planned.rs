//! Campaigns as the rows of a spreadsheet plan them, with the paths of their media.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::content::PostContent;
use super::group::Group;
use super::row::{At, MediaName, RowAudience};
use super::table::Position;
use crate::ids::CampaignId;

/// The campaign of a group of rows.
#[derive(Clone, Debug)]
pub struct PlannedCampaign {
    pub id: CampaignId,
    pub title: Option<At<String>>,
    pub owner: Option<At<String>>,
    pub allow: Vec<At<String>>,
    pub audience: RowAudience,
    pub posts: Vec<PlannedPost>,
    /// The cell that stands for the campaign as a whole.
    pub cell: Position,
}

/// The post of one row.
#[derive(Clone, Debug)]
pub struct PlannedPost {
    pub due: NaiveDateTime,
    pub content: PostContent,
    /// The date in its row.
    pub cell: Position,
}

impl PlannedCampaign {
    /// `paths`: of each picture and video, from the book's top.
    pub fn of(group: &Group, paths: &BTreeMap<At<MediaName>, String>) -> Self {
        let posts = group.rows.iter().map(|row| PlannedPost {
            due: row.due.value,
            content: PostContent::of_row(&row.content, paths),
            cell: Position::new(row.row, row.due.at.column),
        });
        Self {
            id: group.id.clone(),
            title: group.title.clone(),
            owner: group.owner.clone(),
            allow: group.allow.clone(),
            audience: group.rows.first().map(|row| row.audience.clone()).unwrap_or_default(),
            posts: posts.collect(),
            cell: group.cell,
        }
    }
}
