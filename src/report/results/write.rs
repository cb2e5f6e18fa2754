//! The formats of grouped results.

use csv::Terminator;
use serde::Serialize;

use super::Group;
use crate::duration;
use crate::escape;
use crate::post::grouped;
use crate::report::parts::{self, lines};
use crate::sheet::{self, OutCell, SheetError};
use crate::text::{Lang, StaticText, Text};

const HEAD: [StaticText; 9] = [
    StaticText { en: "group", zh: "分组" },
    StaticText { en: "runs", zh: "发表次数" },
    StaticText { en: "asked", zh: "收到任务的成员" },
    StaticText { en: "posted", zh: "已发表的成员" },
    StaticText { en: "customers", zh: "可见客户" },
    StaticText { en: "likes", zh: "点赞" },
    StaticText { en: "comments", zh: "评论" },
    StaticText { en: "counted after", zh: "发表后多久统计" },
    StaticText { en: "missing", zh: "缺少" },
];

impl Group {
    fn numbers(&self) -> [Option<u64>; 6] {
        [Some(self.runs), self.asked, Some(self.posted), Some(self.customers), Some(self.likes), Some(self.comments)]
    }

    fn ages_in_words(&self) -> Text {
        match self.ages {
            None => Text::default(),
            Some((least, most)) if least == most => duration::text(least),
            Some((least, most)) => text!(
                en: "{least} to {most}",
                zh: "{least}到{most}",
                least = duration::text(least),
                most = duration::text(most)
            ),
        }
    }

    fn cells(&self, lang: Lang, number: fn(u64) -> String) -> [String; 9] {
        let [runs, asked, posted, customers, likes, comments] =
            self.numbers().map(|it| it.map(number).unwrap_or_default());
        let [name, ages, missing] =
            [self.name.clone(), self.ages_in_words(), self.missing.text()].map(|it| it.into_lang(lang));
        [name, runs, asked, posted, customers, likes, comments, ages, missing]
    }
}

/// A table for people. `width` is the terminal's, in columns; `None` without a terminal.
pub fn human(groups: &[Group], width: Option<u16>, lang: Lang) -> String {
    if groups.is_empty() {
        return text!(en: "no posted moments\n", zh: "没有发表过的朋友圈\n").into_lang(lang);
    }
    lines(HEAD.map(|title| title.get(lang)), 1, groups.iter().map(|it| it.cells(lang, grouped)), width)
}

/// A Markdown table, for a page or a comment.
pub fn markdown(groups: &[Group], lang: Lang) -> String {
    let line = |cells: [String; 9]| format!("| {} |\n", cells.map(|cell| escape::markdown(&cell)).join(" | "));
    let mut text = line(HEAD.map(|title| title.get(lang).to_owned()));
    text.push_str("| --- | --: | --: | --: | --: | --: | --: | --- | --- |\n");
    groups.iter().for_each(|it| text.push_str(&line(it.cells(lang, grouped))));
    text
}

/// For spreadsheets, with a byte order mark: without one Excel misreads Chinese.
pub fn csv(groups: &[Group], lang: Lang) -> String {
    let row = |it: &Group| {
        let mut cells = it.cells(lang, |number| number.to_string());
        for at in [0, 7, 8] {
            cells[at] = escape::csv(&cells[at]);
        }
        cells
    };
    let rows = parts::csv(HEAD.map(|title| title.get(lang)), groups.iter().map(row), Terminator::CRLF);
    format!("\u{feff}{rows}")
}

/// A workbook.
///
/// # Errors
/// More groups than a sheet has rows.
pub fn xlsx(groups: &[Group], lang: Lang) -> Result<Vec<u8>, SheetError> {
    let name = text!(en: "results", zh: "效果");
    let row = |it: &Group| {
        let cells = it.cells(lang, |number| number.to_string()).into_iter().enumerate();
        let cell = |(at, text): (usize, String)| match text.parse() {
            Ok(number) if (1..=6).contains(&at) => OutCell::Number(number),
            _ => OutCell::Text(text),
        };
        cells.map(cell).collect()
    };
    sheet::table(name.get(lang), &HEAD.map(|title| title.get(lang)), groups.iter().map(row))
}

/// The stable JSON format (additions only).
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    by: &'static str,
    groups: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    key: &'a str,
    name: &'a str,
    runs: u64,
    asked: Option<u64>,
    posted: u64,
    customers: u64,
    likes: u64,
    comments: u64,
    /// Seconds; none without results.
    counted_after: Option<[u64; 2]>,
    missing: Missing,
}

#[derive(Serialize)]
struct Missing {
    uncounted_runs: u64,
    deleted_runs: u64,
    refused_runs: u64,
    unlicensed: u64,
    left: u64,
    others: u64,
}

/// For programs.
///
/// # Errors
///
/// The results cannot be serialized.
pub fn json(groups: &[Group], by: super::By, lang: Lang) -> serde_json::Result<String> {
    let row = |it| {
        let it: &Group = it;
        let super::group::Missing { uncounted_runs, deleted_runs, refused_runs, unlicensed, left, others } = it.missing;
        Row {
            key: &it.key,
            name: it.name.get(lang),
            runs: it.runs,
            asked: it.asked,
            posted: it.posted,
            customers: it.customers,
            likes: it.likes,
            comments: it.comments,
            counted_after: it.ages.map(|(least, most)| [least.as_secs(), most.as_secs()]),
            missing: Missing { uncounted_runs, deleted_runs, refused_runs, unlicensed, left, others },
        }
    };
    let document = Document { version: 1, by: by.name(), groups: groups.iter().map(row).collect() };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

impl super::By {
    /// The stable word for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Campaign => "campaign",
            Self::Content => "content",
            Self::Department => "department",
            Self::Member => "member",
            Self::Month => "month",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
        }
    }
}
