//! Reads one row of a sheet: its cells become the parts of a post.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::cell_time::{self, CellTimeError, Years};
use super::field::Field;
use super::finding::CellFinding;
use super::head::Head;
use super::row::{At, EXAMPLE_MARKS, MediaName, Row, RowAudience, RowContent};
use super::table::{Cell, Position, Sheet, Value};

/// What a row is.
pub(super) enum RowKind {
    Post,
    Example,
    Section,
}

pub(super) struct RowReader<'a> {
    sheet: &'a Sheet,
    head: &'a Head,
    years: Years,
    merged: HashMap<Position, Position>,
    pub(super) findings: &'a mut Vec<CellFinding>,
    /// The first date that was read without a year.
    pub(super) assumed: Option<NaiveDate>,
}

impl<'a> RowReader<'a> {
    pub(super) fn new(sheet: &'a Sheet, head: &'a Head, years: Years, findings: &'a mut Vec<CellFinding>) -> Self {
        Self { sheet, head, years, merged: sheet.merged(head.width()), findings, assumed: None }
    }

    /// The cell that a place shows: of a merged region, its first.
    fn cell(&self, row: u32, column: u32) -> Option<(Position, &'a Cell)> {
        let at = Position { row, column };
        let at = self.merged.get(&at).copied().unwrap_or(at);
        self.sheet.cells.get(&at).map(|cell| (at, cell))
    }

    fn cell_of(&self, row: u32, field: Field) -> Option<(Position, &'a Cell)> {
        self.cell(row, self.head.column(field)?)
    }

    /// Whether a column that means something has a cell of its own in the row.
    pub(super) fn says_something(&self, row: u32) -> bool {
        let is_said =
            |column: u32| self.sheet.cells.get(&Position { row, column }).is_some_and(|cell| !cell.is_blank());
        self.head
            .columns
            .iter()
            .any(|(field, columns)| *field != Field::Note && columns.iter().any(|column| is_said(*column)))
    }

    pub(super) fn kind(&self, row: u32) -> RowKind {
        let text_of = |field: Field| match self.cell_of(row, field) {
            Some((_, Cell { value: Value::Text(text), .. })) => text.trim(),
            _ => "",
        };
        let is_marked = |field: Field| EXAMPLE_MARKS.iter().any(|mark| text_of(field).starts_with(mark));
        if is_marked(Field::Campaign) || is_marked(Field::Id) {
            return RowKind::Example;
        }
        let mut own = self.sheet.row(row).filter(|(_, cell)| !cell.is_blank());
        let only = own.next().filter(|_| own.next().is_none());
        let is_wide = |at: Position| self.sheet.merges.iter().any(|it| it.first == at && it.last.column > at.column);
        match only {
            Some((at, Cell { value: Value::Text(_), .. })) if is_wide(at) => RowKind::Section,
            _ => RowKind::Post,
        }
    }

    /// Reports a cell that gives no time.
    fn fail<T>(&mut self, code: &'static str, at: Position, fault: CellTimeError) -> Option<T> {
        self.findings.push(CellFinding::error(code, at, fault.message).with_help(fault.help));
        None
    }

    /// The place and value of a row's cell; an absent one is empty, at the place that stands for it. `None` where the
    /// cell is broken, which is reported.
    fn value(&mut self, row: u32, field: Field, absent: Position) -> Option<(Position, &'a Value)> {
        let (at, value) = self.cell_of(row, field).map_or((absent, &Value::Empty), |(at, cell)| (at, &cell.value));
        (!self.is_broken(at, value)).then_some((at, value))
    }

    /// The post of a row, and whether its time is known.
    pub(super) fn row(&mut self, row: u32) -> (Row, bool) {
        let due = self.due(row);
        let before = self.findings.len();
        let content = RowContent {
            text: self.text(row, Field::Text).map(|text| At { value: trimmed_lines(&text.value), at: text.at }),
            images: self.images(row),
            video: self.media(row, Field::Video).into_iter().next(),
            link_url: self.word(row, Field::LinkUrl),
            link_title: self.word(row, Field::LinkTitle),
            cover: self.media(row, Field::Cover).into_iter().next(),
        };
        let audience = RowAudience {
            audience: self.word(row, Field::Audience),
            departments: self.list(row, Field::Departments),
            members: self.list(row, Field::Members),
            tags: self.list(row, Field::Tags),
        };
        let (campaign, id, owner) =
            (self.word(row, Field::Campaign), self.word(row, Field::Id), self.word(row, Field::Owner));
        let allow = self.list(row, Field::Allow);
        self.stray_pictures(row);
        if content == RowContent::default() && self.findings.len() == before {
            let at = Position::new(row, self.head.column(Field::Text).or(self.head.column(Field::Images)).unwrap_or(0));
            self.findings.push(
                CellFinding::error("empty-row", at, text!(en: "nothing to post in this row", zh: "这一行没有要发表的内容"))
                    .with_help(text!(en: "write a text or name a picture, or empty the row", zh: "请写文案或放图片，不要这一行就清空它")),
            );
        }
        let is_dated = due.is_some();
        let due = due.unwrap_or_else(|| At { value: self.years.today.into(), at: self.date_place(row) });
        (Row { row, due, campaign, id, owner, allow, content, audience }, is_dated)
    }

