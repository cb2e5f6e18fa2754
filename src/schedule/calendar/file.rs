//! The text of a calendar.
//!
//! ```toml
//! name = "China"
//! weekend = ["SAT", "SUN"]
//!
//! [years.2026]
//! source = "where it was published"
//! holidays = [
//!     { name = "元旦", from = 2026-01-01, to = 2026-01-03, workdays = [2026-01-04] },
//! ]
//! ```
//!
//! A book's calendar extends the built-in one: years that it does not contain stay. With `replace = true` it replaces all of
//! it, and needs `name` and `weekend`. `holidays` outside of a year are single dates. A
//! year without holidays counts as not published.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::Value;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

use crate::schedule::names;
use crate::text::{Lang, Text, UserError, when};

/// Longest holiday, in days. A longer one is a typing error.
const MAX_DAYS: i64 = 31;

/// A error of a calendar file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarError {
    /// Bytes of the text; None: the text as a whole.
    pub span: Option<Range<usize>>,
    pub message: Text,
    /// Set for a key that its table does not have.
    pub unknown: Option<UnknownKey>,
}

/// A key that a table of a calendar file does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    pub key: String,
    /// The keys of the table.
    pub known: &'static [&'static str],
}

/// The mark of one date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DayMark {
    Off(String),
    Work(String),
}

/// The content of a calendar file.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    /// Whether it replaces the calendar that it is read on top of.
    pub replace: bool,
    pub name: Option<String>,
    pub weekend: Option<Vec<Weekday>>,
    pub years: BTreeMap<i32, BTreeMap<NaiveDate, DayMark>>,
    pub dates: BTreeMap<NaiveDate, DayMark>,
}

const FILE_KEYS: &[&str] = &["replace", "name", "weekend", "holidays", "years"];
const YEAR_KEYS: &[&str] = &["source", "holidays"];
const HOLIDAY_KEYS: &[&str] = &["name", "on", "from", "to", "workdays"];

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    replace: bool,
    name: Option<String>,
    weekend: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    holidays: Vec<Spanned<Entry>>,
    #[serde(default)]
    years: BTreeMap<Spanned<String>, Year>,
}

#[derive(Deserialize)]
struct Year {
    /// For readers of the file.
    #[serde(rename = "source")]
    _source: Option<String>,
    #[serde(default)]
    holidays: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    on: Option<Spanned<Value>>,
    from: Option<Spanned<Value>>,
    to: Option<Spanned<Value>>,
    #[serde(default)]
    workdays: Vec<Spanned<Value>>,
}

/// Reads a text. The built-in one (`is_shipped`) and one with `replace` must contain `name` and `weekend`.
pub(crate) fn read(text: &str, is_shipped: bool) -> Result<Sheet, Vec<CalendarError>> {
    let mut errors = unknown_keys(text);
    if !errors.is_empty() {
        return Err(errors);
    }
    let file: File = toml::from_str(text)
        .map_err(|error| vec![CalendarError { span: error.span(), message: syntax(error.message()), unknown: None }])?;
    let alone = is_shipped || file.replace;
    let mut sheet = Sheet { name: file.name, replace: alone, ..Sheet::default() };
    if alone && sheet.name.is_none() {
        errors.push(CalendarError::of_file(text!(en: "a calendar needs a `name`", zh: "放假日历要有 `name`")));
    }
    if alone && file.weekend.is_none() {
        let message = text!(
            en: "a calendar needs its `weekend`, such as [\"SAT\", \"SUN\"]",
            zh: "放假日历要写明周末是哪几天，例如 `weekend = [\"SAT\", \"SUN\"]`"
        );
        errors.push(CalendarError::of_file(message));
    }
    sheet.weekend = file.weekend.map(|days| days.iter().filter_map(|day| weekday(day, &mut errors)).collect());
    for (key, year) in &file.years {
        let Some(number) = key.as_ref().parse::<i32>().ok().filter(|year| (1970..=2100).contains(year)) else {
            let key_text = key.as_ref();
            let message = text!(en: "`{key_text}` is not a year", zh: "`{key_text}` 不是年份");
            errors.push(CalendarError::at(key.span(), message));
            continue;
        };
        let marked = sheet.years.entry(number).or_default();
        for entry in &year.holidays {
            mark(entry, Some(number), marked, &mut errors);
        }
    }
    for entry in &file.holidays {
        mark(entry, None, &mut sheet.dates, &mut errors);
    }
    if errors.is_empty() { Ok(sheet) } else { Err(errors) }
}

/// The keys of a text that its tables do not have; none if it is not TOML.
fn unknown_keys(text: &str) -> Vec<CalendarError> {
    let Ok(top) = DeTable::parse(text) else { return Vec::new() };
    let (top, mut errors) = (top.get_ref(), Vec::new());
    check_keys(top, FILE_KEYS, &mut errors);
    check_holidays(top, &mut errors);
    let years = value(top, "years").and_then(DeValue::as_table);
    for (_, year) in years.into_iter().flat_map(|years| years.iter()) {
        if let Some(year) = year.get_ref().as_table() {
            check_keys(year, YEAR_KEYS, &mut errors);
            check_holidays(year, &mut errors);
        }
    }
    errors
}

fn check_holidays(table: &DeTable<'_>, errors: &mut Vec<CalendarError>) {
    let holidays = value(table, "holidays").and_then(DeValue::as_array);
    for holiday in holidays.into_iter().flat_map(|holidays| holidays.iter()) {
        if let Some(holiday) = holiday.get_ref().as_table() {
            check_keys(holiday, HOLIDAY_KEYS, errors);
        }
    }
}

