//! Workbooks of Excel and WPS. `calamine` reads the values, with their formats; what it does not tell (hidden rows, merged
//! cells, pictures) `xlsx_marks` reads beside it.

use calamine::{DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError, XlsxFormulaMetadata};
use chrono::NaiveDate;

use super::archive::Archive;
use super::error::SheetError;
use super::input::{Input, ReadSeek};
use super::xlsx_marks::{self, Marks};
use super::xlsx_pictures::{RichPictures, WpsPictures};
use super::{MAX_CELL_CHARS, MAX_CELLS, xlsx_pictures};
use crate::import::{Cell, Position, Sheet, Value, cell_name, of_day};

pub(super) fn read(input: &Input, archive: &mut Archive) -> Result<Vec<Sheet>, SheetError> {
    let reader = input.open().map_err(SheetError::Unreadable)?;
    let mut workbook = Xlsx::new(reader).map_err(broken)?;
    let paths = xlsx_marks::sheet_paths(archive)?;
    let rich = RichPictures::read(archive)?;
    let wps = WpsPictures::read(archive)?;
    let mut sheets = Vec::new();
    for meta in workbook.sheets_metadata().to_vec() {
        if meta.typ != SheetType::WorkSheet {
            continue;
        }
        let mut sheet = Sheet { is_hidden: meta.visible != SheetVisible::Visible, ..Sheet::new(&meta.name) };
        let marks = match paths.get(&meta.name) {
            Some(path) => xlsx_marks::read(archive, path)?,
            None => Marks::default(),
        };
        values(&mut workbook, &mut sheet, &wps)?;
        for (at, vm) in &marks.rich_values {
            if let Some(picture) = rich.picture(*vm) {
                sheet.cells.entry(*at).or_default().value = Value::Empty;
                sheet.add_picture(*at, picture);
            }
        }
        sheet.merges = marks.merges;
        sheet.hidden_rows = marks.hidden_rows;
        sheet.hidden_columns = marks.hidden_columns;
        if let Some(path) = &marks.drawing {
            xlsx_pictures::drawing(archive, path, &mut sheet)?;
        }
        sheets.push(sheet);
    }
    Ok(sheets)
}

/// Reads the values of a sheet. Cells come one by one: the declared dimension of a sheet is ignored.
fn values(workbook: &mut Xlsx<Box<dyn ReadSeek>>, sheet: &mut Sheet, wps: &WpsPictures) -> Result<(), SheetError> {
    let name = sheet.name.to_string();
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(broken)?;
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(broken)? {
        let at = Position::new(cell.pos.0, cell.pos.1);
        let value = value(&cell.value);
        let formula = match &cell.formula {
            Some(XlsxFormulaMetadata::Normal { formula, .. }) => Some(formula.as_str()),
            _ => None,
        };
        // WPS keeps the formula in the text that it shows; other programs that save the file keep only the formula.
        let shown = if let Value::Text(text) = &value { Some(text.as_str()) } else { None };
        if let Some(id) = shown.and_then(dispimg).or_else(|| formula.and_then(dispimg)) {
            match wps.picture(id) {
                Some(picture) => sheet.add_picture(at, picture),
                None => sheet.cells.entry(at).or_default().value = Value::LostPicture(id.to_owned()),
            }
            continue;
        }
        let value = match value {
            Value::Empty if cell.formula.is_some() => Value::NoResult,
            Value::Empty => continue,
            value => value,
        };
        if sheet.cells.len() >= MAX_CELLS {
            return Err(SheetError::TooManyCells { sheet: name });
        }
        if matches!(&value, Value::Text(text) if text.len() > MAX_CELL_CHARS && text.chars().count() > MAX_CELL_CHARS) {
            return Err(SheetError::LongCell { cell: cell_name(&name, at) });
        }
        sheet.cells.insert(at, Cell { value, pictures: Vec::new() });
    }
    Ok(())
}

/// The picture's name in `=DISPIMG("ID_…",1)`.
fn dispimg(formula: &str) -> Option<&str> {
    let (_, after) = formula.split_once("DISPIMG(\"")?;
    after
        .split_once('"')
        .map(|(id, _)| id)
        .filter(|_| formula.trim_start_matches('=').trim_start().starts_with(['D', '_']))
}

fn value(value: &DataRef<'_>) -> Value {
    match value {
        DataRef::Empty => Value::Empty,
        DataRef::String(text) => text_value(text),
        DataRef::SharedString(text) => text_value(text),
        DataRef::Int(number) => Value::Number(*number as f64),
        DataRef::Float(number) => Value::Number(*number),
        DataRef::Bool(is) => Value::Bool(*is),
        DataRef::DateTime(serial) => date_time(serial),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => super::ods::iso(text),
        DataRef::Error(error) => Value::Error(error.to_string()),
    }
}

/// Line ends as others write them, and `_x000D_` as Excel does.
fn text_value(text: &str) -> Value {
    if text.is_empty() { Value::Empty } else { Value::Text(text.replace("_x000D_", "").replace("\r\n", "\n")) }
}

/// A date, a time of day, or both, of a serial number.
pub(super) fn date_time(cell: &ExcelDateTime) -> Value {
    let serial = cell.as_f64();
    if !(0.0..3_000_000.0).contains(&serial) {
        return Value::Number(serial);
    }
    let time = of_day(serial.fract());
    if serial < 1.0 || cell.is_duration() {
        return if serial < 1.0 { Value::DateTime { date: None, time } } else { Value::Number(serial) };
    }
    let (year, month, day, ..) = cell.to_ymd_hms_milli();
    let date = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day));
    Value::DateTime { date, time: time.filter(|_| serial.fract() > 0.0) }
}

fn broken(error: XlsxError) -> SheetError {
    match error {
        XlsxError::Password => SheetError::Encrypted,
        XlsxError::Io(error) => SheetError::Unreadable(error),
        error => SheetError::Broken(error.to_string()),
    }
}
