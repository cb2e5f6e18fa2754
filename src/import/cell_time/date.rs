//! Dates in cells: `2026/3/2`, `3月2日（周一）`.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use super::scan::{number, spaced, take_any};
use super::time::text_time;
use super::weekday::take_weekday;
use super::{CellTimeError, DateCell, Years, date_help, error, not_a_date, shown};
use crate::import::field::narrow;
use crate::import::table::Value;
use crate::text::when;

/// Days around today within which a date without a year is sure to be meant.
const NEAR: i64 = 120;

/// Reads a date; nothing where the cell is blank.
pub(crate) fn date(value: &Value, years: Years) -> Result<Option<DateCell>, CellTimeError> {
    match value {
        Value::Empty => Ok(None),
        Value::Text(text) if text.trim().is_empty() => Ok(None),
        Value::Text(text) => text_date(text, years).map(Some),
        Value::DateTime { date: Some(date), time } => {
            Ok(Some(DateCell { date: *date, is_year_assumed: false, time: *time }))
        }
        Value::DateTime { date: None, .. } => {
            Err(error(text!(en: "this is a time without a date", zh: "这里只有时间，没有日期"), date_help()))
        }
        Value::Number(number) => number_date(*number).map(Some),
        other => Err(error(not_a_date(&shown(other)), date_help())),
    }
}

fn number_date(number: f64) -> Result<DateCell, CellTimeError> {
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
        Some(date) => error(
            message,
            text!(
                en: "if {date} is meant, give the cell the format of a date",
                zh: "如果是指{date}，请把单元格格式改成“日期”",
                date = when::date(date)
            ),
        ),
        None => error(message, date_help()),
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

fn text_date(written: &str, years: Years) -> Result<DateCell, CellTimeError> {
    let written = written.trim();
    let plain = narrow(written).to_lowercase();
    let mut rest = plain.trim();
    // `周一 3月2日` has its weekday in front.
    let mut weekday = take_weekday(&mut rest);
    rest = rest.trim_start_matches([' ', ',', '，']);
    let not_a_date = || error(not_a_date(written), date_help());
    if rest.is_empty() && weekday.is_some() {
        return Err(error(
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
            return Err(error(
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
                return Err(error(
                    text!(en: "`{written}` may be {last} or {next}", zh: "“{written}”可能是{last}，也可能是{next}", last = when::plain_date(last), next = when::plain_date(next)),
                    text!(en: "write the year too", zh: "请写上年份"),
                ));
            }
            None => (None, true),
        },
    };
    let date = date.ok_or_else(|| {
        error(
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
        return Err(error(
            text!(en: "`{written}` is more than one day", zh: "“{written}”不止一天"),
            text!(en: "one row is one post: write a row for each day", zh: "一行是一条朋友圈：请每天写一行"),
        ));
    }
    let time = if rest.is_empty() { None } else { Some(text_time(rest).map_err(|_| not_a_date())?) };
    Ok(DateCell { date, is_year_assumed, time })
}

/// A weekday that does not fit its date.
pub(crate) fn wrong_weekday(date: NaiveDate, written: Weekday) -> CellTimeError {
    error(
        text!(
            en: "{date} is not a {written}",
            zh: "{date}不是{written}",
            date = when::date(date),
            written = when::weekday_name(written)
        ),
        text!(en: "correct the date or the weekday", zh: "请改正日期或星期"),
    )
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;

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
        let error = date(&Value::Text(written.to_owned()), years(None)).expect_err(written);
        let said = format!("{}；{}", error.message.get(Lang::Zh), error.help.get(Lang::Zh));
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
        let error = date(&Value::Number(46_083.0), years(None)).expect_err("a serial number");
        assert!(error.help.get(Lang::Zh).contains("2026年3月2日"), "{error:?}");
        assert_eq!(date(&Value::Number(20_260_302.0), years(None)).unwrap().unwrap().date, day("2026-03-02"));
        assert!(date(&Value::Number(3.2), years(None)).is_err());
    }
}
