//! Weekdays in cells: `周一`, `Monday`.

use chrono::{Datelike, Weekday};

use super::scan::take_word;
use super::{CellTimeError, error, shown};
use crate::import::field::narrow;
use crate::import::table::Value;

/// Reads a weekday; nothing where the cell is blank.
pub(crate) fn weekday(value: &Value) -> Result<Option<Weekday>, CellTimeError> {
    let text = match value {
        Value::Empty => return Ok(None),
        Value::Text(text) if text.trim().is_empty() => return Ok(None),
        Value::Text(text) => text.clone(),
        Value::DateTime { date: Some(date), .. } => return Ok(Some(date.weekday())),
        Value::Number(number) if (1.0..=7.0).contains(number) && number.fract() == 0.0 => format!("周{number}"),
        other => shown(other),
    };
    let plain = narrow(text.trim()).to_lowercase();
    let mut rest = plain.as_str();
    let read = take_weekday(&mut rest).or_else(|| {
        let with_prefix = format!("周{rest}");
        let mut other = with_prefix.as_str();
        let read = take_weekday(&mut other).filter(|_| other.is_empty());
        rest = if read.is_some() { "" } else { rest };
        read
    });
    read.filter(|_| rest.trim().is_empty()).map(Some).ok_or_else(|| {
        let text = text.trim();
        error(
            text!(en: "`{text}` is not a weekday", zh: "“{text}”不是星期几"),
            text!(en: "write `周一` or `Monday`", zh: "请写成“周一”"),
        )
    })
}

/// After `周`, `星期` or `礼拜`.
const CHINESE_DAYS: [(&str, Weekday); 15] = [
    ("一", Weekday::Mon),
    ("二", Weekday::Tue),
    ("三", Weekday::Wed),
    ("四", Weekday::Thu),
    ("五", Weekday::Fri),
    ("六", Weekday::Sat),
    ("日", Weekday::Sun),
    ("天", Weekday::Sun),
    ("1", Weekday::Mon),
    ("2", Weekday::Tue),
    ("3", Weekday::Wed),
    ("4", Weekday::Thu),
    ("5", Weekday::Fri),
    ("6", Weekday::Sat),
    ("7", Weekday::Sun),
];
const ENGLISH_DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

/// Takes a weekday from the start of a text.
pub(super) fn take_weekday(rest: &mut &str) -> Option<Weekday> {
    for prefix in ["星期", "礼拜", "周"] {
        if let Some(mut after) = rest.strip_prefix(prefix) {
            let day = take_word(&mut after, &CHINESE_DAYS)?;
            *rest = after;
            return Some(day);
        }
    }
    let mut after = *rest;
    let day = take_word(&mut after, &ENGLISH_DAYS).or_else(|| {
        let (name, day) = ENGLISH_DAYS.iter().find(|(name, _)| after.starts_with(&name[..3]))?;
        after = &after[name[..3].len()..];
        (!after.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(*day)
    })?;
    *rest = after.trim_start_matches('.');
    Some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekdays() {
        for written in ["周一", "星期一", "礼拜一", "一", "Monday", "mon", "周1"] {
            assert_eq!(weekday(&Value::Text(written.to_owned())), Ok(Some(Weekday::Mon)), "{written}");
        }
        assert!(weekday(&Value::Text("周八".to_owned())).is_err());
    }
}
