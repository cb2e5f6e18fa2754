//! From the rows of a sheet to posts.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::finding::CellFinding;
use super::head::{Field, Head, narrow};
use super::moment::{self, MomentFault, Years};
use super::table::{Cell, PictureId, Position, Sheet, Value};
use crate::text::{Text, when};

/// Most rows below the head row.
pub const MAX_ROWS: usize = 10_000;
/// Most findings that are reported of one sheet.
pub const MAX_FINDINGS: usize = 1_000;
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
    pub notes: Vec<Text>,
}

/// What is known beside the sheet.
#[derive(Clone, Debug)]
pub struct Reading {
    pub today: NaiveDate,
    /// The file's name, which may name a year.
    pub file_name: String,
}

/// Reads every row below the heads.
pub fn read(sheet: &Sheet, head: &Head, reading: &Reading, findings: &mut Vec<CellFinding>) -> Rows {
    let years = Years { named: named_year(sheet, head, reading), today: reading.today };
    let mut reader =
        Reader { sheet, head, years, merged: sheet.merged(head.width()), findings, assumed: None, notes: Vec::new() };
    let (mut rows, mut undated) = (Vec::new(), Vec::new());
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
            Kind::Post if sheet.hidden_rows.contains(&row) => hidden.push(row),
            Kind::Post => match reader.row(row) {
                (row, true) => rows.push(row),
                (row, false) => undated.push(row),
            },
            Kind::Example => examples.push(row),
            Kind::Section => sections.push(row),
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
        .map(|column| super::table::column_name(*column))
        .collect();
    if !hidden_columns.is_empty() {
        let names = Text::of(hidden_columns.join(", "), hidden_columns.join("、"));
        notes.push(text!(en: "hidden columns are read too: {names}", zh: "隐藏的列也读取了：{names}", names = names));
    }
    for (column, name) in &head.ignored {
        let column = super::table::column_name(*column);
        notes.push(text!(en: "column {column} `{name}` left out", zh: "没有读取 {column} 列“{name}”"));
    }
    if sheet.lost_pictures > 0 {
        let count = sheet.lost_pictures;
        notes.push(text!(
            en: "pictures that cannot be taken from the file: {count}; save it as xlsx, with each picture over its cell",
            zh: "有 {count} 张图片取不出来：请另存为 xlsx，并把每张图片放在对应的单元格里"
        ));
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
    notes.append(&mut reader.notes);
    Rows { rows, undated, notes }
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

enum Kind {
    Post,
    Example,
    Section,
}

struct Reader<'a> {
    sheet: &'a Sheet,
    head: &'a Head,
    years: Years,
    merged: HashMap<Position, Position>,
    findings: &'a mut Vec<CellFinding>,
    /// The first date that was read without a year.
    assumed: Option<NaiveDate>,
    notes: Vec<Text>,
}

impl<'a> Reader<'a> {
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
    fn says_something(&self, row: u32) -> bool {
        let is_said =
            |column: u32| self.sheet.cells.get(&Position { row, column }).is_some_and(|cell| !cell.is_blank());
        self.head
            .columns
            .iter()
            .any(|(field, columns)| *field != Field::Note && columns.iter().any(|column| is_said(*column)))
    }

    fn kind(&self, row: u32) -> Kind {
        let text_of = |field: Field| match self.cell_of(row, field) {
            Some((_, Cell { value: Value::Text(text), .. })) => text.trim(),
            _ => "",
        };
        let is_marked = |field: Field| EXAMPLE_MARKS.iter().any(|mark| text_of(field).starts_with(mark));
        if is_marked(Field::Campaign) || is_marked(Field::Id) {
            return Kind::Example;
        }
        let mut own = self.sheet.row(row).filter(|(_, cell)| !cell.is_blank());
        let only = own.next().filter(|_| own.next().is_none());
        let is_wide = |at: Position| self.sheet.merges.iter().any(|it| it.first == at && it.last.column > at.column);
        match only {
            Some((at, Cell { value: Value::Text(_), .. })) if is_wide(at) => Kind::Section,
            _ => Kind::Post,
        }
    }

    fn fail(&mut self, code: &'static str, at: Position, fault: MomentFault) {
        self.findings.push(CellFinding::error(code, at, fault.message).with_help(fault.help));
    }

    /// The post of a row, and whether its time is known.
    fn row(&mut self, row: u32) -> (Row, bool) {
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
        let blank = Value::Empty;
        let place = |field: Field| self.head.column(field).map(|column| Position::new(row, column));
        let date_place = place(Field::Date)?;
        let (date_at, date_cell) =
            self.cell_of(row, Field::Date).map_or((date_place, &blank), |(at, cell)| (at, &cell.value));
        if self.is_broken(date_at, date_cell) {
            return None;
        }
        let read = match moment::date(date_cell, self.years) {
            Ok(read) => read,
            Err(fault) => {
                self.fail("bad-date", date_at, fault);
                return None;
            }
        };
        let Some(read) = read else {
            self.fail(
                "bad-date",
                date_at,
                MomentFault {
                    message: text!(en: "this row has no date", zh: "这一行没有日期"),
                    help: text!(en: "write the day of the post, or empty the row", zh: "请写上哪天发表，不要这一行就清空它"),
                },
            );
            return None;
        };
        if read.is_year_assumed && self.assumed.is_none() {
            self.assumed = Some(read.date);
        }
        if let Some((at, cell)) = self.cell_of(row, Field::Weekday) {
            match moment::weekday(&cell.value) {
                Ok(Some(weekday)) if weekday != read.date.weekday() => {
                    self.fail("bad-date", at, moment::wrong_weekday(read.date, weekday));
                    return None;
                }
                Ok(_) => {}
                Err(fault) => {
                    self.fail("bad-date", at, fault);
                    return None;
                }
            }
        }
        let time_place = place(Field::Time).unwrap_or(date_at);
        let (time_at, time_cell) =
            self.cell_of(row, Field::Time).map_or((time_place, &blank), |(at, cell)| (at, &cell.value));
        if self.is_broken(time_at, time_cell) {
            return None;
        }
        let time = match moment::time(time_cell) {
            Ok(time) => time,
            Err(fault) => {
                self.fail("bad-time", time_at, fault);
                return None;
            }
        };
        match (read.time, time) {
            (Some(beside), Some(own)) if beside != own => {
                self.fail(
                    "bad-time",
                    time_at,
                    MomentFault {
                        message: text!(en: "this time and that of the date in {date_at} differ", zh: "这里的时间和 {date_at} 日期里写的时间不一样"),
                        help: text!(en: "keep one of them", zh: "请只写一处"),
                    },
                );
                None
            }
            (None, None) => {
                self.fail(
                    "bad-time",
                    time_at,
                    MomentFault {
                        message: text!(en: "this row has no time of day", zh: "这一行没有写几点发表"),
                        help: text!(en: "write `9:00` into the column `time`", zh: "请在“时间”列写上时间，如“9:00”"),
                    },
                );
                None
            }
            (Some(time), _) | (None, Some(time)) => Some(At { value: read.date.and_time(time), at: date_at }),
        }
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
            Value::Moment { .. } | Value::Bool(_) => {
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
