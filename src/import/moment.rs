//! Dates and times of day as people write them into spreadsheets: `2026/3/2`, `3月2日（周一）`, `上午9点半`.
//!
//! What may be read in two ways is refused with both readings; a post cannot be taken back.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta, Weekday};

use super::head::narrow;
use super::table::Value;
use crate::text::{Text, when};

/// How dates without a year get theirs.
#[derive(Clone, Copy, Debug)]
pub struct Years {
    /// The year that the sheet names in its title, its name or the file's name.
    pub named: Option<i32>,
    pub today: NaiveDate,
}

/// Days around today within which a date without a year is sure to be meant.
const NEAR: i64 = 120;

/// A date as a cell says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateCell {
    pub date: NaiveDate,
    /// The year was not written.
    pub is_year_assumed: bool,
    /// A time of day beside the date.
    pub time: Option<NaiveTime>,
}

/// Why a cell has no date or time. The message, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MomentFault {
    pub message: Text,
    pub help: Text,
}

fn fault(message: Text, help: Text) -> MomentFault {
    MomentFault { message, help }
}

/// Reads a date; nothing where the cell is blank.
pub fn date(value: &Value, years: Years) -> Result<Option<DateCell>, MomentFault> {
    match value {
        Value::Empty => Ok(None),
        Value::Text(text) if text.trim().is_empty() => Ok(None),
        Value::Text(text) => text_date(text, years).map(Some),
        Value::Moment { date: Some(date), time } => {
            Ok(Some(DateCell { date: *date, is_year_assumed: false, time: *time }))
        }
        Value::Moment { date: None, .. } => {
            Err(fault(text!(en: "this is a time without a date", zh: "这里只有时间，没有日期"), date_help()))
        }
        Value::Number(number) => number_date(*number).map(Some),
        other => Err(fault(not_a_date(&shown(other)), date_help())),
    }
}

/// Reads a time of day; nothing where the cell is blank.
pub fn time(value: &Value) -> Result<Option<NaiveTime>, MomentFault> {
    match value {
        Value::Empty => Ok(None),
        Value::Text(text) if text.trim().is_empty() => Ok(None),
        Value::Text(text) => text_time(text).map(Some),
        Value::Moment { time: Some(time), .. } => Ok(Some(*time)),
        Value::Moment { time: None, .. } => {
            Err(fault(text!(en: "this is a date without a time", zh: "这里只有日期，没有时间"), time_help()))
        }
        Value::Number(number) => of_day(*number).map(Some).ok_or_else(|| {
            let number = *number;
            fault(text!(en: "`{number}` is a number, not a time of day", zh: "“{number}”是数字，不是时间"), time_help())
        }),
        other => Err(fault(not_a_time(&shown(other)), time_help())),
    }
}

/// Reads a weekday; nothing where the cell is blank.
pub fn weekday(value: &Value) -> Result<Option<Weekday>, MomentFault> {
    let text = match value {
        Value::Empty => return Ok(None),
        Value::Text(text) if text.trim().is_empty() => return Ok(None),
        Value::Text(text) => text.clone(),
        Value::Moment { date: Some(date), .. } => return Ok(Some(date.weekday())),
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
        fault(
            text!(en: "`{text}` is not a weekday", zh: "“{text}”不是星期几"),
            text!(en: "write `周一` or `Monday`", zh: "请写成“周一”"),
        )
    })
}

fn shown(value: &Value) -> String {
    match value {
        Value::Bool(true) => "TRUE".to_owned(),
        Value::Bool(false) => "FALSE".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) | Value::Error(text) => text.clone(),
        _ => String::new(),
    }
}

fn not_a_date(text: &str) -> Text {
    text!(en: "`{text}` is not a date", zh: "“{text}”不是日期")
}

fn not_a_time(text: &str) -> Text {
    text!(en: "`{text}` is not a time of day", zh: "“{text}”不是时间")
}

fn date_help() -> Text {
    text!(en: "write `2026-03-02` or `3月2日`", zh: "请写成“2026-03-02”或“3月2日”")
}

fn time_help() -> Text {
    text!(en: "write `9:00` or `下午3点半`", zh: "请写成“9:00”或“下午3点半”")
}

/// A part of a day as spreadsheets count it, to the second.
pub fn of_day(part: f64) -> Option<NaiveTime> {
    if !(0.0..1.0).contains(&part) {
        return None;
    }
    let seconds = (part * 86_400.0).round() as u32;
    NaiveTime::from_num_seconds_from_midnight_opt(seconds.min(86_399), 0)
}

