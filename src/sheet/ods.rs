//! Sheets of LibreOffice and others. `content.xml` is read here: it may repeat a cell a million times, and only those that
//! say something count.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use quick_xml::events::BytesStart;

use super::archive::Archive;
use super::error::SheetError;
use super::xml::{self, Node};
use super::{MAX_CELL_CHARS, MAX_CELLS};
use crate::import::{Cell, PictureId, Position, Region, Sheet, Value, cell_name};

/// The last row and column that any program has.
const MAX_ROWS: u32 = 1_048_576;
const MAX_COLUMNS: u32 = 16_384;

pub(super) fn read(archive: &mut Archive) -> Result<Vec<Sheet>, SheetError> {
    if archive.xml("META-INF/manifest.xml")?.is_some_and(|text| text.contains(":encryption-data")) {
        return Err(SheetError::Encrypted);
    }
    let Some(text) = archive.xml("content.xml")? else { return Err(SheetError::NotASpreadsheet) };
    let mut reader = Reader::default();
    xml::visit(&text, |node| reader.node(&node))?;
    if !reader.is_spreadsheet {
        return Err(SheetError::NotASpreadsheet);
    }
    Ok(reader.sheets)
}

#[derive(Default)]
struct Reader {
    is_spreadsheet: bool,
    sheets: Vec<Sheet>,
    sheet: Option<Sheet>,
    /// Styles of sheets that are not shown.
    hidden_styles: BTreeSet<String>,
    style: Option<String>,
    row: u32,
    column: u32,
    column_of_columns: u32,
    row_repeats: u32,
    /// The cells of the row, in case it is repeated.
    row_cells: BTreeMap<u32, Cell>,
    cell: Option<OpenCell>,
    /// Elements around whose text is not that of the cell: comments, and descriptions of pictures.
    ignored: u32,
    has_paragraph: bool,
}

/// A cell that is being read.
struct OpenCell {
    repeats: u32,
    span: (u32, u32),
    kind: Option<String>,
    value: Option<String>,
    is_error: bool,
    has_formula: bool,
    text: String,
    pictures: Vec<PictureId>,
}

