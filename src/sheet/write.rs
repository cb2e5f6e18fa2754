//! Writes spreadsheets: a table, and the template for a month's posts. Texts are never formulas.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use rust_xlsxwriter::{
    Color, DataValidation, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet, XlsxError,
};

use super::error::SheetError;

/// Rows of the template that have drop-downs and formats.
const ROWS: u32 = 1_000;
/// Excel's own limit.
const MAX_TEXT: usize = 32_767;

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum OutCell {
    Text(String),
    Number(f64),
    Date(NaiveDate),
    Time(NaiveTime),
    Moment(NaiveDateTime),
}

/// A sheet to fill in.
#[derive(Clone, Debug, Default)]
pub struct Template {
    pub sheet: String,
    pub columns: Vec<Column>,
    /// The sheet with the choices of drop-downs.
    pub lists: String,
    /// A sheet with days: its name, its heads, and a row for each day.
    pub calendar: (String, Vec<String>, Vec<CalendarRow>),
}

#[derive(Clone, Debug, Default)]
pub struct Column {
    pub head: String,
    pub width: f64,
    pub kind: ColumnKind,
    /// What the example row says.
    pub example: Option<OutCell>,
    /// What a drop-down offers; other values may be typed.
    pub choices: Vec<String>,
    /// What is shown beside a cell that is being filled in.
    pub hint: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColumnKind {
    #[default]
    Text,
    Date,
    Time,
}

#[derive(Clone, Debug)]
pub struct CalendarRow {
    pub date: NaiveDate,
    pub cells: Vec<String>,
    pub colour: Option<DayColour>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayColour {
    Holiday,
    MakeUpWorkday,
    Weekend,
}

fn failed(error: XlsxError) -> SheetError {
    SheetError::Broken(error.to_string())
}

/// A workbook with one sheet.
///
/// # Errors
/// More rows than a sheet can have.
pub fn table(name: &str, head: &[&str], rows: impl Iterator<Item = Vec<OutCell>>) -> Result<Vec<u8>, SheetError> {
    let mut book = Workbook::new();
    let formats = Formats::new();
    let sheet = book.add_worksheet().set_name(name).map_err(failed)?;
    write_head(sheet, 0, head.iter().copied(), &formats).map_err(failed)?;
    for (row, cells) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(&cells) {
            write_cell(sheet, row, column, cell, &formats).map_err(failed)?;
        }
    }
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    book.save_to_buffer().map_err(failed)
}

/// The workbook of a template.
///
/// # Errors
/// A name is no name for a sheet.
pub fn template(template: &Template) -> Result<Vec<u8>, SheetError> {
    write_template(template).map_err(failed)
}

fn write_template(template: &Template) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let formats = Formats::new();
    let sheet = book.add_worksheet().set_name(&template.sheet)?;
    write_head(sheet, 0, template.columns.iter().map(|column| column.head.as_str()), &formats)?;
    sheet.set_freeze_panes(1, 0)?;
    let mut lists: Vec<&Column> = Vec::new();
    for (at, column) in (0..).zip(&template.columns) {
        sheet.set_column_width(at, column.width)?;
        sheet.set_column_format(at, formats.of(column.kind))?;
        if let Some(example) = &column.example {
            write_example(sheet, 1, at, example, column.kind, &formats)?;
        }
        let mut validation = DataValidation::new();
        let has_choices = !column.choices.is_empty();
        if has_choices {
            // A list of its own: written into the rule, it could have 255 characters and no comma.
            let letter = crate::import::column_name(u32::try_from(lists.len()).unwrap_or(0));
            let last = column.choices.len() + 1;
            let range = format!("='{}'!${letter}$2:${letter}${last}", template.lists.replace('\'', "''"));
            validation = validation.allow_list_formula(Formula::new(range));
            lists.push(column);
        }
        if !column.hint.is_empty() {
            validation = validation.set_input_message(&column.hint)?;
        }
        if has_choices || !column.hint.is_empty() {
            // Several may be written into one cell, which no list has.
            sheet.add_data_validation(1, at, ROWS, at, &validation.show_error_message(false))?;
        }
    }
    let (name, head, days) = &template.calendar;
    let calendar = book.add_worksheet().set_name(name)?;
    write_head(calendar, 0, head.iter().map(String::as_str), &formats)?;
    for (row, day) in (1..).zip(days) {
        let colour = day.colour.map(|colour| formats.day(colour));
        calendar.write_datetime_with_format(
            row,
            0,
            date(day.date)?,
            &colour.clone().unwrap_or_default().set_num_format("yyyy-mm-dd"),
        )?;
        for (column, text) in (1..).zip(&day.cells) {
            match &colour {
                Some(colour) => calendar.write_string_with_format(row, column, text, colour)?,
                None => calendar.write_string(row, column, text)?,
            };
        }
    }
    for at in 0..head.len() {
        calendar.set_column_width(u16::try_from(at).unwrap_or(u16::MAX), 16)?;
    }
    calendar.set_freeze_panes(1, 0)?;
    if !lists.is_empty() {
        let sheet = book.add_worksheet().set_name(&template.lists)?;
        for (at, column) in (0..).zip(lists) {
            sheet.set_column_width(at, 24)?;
            sheet.write_string_with_format(0, at, &column.head, &formats.head)?;
            for (row, choice) in (1..).zip(&column.choices) {
                sheet.write_string(row, at, choice)?;
            }
        }
    }
    book.save_to_buffer()
}

