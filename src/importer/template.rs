//! The spreadsheet to fill in: heads, an example, drop-downs out of the book, and the days to come.

use chrono::{Datelike, Months, NaiveDate, NaiveTime};

use crate::book::{Book, Directory};
use crate::import::{EXAMPLE_MARKS, Field};
use crate::schedule::{Calendar, Day};
use crate::sheet::{CalendarRow, Column, ColumnKind, DayColour, OutCell, Template};
use crate::text::{Lang, Text, when};

/// The columns of the template, each with its width.
const COLUMNS: [(Field, f64); 16] = [
    (Field::Date, 13.0),
    (Field::Time, 9.0),
    (Field::Campaign, 20.0),
    (Field::Text, 48.0),
    (Field::Images, 24.0),
    (Field::Video, 18.0),
    (Field::LinkUrl, 28.0),
    (Field::LinkTitle, 20.0),
    (Field::Cover, 18.0),
    (Field::Departments, 18.0),
    (Field::Members, 18.0),
    (Field::Tags, 18.0),
    (Field::Audience, 16.0),
    (Field::Owner, 12.0),
    (Field::Allow, 16.0),
    (Field::Note, 20.0),
];

/// The template for a book, from a day on.
pub fn template(book: &Book, calendar: &Calendar, today: NaiveDate, lang: Lang) -> Template {
    let say = |text: Text| text.into_lang(lang);
    let columns = COLUMNS
        .iter()
        .map(|(field, width)| Column {
            head: field.name().get(lang).to_owned(),
            width: *width,
            kind: match field {
                Field::Date => ColumnKind::Date,
                Field::Time => ColumnKind::Time,
                _ => ColumnKind::Text,
            },
            example: example(*field, today, lang),
            choices: choices(*field, book),
            hint: hint(*field).into_lang(lang),
        })
        .collect();
    Template {
        sheet: say(text!(en: "posts", zh: "排期")),
        columns,
        lists: say(text!(en: "lists", zh: "名单")),
        calendar: (
            say(text!(en: "days", zh: "日历")),
            vec![
                say(text!(en: "date", zh: "日期")),
                say(text!(en: "weekday", zh: "星期")),
                say(text!(en: "kind of day", zh: "工作日或节假日")),
            ],
            days(calendar, today, lang),
        ),
    }
}

fn example(field: Field, today: NaiveDate, lang: Lang) -> Option<OutCell> {
    let text = |text: Text| Some(OutCell::Text(text.into_lang(lang)));
    match field {
        Field::Date => Some(OutCell::Date(next_month(today))),
        Field::Time => NaiveTime::from_hms_opt(9, 30, 0).map(OutCell::Time),
        Field::Campaign => {
            let [chinese, english] = EXAMPLE_MARKS;
            text(
                text!(en: "{english}: winter arrivals (this row is not imported)", zh: "{chinese}：冬季上新（这一行不会导入）"),
            )
        }
        Field::Text => text(text!(
            en: "New in our shops: scarves and hats.\nCome and try them on.",
            zh: "冬季新品到店：围巾、毛线帽。\n欢迎来试戴。"
        )),
        Field::Note => text(text!(en: "for yourselves: not read", zh: "写给自己看的，不会读取")),
        _ => None,
    }
}

fn hint(field: Field) -> Text {
    match field {
        Field::Date => text!(en: "The day of the post. One row is one post.", zh: "哪天发表。一行是一条朋友圈。"),
        Field::Time => text!(en: "9:00, or 下午3点半", zh: "几点发表，如 9:00、下午3点半"),
        Field::Campaign => text!(
            en: "Rows of the same name become one campaign; keep the name when you change a row.",
            zh: "名称相同的几行是同一个活动；改内容、改日期时名称不要变。"
        ),
        Field::Text => text!(en: "The text of the post; lines stay as they are.", zh: "朋友圈文字，换行会保留。"),
        Field::Images => text!(
            en: "Up to 9: put them over or into the cell, or write file names with commas between.",
            zh: "最多 9 张：放在单元格里，或者写文件名，用顿号隔开。"
        ),
        Field::Departments | Field::Members | Field::Tags => {
            text!(en: "Several: with commas between.", zh: "有好几个时用顿号隔开。")
        }
        Field::Allow => text!(
            en: "Names of warnings that you have seen and allow, such as same-text.",
            zh: "看过、确认没问题的警告，写它的名字，如 same-text。"
        ),
        Field::Audience => text!(
            en: "A named audience of the book, or all.",
            zh: "公共设置里的预设范围；发给全部客户写“全部”。"
        ),
        _ => Text::default(),
    }
}

fn choices(field: Field, book: &Book) -> Vec<String> {
    let directory = book.directory.as_deref();
    match field {
        Field::Departments => directory.map(departments).unwrap_or_default(),
        Field::Tags => directory.map(tags).unwrap_or_default(),
        Field::Members | Field::Owner => {
            directory.map(|it| it.senders.iter().map(|sender| sender.value.clone()).collect()).unwrap_or_default()
        }
        Field::Audience => book.policy.audiences.iter().map(|audience| audience.name.value.clone()).collect(),
        _ => Vec::new(),
    }
}

/// The names of departments; of those that share a name, all names from the top.
fn departments(directory: &Directory) -> Vec<String> {
    let name = |department: &crate::book::Department| match directory.departments_named(&department.name).len() {
        1 => department.name.value.clone(),
        _ => directory.path(department).unwrap_or_else(|| department.id.value.to_string()),
    };
    directory.departments.iter().map(name).collect()
}

/// The names of tags; of those that share a name, with that of their group.
fn tags(directory: &Directory) -> Vec<String> {
    let name = |tag: &crate::book::Tag| match directory.tags_named(&tag.name).len() {
        1 => tag.name.value.clone(),
        _ => directory.tag_path(tag).unwrap_or_else(|| tag.id.value.clone()),
    };
    directory.tags.iter().map(name).collect()
}

fn next_month(today: NaiveDate) -> NaiveDate {
    today.with_day(1).and_then(|first| first.checked_add_months(Months::new(1))).unwrap_or(today)
}

/// The days from today to the end of the next month.
fn days(calendar: &Calendar, today: NaiveDate, lang: Lang) -> Vec<CalendarRow> {
    let end = next_month(next_month(today));
    let row = |date: NaiveDate| {
        let (kind, colour) = match calendar.day(date) {
            Day::Workday => (text!(en: "workday", zh: "工作日"), None),
            Day::Weekend => (text!(en: "weekend", zh: "周末"), Some(DayColour::Weekend)),
            Day::Holiday { name } => (text!(en: "holiday: {name}", zh: "节假日：{name}"), Some(DayColour::Holiday)),
            Day::MakeUpWorkday { name } => {
                (text!(en: "make-up workday: {name}", zh: "调休上班日：{name}"), Some(DayColour::MakeUpWorkday))
            }
            Day::Unknown => (text!(en: "not published yet", zh: "还没有公布"), None),
        };
        let weekday = when::weekday(date.weekday()).into_lang(lang);
        CalendarRow { date, cells: vec![weekday, kind.into_lang(lang)], colour }
    };
    today.iter_days().take_while(|date| *date < end).map(row).collect()
}
