//! The cells of a spreadsheet, as `sheet` reads them from any kind of file.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime};

/// A spreadsheet file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workbook {
    /// The file's name without its directory.
    pub name: String,
    pub sheets: Vec<Sheet>,
}

/// One sheet, with what its cells show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    pub name: Arc<str>,
    pub is_hidden: bool,
    /// The cells that are not empty.
    pub cells: BTreeMap<Position, Cell>,
    pub merges: Vec<Region>,
    pub hidden_rows: BTreeSet<u32>,
    pub hidden_columns: BTreeSet<u32>,
    /// The number of pictures that have no cell or cannot be extracted from this format.
    pub lost_pictures: usize,
}

/// A cell's place, both counted from 0. Shown as `C7`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub row: u32,
    pub column: u32,
}

/// A rectangle of cells, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    pub first: Position,
    pub last: Position,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    pub value: Value,
    /// Pictures in the cell, or placed with their upper left corner over it.
    pub pictures: Vec<PictureId>,
}

/// A picture of the file, by the name of its part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PictureId(pub Arc<str>);

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    #[default]
    Empty,
    Text(String),
    Number(f64),
    /// A cell with the format of a date, a time of day, or both.
    DateTime {
        date: Option<NaiveDate>,
        time: Option<NaiveTime>,
    },
    Bool(bool),
    /// `#N/A` and the like.
    Error(String),
    /// A formula whose result was not saved.
    NoResult,
    /// A picture that the file names and does not have, by the name.
    LostPicture(String),
}

impl Cell {
    /// Whether the cell shows nothing: no picture, and no value or only spaces.
    pub fn is_blank(&self) -> bool {
        let has_value = match &self.value {
            Value::Empty => false,
            Value::Text(text) => !text.trim().is_empty(),
            _ => true,
        };
        !has_value && self.pictures.is_empty()
    }
}

impl Position {
    pub const fn new(row: u32, column: u32) -> Self {
        Self { row, column }
    }

    /// Of a name such as `C7`; `$` signs do not count.
    pub fn parse(name: &str) -> Option<Self> {
        let plain: String = name.chars().filter(|c| *c != '$').collect();
        let digits = plain.find(|c: char| c.is_ascii_digit())?;
        let (letters, row) = plain.split_at(digits);
        if letters.is_empty() || letters.len() > 3 || !letters.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return None;
        }
        let column =
            letters.bytes().fold(0, |column, letter| column * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1);
        let row = row.parse::<u32>().ok()?.checked_sub(1)?;
        Some(Self { row, column: column - 1 })
    }
}

/// The letters of a column that is counted from 0: `A`, `Z`, `AA`.
pub fn column_name(column: u32) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        letters.push(b'A' + ((left - 1) % 26) as u8);
        left = (left - 1) / 26;
    }
    letters.reverse();
    letters.into_iter().map(char::from).collect()
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", column_name(self.column), self.row + 1)
    }
}

impl Region {
    /// Of a name such as `A2:C4`, or of one cell.
    pub fn parse(name: &str) -> Option<Self> {
        let (first, last) = name.split_once(':').unwrap_or((name, name));
        let (first, last) = (Position::parse(first)?, Position::parse(last)?);
        (first.row <= last.row && first.column <= last.column).then_some(Self { first, last })
    }
}

impl Sheet {
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The last row that has a cell of its own.
    pub fn last_row(&self) -> Option<u32> {
        self.cells.keys().next_back().map(|at| at.row)
    }

    pub fn row(&self, row: u32) -> impl Iterator<Item = (Position, &Cell)> {
        self.cells.range(Position::new(row, 0)..Position::new(row + 1, 0)).map(|(at, cell)| (*at, cell))
    }

    /// Adds a picture to the cell at a place.
    pub fn add_picture(&mut self, at: Position, picture: PictureId) {
        let pictures = &mut self.cells.entry(at).or_default().pictures;
        if !pictures.contains(&picture) {
            pictures.push(picture);
        }
    }

    /// The cells that others of a merged region show, for the used rows and the first columns.
    pub fn merged(&self, columns: u32) -> HashMap<Position, Position> {
        let mut shown = HashMap::new();
        let Some(last) = self.last_row() else { return shown };
        for region in &self.merges {
            for row in region.first.row..=region.last.row.min(last) {
                for column in region.first.column..=region.last.column.min(columns.saturating_sub(1)) {
                    if shown.len() >= MAX_MERGED_CELLS {
                        return shown;
                    }
                    shown.insert(Position { row, column }, region.first);
                }
            }
        }
        shown
    }
}

/// Most cells of merged regions that are looked at.
const MAX_MERGED_CELLS: usize = 1_000_000;

/// How a sheet's name and a place are written together: `排期!C7`, `'Sheet 1'!C7`.
pub fn cell_name(sheet: &str, at: Position) -> String {
    let is_plain =
        sheet.chars().all(|c| c.is_alphanumeric() || c == '_') && !sheet.starts_with(|c: char| c.is_ascii_digit());
    if is_plain { format!("{sheet}!{at}") } else { format!("'{}'!{at}", sheet.replace('\'', "''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_the_names_of_spreadsheets() {
        for (row, column, name) in
            [(0, 0, "A1"), (6, 2, "C7"), (9, 25, "Z10"), (0, 26, "AA1"), (1_048_575, 16_383, "XFD1048576")]
        {
            assert_eq!(Position::new(row, column).to_string(), name);
            assert_eq!(Position::parse(name), Some(Position::new(row, column)));
        }
        assert_eq!(Position::parse("$b$2"), Some(Position::new(1, 1)));
        for wrong in ["", "A", "7", "A0", "ABCD1", "A-1", "A99999999999"] {
            assert_eq!(Position::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_sheet_name_is_quoted_where_it_must() {
        assert_eq!(cell_name("排期", Position::new(6, 2)), "排期!C7");
        assert_eq!(cell_name("Sheet 1", Position::new(0, 0)), "'Sheet 1'!A1");
        assert_eq!(cell_name("12月", Position::new(0, 0)), "'12月'!A1");
    }

    #[test]
    fn merged_cells_show_the_first() {
        let mut sheet = Sheet::new("a");
        sheet.cells.insert(Position::new(3, 0), Cell::default());
        sheet.merges.push(Region::parse("A2:B1048576").expect("a region"));
        let merged = sheet.merged(1);
        assert_eq!(merged.len(), 3);
        assert_eq!(merged[&Position::new(3, 0)], Position::new(1, 0));
    }
}