fn number_date(number: f64) -> Result<DateCell, MomentFault> {
    let whole = number.trunc() as i64;
    if number.fract() == 0.0
        && let Some(date) = compact_date(whole)
    {
        return Ok(DateCell { date, is_year_assumed: false, time: None });
    }
    let days =
        NaiveDate::from_ymd_opt(1899, 12, 30).and_then(|zero| zero.checked_add_signed(TimeDelta::try_days(whole)?));
    let message = text!(en: "`{number}` is a number, not a date", zh: "“{number}”是数字，不是日期");
    Err(match days.filter(|date| (2020..2100).contains(&date.year())) {
        Some(date) => fault(
            message,
            text!(
                en: "if {date} is meant, give the cell the format of a date",
                zh: "如果是指{date}，请把单元格格式改成“日期”",
                date = when::date(date)
            ),
        ),
        None => fault(message, date_help()),
    })
}

/// `20260302`
fn compact_date(number: i64) -> Option<NaiveDate> {
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    (2000..2200).contains(&year).then(|| NaiveDate::from_ymd_opt(year as i32, month as u32, day as u32)).flatten()
}

/// A date without its year.
fn near(month: u32, day: u32, years: Years) -> Option<Result<NaiveDate, (NaiveDate, NaiveDate)>> {
    if let Some(year) = years.named {
        return NaiveDate::from_ymd_opt(year, month, day).map(Ok);
    }
    let this_year = years.today.year();
    let candidates: Vec<NaiveDate> =
        (this_year - 1..=this_year + 1).filter_map(|year| NaiveDate::from_ymd_opt(year, month, day)).collect();
    let distance = |date: &NaiveDate| (*date - years.today).num_days().abs();
    let nearest = *candidates.iter().min_by_key(|date| distance(date))?;
    if distance(&nearest) <= NEAR {
        return Some(Ok(nearest));
    }
    let next = candidates.iter().find(|date| **date >= years.today).copied()?;
    let last = candidates.iter().rev().find(|date| **date < years.today).copied()?;
    Some(Err((last, next)))
}

fn text_date(written: &str, years: Years) -> Result<DateCell, MomentFault> {
    let written = written.trim();
    let plain = narrow(written).to_lowercase();
    let mut rest = plain.trim();
    // `周一 3月2日` has its weekday in front.
    let mut weekday = take_weekday(&mut rest);
    rest = rest.trim_start_matches([' ', ',', '，']);
    let not_a_date = || fault(not_a_date(written), date_help());
    if rest.is_empty() && weekday.is_some() {
        return Err(fault(
            text!(en: "`{written}` names no day: every week has one", zh: "“{written}”没有写明是哪一天，每周都有"),
            date_help(),
        ));
    }
    let first = number(&mut rest).ok_or_else(not_a_date)?;
    let (year, month, day) = if let Some(date) = compact_date(i64::from(first.value)).filter(|_| first.digits == 8) {
        (Some(date.year()), date.month(), date.day())
    } else if let Some(sign) = take_any(spaced(&mut rest), &['年', '-', '/', '.']).filter(|_| first.digits == 4) {
        let month = number(spaced(&mut rest)).ok_or_else(not_a_date)?;
        let closes = if sign == '年' { '月' } else { sign };
        take_any(spaced(&mut rest), &[closes]).ok_or_else(not_a_date)?;
        let day = number(spaced(&mut rest)).ok_or_else(not_a_date)?;
        (Some(first.value as i32), month.value, day.value)
    } else if take_any(&mut rest, &['月']).is_some() {
        let day = number(spaced(&mut rest)).ok_or_else(not_a_date)?;
        (None, first.value, day.value)
    } else {
        // `take_any` above took the sign, if there is one.
        let took = plain[..plain.len() - rest.len()].ends_with(['-', '/', '.']);
        if !took || first.digits > 2 {
            return Err(not_a_date());
        }
        let day = number(&mut rest).ok_or_else(not_a_date)?;
        if rest.starts_with(['-', '/', '.']) && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            return Err(fault(
                text!(en: "the order of day, month and year in `{written}` is unclear", zh: "看不出“{written}”里哪个是年、哪个是月"),
                date_help(),
            ));
        }
        (None, first.value, day.value)
    };
    take_any(spaced(&mut rest), &['日', '号']);
    let (date, is_year_assumed) = match year {
        Some(year) => (NaiveDate::from_ymd_opt(year, month, day), false),
        None => match near(month, day, years) {
            Some(Ok(date)) => (Some(date), true),
            Some(Err((last, next))) => {
                return Err(fault(
                    text!(en: "`{written}` may be {last} or {next}", zh: "“{written}”可能是{last}，也可能是{next}", last = when::plain_date(last), next = when::plain_date(next)),
                    text!(en: "write the year too", zh: "请写上年份"),
                ));
            }
            None => (None, true),
        },
    };
    let date = date.ok_or_else(|| {
        fault(
            text!(en: "there is no day `{written}`", zh: "没有“{written}”这一天"),
            text!(en: "correct the date", zh: "请改正日期"),
        )
    })?;
    rest = rest.trim_start_matches(['t', ' ', ',', '(', '[', '\n']);
    weekday = weekday.or_else(|| take_weekday(&mut rest));
    rest = rest.trim_matches([' ', ')', ']', ',', '\n']);
    if let Some(weekday) = weekday.filter(|weekday| *weekday != date.weekday()) {
        return Err(wrong_weekday(date, weekday));
    }
    if rest.starts_with(['-', '~', '至', '到', '—', '–']) {
        return Err(fault(
            text!(en: "`{written}` is more than one day", zh: "“{written}”不止一天"),
            text!(en: "one row is one post: write a row for each day", zh: "一行是一条朋友圈：请每天写一行"),
        ));
    }
    let time = if rest.is_empty() { None } else { Some(text_time(rest).map_err(|_| not_a_date())?) };
    Ok(DateCell { date, is_year_assumed, time })
}

