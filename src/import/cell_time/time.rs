//! Times of day in cells: `9:00`, `上午9点半`.
//!
//! A schedule in words (`schedule::cron`) reads hours too, and may: it is shown as an expression before it counts. Here a
//! time that could mean two hours is refused.

use chrono::NaiveTime;

use super::scan::{number, spaced, take_any, take_word};
use super::{CellTimeError, error, not_a_time, shown, time_help};
use crate::import::field::narrow;
use crate::import::table::Value;
use crate::text::Text;

/// Reads a time of day; nothing where the cell is blank.
pub(crate) fn time(value: &Value) -> Result<Option<NaiveTime>, CellTimeError> {
    match value {
        Value::Empty => Ok(None),
        Value::Text(text) if text.trim().is_empty() => Ok(None),
        Value::Text(text) => text_time(text).map(Some),
        Value::DateTime { time: Some(time), .. } => Ok(Some(*time)),
        Value::DateTime { time: None, .. } => {
            Err(error(text!(en: "this is a date without a time", zh: "这里只有日期，没有时间"), time_help()))
        }
        Value::Number(number) => of_day(*number).map(Some).ok_or_else(|| {
            let number = *number;
            error(text!(en: "`{number}` is a number, not a time of day", zh: "“{number}”是数字，不是时间"), time_help())
        }),
        other => Err(error(not_a_time(&shown(other)), time_help())),
    }
}

/// A part of a day as spreadsheets count it, to the second.
pub(crate) fn of_day(part: f64) -> Option<NaiveTime> {
    if !(0.0..1.0).contains(&part) {
        return None;
    }
    let seconds = (part * 86_400.0).round() as u32;
    NaiveTime::from_num_seconds_from_midnight_opt(seconds.min(86_399), 0)
}

pub(super) fn text_time(written: &str) -> Result<NaiveTime, CellTimeError> {
    let written = written.trim();
    let plain = narrow(written).to_lowercase();
    let mut rest = plain.trim();
    let not_a_time = || error(not_a_time(written), time_help());
    // A part of a day, as a text file of a spreadsheet may have it.
    if let Some(time) = rest.parse().ok().filter(|_| rest.contains('.')).and_then(of_day) {
        return Ok(time);
    }
    let mut half = take_word(&mut rest, HALVES);
    rest = rest.trim_start();
    let hour = number(&mut rest).filter(|it| it.digits <= 2).ok_or_else(not_a_time)?.value;
    let sign = take_any(spaced(&mut rest), &[':', '点', '时']).ok_or(());
    let (mut minute, mut second) = (0, 0);
    match sign {
        Ok(':') => {
            minute = number(&mut rest).filter(|it| it.digits == 2).ok_or_else(not_a_time)?.value;
            if take_any(&mut rest, &[':']).is_some() {
                second = number(&mut rest).filter(|it| it.digits == 2).ok_or_else(not_a_time)?.value;
            }
        }
        Ok(_) => {
            take_any(&mut rest, &['钟', '整']);
            rest = rest.trim_start();
            if let Some(part) = take_word(&mut rest, &[("半", 30), ("一刻", 15), ("三刻", 45)]) {
                minute = part;
            } else if let Some(written) = number(&mut rest) {
                minute = written.value;
                take_any(&mut rest, &['分']);
            }
        }
        // `9am`
        Err(()) => {}
    }
    rest = rest.trim_start();
    let suffix = take_word(&mut rest, &[("am", Half::Am), ("a.m.", Half::Am), ("pm", Half::Pm), ("p.m.", Half::Pm)]);
    if half.is_some() && suffix.is_some() || sign.is_err() && suffix.is_none() || !rest.trim().is_empty() {
        return Err(match rest.trim_start().starts_with(['-', '~', '至', '到', '—', '–']) {
            true => error(
                text!(en: "`{written}` is more than one time", zh: "“{written}”不止一个时间"),
                text!(en: "write the time at which the post is due", zh: "请只写发表的时间"),
            ),
            false => not_a_time(),
        });
    }
    half = half.or(suffix);
    let is_spoken = sign.is_ok_and(|sign| sign != ':');
    let unclear = |readings: Text| {
        Err(error(
            text!(en: "`{written}` is unclear: {readings}", zh: "“{written}”说不清是几点：{readings}", readings = readings),
            time_help(),
        ))
    };
    let hour = match (half, hour) {
        (Some(Half::Noon), 11 | 12) | (Some(Half::Pm), 12..=23) => hour,
        (Some(Half::Noon), 1 | 2) | (Some(Half::Pm | Half::Evening), 1..=11) => hour + 12,
        (Some(Half::Evening), 13..=23) => hour,
        (Some(Half::Evening), 12 | 0) | (Some(Half::Morning), 12) => {
            return unclear(text!(en: "noon or midnight, and of which day", zh: "是中午还是半夜，又是哪一天的半夜"));
        }
        (Some(Half::Night | Half::Am), 12) => 0,
        (Some(Half::Night | Half::Am | Half::Morning), 0..=11) => hour,
        (None, 1..=6) if is_spoken => {
            let later = hour + 12;
            return unclear(text!(en: "{hour}:00 or {later}:00", zh: "是 {hour}:00 还是 {later}:00"));
        }
        (None, 0..=23) => hour,
        _ => return Err(not_a_time()),
    };
    NaiveTime::from_hms_opt(hour, minute, second).ok_or_else(not_a_time)
}

