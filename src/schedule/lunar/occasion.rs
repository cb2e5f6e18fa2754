//! `lunar = "正月十五 09:00"`: an occasion of the lunar calendar as a schedule.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::{DIGITS, LUNAR_YEARS, LunarDate, day_text, first_year, new_years_eve};
use crate::text::{Text, when};

/// A lunar date of each year, with a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LunarTime {
    pub occasion: Occasion,
    pub time: NaiveTime,
}

/// A date of the lunar calendar without its year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    Day {
        month: u32,
        is_leap: bool,
        day: u32,
    },
    /// The last day of the year, the 29th or the 30th of the twelfth month.
    NewYearsEve,
}

/// The times of `lunar`.
#[derive(Clone, Debug)]
pub(crate) struct LunarRule {
    pub times: Vec<LunarTime>,
}

/// Why a text is not a lunar occasion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LunarError {
    /// Neither a month and day nor a festival.
    NotADate { text: String },
    /// A month or a day that no lunar year has.
    OutOfRange { text: String },
    /// The date has no time of day, or one that does not exist.
    NoTime { date: String },
    /// 小年 is the 23rd in the north and the 24th in the south.
    Xiaonian { time: String },
    /// `腊月三十`, which is missing in years whose last month has 29 days.
    LastOfYear { time: String },
}

/// Names of festivals in place of a month and a day.
const NAMED: [(&str, Occasion); 16] = [
    ("除夕", Occasion::NewYearsEve),
    ("大年三十", Occasion::NewYearsEve),
    ("年三十", Occasion::NewYearsEve),
    ("春节", day(1, 1)),
    ("大年初一", day(1, 1)),
    ("元宵节", day(1, 15)),
    ("元宵", day(1, 15)),
    ("端午节", day(5, 5)),
    ("端午", day(5, 5)),
    ("七夕节", day(7, 7)),
    ("七夕", day(7, 7)),
    ("中元节", day(7, 15)),
    ("中秋节", day(8, 15)),
    ("中秋", day(8, 15)),
    ("重阳节", day(9, 9)),
    ("腊八节", day(12, 8)),
];

const fn day(month: u32, day: u32) -> Occasion {
    Occasion::Day { month, is_leap: false, day }
}

/// Parses `正月十五 09:00`, `闰六月初一 10:00`, `除夕 18:00`.
///
/// # Errors
/// What is wrong with the text.
pub(crate) fn parse(text: &str) -> Result<LunarTime, LunarError> {
    let short: String = text.trim().chars().take(40).collect();
    let split = short.find(|c: char| c.is_whitespace()).unwrap_or(short.len());
    let (date, time) = (&short[..split], short[split..].trim());
    let written = date.strip_prefix("农历").unwrap_or(date);
    let occasion = match NAMED.iter().find(|(name, _)| *name == written) {
        Some((_, occasion)) => *occasion,
        None if written == "小年" => return Err(LunarError::Xiaonian { time: example_time(time) }),
        None => month_and_day(written)?,
    };
    if occasion == (Occasion::Day { month: 12, is_leap: false, day: 30 }) {
        return Err(LunarError::LastOfYear { time: example_time(time) });
    }
    let read = ["%H:%M", "%H:%M:%S"].iter().find_map(|form| NaiveTime::parse_from_str(time, form).ok());
    let time = read.ok_or_else(|| LunarError::NoTime { date: date.to_owned() })?;
    Ok(LunarTime { occasion, time })
}

/// The time of a text, or an example where it has none.
fn example_time(time: &str) -> String {
    if time.is_empty() { "09:00".to_owned() } else { time.to_owned() }
}

fn month_and_day(written: &str) -> Result<Occasion, LunarError> {
    let not_a_date = || LunarError::NotADate { text: written.to_owned() };
    let out_of_range = || LunarError::OutOfRange { text: written.to_owned() };
    let (is_leap, rest) = written.strip_prefix(['闰', '閏']).map_or((false, written), |rest| (true, rest));
    let (month, day) = rest.split_once('月').ok_or_else(not_a_date)?;
    let month = match month {
        "正" => 1,
        "冬" => 11,
        "腊" | "臘" => 12,
        _ => number(month).ok_or_else(not_a_date)?,
    };
    let day = day.strip_suffix(['日', '号']).unwrap_or(day);
    let day = number(day.strip_prefix('初').unwrap_or(day)).ok_or_else(not_a_date)?;
    if !(1..=12).contains(&month) || !(1..=30).contains(&day) {
        return Err(out_of_range());
    }
    Ok(Occasion::Day { month, is_leap, day })
}

