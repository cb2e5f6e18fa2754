//! Reads the rows below the heads of a sheet.

use chrono::Datelike;

use super::cell_time::Years;
use super::field::{Field, narrow};
use super::finding::CellFinding;
use super::head::Head;
use super::row::{Reading, Rows};
use super::row_reader::{RowKind, RowReader};
use super::table::{Position, Sheet, Value, column_name};
use crate::text::{Text, when};

/// Most rows below the head row.
pub const MAX_ROWS: usize = 10_000;
/// Most findings that are reported of one sheet.
pub const MAX_FINDINGS: usize = 1_000;

/// Reads every row below the heads.
pub fn read(sheet: &Sheet, head: &Head, reading: &Reading, findings: &mut Vec<CellFinding>) -> Rows {
    let years = Years { named: named_year(sheet, head, reading), today: reading.today };
    let mut reader = RowReader::new(sheet, head, years, findings);
    let (mut rows, mut undated, mut hidden_rows) = (Vec::new(), Vec::new(), Vec::new());
    let (mut hidden, mut examples, mut sections) = (Vec::new(), Vec::new(), Vec::new());
    let mut numbers: Vec<u32> = sheet
        .cells
        .range(Position::new(head.row + 1, 0)..)
        .filter(|(_, cell)| !cell.is_blank())
        .map(|(at, _)| at.row)
        .collect();
    numbers.dedup();
    if numbers.len() > MAX_ROWS {
        let count = numbers.len();
        reader.findings.push(
            CellFinding::error(
                "too-many-rows",
                Position::new(numbers[MAX_ROWS], 0),
                text!(en: "the sheet has {count} rows; at most {MAX_ROWS} are read", zh: "表里有 {count} 行，最多读 {MAX_ROWS} 行"),
            )
            .with_help(text!(en: "split it into several files", zh: "请拆成几个文件")),
        );
        return Rows::default();
    }
    for row in numbers {
        if !reader.says_something(row) {
            continue;
        }
        match reader.kind(row) {
            RowKind::Post if sheet.hidden_rows.contains(&row) => {
                hidden.push(row);
                // What is wrong with a row that is not imported does not matter.
                let findings = reader.findings.len();
                if let (row, true) = reader.row(row) {
                    hidden_rows.push(row);
                }
                reader.findings.truncate(findings);
            }
            RowKind::Post => match reader.row(row) {
                (row, true) => rows.push(row),
                (row, false) => undated.push(row),
            },
            RowKind::Example => examples.push(row),
            RowKind::Section => sections.push(row),
        }
        if reader.findings.len() > MAX_FINDINGS {
            break;
        }
    }
    let mut notes = Vec::new();
    let mut title_rows: Vec<u32> = sheet.cells.range(..Position::new(head.row, 0)).map(|(at, _)| at.row).collect();
    title_rows.dedup();
    let mut note = |rows: &[u32], of: fn(Text) -> Text| {
        if !rows.is_empty() {
            notes.push(of(row_list(rows)));
        }
    };
    note(
        &title_rows,
        |rows| text!(en: "{rows} above the heads: not read", zh: "{rows}在表头上面：没有读取", rows = rows),
    );
    note(
        &hidden,
        |rows| text!(en: "{rows} hidden: not read; show them to import them", zh: "{rows}是隐藏的：没有读取，要导入请先取消隐藏", rows = rows),
    );
    note(&examples, |rows| text!(en: "{rows} an example: not read", zh: "{rows}是示例：没有读取", rows = rows));
    note(&sections, |rows| text!(en: "{rows} only a heading: not read", zh: "{rows}只是小标题：没有读取", rows = rows));
    let hidden_columns: Vec<String> = head
        .columns
        .values()
        .flatten()
        .filter(|column| sheet.hidden_columns.contains(column))
        .map(|column| column_name(*column))
        .collect();
    if !hidden_columns.is_empty() {
        let names = Text::of(hidden_columns.join(", "), hidden_columns.join("、"));
        notes.push(text!(en: "hidden columns are read too: {names}", zh: "隐藏的列也读取了：{names}", names = names));
    }
    for (column, name) in &head.ignored {
        let column = column_name(*column);
        notes.push(text!(en: "column {column} `{name}` left out", zh: "没有读取 {column} 列“{name}”"));
    }
    if sheet.lost_pictures > 0 {
        let count = sheet.lost_pictures;
        let column = head.column(Field::Images).or(head.columns.values().flatten().next().copied());
        // Without it, a post would go out without its picture.
        reader.findings.push(
            CellFinding::error(
                "lost-picture",
                Position::new(head.row, column.unwrap_or(0)),
                text!(en: "pictures that cannot be taken from the file: {count}", zh: "有 {count} 张图片取不出来"),
            )
            .with_help(text!(
                en: "save it as xlsx, with each picture over its cell; remove pictures that are not to be posted",
                zh: "请另存为 xlsx，并把每张图片放在对应的单元格里；不发表的图片请删掉"
            )),
        );
    }
    if let Some(assumed) = reader.assumed {
        let year = assumed.year();
        notes.push(match years.named {
            Some(_) => text!(en: "dates without a year are read as of {year}, which the sheet names", zh: "没写年份的日期按表里写的 {year} 年读取"),
            None => text!(
                en: "dates without a year are read as those nearest to today, the first as {date}",
                zh: "没写年份的日期按离今天最近的读取，第一个读作{date}",
                date = when::plain_date(assumed)
            ),
        });
    }
    Rows { rows, undated, hidden: hidden_rows, notes }
}

/// `rows 2–4 and 7 are`, for notes.
pub(super) fn row_list(rows: &[u32]) -> Text {
    let mut spans: Vec<(u32, u32)> = Vec::new();
    for row in rows.iter().map(|row| row + 1) {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == row => *last = row,
            _ => spans.push((row, row)),
        }
    }
    let shown: Vec<String> = spans
        .iter()
        .take(8)
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}–{last}") })
        .collect();
    let (english, chinese) = (shown.join(", "), shown.join("、"));
    let more = if spans.len() > shown.len() { ("…", "等") } else { ("", "") };
    match rows {
        [_] => Text::of(format!("row {english} is"), format!("第 {chinese} 行")),
        _ => Text::of(format!("rows {english}{} are", more.0), format!("第 {chinese} {}行", more.1)),
    }
}

/// The one year that the title rows, the sheet's name or the file's name writes.
fn named_year(sheet: &Sheet, head: &Head, reading: &Reading) -> Option<i32> {
    let titles = sheet.cells.range(..Position::new(head.row, 0)).filter_map(|(_, cell)| match &cell.value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let sources: [Vec<&str>; 3] = [titles.collect(), vec![&sheet.name], vec![&reading.file_name]];
    for texts in sources {
        let mut years: Vec<i32> = texts.into_iter().flat_map(years_in).collect();
        years.sort_unstable();
        years.dedup();
        match years[..] {
            [] => {}
            [year] => return Some(year),
            _ => return None,
        }
    }
    None
}

fn years_in(text: &str) -> Vec<i32> {
    let text = narrow(text);
    let runs =
        text.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() == 4 || run.len() == 6 || run.len() == 8);
    runs.filter_map(|run| run[..4].parse().ok()).filter(|year| (2020..2100).contains(year)).collect()
}
