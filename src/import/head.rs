//! The heads of a spreadsheet's columns: which row they are in, and what each column is for.

use std::collections::BTreeMap;

use super::field::{Field, is_same_head, narrow, plain};
use super::finding::CellFinding;
use super::table::{Position, Sheet, Value};
use crate::invocation::command;
use crate::nearest::nearest;
use crate::text::Text;

/// The head row of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub row: u32,
    /// The columns of each field, from the left. Only pictures may have several.
    pub columns: BTreeMap<Field, Vec<u32>>,
    /// Columns that people asked to leave out, by their heads.
    pub ignored: Vec<(u32, String)>,
}

impl Head {
    pub fn column(&self, field: Field) -> Option<u32> {
        self.columns.get(&field).and_then(|columns| columns.first().copied())
    }

    /// The number of columns up to the last one with a field.
    pub fn width(&self) -> u32 {
        self.columns.values().flatten().max().map_or(0, |last| last + 1)
    }

    /// The field of a column.
    pub fn field(&self, column: u32) -> Option<Field> {
        self.columns.iter().find(|(_, columns)| columns.contains(&column)).map(|(field, _)| *field)
    }
}

/// Rows at the top of a sheet in which the heads may be.
const MAX_TITLE_ROWS: usize = 30;
/// Fewest known heads that make a row the head row.
const MIN_HEADS: usize = 2;

/// The row of a sheet that has the most known heads; nothing where no row has enough.
pub fn find(sheet: &Sheet) -> Option<u32> {
    let mut rows: Vec<u32> = sheet.cells.keys().map(|at| at.row).collect();
    rows.dedup();
    let known = |row: u32| {
        sheet.row(row).filter(|(_, cell)| head_text(&cell.value).is_some_and(|it| Field::of(it).is_some())).count()
    };
    let counted = rows.into_iter().take(MAX_TITLE_ROWS).map(|row| (known(row), row));
    counted
        .filter(|(known, _)| *known >= MIN_HEADS)
        .max_by_key(|(known, row)| (*known, std::cmp::Reverse(*row)))
        .map(|(_, row)| row)
}

/// Whether a sheet has heads for dates and for what is posted then.
pub fn has_posts(sheet: &Sheet) -> bool {
    let Some(row) = find(sheet) else { return false };
    let fields: Vec<Field> = sheet.row(row).filter_map(|(_, cell)| Field::of(head_text(&cell.value)?)).collect();
    let has = |wanted: &[Field]| fields.iter().any(|field| wanted.contains(field));
    has(&[Field::Date]) && has(&[Field::Text, Field::Images, Field::Video, Field::LinkUrl])
}

fn head_text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) if !text.trim().is_empty() => Some(text.trim()),
        _ => None,
    }
}

/// Reads the head row, with everything that is wrong with it.
pub fn read(sheet: &Sheet, row: u32, ignore: &[String], findings: &mut Vec<CellFinding>) -> Head {
    let mut head = Head { row, ..Head::default() };
    let mut first: BTreeMap<Field, (Position, String)> = BTreeMap::new();
    for (at, cell) in sheet.row(row) {
        let Some(text) = head_text(&cell.value) else { continue };
        if ignore.iter().any(|ignored| is_same_head(ignored, text)) {
            head.ignored.push((at.column, text.to_owned()));
            continue;
        }
        let Some(field) = Field::of(text) else {
            findings.push(unknown(at, text));
            continue;
        };
        let columns = head.columns.entry(field).or_default();
        let may_repeat =
            field == Field::Note || field == Field::Images && narrow(text).ends_with(|c: char| c.is_ascii_digit());
        match first.get(&field) {
            Some((earlier, earlier_text)) if !may_repeat => {
                let mut finding = CellFinding::error(
                    "duplicate-column",
                    at,
                    text!(
                        en: "two columns are for the same thing: `{earlier_text}` in {earlier} and `{text}` in {at}",
                        zh: "有两列是同一个意思：{earlier} 的“{earlier_text}”和 {at} 的“{text}”"
                    ),
                );
                finding.help = Some(text!(
                    en: "keep one of them, or leave one out with `--ignore`; several columns of pictures are numbered: `图片1`, `图片2`",
                    zh: "只留一列，或者用 `--ignore` 不读其中一列；图片分几列放时请编号：`图片1`、`图片2`"
                ));
                findings.push(finding);
            }
            _ => {
                columns.push(at.column);
                first.entry(field).or_insert((at, text.to_owned()));
            }
        }
    }
    headless(sheet, &head, findings);
    missing(&head, findings);
    head
}

fn unknown(at: Position, text: &str) -> CellFinding {
    let mut finding =
        CellFinding::error("unknown-column", at, text!(en: "unknown column `{text}`", zh: "不认识“{text}”这一列"));
    let plain = plain(text);
    let known = || Field::ALL.into_iter().flat_map(Field::names);
    // A Chinese head of two characters is near only to one that it contains or that contains it.
    let near = nearest(&plain, known()).or_else(|| known().find(|name| plain.contains(name) || name.contains(&*plain)));
    finding.help = Some(match near {
        Some(near) => text!(
            en: "did you mean `{near}`? To leave the column out: `--ignore {text}`",
            zh: "是不是“{near}”？不需要这一列就加上 `--ignore {text}`"
        ),
        None => text!(
            en: "rename it to a known head (`{import}` writes them all), or leave it out: `--ignore {text}`",
            zh: "请改成认识的表头（`{import}` 生成的表里都有），不需要这一列就加上 `--ignore {text}`", import = command("import --template")),
    });
    finding
}

