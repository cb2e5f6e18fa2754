//! Dates and times of day as people write them into spreadsheets: `2026/3/2`, `3月2日（周一）`, `上午9点半`.
//!
//! An ambiguous date or time is an error that names both interpretations, because a post cannot be taken back.

mod date;
mod scan;
mod time;
mod weekday;

use chrono::{NaiveDate, NaiveTime};

use super::table::Value;
use crate::text::Text;

pub(crate) use date::{date, wrong_weekday};
pub(crate) use time::{of_day, time};
pub(crate) use weekday::weekday;

/// How dates without a year get theirs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Years {
    /// The year that the sheet names in its title, its name or the file's name.
    pub named: Option<i32>,
    pub today: NaiveDate,
}

/// A date as a cell says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DateCell {
    pub date: NaiveDate,
    /// The year was not written.
    pub is_year_assumed: bool,
    /// A time of day beside the date.
    pub time: Option<NaiveTime>,
}

/// Why a cell has no date or time. The message, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CellTimeError {
    pub message: Text,
    pub help: Text,
}

fn error(message: Text, help: Text) -> CellTimeError {
    CellTimeError { message, help }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Bool(true) => "TRUE".to_owned(),
        Value::Bool(false) => "FALSE".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) | Value::Error(text) => text.clone(),
        _ => String::new(),
    }
}

fn not_a_date(text: &str) -> Text {
    text!(en: "`{text}` is not a date", zh: "“{text}”不是日期")
}

fn not_a_time(text: &str) -> Text {
    text!(en: "`{text}` is not a time of day", zh: "“{text}”不是时间")
}

fn date_help() -> Text {
    text!(en: "write `2026-03-02` or `3月2日`", zh: "请写成“2026-03-02”或“3月2日”")
}

fn time_help() -> Text {
    text!(en: "write `9:00` or `下午3点半`", zh: "请写成“9:00”或“下午3点半”")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_panics() {
        for text in [
            "月",
            "年月日",
            "1月",
            "12月周",
            "：",
            "上午：",
            "9点点",
            "2026年",
            "2026年3月",
            "12-",
            "周",
            "1234/5/6 7",
            "🎉",
            "3月2日🎉",
        ] {
            let _ = date(&Value::Text(text.to_owned()), Years { named: None, today: NaiveDate::MIN });
            let _ = time(&Value::Text(text.to_owned()));
            let _ = weekday(&Value::Text(text.to_owned()));
        }
    }
}