    /// The cell of a row's date.
    fn date_place(&self, row: u32) -> Position {
        Position::new(row, self.head.column(Field::Date).unwrap_or(0))
    }

    /// Reports pictures that stand in a column which is not for pictures.
    fn stray_pictures(&mut self, row: u32) {
        let takes = |column| matches!(self.head.field(column), Some(Field::Images | Field::Cover));
        let stray = self.sheet.row(row).filter(|(at, cell)| !cell.pictures.is_empty() && !takes(at.column));
        let found: Vec<Position> = stray.map(|(at, _)| at).collect();
        for at in found {
            self.findings.push(
                CellFinding::error("stray-picture", at, text!(en: "a picture stands here, outside of the column `images`", zh: "图片放在了这里，不在“图片”列"))
                    .with_help(text!(
                        en: "move its upper left corner into the cell of the column `images`",
                        zh: "请把图片拖到“图片”列的单元格里，左上角要在格子内"
                    )),
            );
        }
    }

    fn due(&mut self, row: u32) -> Option<At<NaiveDateTime>> {
        let place = |field: Field| self.head.column(field).map(|column| Position::new(row, column));
        let (date_place, time_place) = (place(Field::Date)?, place(Field::Time));
        let (date_at, date_cell) = self.value(row, Field::Date, date_place)?;
        let read = match cell_time::date(date_cell, self.years) {
            Ok(Some(read)) => read,
            Err(fault) => return self.fail("bad-date", date_at, fault),
            Ok(None) => {
                let fault = CellTimeError {
                    message: text!(en: "this row has no date", zh: "这一行没有日期"),
                    help: text!(en: "write the day of the post, or empty the row", zh: "请写上哪天发表，不要这一行就清空它"),
                };
                return self.fail("bad-date", date_at, fault);
            }
        };
        if read.is_year_assumed && self.assumed.is_none() {
            self.assumed = Some(read.date);
        }
        if let Some((at, cell)) = self.cell_of(row, Field::Weekday) {
            match cell_time::weekday(&cell.value) {
                Ok(Some(weekday)) if weekday != read.date.weekday() => {
                    return self.fail("bad-date", at, cell_time::wrong_weekday(read.date, weekday));
                }
                Ok(_) => {}
                Err(fault) => return self.fail("bad-date", at, fault),
            }
        }
        let (time_at, time_cell) = self.value(row, Field::Time, time_place.unwrap_or(date_at))?;
        let time = match cell_time::time(time_cell) {
            Ok(time) => time,
            Err(fault) => return self.fail("bad-time", time_at, fault),
        };
        let fault = match (read.time, time) {
            (Some(beside), Some(own)) if beside != own => CellTimeError {
                message: text!(en: "this time and that of the date in {date_at} differ", zh: "这里的时间和 {date_at} 日期里写的时间不一样"),
                help: text!(en: "keep one of them", zh: "请只写一处"),
            },
            (Some(time), _) | (None, Some(time)) => return Some(At { value: read.date.and_time(time), at: date_at }),
            (None, None) => CellTimeError {
                message: text!(en: "this row has no time of day", zh: "这一行没有写几点发表"),
                help: text!(en: "write `9:00` into the column `time`", zh: "请在“时间”列写上时间，如“9:00”"),
            },
        };
        self.fail("bad-time", time_at, fault)
    }

