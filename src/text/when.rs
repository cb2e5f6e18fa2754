//! Local dates, weekdays and times of day as people read them in each language.
//!
//! | | English | Chinese |
//! |---|---|---|
//! | [`date_time`] | `Fri 2026-11-27 10:15` | `2026年11月27日（周五）10:15` |
//! | [`date_time_near`] | the same | `11月27日（周五）10:15`, with the year where it is another one |
//! | [`date`], [`date_near`] | `Fri 2026-11-27` | `2026年11月27日（周五）`, `11月27日（周五）` |
//! | [`plain_date`], [`plain_date_time`] | `2026-11-27`, `2026-11-27 10:15` | `2026年11月27日`, `2026年11月27日 10:15` |
//! | [`date_range`] | `2026-11-27 to 2026-12-02` | `2026年11月27日至12月2日` |
//! | [`month`] | `2026-11` | `2026年11月` |
//! | [`weekday`], [`weekday_name`] | `Fri`, `Friday` | `周五` |

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike, Weekday};

use super::Text;
use crate::limits::BEIJING;

/// From Monday, in English and Chinese.
pub(crate) const WEEKDAYS: [(&str, &str); 7] = [
    ("Monday", "周一"),
    ("Tuesday", "周二"),
    ("Wednesday", "周三"),
    ("Thursday", "周四"),
    ("Friday", "周五"),
    ("Saturday", "周六"),
    ("Sunday", "周日"),
];
/// In English, from January.
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A local date and time of day.
pub fn date_time(local: NaiveDateTime) -> Text {
    at_clock(date(local.date()), local)
}

/// A local date and time of day; in Chinese without the year if it is that of `near`.
pub fn date_time_near(local: NaiveDateTime, near: NaiveDate) -> Text {
    at_clock(date_near(local.date(), near), local)
}

/// A date with its weekday.
pub fn date(date: NaiveDate) -> Text {
    with_weekday(date, &chinese(date))
}

/// A date with its weekday; in Chinese without the year if it is that of `near`.
pub fn date_near(date: NaiveDate, near: NaiveDate) -> Text {
    if date.year() == near.year() { with_weekday(date, &chinese_day(date)) } else { self::date(date) }
}

/// A date without its weekday.
pub fn plain_date(date: NaiveDate) -> Text {
    Text::of(date.to_string(), chinese(date))
}

/// A range of dates, both included: `2026-11-27 to 2026-12-02`, `2026年11月27日至12月2日`.
pub fn date_range(from: NaiveDate, to: NaiveDate) -> Text {
    let last = if from.year() == to.year() { chinese_day(to) } else { chinese(to) };
    Text::of(format!("{from} to {to}"), format!("{}至{last}", chinese(from)))
}

/// A local date and time of day without the weekday.
pub fn plain_date_time(local: NaiveDateTime) -> Text {
    let (date, clock) = (local.date(), clock(local));
    Text::of(format!("{date} {clock}"), format!("{} {clock}", chinese(date)))
}

/// The month of a date.
pub fn month(date: NaiveDate) -> Text {
    Text::of(date.format("%Y-%m").to_string(), format!("{}年{}月", date.year(), date.month()))
}

/// The name of a month, from 1 for January.
///
/// # Panics
///
/// `number` is not in 1 to 12.
pub fn month_name(number: u32) -> Text {
    Text::of(MONTHS[number as usize - 1].to_owned(), format!("{number}月"))
}

/// The short name of a weekday.
pub fn weekday(day: Weekday) -> Text {
    let name = weekday_name(day);
    Text::of(name.en[..3].to_owned(), name.zh)
}

/// The full name of a weekday.
pub fn weekday_name(day: Weekday) -> Text {
    let (en, zh) = WEEKDAYS[day.num_days_from_monday() as usize];
    Text::of(en.to_owned(), zh.to_owned())
}

/// A time zone by its IANA name; in Chinese, that of Beijing by its usual name.
pub fn zone(name: &str) -> Text {
    let chinese = if name == BEIJING.name() { "北京时间" } else { name };
    Text::of(name.to_owned(), chinese.to_owned())
}

/// The time of day, the same in both languages; seconds only if they are not zero: `09:00`.
pub fn clock(time: impl Timelike) -> String {
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
}

fn with_weekday(date: NaiveDate, chinese: &str) -> Text {
    let day = weekday(date.weekday());
    Text::of(format!("{} {date}", day.en), format!("{chinese}（{}）", day.zh))
}

fn at_clock(date: Text, local: NaiveDateTime) -> Text {
    let clock = clock(local);
    Text::of(format!("{} {clock}", date.en), format!("{}{clock}", date.zh))
}

fn chinese(date: NaiveDate) -> String {
    format!("{}年{}", date.year(), chinese_day(date))
}

fn chinese_day(date: NaiveDate) -> String {
    format!("{}月{}日", date.month(), date.day())
}

#[cfg(test)]
mod tests {
    use super::super::Lang;
    use super::*;

    fn both(text: &Text) -> [&str; 2] {
        Lang::ALL.map(|lang| text.get(lang))
    }

    fn friday() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 27).unwrap()
    }

    #[test]
    fn a_date_time_has_its_weekday() {
        let local = friday().and_hms_opt(10, 15, 0).unwrap();
        assert_eq!(both(&date_time(local)), ["Fri 2026-11-27 10:15", "2026年11月27日（周五）10:15"]);
        assert_eq!(both(&plain_date_time(local)), ["2026-11-27 10:15", "2026年11月27日 10:15"]);
    }

    #[test]
    fn a_near_year_is_left_out_in_chinese() {
        let local = friday().and_hms_opt(9, 0, 5).unwrap();
        let next_year = NaiveDate::from_ymd_opt(2027, 1, 2).unwrap();
        assert_eq!(both(&date_time_near(local, friday())), ["Fri 2026-11-27 09:00:05", "11月27日（周五）09:00:05"]);
        assert_eq!(both(&date_near(next_year, friday())), ["Sat 2027-01-02", "2027年1月2日（周六）"]);
    }

    #[test]
    fn beijing_time_has_a_usual_name() {
        assert_eq!(both(&zone("Asia/Shanghai")), ["Asia/Shanghai", "北京时间"]);
        assert_eq!(both(&zone("Asia/Tokyo")), ["Asia/Tokyo"; 2]);
    }

    #[test]
    fn names_of_weekdays_and_months() {
        assert_eq!(both(&weekday(Weekday::Sun)), ["Sun", "周日"]);
        assert_eq!(both(&weekday_name(Weekday::Wed)), ["Wednesday", "周三"]);
        assert_eq!(both(&month_name(12)), ["December", "12月"]);
        assert_eq!(both(&month(friday())), ["2026-11", "2026年11月"]);
    }
}