fn check_keys(table: &DeTable<'_>, known: &'static [&'static str], errors: &mut Vec<CalendarError>) {
    for (key, _) in table.iter().filter(|(key, _)| !known.contains(&key.get_ref().as_ref())) {
        let (span, key) = (key.span(), key.get_ref().to_string());
        let message = text!(en: "unknown key `{key}` in the calendar", zh: "放假日历里不能写 `{key}`");
        errors.push(CalendarError { span: Some(span), message, unknown: Some(UnknownKey { key, known }) });
    }
}

fn value<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> Option<&'t DeValue<'i>> {
    table.iter().find(|(name, _)| name.get_ref().as_ref() == key).map(|(_, value)| value.get_ref())
}

/// An error of the TOML reader, which speaks English only.
fn syntax(message: &str) -> Text {
    let name = message.split('`').nth(1).unwrap_or_default();
    let chinese = if message.starts_with("missing field") {
        format!("缺少 `{name}`")
    } else if message.starts_with("duplicate") {
        format!("`{name}` 写了两次")
    } else if message.starts_with("invalid type") {
        "这里的值类型不对".to_owned()
    } else {
        "放假日历写得不符合 TOML 格式".to_owned()
    };
    Text::of(message.to_owned(), chinese)
}

fn date_wanted(key: &str, example: &str) -> Text {
    text!(en: "`{key}` takes a date such as {example}", zh: "`{key}` 要写日期，例如 {example}")
}

fn weekday(text: &Spanned<String>, errors: &mut Vec<CalendarError>) -> Option<Weekday> {
    // 0 is Sunday here, and chrono counts from Monday.
    let number = names::weekday_number(text.as_ref()).and_then(|day| u8::try_from((day + 6) % 7).ok());
    let day = number.and_then(|number| Weekday::try_from(number).ok());
    if day.is_none() {
        let written = text.as_ref();
        let message =
            text!(en: "`{written}` is not a weekday: write SAT", zh: "`{written}` 不是星期，请写 `SAT` 这样的名称");
        errors.push(CalendarError::at(text.span(), message));
    }
    day
}

/// Marks the days of one holiday.
fn mark(
    entry: &Spanned<Entry>,
    year: Option<i32>,
    marked: &mut BTreeMap<NaiveDate, DayMark>,
    errors: &mut Vec<CalendarError>,
) {
    let Entry { name, on, from, to, workdays } = entry.as_ref();
    let mut note = |span, message: Text| errors.push(CalendarError::at(span, message));
    let mut days: Vec<(NaiveDate, Range<usize>, DayMark)> = Vec::new();
    match (on, from, to) {
        (Some(on), None, None) => match date(on) {
            Some(day) => days.push((day, on.span(), DayMark::Off(name.clone()))),
            None => note(on.span(), date_wanted("on", "2026-01-01")),
        },
        (None, Some(from), Some(to)) => match (date(from), date(to)) {
            (Some(first), Some(last)) if first <= last && (last - first).num_days() < MAX_DAYS => {
                let all = first.iter_days().take_while(|day| *day <= last);
                days.extend(all.map(|day| (day, from.span(), DayMark::Off(name.clone()))));
            }
            (Some(first), Some(last)) if first > last => {
                let message = text!(
                    en: "`{name}` ends on {last}, before it begins on {first}",
                    zh: "`{name}` 到{last}结束，却从{first}开始",
                    first = when::plain_date(first),
                    last = when::plain_date(last)
                );
                note(to.span(), message);
            }
            (Some(_), Some(_)) => {
                note(to.span(), text!(en: "`{name}` is longer than {MAX_DAYS} days", zh: "`{name}` 超过 {MAX_DAYS} 天"))
            }
            (None, _) => note(from.span(), date_wanted("from", "2026-01-01")),
            (_, None) => note(to.span(), date_wanted("to", "2026-01-03")),
        },
        (None, None, None) if !workdays.is_empty() => {}
        _ => note(
            entry.span(),
            text!(en: "`{name}` needs either `on`, or `from` and `to`", zh: "`{name}` 要写 `on`，或者写 `from` 和 `to`"),
        ),
    }
    for workday in workdays {
        match date(workday) {
            Some(day) => days.push((day, workday.span(), DayMark::Work(name.clone()))),
            None => note(
                workday.span(),
                text!(en: "`workdays` takes dates such as 2026-01-04", zh: "`workdays` 要写日期，例如 2026-01-04"),
            ),
        }
    }
    for (day, span, mark) in days {
        if let Some(year) = year.filter(|year| !belongs(day, *year)) {
            let day = when::plain_date(day);
            note(span, text!(en: "{day} does not belong to {year}", zh: "{day}不在 {year} 年里", day = day));
        } else if marked.insert(day, mark).is_some() {
            note(span, text!(en: "{day} is named twice", zh: "{day}写了两次", day = when::plain_date(day)));
        }
    }
}

/// A notice may reach over New Year: into the December before, and the January after.
fn belongs(day: NaiveDate, year: i32) -> bool {
    day.year() == year || (day.year() == year - 1 && day.month() == 12) || (day.year() == year + 1 && day.month() == 1)
}

/// A date without a time, with or without quotes.
fn date(value: &Spanned<Value>) -> Option<NaiveDate> {
    let value: Datetime = match value.as_ref() {
        Value::Datetime(date) => *date,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    match value {
        Datetime { date: Some(date), time: None, offset: None } => {
            NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
        }
        _ => None,
    }
}

impl CalendarError {
    fn at(span: Range<usize>, message: Text) -> Self {
        Self { span: Some(span), message, unknown: None }
    }

    /// A error of the file as a whole.
    fn of_file(message: Text) -> Self {
        Self { span: None, message, unknown: None }
    }
}

impl UserError for CalendarError {
    fn text(&self) -> Text {
        self.message.clone()
    }
}

impl std::error::Error for CalendarError {}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message.get(Lang::En))
    }
}