struct Formats {
    head: Format,
    text: Format,
    date: Format,
    time: Format,
    date_time: Format,
}

impl Formats {
    fn new() -> Self {
        let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        Self {
            head: Format::new()
                .set_bold()
                .set_background_color(Color::RGB(0xDDEBF7))
                .set_border_bottom(FormatBorder::Thin),
            text: wrapped.clone().set_num_format("@"),
            date: wrapped.clone().set_num_format("yyyy-mm-dd"),
            time: wrapped.clone().set_num_format("hh:mm"),
            date_time: wrapped.set_num_format("yyyy-mm-dd hh:mm:ss"),
        }
    }

    fn of(&self, kind: ColumnKind) -> &Format {
        match kind {
            ColumnKind::Text => &self.text,
            ColumnKind::Date => &self.date,
            ColumnKind::Time => &self.time,
        }
    }

    fn day(&self, colour: DayColour) -> Format {
        let rgb = match colour {
            DayColour::Holiday => 0xF8CBAD,
            DayColour::MakeUpWorkday => 0xFFE699,
            DayColour::Weekend => 0xE7E6E6,
        };
        Format::new().set_background_color(Color::RGB(rgb))
    }
}

fn write_head<'h>(
    sheet: &mut Worksheet,
    row: u32,
    head: impl Iterator<Item = &'h str>,
    formats: &Formats,
) -> Result<(), XlsxError> {
    for (column, name) in (0..).zip(head) {
        sheet.write_string_with_format(row, column, name, &formats.head)?;
    }
    Ok(())
}

fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &OutCell,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match cell {
        // `write_string` never makes a formula of it, and the format keeps a program from reading a number into it.
        OutCell::Text(text) => sheet.write_string_with_format(row, column, cut(text), &formats.text)?,
        OutCell::Number(number) => sheet.write_number(row, column, *number)?,
        OutCell::Date(day) => sheet.write_datetime_with_format(row, column, date(*day)?, &formats.date)?,
        OutCell::Time(at) => {
            sheet.write_datetime_with_format(row, column, time(*at)?, &Format::new().set_num_format("hh:mm:ss"))?
        }
        OutCell::Moment(at) => {
            let serial = ExcelDateTime::parse_from_str(&at.format("%Y-%m-%dT%H:%M:%S").to_string())?;
            sheet.write_datetime_with_format(row, column, serial, &formats.date_time)?
        }
    };
    Ok(())
}

fn write_example(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &OutCell,
    kind: ColumnKind,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let grey = formats.of(kind).clone().set_font_color(Color::Gray).set_italic();
    match cell {
        OutCell::Text(text) => sheet.write_string_with_format(row, column, text, &grey)?,
        OutCell::Date(day) => sheet.write_datetime_with_format(row, column, date(*day)?, &grey)?,
        OutCell::Time(at) => sheet.write_datetime_with_format(row, column, time(*at)?, &grey)?,
        OutCell::Number(number) => sheet.write_number_with_format(row, column, *number, &grey)?,
        OutCell::Moment(_) => return write_cell(sheet, row, column, cell, formats),
    };
    Ok(())
}

fn date(date: NaiveDate) -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::parse_from_str(&date.format("%Y-%m-%d").to_string())
}

fn time(time: NaiveTime) -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::parse_from_str(&time.format("%H:%M:%S").to_string())
}

/// As much of a text as a cell can hold.
fn cut(text: &str) -> String {
    let mut units = 0;
    text.chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= MAX_TEXT
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Position, Value};
    use crate::sheet::{Input, read};

    #[test]
    fn a_table_reads_back_as_written() {
        let day = NaiveDate::from_ymd_opt(2026, 12, 1).expect("a day");
        let nine = NaiveTime::from_hms_opt(9, 0, 0).expect("a time");
        let row = vec![
            OutCell::Date(day),
            OutCell::Time(nine),
            OutCell::Text("=1+1".to_owned()),
            OutCell::Text("00123".to_owned()),
            OutCell::Number(3.0),
        ];
        let bytes = table("计划", &["a", "b", "c", "d", "e"], [row].into_iter()).expect("written");
        let book = read(&Input::Bytes(bytes.into()), "a.xlsx", "a").expect("read").workbook;
        let values: Vec<Value> = book.sheets[0].row(1).map(|(_, cell)| cell.value.clone()).collect();
        let expected = [
            Value::DateTime { date: Some(day), time: None },
            Value::DateTime { date: None, time: Some(nine) },
            Value::Text("=1+1".to_owned()),
            Value::Text("00123".to_owned()),
            Value::Number(3.0),
        ];
        assert_eq!(values, expected);
        assert_eq!(book.sheets[0].cells[&Position::new(0, 0)].value, Value::Text("a".to_owned()));
    }
}
