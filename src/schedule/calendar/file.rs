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
//! A book's calendar extends the shipped one: what it leaves out stays as shipped. With `replace = true` it stands alone,
//! and then it needs `name` and `weekend`. `holidays` may stand outside of a year too, for single dates of one's own. A
//! year without holidays counts as not published.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::Value;
use toml::value::Datetime;

use crate::schedule::names;

/// The longest holiday, in days: more is a slip of the pen.
const MAX_DAYS: i64 = 31;

/// One thing that is wrong with the text of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarFault {
    /// Bytes of the text; None: the text as a whole.
    pub span: Option<Range<usize>>,
    pub message: String,
}

/// What a calendar says of one date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mark {
    Off(String),
    Work(String),
}

/// What a text says.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    /// Nothing of the calendar that it is read on top of stays.
    pub replace: bool,
    pub name: Option<String>,
    pub weekend: Option<Vec<Weekday>>,
    pub years: BTreeMap<i32, BTreeMap<NaiveDate, Mark>>,
    pub dates: BTreeMap<NaiveDate, Mark>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
struct Year {
    /// For readers of the file.
    #[serde(rename = "source")]
    _source: Option<String>,
    #[serde(default)]
    holidays: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    on: Option<Spanned<Value>>,
    from: Option<Spanned<Value>>,
    to: Option<Spanned<Value>>,
    #[serde(default)]
    workdays: Vec<Spanned<Value>>,
}

/// Reads a text. One that stands alone, because of `is_shipped` or its own `replace`, must say its name and weekend.
pub(crate) fn read(text: &str, is_shipped: bool) -> Result<Sheet, Vec<CalendarFault>> {
    let file: File = toml::from_str(text)
        .map_err(|error| vec![CalendarFault { span: error.span(), message: error.message().to_owned() }])?;
    let mut faults = Vec::new();
    let alone = is_shipped || file.replace;
    let mut sheet = Sheet { name: file.name, replace: alone, ..Sheet::default() };
    if alone && sheet.name.is_none() {
        faults.push(CalendarFault { span: None, message: "a calendar needs a `name`".to_owned() });
    }
    if alone && file.weekend.is_none() {
        let message = "a calendar needs its `weekend`, such as [\"SAT\", \"SUN\"]".to_owned();
        faults.push(CalendarFault { span: None, message });
    }
    sheet.weekend = file.weekend.map(|days| days.iter().filter_map(|day| weekday(day, &mut faults)).collect());
    for (key, year) in &file.years {
        let Some(number) = key.as_ref().parse::<i32>().ok().filter(|year| (1970..=2100).contains(year)) else {
            faults.push(CalendarFault::at(key.span(), format!("`{}` is not a year", key.as_ref())));
            continue;
        };
        let marked = sheet.years.entry(number).or_default();
        for entry in &year.holidays {
            mark(entry, Some(number), marked, &mut faults);
        }
    }
    for entry in &file.holidays {
        mark(entry, None, &mut sheet.dates, &mut faults);
    }
    if faults.is_empty() { Ok(sheet) } else { Err(faults) }
}

fn weekday(text: &Spanned<String>, faults: &mut Vec<CalendarFault>) -> Option<Weekday> {
    // 0 is Sunday here, and chrono counts from Monday.
    let number = names::weekday_number(text.as_ref()).and_then(|day| u8::try_from((day + 6) % 7).ok());
    let day = number.and_then(|number| Weekday::try_from(number).ok());
    if day.is_none() {
        faults.push(CalendarFault::at(text.span(), format!("`{}` is not a weekday: write SAT", text.as_ref())));
    }
    day
}

/// Marks the days of one holiday.
fn mark(
    entry: &Spanned<Entry>,
    year: Option<i32>,
    marked: &mut BTreeMap<NaiveDate, Mark>,
    faults: &mut Vec<CalendarFault>,
) {
    let Entry { name, on, from, to, workdays } = entry.as_ref();
    let mut note = |span, message: String| faults.push(CalendarFault::at(span, message));
    let mut days: Vec<(NaiveDate, Range<usize>, Mark)> = Vec::new();
    match (on, from, to) {
        (Some(on), None, None) => match date(on) {
            Some(day) => days.push((day, on.span(), Mark::Off(name.clone()))),
            None => note(on.span(), "`on` takes a date such as 2026-01-01".to_owned()),
        },
        (None, Some(from), Some(to)) => match (date(from), date(to)) {
            (Some(first), Some(last)) if first <= last && (last - first).num_days() < MAX_DAYS => {
                let all = first.iter_days().take_while(|day| *day <= last);
                days.extend(all.map(|day| (day, from.span(), Mark::Off(name.clone()))));
            }
            (Some(first), Some(last)) if first > last => {
                note(to.span(), format!("`{name}` ends on {last}, before it begins on {first}"));
            }
            (Some(_), Some(_)) => note(to.span(), format!("`{name}` is longer than {MAX_DAYS} days")),
            (None, _) => note(from.span(), "`from` takes a date such as 2026-01-01".to_owned()),
            (_, None) => note(to.span(), "`to` takes a date such as 2026-01-03".to_owned()),
        },
        (None, None, None) if !workdays.is_empty() => {}
        _ => note(entry.span(), format!("`{name}` needs either `on`, or `from` and `to`")),
    }
    for workday in workdays {
        match date(workday) {
            Some(day) => days.push((day, workday.span(), Mark::Work(name.clone()))),
            None => note(workday.span(), "`workdays` takes dates such as 2026-01-04".to_owned()),
        }
    }
    for (day, span, mark) in days {
        if let Some(year) = year.filter(|year| !belongs(day, *year)) {
            note(span, format!("{day} does not belong to {year}"));
        } else if marked.insert(day, mark).is_some() {
            note(span, format!("{day} is named twice"));
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

impl CalendarFault {
    fn at(span: Range<usize>, message: String) -> Self {
        Self { span: Some(span), message }
    }
}

impl std::error::Error for CalendarFault {}

impl fmt::Display for CalendarFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