    /// Reports a cell that shows an error or nothing of a formula.
    fn is_broken(&mut self, at: Position, value: &Value) -> bool {
        let finding = match value {
            Value::Error(error) => CellFinding::error(
                "error-cell",
                at,
                text!(en: "the formula here gives `{error}`", zh: "这里的公式出错了：{error}"),
            )
            .with_help(text!(en: "correct the formula, or write the value itself", zh: "请改正公式，或者直接写结果")),
            Value::NoResult => CellFinding::error(
                "formula-without-result",
                at,
                text!(en: "the result of the formula here is not saved in the file", zh: "文件里没有存这个公式的结果"),
            )
            .with_help(text!(
                en: "open the file in Excel or WPS and save it again, or write the value itself",
                zh: "请用 Excel 或 WPS 打开后重新保存，或者直接写结果"
            )),
            Value::LostPicture(name) => CellFinding::error(
                "lost-picture",
                at,
                text!(en: "the picture `{name}` of this cell is not in the file", zh: "文件里没有这个单元格的图片“{name}”"),
            )
            .with_help(text!(en: "put the picture into the cell again", zh: "请重新把图片放进单元格")),
            _ => return false,
        };
        self.findings.push(finding);
        true
    }

    /// What a cell says as a text.
    fn text(&mut self, row: u32, field: Field) -> Option<At<String>> {
        let (at, cell) = self.cell_of(row, field)?;
        self.text_at(at, cell, field)
    }

    fn text_at(&mut self, at: Position, cell: &Cell, field: Field) -> Option<At<String>> {
        if self.is_broken(at, &cell.value) {
            return None;
        }
        let value = match &cell.value {
            Value::Text(text) => text.trim().to_owned(),
            Value::Number(number) => plain_number(*number),
            Value::DateTime { .. } | Value::Bool(_) => {
                let name = field.name();
                self.findings.push(
                    CellFinding::error(
                        "not-a-text",
                        at,
                        text!(en: "a date, time or yes-or-no value in the column `{name}`", zh: "“{name}”列里是日期、时间或逻辑值，不是文字", name = name),
                    )
                    .with_help(text!(en: "give the cell the format of a text and write it again", zh: "请把单元格格式改成“文本”再重新填写")),
                );
                return None;
            }
            _ => return None,
        };
        (!value.is_empty()).then_some(At { value, at })
    }

    /// A text of one line.
    fn word(&mut self, row: u32, field: Field) -> Option<At<String>> {
        let text = self.text(row, field)?;
        Some(At { value: text.value.split_whitespace().collect::<Vec<_>>().join(" "), at: text.at })
    }

    /// The entries of a cell, which commas, semicolons or lines set apart.
    fn list(&mut self, row: u32, field: Field) -> Vec<At<String>> {
        let Some(text) = self.text(row, field) else { return Vec::new() };
        entries(&text.value).map(|value| At { value, at: text.at }).collect()
    }

    fn images(&mut self, row: u32) -> Vec<At<MediaName>> {
        let columns = self.head.columns.get(&Field::Images).cloned().unwrap_or_default();
        columns.into_iter().flat_map(|column| self.media_in(row, column, Field::Images)).collect()
    }

    fn media(&mut self, row: u32, field: Field) -> Vec<At<MediaName>> {
        let Some(column) = self.head.column(field) else { return Vec::new() };
        let media = self.media_in(row, column, field);
        if let [_, second, ..] = &media[..] {
            let (at, name) = (second.at, field.name());
            self.findings.push(
                CellFinding::error(
                    "too-many-files",
                    at,
                    text!(en: "more than one file in the column `{name}`", zh: "“{name}”列里不止一个文件", name = name),
                )
                .with_help(text!(en: "keep one", zh: "请只留一个")),
            );
        }
        media
    }

    fn media_in(&mut self, row: u32, column: u32, field: Field) -> Vec<At<MediaName>> {
        let Some((at, cell)) = self.cell(row, column) else { return Vec::new() };
        let named = self.text_at(at, cell, field);
        let named =
            named.iter().flat_map(|text| entries(&text.value)).map(|name| MediaName::Named(name.replace('\\', "/")));
        let pictures = cell.pictures.iter().cloned().map(MediaName::Picture);
        named.chain(pictures).map(|value| At { value, at }).collect()
    }
}

/// The entries of a list in a cell.
fn entries(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(['、', ',', '，', ';', '；', '\n', '\r'])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(str::to_owned)
}

/// A number as it is typed: `2`, not `2.0`; all digits of a phone number.
fn plain_number(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 { format!("{number:.0}") } else { number.to_string() }
}

/// A text whose lines end as in a file, and without spaces at the end of lines.
fn trimmed_lines(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    lines.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