impl Reader {
    fn node(&mut self, node: &Node<'_, '_>) -> Result<(), SheetError> {
        match node {
            Node::Start(start) => self.start(start)?,
            Node::End(name) => self.end(name)?,
            Node::Text(text) => {
                if self.ignored == 0
                    && self.has_paragraph
                    && let Some(cell) = &mut self.cell
                {
                    cell.text.push_str(text);
                }
            }
        }
        Ok(())
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), SheetError> {
        let repeats = |name: &str, most: u32| xml::number(start, name).unwrap_or(1).clamp(1, most);
        match xml::name(start) {
            "spreadsheet" => self.is_spreadsheet = true,
            "style" => self.style = xml::attribute(start, "name"),
            "table-properties" if xml::attribute(start, "display").as_deref() == Some("false") => {
                self.hidden_styles.extend(self.style.clone())
            }
            "table" if self.sheet.is_none() && self.cell.is_none() => {
                let name = xml::attribute(start, "name").unwrap_or_default();
                let is_hidden =
                    xml::attribute(start, "style-name").is_some_and(|style| self.hidden_styles.contains(&style));
                self.sheet = Some(Sheet { is_hidden, ..Sheet::new(&name) });
                (self.row, self.column, self.column_of_columns) = (0, 0, 0);
            }
            "table-column" => {
                let count = repeats("number-columns-repeated", MAX_COLUMNS);
                let from = self.column_of_columns;
                self.column_of_columns = from.saturating_add(count).min(MAX_COLUMNS);
                if is_invisible(start)
                    && let Some(sheet) = &mut self.sheet
                {
                    sheet.hidden_columns.extend(from..self.column_of_columns);
                }
            }
            "table-row" => {
                self.row_repeats = repeats("number-rows-repeated", MAX_ROWS);
                self.column = 0;
                self.row_cells.clear();
                if is_invisible(start)
                    && let Some(sheet) = &mut self.sheet
                {
                    sheet.hidden_rows.extend(self.row..self.row.saturating_add(self.row_repeats).min(MAX_ROWS));
                }
            }
            "table-cell" | "covered-table-cell" => {
                let kind = xml::attribute(start, "value-type");
                let value = ["value", "date-value", "time-value", "boolean-value"]
                    .into_iter()
                    .find_map(|name| xml::attribute(start, name));
                self.cell = Some(OpenCell {
                    repeats: repeats("number-columns-repeated", MAX_COLUMNS),
                    span: (repeats("number-rows-spanned", MAX_ROWS), repeats("number-columns-spanned", MAX_COLUMNS)),
                    is_error: kind.as_deref() == Some("error") || has_error_type(start),
                    kind,
                    value,
                    has_formula: xml::attribute(start, "formula").is_some(),
                    text: String::new(),
                    pictures: Vec::new(),
                });
                self.has_paragraph = false;
            }
            "annotation" | "frame" => self.ignored += 1,
            "p" if self.ignored == 0 => {
                if let Some(cell) = self.cell.as_mut().filter(|cell| !cell.text.is_empty() || self.has_paragraph) {
                    cell.text.push('\n');
                }
                self.has_paragraph = true;
            }
            "s" if self.ignored == 0 => self.push(&" ".repeat(repeats("c", 1_000) as usize)),
            "tab" if self.ignored == 0 => self.push("\t"),
            "line-break" if self.ignored == 0 => self.push("\n"),
            "image" => {
                let path = xml::attribute(start, "href").filter(|path| !path.contains("://") && !path.starts_with('/'));
                let picture = path.map(|path| PictureId(Arc::from(path.trim_start_matches("./"))));
                match (picture, &mut self.cell, &mut self.sheet) {
                    (Some(picture), Some(cell), _) => cell.pictures.push(picture),
                    (_, _, Some(sheet)) => sheet.lost_pictures += 1,
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, text: &str) {
        if let Some(cell) = &mut self.cell {
            cell.text.push_str(text);
        }
    }

    fn end(&mut self, name: &str) -> Result<(), SheetError> {
        match name {
            "annotation" | "frame" => self.ignored = self.ignored.saturating_sub(1),
            "table-cell" | "covered-table-cell" => self.end_cell()?,
            "table-row" => self.end_row()?,
            "table" => self.sheets.extend(self.sheet.take()),
            _ => {}
        }
        Ok(())
    }

    fn end_cell(&mut self) -> Result<(), SheetError> {
        let Some(open) = self.cell.take() else { return Ok(()) };
        let at = Position::new(self.row, self.column);
        let from = self.column;
        self.column = from.saturating_add(open.repeats).min(MAX_COLUMNS);
        let Some(sheet) = &mut self.sheet else { return Ok(()) };
        if open.span != (1, 1) && open.repeats == 1 {
            let last = Position::new(
                (at.row + open.span.0 - 1).min(MAX_ROWS - 1),
                (at.column + open.span.1 - 1).min(MAX_COLUMNS - 1),
            );
            sheet.merges.push(Region { first: at, last });
        }
        if open.text.chars().count() > MAX_CELL_CHARS {
            return Err(SheetError::LongCell { cell: cell_name(&sheet.name, at) });
        }
        let cell = open.cell();
        if cell == Cell::default() {
            return Ok(());
        }
        for column in from..self.column {
            if self.row_cells.len() + sheet.cells.len() >= MAX_CELLS {
                return Err(SheetError::TooManyCells { sheet: sheet.name.to_string() });
            }
            self.row_cells.insert(column, cell.clone());
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), SheetError> {
        let cells = std::mem::take(&mut self.row_cells);
        let from = self.row;
        self.row = from.saturating_add(self.row_repeats).min(MAX_ROWS);
        let Some(sheet) = &mut self.sheet else { return Ok(()) };
        if cells.is_empty() {
            return Ok(());
        }
        for row in from..self.row {
            if sheet.cells.len() + cells.len() > MAX_CELLS {
                return Err(SheetError::TooManyCells { sheet: sheet.name.to_string() });
            }
            sheet.cells.extend(cells.iter().map(|(column, cell)| (Position { row, column: *column }, cell.clone())));
        }
        Ok(())
    }
}

impl OpenCell {
    fn cell(self) -> Cell {
        let number = || self.value.as_deref().and_then(|value| value.parse::<f64>().ok());
        let value = match self.kind.as_deref() {
            _ if self.is_error => Value::Error(self.text.clone()),
            Some("float" | "percentage" | "currency") => number().map_or(Value::Empty, Value::Number),
            Some("date" | "time") => self.value.as_deref().map_or(Value::Empty, iso),
            Some("boolean") => Value::Bool(self.value.as_deref() == Some("true")),
            _ if !self.text.is_empty() => Value::Text(self.text.clone()),
            None if self.has_formula => Value::NoResult,
            _ => Value::Empty,
        };
        Cell { value, pictures: self.pictures }
    }
}

fn is_invisible(start: &BytesStart<'_>) -> bool {
    matches!(xml::attribute(start, "visibility").as_deref(), Some("collapse" | "filter"))
}

/// LibreOffice writes an error as a text, and beside it that it is one.
fn has_error_type(start: &BytesStart<'_>) -> bool {
    let mut attributes = start.attributes();
    attributes.with_checks(false);
    attributes.filter_map(Result::ok).any(|it| it.key.local_name().as_ref() == "value-type" && &*it.value == "error")
}

/// A date, a date with a time, or a time of day in ISO form.
pub(super) fn iso(text: &str) -> Value {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Value::DateTime { date: Some(date), time: None };
    }
    if let Ok(date_time) = text.parse::<NaiveDateTime>() {
        return Value::DateTime { date: Some(date_time.date()), time: Some(date_time.time()) };
    }
    let parts = text.strip_prefix("PT").and_then(|rest| {
        let (hours, rest) = rest.split_once('H')?;
        let (minutes, rest) = rest.split_once('M')?;
        let seconds = rest.strip_suffix('S')?.split(['.', ',']).next()?;
        NaiveTime::from_hms_opt(hours.parse().ok()?, minutes.parse().ok()?, seconds.parse().ok()?)
    });
    match parts {
        Some(time) => Value::DateTime { date: None, time: Some(time) },
        None => Value::Text(text.to_owned()),
    }
}
