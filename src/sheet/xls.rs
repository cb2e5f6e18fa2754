//! Workbooks of Excel 97 to 2003. `calamine` reads the values; the records are looked through before, because it makes room
//! for every cell between the first and the last.

use std::collections::BTreeSet;
use std::io::Cursor;

use calamine::{Data, Reader as _, SheetType, SheetVisible, Xls, XlsError};

use super::cfb::Compound;
use super::error::{OtherKind, SheetError};
use super::xlsx::date_time;
use super::{MAX_CELL_CHARS, MAX_CELLS};
use crate::import::{Cell, Position, Region, Sheet, Value, cell_name};

/// Most cells between the first and the last of one sheet, and of all sheets.
const MAX_AREA: u64 = 4_000_000;

/// What the records of a sheet say beside its values.
#[derive(Debug, Default)]
struct XlsMarks {
    hidden_rows: BTreeSet<u32>,
    hidden_columns: BTreeSet<u32>,
    pictures: usize,
    last: (u32, u32),
}

pub(super) fn read(bytes: Vec<u8>) -> Result<Vec<Sheet>, SheetError> {
    let marks = {
        let file = Compound::open(&bytes)?;
        if file.has("EncryptedPackage") {
            return Err(SheetError::Encrypted);
        }
        if file.has("WordDocument") {
            return Err(SheetError::Other(OtherKind::Word));
        }
        if file.has("PowerPoint Document") {
            return Err(SheetError::Other(OtherKind::Slides));
        }
        let Some(stream) = file.stream("Workbook") else {
            let kind =
                if file.has("Book") { SheetError::Other(OtherKind::OldExcel) } else { SheetError::NotASpreadsheet };
            return Err(kind);
        };
        marks(&stream)?
    };
    let area: u64 = marks.iter().map(|it| (u64::from(it.last.0) + 1) * (u64::from(it.last.1) + 1)).sum();
    if area > MAX_AREA {
        return Err(SheetError::TooManyCells { sheet: String::new() });
    }
    let mut workbook = Xls::new(Cursor::new(bytes)).map_err(broken)?;
    let mut sheets = Vec::new();
    for (meta, marks) in workbook
        .sheets_metadata()
        .to_vec()
        .into_iter()
        .zip(marks.into_iter().map(Some).chain(std::iter::repeat_with(|| None)))
    {
        if meta.typ != SheetType::WorkSheet {
            continue;
        }
        let mut sheet = Sheet { is_hidden: meta.visible != SheetVisible::Visible, ..Sheet::new(&meta.name) };
        let marks = marks.unwrap_or_default();
        (sheet.hidden_rows, sheet.hidden_columns, sheet.lost_pictures) =
            (marks.hidden_rows, marks.hidden_columns, marks.pictures);
        let regions = workbook.merge_cells_by_sheet_name(&meta.name).unwrap_or_default();
        sheet.merges = regions
            .into_iter()
            .map(|it| Region { first: Position::new(it.start.0, it.start.1), last: Position::new(it.end.0, it.end.1) })
            .collect();
        let range = workbook.worksheet_range(&meta.name).map_err(broken)?;
        let (first_row, first_column) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            let at = Position::new(first_row + row as u32, first_column + column as u32);
            let value = self::value(value);
            if sheet.cells.len() >= MAX_CELLS {
                return Err(SheetError::TooManyCells { sheet: meta.name });
            }
            if matches!(&value, Value::Text(text) if text.chars().count() > MAX_CELL_CHARS) {
                return Err(SheetError::LongCell { cell: cell_name(&meta.name, at) });
            }
            if value != Value::Empty {
                sheet.cells.insert(at, Cell { value, pictures: Vec::new() });
            }
        }
        sheets.push(sheet);
    }
    Ok(sheets)
}

fn value(value: &Data) -> Value {
    match value {
        Data::Empty => Value::Empty,
        Data::String(text) if text.is_empty() => Value::Empty,
        Data::String(text) => Value::Text(text.replace("\r\n", "\n")),
        Data::Int(number) => Value::Number(*number as f64),
        Data::Float(number) => Value::Number(*number),
        Data::Bool(is) => Value::Bool(*is),
        Data::DateTime(serial) => date_time(serial),
        Data::DateTimeIso(text) | Data::DurationIso(text) => Value::Text(text.clone()),
        Data::Error(error) => Value::Error(error.to_string()),
    }
}

fn broken(error: XlsError) -> SheetError {
    match error {
        XlsError::Password => SheetError::Encrypted,
        error => SheetError::Broken(error.to_string()),
    }
}

/// Looks through the records of a workbook: for each sheet, in their order, what they say.
fn marks(stream: &[u8]) -> Result<Vec<XlsMarks>, SheetError> {
    const BOF: u16 = 0x0809;
    const BOUND_SHEET: u16 = 0x0085;
    const FILE_PASS: u16 = 0x002f;
    let mut starts = Vec::new();
    for (id, data, at) in records(stream, 0) {
        match id {
            BOUND_SHEET if data.len() >= 4 => {
                starts.push(u32::from_le_bytes([data[0], data[1], data[2], data[3]]) as usize)
            }
            FILE_PASS => return Err(SheetError::Encrypted),
            BOF if at > 0 => break,
            _ => {}
        }
    }
    Ok(starts.into_iter().map(|start| of_sheet(stream, start)).collect())
}

fn of_sheet(stream: &[u8], start: usize) -> XlsMarks {
    let mut marks = XlsMarks::default();
    // A chart inside of a sheet has a beginning and an end of its own.
    let mut depth = 0;
    for (id, data, _) in records(stream, start) {
        let u16_at = |at: usize| data.get(at..at + 2).map_or(0, |it| u32::from(u16::from_le_bytes([it[0], it[1]])));
        match id {
            0x0809 => depth += 1,
            0x000a => {
                depth -= 1;
                if depth <= 0 {
                    break;
                }
            }
            // A row's height, and whether it is hidden.
            0x0208 if u16_at(12) & 0x20 != 0 => {
                marks.hidden_rows.insert(u16_at(0));
            }
            0x007d if u16_at(8) & 1 != 0 => marks.hidden_columns.extend(u16_at(0)..=u16_at(2).min(255)),
            // An object that is a picture.
            0x005d if u16_at(0) == 0x15 && u16_at(4) == 8 => marks.pictures += 1,
            // Cells with a value, and runs of them, which end with their last column.
            0x0203 | 0x027e | 0x0204 | 0x00fd | 0x0006 | 0x0205 | 0x0201 | 0x00d6 => {
                marks.last = (marks.last.0.max(u16_at(0)), marks.last.1.max(u16_at(2)));
            }
            0x00bd | 0x00be => {
                marks.last = (marks.last.0.max(u16_at(0)), marks.last.1.max(u16_at(data.len().saturating_sub(2))));
            }
            _ => {}
        }
    }
    marks
}

/// The records from a place on: kind, data, and where each begins.
fn records(stream: &[u8], start: usize) -> impl Iterator<Item = (u16, &[u8], usize)> {
    let mut at = start;
    std::iter::from_fn(move || {
        let head = stream.get(at..at.checked_add(4)?)?;
        let (id, length) =
            (u16::from_le_bytes([head[0], head[1]]), usize::from(u16::from_le_bytes([head[2], head[3]])));
        let data = stream.get(at + 4..at + 4 + length)?;
        let began = at;
        at += 4 + length;
        Some((id, data, began))
    })
}