/// Columns that have cells below the head row and no head.
fn headless(sheet: &Sheet, head: &Head, findings: &mut Vec<CellFinding>) {
    let has_head = |column: u32| {
        sheet.cells.get(&Position::new(head.row, column)).is_some_and(|cell| head_text(&cell.value).is_some())
    };
    let mut seen = Vec::new();
    for (at, cell) in sheet.cells.range(Position::new(head.row + 1, 0)..) {
        if seen.contains(&at.column) || has_head(at.column) || cell.is_blank() || seen.len() >= 16 {
            continue;
        }
        seen.push(at.column);
        let mut finding = CellFinding::error(
            "unknown-column",
            *at,
            text!(en: "this cell stands in a column without a head", zh: "这个单元格所在的列没有表头"),
        );
        let place = Position::new(head.row, at.column);
        finding.help = Some(
            text!(en: "write the head into {place}, or empty the column", zh: "请在 {place} 写上表头，或者清空这一列"),
        );
        findings.push(finding);
    }
}

/// Reports missing mandatory columns.
fn missing(head: &Head, findings: &mut Vec<CellFinding>) {
    let has = |field: Field| head.columns.contains_key(&field);
    let mut miss = |message: Text, help: Text| {
        let mut finding = CellFinding::error("missing-column", Position::new(head.row, 0), message);
        finding.help = Some(help);
        findings.push(finding);
    };
    if !has(Field::Date) {
        miss(
            text!(en: "no column `date`", zh: "缺少“日期”列"),
            text!(en: "add a column `date` (日期) with the day of each post", zh: "请加上“日期”列，写每条朋友圈哪天发表"),
        );
    }
    if ![Field::Text, Field::Images, Field::Video, Field::LinkUrl].into_iter().any(has) {
        miss(
            text!(en: "no column for what is posted", zh: "缺少要发表的内容"),
            text!(en: "add a column `text` (文案) or `images` (图片)", zh: "请加上“文案”或“图片”列"),
        );
    }
    if ![Field::Audience, Field::Departments, Field::Members, Field::Tags].into_iter().any(has) {
        miss(
            text!(en: "no column for the audience", zh: "缺少发表范围"),
            text!(
                en: "add a column `departments` (部门), `members` (成员), `tags` (标签) or `audience` (发表范围)",
                zh: "请加上“部门”“成员”“标签”“发表范围”中的至少一列"
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Cell;
    use super::*;

    fn sheet(rows: &[&[&str]]) -> Sheet {
        let mut sheet = Sheet::new("排期");
        for (row, texts) in rows.iter().enumerate() {
            for (column, text) in texts.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
                let value = Value::Text((*text).to_owned());
                sheet.cells.insert(Position::new(row as u32, column as u32), Cell { value, pictures: Vec::new() });
            }
        }
        sheet
    }

    #[track_caller]
    fn finds(rows: &[&[&str]], ignore: &[&str], expected: &[(&str, &str)]) -> Head {
        let sheet = sheet(rows);
        let ignore: Vec<String> = ignore.iter().map(|it| (*it).to_owned()).collect();
        let mut findings = Vec::new();
        let head = read(&sheet, find(&sheet).expect("a head row"), &ignore, &mut findings);
        let found: Vec<(&str, String)> = findings.iter().map(|it| (it.code, it.at.to_string())).collect();
        let expected: Vec<(&str, String)> = expected.iter().map(|(code, at)| (*code, (*at).to_owned())).collect();
        assert_eq!(found, expected);
        head
    }

    #[test]
    fn heads_in_both_languages() {
        let head = finds(&[&["日 期（必填）", "发布时间*", "正 文", "配图：", "门店"]], &[], &[]);
        assert_eq!(
            head.columns.keys().copied().collect::<Vec<_>>(),
            [Field::Date, Field::Time, Field::Text, Field::Images, Field::Departments]
        );
        finds(&[&["Date", "TIME", "Link title", "Text", "Tags"]], &[], &[]);
    }

    #[test]
    fn title_rows_above_the_header_are_skipped() {
        let head =
            finds(&[&["春风百货十二月排期"], &[], &["制表：王五", "日期：12月"], &["日期", "文案", "标签"]], &[], &[]);
        assert_eq!(head.row, 3);
    }

    #[test]
    fn an_unknown_head_is_refused_or_ignored() {
        finds(&[&["日期", "文案", "部门", "审批状态"]], &[], &[("unknown-column", "D1")]);
        finds(&[&["日期", "文案", "部门", "审批状态", "备注"]], &["审批状态"], &[]);
    }

    #[test]
    fn an_unknown_head_has_a_nearest() {
        let help =
            |head: &str| unknown(Position::new(0, 0), head).help.expect("help").get(crate::text::Lang::Zh).to_owned();
        assert!(help("文案稿").contains("是不是“文案”"), "{}", help("文案稿"));
        assert!(help("配图文件").contains("是不是“配图”"), "{}", help("配图文件"));
        assert!(help("audiense").contains("是不是“audience”"), "{}", help("audiense"));
    }

    #[test]
    fn duplicate_and_missing_heads() {
        finds(&[&["日期", "文案", "正文", "部门"]], &[], &[("duplicate-column", "C1")]);
        finds(&[&["日期", "文案", "图片1", "图片2", "部门"]], &[], &[]);
        finds(
            &[&["时间", "负责人"]],
            &[],
            &[("missing-column", "A1"), ("missing-column", "A1"), ("missing-column", "A1")],
        );
    }

    #[test]
    fn a_column_without_head_is_named() {
        finds(&[&["日期", "文案", "", "部门"], &["", "", "x", ""]], &[], &[("unknown-column", "C2")]);
    }

    #[test]
    fn every_head_means_one_thing() {
        for field in Field::ALL {
            for name in field.names() {
                assert_eq!(Field::of(name), Some(field), "{name}");
            }
        }
    }
}