/// A weekday that does not fit its date.
pub fn wrong_weekday(date: NaiveDate, written: Weekday) -> MomentFault {
    fault(
        text!(
            en: "{date} is not a {written}",
            zh: "{date}不是{written}",
            date = when::date(date),
            written = when::weekday_name(written)
        ),
        text!(en: "correct the date or the weekday", zh: "请改正日期或星期"),
    )
}

fn text_time(written: &str) -> Result<NaiveTime, MomentFault> {
    let written = written.trim();
    let plain = narrow(written).to_lowercase();
    let mut rest = plain.trim();
    let not_a_time = || fault(not_a_time(written), time_help());
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
            true => fault(
                text!(en: "`{written}` is more than one time", zh: "“{written}”不止一个时间"),
                text!(en: "write the time at which the post is due", zh: "请只写发表的时间"),
            ),
            false => not_a_time(),
        });
    }
    half = half.or(suffix);
    let is_spoken = sign.is_ok_and(|sign| sign != ':');
    let unclear = |readings: Text| {
        Err(fault(
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

struct Digits {
    value: u32,
    digits: usize,
}

/// Takes up to eight digits from the start of a text.
fn number(rest: &mut &str) -> Option<Digits> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 8 {
        return None;
    }
    let value = rest[..digits].parse().ok()?;
    *rest = &rest[digits..];
    Some(Digits { value, digits })
}

/// Takes one of the signs from the start of a text.
fn take_any(rest: &mut &str, signs: &[char]) -> Option<char> {
    let sign = rest.chars().next().filter(|sign| signs.contains(sign))?;
    *rest = &rest[sign.len_utf8()..];
    Some(sign)
}

/// The text without the spaces at its start.
fn spaced<'r, 's>(rest: &'r mut &'s str) -> &'r mut &'s str {
    *rest = rest.trim_start();
    rest
}

fn take_word<T: Copy>(rest: &mut &str, words: &[(&str, T)]) -> Option<T> {
    let (word, meaning) = words.iter().find(|(word, _)| rest.starts_with(word))?;
    *rest = &rest[word.len()..];
    Some(*meaning)
}

fn take_weekday(rest: &mut &str) -> Option<Weekday> {
    const DAYS: [(&str, Weekday); 24] = {
        use Weekday::*;
        [
            ("一", Mon),
            ("二", Tue),
            ("三", Wed),
            ("四", Thu),
            ("五", Fri),
            ("六", Sat),
            ("日", Sun),
            ("天", Sun),
            ("1", Mon),
            ("2", Tue),
            ("3", Wed),
            ("4", Thu),
            ("5", Fri),
            ("6", Sat),
            ("7", Sun),
            ("末", Sun),
            ("monday", Mon),
            ("tuesday", Tue),
            ("wednesday", Wed),
            ("thursday", Thu),
            ("friday", Fri),
            ("saturday", Sat),
            ("sunday", Sun),
            ("", Mon),
        ]
    };
    for prefix in ["星期", "礼拜", "周"] {
        if let Some(mut after) = rest.strip_prefix(prefix) {
            let day = take_word(&mut after, &DAYS[..15])?;
            *rest = after;
            return Some(day);
        }
    }
    let mut after = *rest;
    let day = take_word(&mut after, &DAYS[16..23]).or_else(|| {
        let (name, day) = DAYS[16..23].iter().find(|(name, _)| after.starts_with(&name[..3]))?;
        after = &after[name[..3].len()..];
        (!after.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(*day)
    })?;
    *rest = after.trim_start_matches('.');
    Some(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn years(named: Option<i32>) -> Years {
        Years { named, today: day("2026-11-26") }
    }

    #[track_caller]
    fn is_date(written: &str, expected: &str) {
        let read = date(&Value::Text(written.to_owned()), years(None)).map(Option::unwrap);
        assert_eq!(read.map(|it| it.date), Ok(day(expected)), "{written}");
    }

    #[track_caller]
    fn is_no_date(written: &str, words: &str) {
        let fault = date(&Value::Text(written.to_owned()), years(None)).expect_err(written);
        let said = format!("{}；{}", fault.message.get(Lang::Zh), fault.help.get(Lang::Zh));
        assert!(said.contains(words), "{written}: {said}");
    }

    #[track_caller]
    fn is_time(written: &str, expected: &str) {
        let read = time(&Value::Text(written.to_owned())).map(|it| it.expect("a time").to_string());
        assert_eq!(read.as_deref(), Ok(expected), "{written}");
    }

    #[track_caller]
    fn is_no_time(written: &str, words: &str) {
        let fault = time(&Value::Text(written.to_owned())).expect_err(written);
        let said = fault.message.get(Lang::Zh);
        assert!(said.contains(words), "{written}: {said}");
    }

    #[test]
    fn dates_with_a_year() {
        for written in [
            "2026-03-02",
            "2026/3/2",
            "2026.3.2",
            "2026年3月2日",
            "2026年3月2号",
            "20260302",
            " ２０２６／３／２ ",
            "2026 年 3 月 2 日",
        ] {
            is_date(written, "2026-03-02");
        }
    }

    #[test]
    fn dates_without_a_year_are_near() {
        is_date("12月5日", "2026-12-05");
        is_date("12/5", "2026-12-05");
        is_date("1月5日", "2027-01-05");
        is_date("11月1日", "2026-11-01");
        is_no_date("6月1日", "可能是2026年6月1日，也可能是2027年6月1日；请写上年份");
        let read = date(&Value::Text("6月1日".to_owned()), years(Some(2027)));
        assert_eq!(read, Ok(Some(DateCell { date: day("2027-06-01"), is_year_assumed: true, time: None })));
    }

    #[test]
    fn weekdays_are_compared() {
        is_date("12月7日（周一）", "2026-12-07");
        is_date("12月7日 星期一", "2026-12-07");
        is_date("周一 12月7日", "2026-12-07");
        is_date("2026-12-07 Mon", "2026-12-07");
        is_no_date("12月7日（周二）", "2026年12月7日（周一）不是周二");
        is_no_date("周一", "没有写明是哪一天");
    }

    #[test]
    fn a_date_with_its_time() {
        let read = date(&Value::Text("12月7日（周一）上午9点半".to_owned()), years(None));
        assert_eq!(read.unwrap().unwrap().time, NaiveTime::from_hms_opt(9, 30, 0));
        let read = date(&Value::Text("2026-12-07T18:05".to_owned()), years(None));
        assert_eq!(read.unwrap().unwrap().time, NaiveTime::from_hms_opt(18, 5, 0));
    }

    #[test]
    fn texts_that_are_no_date() {
        is_no_date("待定", "不是日期");
        is_no_date("2月30日", "没有“2月30日”这一天");
        is_no_date("2026-13-01", "没有");
        is_no_date("2/3/2026", "哪个是年");
        is_no_date("12月5日-8日", "不止一天");
        is_no_date("12月5日至8日", "每天写一行");
        is_no_date("下周一", "不是日期");
        is_no_date("99999999999", "不是日期");
    }

    #[test]
    fn numbers_are_no_dates() {
        let fault = date(&Value::Number(46_083.0), years(None)).expect_err("a serial number");
        assert!(fault.help.get(Lang::Zh).contains("2026年3月2日"), "{fault:?}");
        assert_eq!(date(&Value::Number(20_260_302.0), years(None)).unwrap().unwrap().date, day("2026-03-02"));
        assert!(date(&Value::Number(3.2), years(None)).is_err());
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

    #[test]
    fn weekdays() {
        for written in ["周一", "星期一", "礼拜一", "一", "Monday", "mon", "周1"] {
            assert_eq!(weekday(&Value::Text(written.to_owned())), Ok(Some(Weekday::Mon)), "{written}");
        }
        assert!(weekday(&Value::Text("周八".to_owned())).is_err());
    }

    #[test]
    fn no_text_panics() {
        for text in [
            "月",
            "年月日",
            "1月",
            "12月周",
            "：",
            "上午：",
            "9点点",
            "2026年",
            "2026年3月",
            "12-",
            "周",
            "1234/5/6 7",
            "🎉",
            "3月2日🎉",
        ] {
            let _ = date(&Value::Text(text.to_owned()), years(None));
            let _ = time(&Value::Text(text.to_owned()));
            let _ = weekday(&Value::Text(text.to_owned()));
        }
    }
}
