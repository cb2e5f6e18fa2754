//! The table of `csv` as a workbook, for people who open the plan in a spreadsheet program.

use super::View;
use super::csv::{NUMBERS, table};
use crate::sheet::{self, OutCell, SheetError};
use crate::text::{StaticText, Text};

/// # Errors
/// More occurrences than a sheet has rows.
pub fn write(view: &View<'_>) -> Result<Vec<u8>, SheetError> {
    let (head, rows) = table(view);
    let names: Vec<&str> = head.iter().map(|name| name.get(view.lang)).collect();
    let name = Text::of("plan".to_owned(), "发表计划".to_owned());
    sheet::table(
        name.get(view.lang),
        &names,
        rows.map(|row| row.iter().zip(&head).map(|(text, head)| cell(text, head)).collect()),
    )
}

/// The program's own dates, times and numbers as such; everything else is a text and never a formula.
fn cell(text: &str, head: &StaticText) -> OutCell {
    let read = match head.en {
        "date" => text.parse().ok().map(OutCell::Date),
        "time" => text.parse().ok().map(OutCell::Time),
        NUMBERS => text.parse().ok().map(OutCell::Number),
        _ => None,
    };
    read.unwrap_or_else(|| OutCell::Text(text.to_owned()))
}
