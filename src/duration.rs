//! Durations as people write them: `30m`, `1h30m`, `90s`, `2d`.

use std::time::Duration;

use crate::text::{Text, UserError};

/// A text that is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct BadDuration(String);

impl UserError for BadDuration {
    fn text(&self) -> Text {
        let written = &self.0;
        text!(
            en: "`{written}` is not a duration: write a number and a unit, such as 90s, 30m, 2h or 1d",
            zh: "`{written}` 不是时长：请写数字加单位，例如 `90s`（秒）、`30m`（分钟）、`2h`（小时）、`1d`（天）"
        )
    }
}

display_in_english!(BadDuration);

/// The units, longest first, in seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Reads a duration.
///
/// # Errors
/// The text has another form, or is longer than ten years.
pub fn parse(text: &str) -> Result<Duration, BadDuration> {
    let bad = || BadDuration(text.chars().take(64).collect());
    let (mut total, mut number) = (0u64, None::<u64>);
    for c in text.trim().chars() {
        if let Some(digit) = c.to_digit(10) {
            let so_far = number.unwrap_or(0);
            number = Some(so_far.checked_mul(10).and_then(|n| n.checked_add(u64::from(digit))).ok_or_else(bad)?);
        } else {
            let (_, unit) = UNITS.into_iter().find(|(name, _)| *name == c).ok_or_else(bad)?;
            let seconds = number.take().ok_or_else(bad)?.checked_mul(unit).ok_or_else(bad)?;
            total = total.checked_add(seconds).ok_or_else(bad)?;
        }
    }
    // Ten years is longer than anything here lasts, and short enough to be added to any date.
    if number.is_some() || text.trim().is_empty() || total > 3_660 * 86_400 {
        return Err(bad());
    }
    Ok(Duration::from_secs(total))
}

/// The duration that other words mean, as [`parse`] reads it: `30 minutes`, `2小时`; not `1.5h`. A number alone counts
/// minutes.
pub fn meant(text: &str) -> Option<String> {
    const WORDS: [(char, &[&str]); 4] = [
        ('s', &["s", "sec", "secs", "second", "seconds", "秒", "秒钟"]),
        ('m', &["m", "min", "mins", "minute", "minutes", "分", "分钟"]),
        ('h', &["h", "hr", "hrs", "hour", "hours", "时", "小时", "个小时", "钟头"]),
        ('d', &["d", "day", "days", "天", "日"]),
    ];
    /// A larger number may count seconds.
    const MAX_MINUTES: u32 = 240;
    let text = text.trim().to_lowercase();
    if let Ok(minutes) = text.parse::<u32>() {
        return (1..=MAX_MINUTES).contains(&minutes).then(|| format!("{minutes}m"));
    }
    let (mut meant, mut rest) = (String::new(), &*text);
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let word = after.len() - after.trim_start_matches(char::is_alphabetic).len();
        let (unit, after) = after.split_at(word);
        let (letter, _) = WORDS.into_iter().find(|(_, words)| words.contains(&unit))?;
        meant.push_str(&format!("{number}{letter}"));
        rest = after.trim_start();
    }
    parse(&meant).ok().filter(|length| !length.is_zero()).map(|_| meant)
}

/// Writes a duration so that [`parse`] reads it back; parts of a second are left out.
pub fn show(length: Duration) -> String {
    let mut rest = length.as_secs();
    let mut text = String::new();
    for (name, unit) in UNITS {
        if rest >= unit {
            text.push_str(&format!("{}{name}", rest / unit));
            rest %= unit;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// A duration for people: `1h30m`, `1 小时 30 分钟`.
pub fn text(duration: Duration) -> Text {
    let mut rest = duration.as_secs();
    let mut chinese = Vec::new();
    for ((_, unit), name) in UNITS.into_iter().zip(["天", "小时", "分钟", "秒"]) {
        if rest >= unit {
            chinese.push(format!("{} {name}", rest / unit));
            rest %= unit;
        }
    }
    let chinese = if chinese.is_empty() { "0 秒".to_owned() } else { chinese.join(" ") };
    Text::of(show(duration), chinese)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn lengths_in_other_words() {
        for (text, length) in [
            ("30 minutes", "30m"),
            ("2小时", "2h"),
            ("1小时30分钟", "1h30m"),
            ("90 Sec", "90s"),
            ("1天", "1d"),
            ("30", "30m"),
        ] {
            assert_eq!(meant(text).as_deref(), Some(length));
        }
        for text in ["", "soon", "3600", "0", "minutes", "0 minutes", "1.5 hours"] {
            assert_eq!(meant(text), None, "{text}");
        }
    }

    #[track_caller]
    fn means(text: &str, seconds: u64) {
        assert_eq!(parse(text), Ok(Duration::from_secs(seconds)));
    }

    #[test]
    fn lengths() {
        means("30m", 1_800);
        means("1h30m", 5_400);
        means("2d", 172_800);
        means("0s", 0);
    }

    #[test]
    fn no_lengths() {
        for text in ["", "30", "m", "30 minutes", "-5m", "1.5h", "99999999999999999999d", "１h", "99999d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn in_each_language() {
        for (written, chinese) in [("90s", "1 分钟 30 秒"), ("2d", "2 天"), ("0s", "0 秒"), ("1h30m", "1 小时 30 分钟")]
        {
            assert_eq!(text(parse(written).unwrap()).get(Lang::Zh), chinese);
        }
    }

    #[test]
    fn shown_as_written() {
        for text in ["30m", "1h30m", "2d", "0s", "59s"] {
            assert_eq!(parse(text).map(show), Ok(text.to_owned()));
        }
    }
}
