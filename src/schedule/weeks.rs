//! `every = "2w"`: a rule that counts in some weeks only.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

/// The weeks that `every` takes. One week is every week; more than a year is a date of its own.
pub const WEEKS: std::ops::RangeInclusive<u32> = 2..=52;

/// The weeks of a rule that count: the week of `start` and each so many weeks after it. Weeks begin on Monday.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WeekCycle {
    /// The Monday of the week of `start`.
    first: NaiveDate,
    every: i64,
}

impl WeekCycle {
    pub(crate) fn new(start: NaiveDate, every: u32) -> Self {
        Self { first: monday(start), every: i64::from(every.max(1)) }
    }

    /// The number of the week of a date; the week of `start` is 1.
    pub(crate) fn number(self, date: NaiveDate) -> i64 {
        (monday(date) - self.first).num_days() / 7 + 1
    }

    /// The last date of the weeks that do not count around a date; none where its week counts.
    pub(crate) fn idle_until(self, date: NaiveDate) -> Option<NaiveDate> {
        match (self.number(date) - 1).rem_euclid(self.every) {
            0 => None,
            after => monday(date).checked_add_signed(TimeDelta::days((self.every - after) * 7 - 1)),
        }
    }

    /// The weeks that count, each from its first Monday at midnight until the next one.
    pub(crate) fn spans(self) -> impl Iterator<Item = (NaiveDateTime, NaiveDateTime)> {
        let begins = std::iter::successors(Some(self.first), move |monday| {
            monday.checked_add_signed(TimeDelta::days(7 * self.every))
        });
        begins.map(|monday| {
            let from = monday.and_time(NaiveTime::MIN);
            (from, from + TimeDelta::days(7))
        })
    }

    /// The date from which weeks are counted.
    pub(crate) fn first(self) -> NaiveDate {
        self.first
    }
}

fn monday(date: NaiveDate) -> NaiveDate {
    date - TimeDelta::days(date.weekday().num_days_from_monday().into())
}

/// Parses the value of `every`: `2w`.
///
/// # Errors
/// The number of weeks that is probably meant, where the text says one in another form.
pub fn parse_weeks(text: &str) -> Result<u32, Option<u32>> {
    let written = text.strip_suffix('w').filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    match written.and_then(|number| number.parse().ok()) {
        Some(weeks) => Ok(weeks),
        None => Err(meant(text).filter(|weeks| WEEKS.contains(weeks))),
    }
}

/// Parses informal texts for a number of weeks: `2 weeks`, `14d`, `两周`, `隔周`.
fn meant(text: &str) -> Option<u32> {
    let text: String = text.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    if matches!(text.as_str(), "隔周" | "双周" | "隔一周" | "biweekly" | "fortnight" | "everyotherweek") {
        return Some(2);
    }
    let text = text.strip_prefix("every").or_else(|| text.strip_prefix('每')).unwrap_or(&text);
    let units = ["weeks", "week", "w", "个星期", "星期", "个礼拜", "周", "days", "day", "d", "天", ""];
    let (number, unit) = units.iter().find_map(|unit| Some((text.strip_suffix(unit)?, *unit)))?;
    let number: u32 = match number {
        "two" | "二" | "两" => 2,
        "three" | "三" => 3,
        "four" | "四" => 4,
        digits => digits.parse().ok()?,
    };
    match unit {
        "days" | "day" | "d" | "天" => number.is_multiple_of(7).then_some(number / 7),
        _ => Some(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_as_people_write_them() {
        assert_eq!(parse_weeks("2w"), Ok(2));
        assert_eq!(parse_weeks("12w"), Ok(12));
        for (text, weeks) in [
            ("2 weeks", 2),
            ("2W", 2),
            ("3", 3),
            ("14d", 2),
            ("28 days", 4),
            ("两周", 2),
            ("每三周", 3),
            ("4个星期", 4),
            ("隔周", 2),
            ("biweekly", 2),
        ] {
            assert_eq!(parse_weeks(text), Err(Some(weeks)), "{text}");
        }
        for text in ["", "w", "10d", "1 week", "60 weeks", "month", "-2w"] {
            assert_eq!(parse_weeks(text), Err(None), "{text}");
        }
    }
}
