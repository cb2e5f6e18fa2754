//! Festivals that shops plan for, as a hint beside a date. Which days are off is the calendar's business.

use chrono::{Datelike, NaiveDate, Weekday};

use super::LunarDate;
use crate::text::{StaticText, Text};

/// When a festival is, in a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    /// Month and day of the lunar calendar.
    Lunar(u32, u32),
    /// The last day of the lunar year.
    NewYearsEve,
    Date(u32, u32),
    /// The so manieth Sunday of a month.
    Sunday(u32, u32),
}

const FESTIVALS: [(On, StaticText); 26] = [
    (On::Lunar(1, 1), StaticText { en: "Spring Festival", zh: "春节" }),
    (On::Lunar(1, 15), StaticText { en: "Lantern Festival", zh: "元宵节" }),
    (On::Lunar(2, 2), StaticText { en: "Dragon Head Day", zh: "龙抬头" }),
    (On::Lunar(5, 5), StaticText { en: "Dragon Boat Festival", zh: "端午节" }),
    (On::Lunar(7, 7), StaticText { en: "Qixi Festival", zh: "七夕节" }),
    (On::Lunar(7, 15), StaticText { en: "Ghost Festival", zh: "中元节" }),
    (On::Lunar(8, 15), StaticText { en: "Mid-Autumn Festival", zh: "中秋节" }),
    (On::Lunar(9, 9), StaticText { en: "Double Ninth Festival", zh: "重阳节" }),
    (On::Lunar(12, 8), StaticText { en: "Laba Festival", zh: "腊八节" }),
    (On::NewYearsEve, StaticText { en: "Lunar New Year's Eve", zh: "除夕" }),
    (On::Date(1, 1), StaticText { en: "New Year's Day", zh: "元旦" }),
    (On::Date(2, 14), StaticText { en: "Valentine's Day", zh: "情人节" }),
    (On::Date(3, 8), StaticText { en: "Women's Day", zh: "妇女节" }),
    (On::Date(5, 1), StaticText { en: "Labour Day", zh: "劳动节" }),
    (On::Date(5, 4), StaticText { en: "Youth Day", zh: "青年节" }),
    (On::Date(5, 20), StaticText { en: "520", zh: "520" }),
    (On::Sunday(5, 2), StaticText { en: "Mother's Day", zh: "母亲节" }),
    (On::Date(6, 1), StaticText { en: "Children's Day", zh: "儿童节" }),
    (On::Date(6, 18), StaticText { en: "618", zh: "618" }),
    (On::Sunday(6, 3), StaticText { en: "Father's Day", zh: "父亲节" }),
    (On::Date(9, 10), StaticText { en: "Teachers' Day", zh: "教师节" }),
    (On::Date(10, 1), StaticText { en: "National Day", zh: "国庆节" }),
    (On::Date(11, 11), StaticText { en: "Singles' Day", zh: "双11" }),
    (On::Date(12, 12), StaticText { en: "Double 12", zh: "双12" }),
    (On::Date(12, 24), StaticText { en: "Christmas Eve", zh: "平安夜" }),
    (On::Date(12, 25), StaticText { en: "Christmas", zh: "圣诞节" }),
];

/// The lunar date of a day, and its festivals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayHint {
    pub lunar: Option<LunarDate>,
    festivals: Vec<&'static (On, StaticText)>,
}

/// What is known of a day beside the calendar of workdays.
pub fn hint(date: NaiveDate) -> DayHint {
    let lunar = LunarDate::of(date);
    let is_on = |on: On| match (on, lunar) {
        (On::Lunar(month, day), Some(lunar)) => (lunar.month, lunar.day, lunar.is_leap) == (month, day, false),
        (On::NewYearsEve, Some(lunar)) => lunar.is_new_years_eve(),
        (On::Lunar(..) | On::NewYearsEve, None) => false,
        (On::Date(month, day), _) => (date.month(), date.day()) == (month, day),
        (On::Sunday(month, nth), _) => {
            date.month() == month && date.weekday() == Weekday::Sun && date.day0() / 7 + 1 == nth
        }
    };
    DayHint { lunar, festivals: FESTIVALS.iter().filter(|(on, _)| is_on(*on)).collect() }
}

impl DayHint {
    /// The lunar date with the festivals behind it: `lunar 1-15, Lantern Festival`, `农历正月十五 元宵节`.
    pub fn text(&self) -> Text {
        let names = self.festivals.iter().map(|(_, name)| Text::from(*name));
        let parts: Vec<Text> = self.lunar.map(LunarDate::text).into_iter().chain(names).collect();
        Text::join(&parts, &text!(en: ", ", zh: " "))
    }

    /// The festivals that a day does not have as its own name already, such as `lunar 1-15, Lantern Festival`; none on
    /// other days.
    pub fn festival_text(&self, day: &Text) -> Option<Text> {
        let is_new = |name: &StaticText| !day.get(crate::text::Lang::Zh).contains(name.zh);
        let festivals = self.festivals.iter().filter(|(_, name)| is_new(name));
        let names: Vec<Text> = festivals
            .map(|(on, name)| match (on, self.lunar) {
                (On::Lunar(..), Some(lunar)) => {
                    text!(en: "{lunar}, {name}", zh: "{lunar} {name}", name = *name, lunar = lunar.text())
                }
                _ => Text::from(*name),
            })
            .collect();
        (!names.is_empty()).then(|| Text::join(&names, &text!(en: ", ", zh: "、")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[track_caller]
    fn says(date: &str, words: [&str; 2]) {
        let text = hint(date.parse().expect("a date")).text();
        assert_eq!(Lang::ALL.map(|lang| text.get(lang)), words);
    }

    #[test]
    fn festivals_stand_behind_the_lunar_date() {
        says("2026-03-03", ["lunar 1-15, Lantern Festival", "农历正月十五 元宵节"]);
        says("2027-01-15", ["lunar 12-8, Laba Festival", "农历腊月初八 腊八节"]);
        says("2027-02-05", ["lunar 12-29, Lunar New Year's Eve", "农历腊月廿九 除夕"]);
        says("2026-09-25", ["lunar 8-15, Mid-Autumn Festival", "农历八月十五 中秋节"]);
        says("2025-08-08", ["lunar leap 6-15", "农历闰六月十五"]);
        says("2026-11-11", ["lunar 10-3, Singles' Day", "农历十月初三 双11"]);
        says("2026-05-10", ["lunar 3-24, Mother's Day", "农历三月廿四 母亲节"]);
        says("2026-06-21", ["lunar 5-7, Father's Day", "农历五月初七 父亲节"]);
    }

    #[test]
    fn a_name_is_said_once() {
        let words = |date: &str, day: &str| {
            let text = hint(date.parse().expect("a date")).festival_text(&Text::quoted(day));
            text.map(|text| text.into_lang(Lang::Zh))
        };
        assert_eq!(words("2026-09-25", "工作日").as_deref(), Some("农历八月十五 中秋节"));
        assert_eq!(words("2026-09-25", "中秋节"), None);
        assert_eq!(words("2026-09-24", "工作日"), None);
    }
}
