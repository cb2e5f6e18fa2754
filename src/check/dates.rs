//! Recognises dates in other forms than those of the documentation, for corrections.

use chrono::NaiveDate;

use crate::schedule::{Bound, quoted_date, quoted_time};

/// Parses a date or date-time in a common other form, such as `2026/3/2 9:00`. `None` if the text is not a date.
fn meant(text: &str) -> Option<Bound> {
    if text.len() > 64 {
        return None;
    }
    let text = text.trim();
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return meant(&format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]));
    }
    let mut numbers: Vec<String> = Vec::new();
    let mut is_in = false;
    for c in text.chars() {
        match c {
            '0'..='9' => {
                if !is_in {
                    numbers.push(String::new());
                }
                numbers.last_mut()?.push(c);
                is_in = true;
            }
            '０'..='９' => return None,
            c if is_between(c) => is_in = false,
            _ => return None,
        }
    }
    let number = |n: usize, most: u32| numbers.get(n).and_then(|it| it.parse::<u32>().ok()).filter(|it| *it <= most);
    if numbers.first()?.len() != 4 {
        return None;
    }
    let (year, month, day) = (number(0, 9999)?, number(1, 12)?, number(2, 31)?);
    let date = NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day)?;
    match numbers.len() {
        3 => Some(Bound::Date(date)),
        5 | 6 => {
            let (hour, minute) = (number(3, 23)?, number(4, 59)?);
            let second = if numbers.len() == 6 { number(5, 59)? } else { 0 };
            date.and_hms_opt(hour, minute, second).map(Bound::Time)
        }
        _ => None,
    }
}

/// What is meant by the value of a key, as files write it.
pub(super) enum DateReading {
    /// In quotes, or a range of quoted dates.
    Certain(String),
    /// A date where a time is wanted too: with an example of one.
    WithoutTime(String),
}

/// The same for the value of a key: `at` takes no date without a time, and `skip` takes ranges.
pub(super) fn meant_for(key: &str, text: &str) -> Option<DateReading> {
    let key = key.rsplit('.').next().unwrap_or(key);
    let is = |name: &str| key == name || key.strip_prefix(name).is_some_and(|rest| rest.starts_with('['));
    match meant(text) {
        None if is("skip") => range(text).map(DateReading::Certain),
        None => None,
        Some(Bound::Date(date)) if is("at") => {
            date.and_hms_opt(9, 0, 0).map(|example| DateReading::WithoutTime(quoted_time(example)))
        }
        Some(Bound::Date(date)) => Some(DateReading::Certain(quoted_date(date))),
        Some(Bound::Time(time)) => Some(DateReading::Certain(quoted_time(time))),
    }
}

/// Whether a text has the form of a date or date-time and is none: the 30th of February, or an hour of 25.
pub(super) fn is_impossible(text: &str) -> bool {
    let text = text.trim();
    let begins_with_year = text.len() >= 8 && text.bytes().take(4).all(|byte| byte.is_ascii_digit());
    begins_with_year
        && text.len() <= 64
        && text.chars().all(|c| c.is_ascii_digit() || is_between(c))
        && text.chars().filter(|c| !c.is_ascii_digit()).count() >= 2
        && meant(text).is_none()
}

/// `2027-02-05 to 2027-02-12`, `2027/2/5～2027/2/12`, `2027年2月5日至2027年2月12日`.
fn range(text: &str) -> Option<String> {
    let parted =
        ["to", "至", "到", "~", "～", "..", " - ", "—", "–", "/"].into_iter().find_map(|by| text.split_once(by));
    let (from, to) = parted?;
    let date = |text: &str| match meant(text.trim_matches(['.', '—', ' '])) {
        Some(Bound::Date(date)) => Some(quoted_date(date)),
        _ => None,
    };
    Some(format!("{{ from = {}, to = {} }}", date(from)?, date(to)?))
}

/// Whether a character stands between the numbers of dates as people write them.
fn is_between(c: char) -> bool {
    matches!(
        c,
        '/' | '.' | '-' | ':' | ' ' | 'T' | 't' | '年' | '月' | '日' | '时' | '点' | '分' | '秒' | '：' | '／' | '　'
    ) || matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' | '\u{a0}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn means(text: &str, date: Option<&str>) {
        assert_eq!(meant(text).map(|it| it.to_string()).as_deref(), date, "{text}");
    }

    #[test]
    fn dates_as_people_write_them() {
        means("2026/12/01", Some("2026-12-01"));
        means("2026.12.1", Some("2026-12-01"));
        means("20261201", Some("2026-12-01"));
        means("2026年12月1日", Some("2026-12-01"));
        means("2026\u{2011}12\u{2011}01", Some("2026-12-01"));
        means("2026/12/12 09:00", Some("2026-12-12T09:00:00"));
        means("2026年12月12日9点30分", Some("2026-12-12T09:30:00"));
    }

    #[test]
    fn ranges_as_people_write_them() {
        let wanted = "{ from = \"2027-02-05\", to = \"2027-02-12\" }";
        for text in [
            "2027-02-05 to 2027-02-12",
            "2027/2/5～2027/2/12",
            "2027年2月5日至2027年2月12日",
            "2027-02-05..2027-02-12",
            "2027-02-05/2027-02-12",
            "2027.2.5 - 2027.2.12",
        ] {
            assert_eq!(range(text).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(range("2027-02-05 to 12"), None);
    }

    #[test]
    fn dates_that_do_not_exist() {
        for text in ["2026-02-30", "2026-02-30 09:00", "2026/13/01", "2026年2月30日", "2026-12-01 25:00"] {
            assert!(is_impossible(text), "{text}");
        }
        for text in ["2026-02-28", "soon", "20261201", "12/25/2026"] {
            assert!(!is_impossible(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_date() {
        means("2026", None);
        means("20261301", None);
        means("12/01/2026", None);
        means("2026/13/01", None);
        means("2026/02/30", None);
        means("春季2026/12/01", None);
        means("192.168.0.1", None);
    }
}