/// The part of a day that a word names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    /// 凌晨
    Night,
    Am,
    Morning,
    Noon,
    Pm,
    Evening,
}

/// Longer words first.
const HALVES: &[(&str, Half)] = &[
    ("凌晨", Half::Night),
    ("清晨", Half::Morning),
    ("早上", Half::Morning),
    ("早晨", Half::Morning),
    ("上午", Half::Morning),
    ("早", Half::Morning),
    ("中午", Half::Noon),
    ("下午", Half::Pm),
    ("午后", Half::Pm),
    ("傍晚", Half::Evening),
    ("晚上", Half::Evening),
    ("晚间", Half::Evening),
    ("晚", Half::Evening),
    ("am", Half::Am),
    ("pm", Half::Pm),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[track_caller]
    fn is_time(written: &str, expected: &str) {
        let read = time(&Value::Text(written.to_owned())).map(|it| it.expect("a time").to_string());
        assert_eq!(read.as_deref(), Ok(expected), "{written}");
    }

    #[track_caller]
    fn is_no_time(written: &str, words: &str) {
        let error = time(&Value::Text(written.to_owned())).expect_err(written);
        let said = error.message.get(Lang::Zh);
        assert!(said.contains(words), "{written}: {said}");
    }

    #[test]
    fn times_of_day() {
        for (written, expected) in [
            ("9:00", "09:00:00"),
            ("９：００", "09:00:00"),
            ("18:30:15", "18:30:15"),
            ("上午9点", "09:00:00"),
            ("早上 8 点", "08:00:00"),
            ("下午3点半", "15:30:00"),
            ("下午3点15分", "15:15:00"),
            ("下午 3:15", "15:15:00"),
            ("晚上8点整", "20:00:00"),
            ("中午12点", "12:00:00"),
            ("中午1点", "13:00:00"),
            ("下午12点", "12:00:00"),
            ("凌晨1点", "01:00:00"),
            ("10点一刻", "10:15:00"),
            ("20时05分", "20:05:00"),
            ("9am", "09:00:00"),
            ("9:30 PM", "21:30:00"),
            ("12 am", "00:00:00"),
        ] {
            is_time(written, expected);
        }
    }

    #[test]
    fn times_that_are_unclear() {
        is_no_time("3点", "是 3:00 还是 15:00");
        is_no_time("上午12点", "中午还是半夜");
        is_no_time("晚上12点", "中午还是半夜");
        is_no_time("9:00-10:00", "不止一个时间");
        is_no_time("25:00", "不是时间");
        is_no_time("9", "不是时间");
        is_no_time("上午", "不是时间");
        is_no_time("9:5", "不是时间");
        assert!(time(&Value::Number(9.0)).is_err());
    }

    #[test]
    fn parts_of_a_day() {
        assert_eq!(time(&Value::Number(0.375)), Ok(NaiveTime::from_hms_opt(9, 0, 0)));
        assert_eq!(time(&Value::Number(0.999_999_9)), Ok(NaiveTime::from_hms_opt(23, 59, 59)));
    }
}
