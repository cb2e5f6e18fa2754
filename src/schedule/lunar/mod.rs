//! The Chinese lunar calendar: the lunar date of a day, festivals, and lunar occasions as schedules.
//!
//! Only this directory uses `chinese_lunisolar_calendar`, and of it only the conversion of dates, from 1901 to 2100. A test
//! compares each year with a table of New Years and leap months.

mod festival;
mod occasion;

use chinese_lunisolar_calendar::LunisolarDate;
use chrono::{Datelike, NaiveDate};

pub use self::festival::{DayHint, hint};
pub use self::occasion::LunarError;
pub(crate) use self::occasion::{LunarRule, parse};
use crate::text::Text;

/// The years of which the lunar calendar is known.
pub(crate) const LUNAR_YEARS: std::ops::RangeInclusive<i32> = 1901..=2100;

/// From the first month to the twelfth.
const MONTHS: [&str; 12] =
    ["正月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "冬月", "腊月"];
const DIGITS: [&str; 11] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];

/// A date of the lunar calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LunarDate {
    /// The year in which it begins, between 21 January and 20 February.
    pub year: i32,
    /// From 1.
    pub month: u32,
    /// Whether it is in the second month of that number.
    pub is_leap: bool,
    /// From 1 to 30.
    pub day: u32,
}

impl LunarDate {
    /// The lunar date of a day; none outside of `LUNAR_YEARS`.
    pub fn of(date: NaiveDate) -> Option<Self> {
        let lunar = LunisolarDate::from_date(date).ok()?;
        let month = lunar.to_lunar_month();
        Some(Self {
            year: lunar.to_lunisolar_year().to_u16().into(),
            month: month.to_u8().into(),
            is_leap: month.is_leap_month(),
            day: lunar.to_lunar_day().to_u8().into(),
        })
    }

    /// Its day; none where the year has no such date.
    pub fn date(self) -> Option<NaiveDate> {
        let (year, month, day) = (self.year.try_into().ok()?, self.month.try_into().ok()?, self.day.try_into().ok()?);
        Some(LunisolarDate::from_ymd(year, month, self.is_leap, day).ok()?.to_naive_date())
    }

    /// The month and the day: `lunar 1-15`, `农历正月十五`.
    pub fn text(self) -> Text {
        day_text(self.month, self.is_leap, self.day)
    }

    /// Whether it is the last day of its year.
    pub fn is_new_years_eve(self) -> bool {
        self.month == 12
            && self.date().and_then(|date| Self::of(date.succ_opt()?)).is_none_or(|next| next.year > self.year)
    }
}

/// The last day of a lunar year.
fn new_years_eve(year: i32) -> Option<NaiveDate> {
    let day = |day| LunarDate { year, month: 12, is_leap: false, day }.date();
    day(30).or_else(|| day(29))
}

fn day_text(month: u32, is_leap: bool, day: u32) -> Text {
    let (leap, chinese_leap) = if is_leap { ("leap ", "闰") } else { ("", "") };
    let (month_name, day_name) = (month_name(month), day_name(day));
    text!(en: "lunar {leap}{month}-{day}", zh: "农历{chinese_leap}{month_name}{day_name}")
}

fn month_name(month: u32) -> &'static str {
    MONTHS[(month as usize + 11) % 12]
}

/// `初一` to `三十`.
fn day_name(day: u32) -> String {
    let digit = DIGITS[(day % 10) as usize];
    match day {
        0..=9 => format!("初{digit}"),
        10 => "初十".to_owned(),
        11..=19 => format!("十{digit}"),
        20 => "二十".to_owned(),
        21..=29 => format!("廿{digit}"),
        _ => "三十".to_owned(),
    }
}

/// The first lunar year whose dates may come on or after a day.
fn first_year(date: NaiveDate) -> i32 {
    (date.year() - 1).max(*LUNAR_YEARS.start())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// New Year's Day and the leap month, 0 where there is none, of each year from 1901 to 2100, as PyPI's `lunar_python`
    /// 1.4.8 gives them; `lunardate` 0.3.0 and `zhdate` 0.1 agree in every year that they know. Of all days, two months
    /// differ between `lunar_python` and the crate: in autumn 2089 and 2097 a new moon falls close to midnight.
    const YEARS: &str = include_str!("years.txt");

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn years_agree_with_other_programs() {
        let mut count = 0;
        for line in YEARS.lines().filter(|line| !line.starts_with('#')) {
            let (new_year, leap) = line.split_once(' ').expect("two cells");
            let (new_year, leap): (NaiveDate, u32) = (date(new_year), leap.parse().expect("a month"));
            let first = LunarDate { year: new_year.year(), month: 1, is_leap: false, day: 1 };
            assert_eq!((first.date(), LunarDate::of(new_year)), (Some(new_year), Some(first)), "{line}");
            let is_leap = |month: &u32| {
                LunarDate { year: new_year.year(), month: *month, is_leap: true, day: 1 }.date().is_some()
            };
            assert_eq!((1..=12).find(is_leap).unwrap_or(0), leap, "{line}");
            count += 1;
        }
        assert_eq!(count, 200);
    }

    #[test]
    fn each_day_converts_back() {
        let (mut day, end) = (date("1901-02-19"), date("2101-01-28"));
        while day <= end {
            let lunar = LunarDate::of(day).expect("a lunar date");
            assert_eq!(lunar.date(), Some(day));
            day = day.succ_opt().expect("a day");
        }
        assert_eq!((LunarDate::of(date("1901-02-18")), LunarDate::of(date("2101-01-29"))), (None, None));
    }

    #[test]
    fn dates_in_words() {
        let words = |text: &str| {
            let text = LunarDate::of(date(text)).expect("a lunar date").text();
            crate::text::Lang::ALL.map(|lang| text.get(lang).to_owned())
        };
        assert_eq!(words("2026-03-03"), ["lunar 1-15", "农历正月十五"]);
        assert_eq!(words("2025-08-08"), ["lunar leap 6-15", "农历闰六月十五"]);
        assert_eq!(words("2027-01-15"), ["lunar 12-8", "农历腊月初八"]);
        assert_eq!(words("2026-12-09"), ["lunar 11-1", "农历冬月初一"]);
    }

    #[test]
    fn a_year_ends_on_the_29th_or_30th() {
        for (year, eve) in [(2024, "2025-01-28"), (2025, "2026-02-16"), (2026, "2027-02-05"), (2029, "2030-02-02")] {
            assert_eq!(new_years_eve(year), Some(date(eve)));
            assert!(LunarDate::of(date(eve)).is_some_and(LunarDate::is_new_years_eve));
        }
    }
}