/// `8`, `十五`, `廿三`, `二十三`, `三十`.
fn number(text: &str) -> Option<u32> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let text = text.replace("廿", "二十").replace("卅", "三十");
    let digit = |text: &str| DIGITS.iter().skip(1).position(|digit| *digit == text).map(|at| at + 1);
    let (tens, ones) = match text.split_once('十') {
        Some((tens, ones)) => (if tens.is_empty() { 1 } else { digit(tens)? }, ones),
        None => (0, text.as_str()),
    };
    let ones = if ones.is_empty() && tens > 0 { 0 } else { digit(ones)? };
    u32::try_from(tens * 10 + ones).ok()
}

impl Occasion {
    /// Its day in a lunar year; none where that year has no such date.
    fn date(self, year: i32) -> Option<NaiveDate> {
        match self {
            Self::Day { month, is_leap, day } => LunarDate { year, month, is_leap, day }.date(),
            Self::NewYearsEve => new_years_eve(year),
        }
    }

    /// Whether some years have no such date.
    pub(crate) fn is_rare(self) -> bool {
        matches!(self, Self::Day { is_leap: true, .. } | Self::Day { day: 30, .. })
    }

    /// In words: `lunar 1-15`, `农历正月十五`.
    pub(crate) fn text(self) -> Text {
        match self {
            Self::Day { month, is_leap, day } => day_text(month, is_leap, day),
            Self::NewYearsEve => text!(en: "Lunar New Year's Eve", zh: "除夕"),
        }
    }
}

impl LunarRule {
    /// The first local time strictly after this one; none after the last known year.
    pub(crate) fn next(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        // All dates of a lunar year lie before those of the next.
        (first_year(after.date())..=*LUNAR_YEARS.end()).find_map(|year| {
            let of_year = self.times.iter().filter_map(|it| Some(it.occasion.date(year)?.and_time(it.time)));
            of_year.filter(|time| *time > after).min()
        })
    }

    /// Whether it names a date.
    pub(crate) fn names_date(&self, date: NaiveDate) -> bool {
        LunarDate::of(date).is_some_and(|lunar| self.times.iter().any(|it| it.occasion.date(lunar.year) == Some(date)))
    }

    /// Most times that one day has.
    pub(crate) fn times_a_day(&self) -> usize {
        let same_day = |time: &LunarTime| {
            let is_eve = |it: &LunarTime| it.occasion == Occasion::NewYearsEve;
            self.times.iter().filter(|it| it.occasion == time.occasion || (is_eve(it) && is_eve(time))).count()
        };
        self.times.iter().map(same_day).max().unwrap_or(0)
    }

    /// The dates that some years do not have, with their indexes.
    pub(crate) fn rare_dates(&self) -> impl Iterator<Item = (usize, Text)> {
        let rare = self.times.iter().enumerate().filter(|(_, it)| it.occasion.is_rare());
        rare.map(|(index, it)| (index, it.occasion.text()))
    }

    /// In words, without the zone.
    pub(crate) fn in_words(&self) -> Text {
        let times: Vec<Text> = self
            .times
            .iter()
            .map(|it| {
                let clock = when::clock(it.time);
                text!(en: "{day} at {clock}", zh: "{day} {clock}", day = it.occasion.text())
            })
            .collect();
        text!(en: "every year on {times}", zh: "每年{times}", times = Text::list(&times))
    }
}

impl LunarError {
    pub(crate) fn text(&self) -> Text {
        match self {
            Self::NotADate { text } => text!(
                en: "`{text}` is not a date of the lunar calendar",
                zh: "`{text}` 不是农历日期"
            ),
            Self::OutOfRange { text } => text!(
                en: "the lunar calendar has no `{text}`",
                zh: "农历没有 `{text}` 这一天"
            ),
            Self::NoTime { date } => text!(
                en: "`{date}` needs a time of day behind it",
                zh: "`{date}` 后面要写几点"
            ),
            Self::Xiaonian { .. } => text!(
                en: "`小年` is the 23rd in the north and the 24th in the south",
                zh: "“小年”北方是廿三，南方是廿四"
            ),
            Self::LastOfYear { .. } => text!(
                en: "`腊月三十` is missing in years whose last month has 29 days",
                zh: "有的年份腊月只有二十九天，没有 `腊月三十`"
            ),
        }
    }

