//! Names of months and weekdays, as cron expressions and people write them.

use chrono::Weekday;

use crate::nearest::slips;
use crate::text::Text;
use crate::text::when::{self, MONTHS, WEEKDAYS};

/// Short forms beside the first three letters.
const SHORT: [(&str, u16); 3] = [("tues", 2), ("thur", 4), ("thurs", 4)];

/// The name of a weekday; 0 is Sunday.
pub(crate) fn weekday(number: u16) -> Text {
    when::weekday_name(day(number))
}

/// The name of a weekday as cron expressions write it: `MON`.
pub(crate) fn short(number: u16) -> String {
    WEEKDAYS[usize::from((number + 6) % 7)].0[..3].to_ascii_uppercase()
}

/// The name of a month from 1.
pub(crate) fn month(number: u16) -> Text {
    when::month_name(u32::from((number + 11) % 12 + 1))
}

fn day(number: u16) -> Weekday {
    u8::try_from((number + 6) % 7)
        .ok()
        .and_then(|from_monday| Weekday::try_from(from_monday).ok())
        .unwrap_or(Weekday::Sun)
}

/// The number of a weekday's name in any case; 0 is Sunday.
pub(crate) fn weekday_number(text: &str) -> Option<u16> {
    let short = SHORT.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, number)| *number);
    short.or_else(|| position(weekdays(), text).map(|from_monday| (from_monday + 1) % 7))
}

/// The number of a month's name in any case, from 1.
pub(crate) fn month_number(text: &str) -> Option<u16> {
    if text.eq_ignore_ascii_case("sept") {
        return Some(9);
    }
    position(MONTHS.into_iter(), text).map(|at| at + 1)
}

fn weekdays() -> impl Iterator<Item = &'static str> {
    WEEKDAYS.into_iter().map(|(name, _)| name)
}

fn position(mut names: impl Iterator<Item = &'static str>, text: &str) -> Option<u16> {
    let at = names.position(|name| name.eq_ignore_ascii_case(text) || name[..3].eq_ignore_ascii_case(text))?;
    u16::try_from(at).ok()
}

/// The nearest name to a lower-case text, as cron expressions write it.
pub(crate) fn nearest(months: bool, lower: &str) -> Option<String> {
    let names: Vec<&str> = if months { MONTHS.to_vec() } else { weekdays().collect() };
    let distance = |name: &str| {
        let full = name.to_ascii_lowercase();
        slips(&full, lower).min(crate::nearest::slips(&full[..3], lower))
    };
    let (distance, name) = names.iter().map(|name| (distance(name), *name)).min_by_key(|(distance, _)| *distance)?;
    // One typing error in a short word, two in a long one.
    (distance <= if lower.chars().count() > 4 { 2 } else { 1 }).then(|| name[..3].to_ascii_uppercase())
}

/// The weekday that `周一`, `星期日`, `礼拜天` or `一` name; 0 is Sunday.
pub(crate) fn chinese_weekday(text: &str) -> Option<u16> {
    let day = ["星期", "礼拜", "周", "週"].iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
    let at = ["日", "一", "二", "三", "四", "五", "六"].iter().position(|name| *name == day);
    let at = at.or_else(|| (day == "天").then_some(0))?;
    u16::try_from(at).ok()
}

/// The month that `三月` or `3月` name.
pub(crate) fn chinese_month(text: &str) -> Option<u16> {
    let month = text.strip_suffix('月')?;
    let names = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"];
    let named = names.iter().position(|name| *name == month).and_then(|at| u16::try_from(at + 1).ok());
    named.or_else(|| month.parse().ok().filter(|month| (1..=12).contains(month)))
}
