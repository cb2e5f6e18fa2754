//! A row of a spreadsheet as one post.

use chrono::{NaiveDate, NaiveDateTime};

use super::table::{PictureId, Position};
use crate::text::Text;

/// Prefix of the campaign name in example rows, which are not imported.
pub const EXAMPLE_MARKS: [&str; 2] = ["示例", "Example"];

/// A value with the cell that it stands in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At<T> {
    pub value: T,
    pub at: Position,
}

/// A row that is one post.
#[derive(Clone, Debug)]
pub struct Row {
    pub row: u32,
    pub due: At<NaiveDateTime>,
    pub campaign: Option<At<String>>,
    pub id: Option<At<String>>,
    pub owner: Option<At<String>>,
    /// Names of warnings that people have seen and allow.
    pub allow: Vec<At<String>>,
    pub content: RowContent,
    pub audience: RowAudience,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowContent {
    pub text: Option<At<String>>,
    pub images: Vec<At<MediaName>>,
    pub video: Option<At<MediaName>>,
    pub link_url: Option<At<String>>,
    pub link_title: Option<At<String>>,
    pub cover: Option<At<MediaName>>,
}

impl RowContent {
    /// Every picture and video.
    pub fn media(&self) -> impl Iterator<Item = &At<MediaName>> {
        self.images.iter().chain(&self.video).chain(&self.cover)
    }
}

/// A picture or video of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaName {
    /// The name of a file, as it is written in the cell.
    Named(String),
    /// A picture of the spreadsheet itself.
    Picture(PictureId),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowAudience {
    pub audience: Option<At<String>>,
    pub departments: Vec<At<String>>,
    pub members: Vec<At<String>>,
    pub tags: Vec<At<String>>,
}

impl RowAudience {
    /// What it says, without where.
    pub fn words(&self) -> [Vec<&str>; 4] {
        let audience = self.audience.as_slice();
        [audience, &self.departments, &self.members, &self.tags]
            .map(|list| list.iter().map(|it| it.value.as_str()).collect())
    }

    /// The first non-empty cell.
    pub fn cell(&self) -> Option<Position> {
        let lists = [&self.departments, &self.members, &self.tags];
        let firsts = lists.into_iter().filter_map(|list| list.first().map(|it| it.at));
        self.audience.iter().map(|it| it.at).chain(firsts).min()
    }
}

/// The rows of a sheet, with what was left out of it.
#[derive(Debug, Default)]
pub struct Rows {
    pub rows: Vec<Row>,
    /// Rows whose time could not be read, which is reported. Their `due` only stands for one.
    pub undated: Vec<Row>,
    /// Hidden rows: they are not imported.
    pub hidden: Vec<Row>,
    pub notes: Vec<Text>,
}

/// What is known beside the sheet.
#[derive(Clone, Debug)]
pub struct Reading {
    pub today: NaiveDate,
    /// The file's name, which may name a year.
    pub file_name: String,
}