    pub(crate) fn help(&self) -> Text {
        match self {
            Self::NotADate { .. } => {
                text!(en: "write a month and a day, as in `正月十五 09:00`", zh: "请写月和日，例如 `正月十五 09:00`")
            }
            Self::OutOfRange { .. } => text!(
                en: "months are 正月 to 腊月, days 初一 to 三十",
                zh: "月份从正月到腊月，日从初一到三十"
            ),
            Self::NoTime { date } => text!(en: "write `{date} 09:00`", zh: "请写成 `{date} 09:00` 这样"),
            Self::Xiaonian { time } => text!(
                en: "write `腊月廿三 {time}` or `腊月廿四 {time}`",
                zh: "请写 `腊月廿三 {time}` 或 `腊月廿四 {time}`"
            ),
            Self::LastOfYear { time } => {
                text!(en: "for the last day of the year write `除夕 {time}`", zh: "每年最后一天请写 `除夕 {time}`")
            }
        }
    }

    /// What to write instead, where that is certain.
    pub(crate) fn instead(&self) -> Option<String> {
        match self {
            Self::LastOfYear { time } => Some(format!("除夕 {time}")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> NaiveDateTime {
        text.parse().expect("a local time")
    }

    #[track_caller]
    fn comes(texts: &[&str], from: &str, times: &[&str]) {
        let times_of = texts.iter().map(|text| parse(text).expect("an occasion")).collect();
        let rule = LunarRule { times: times_of };
        let mut after = local(from);
        for time in times {
            after = rule.next(after).expect("a next time");
            assert_eq!(after, local(time));
        }
    }

    #[test]
    fn occasions_come_once_a_lunar_year() {
        comes(&["正月十五 09:00"], "2026-01-01T00:00:00", &["2026-03-03T09:00:00", "2027-02-20T09:00:00"]);
        comes(&["腊月初八 10:00"], "2026-01-01T00:00:00", &["2026-01-26T10:00:00", "2027-01-15T10:00:00"]);
        comes(&["除夕 18:00"], "2026-02-16T18:00:00", &["2027-02-05T18:00:00", "2028-01-25T18:00:00"]);
        comes(&["闰六月十五 09:00"], "2025-01-01T00:00:00", &["2025-08-08T09:00:00", "2036-08-06T09:00:00"]);
        comes(&["六月十五 09:00"], "2025-01-01T00:00:00", &["2025-07-09T09:00:00", "2026-07-28T09:00:00"]);
        comes(
            &["中秋 09:00", "端午节 08:30"],
            "2026-01-01T00:00:00",
            &["2026-06-19T08:30:00", "2026-09-25T09:00:00", "2027-06-09T08:30:00"],
        );
    }

    #[test]
    fn dates_as_people_write_them() {
        for (text, month, day) in [
            ("农历正月初一 9:00", 1, 1),
            ("八月15 09:00", 8, 15),
            ("8月15日 09:00", 8, 15),
            ("十一月二十三 09:00", 11, 23),
            ("冬月廿三 09:00", 11, 23),
            ("十二月初十 09:00", 12, 10),
            ("三月三十 09:00", 3, 30),
        ] {
            let read = parse(text).map(|it| it.occasion);
            assert_eq!(read, Ok(Occasion::Day { month, is_leap: false, day }), "{text}");
        }
        for month in 1..=12 {
            let name = super::super::month_name(month);
            assert_eq!(parse(&format!("{name}初五 09:00")).map(|it| it.occasion), Ok(day(month, 5)));
        }
    }

    #[test]
    fn what_is_no_occasion() {
        for text in ["", "明天 09:00", "正月 09:00", "0 9 * * MON", "2026-03-03 09:00", "正月初 09:00"] {
            assert!(matches!(parse(text), Err(LunarError::NotADate { .. })), "{text}: {:?}", parse(text));
        }
        assert!(matches!(parse("十三月初一 09:00"), Err(LunarError::OutOfRange { .. })));
        assert!(matches!(parse("正月三十一 09:00"), Err(LunarError::OutOfRange { .. })));
        assert!(matches!(parse("正月十五"), Err(LunarError::NoTime { .. })));
        assert!(matches!(parse("正月十五 25:00"), Err(LunarError::NoTime { .. })));
        assert!(matches!(parse("小年 09:00"), Err(LunarError::Xiaonian { .. })));
        assert!(matches!(parse("腊月三十 09:00"), Err(LunarError::LastOfYear { .. })));
    }
}
