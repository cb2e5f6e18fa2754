//! Recognises cron expressions of other programs and schedules in plain words, and translates them.
//!
//! None of them is accepted: a finding names the form and translates it if the text is unambiguous. The caller offers a
//! translation only if it is a valid expression.

use super::error::{Form, Here, OtherForm};
use super::text::split_fields;
use super::words;
use crate::schedule::names;
use crate::schedule::zone;

/// The form of a text that does not have five to seven fields.
pub(super) fn recognise(text: &str) -> Option<OtherForm> {
    let text = text.trim();
    zone_first(text)
        .or_else(|| zone_last(text))
        .or_else(|| aws(text))
        .or_else(|| systemd(text))
        .or_else(|| words::read(text))
}

fn zone_first(text: &str) -> Option<OtherForm> {
    let (assigned, rest) = text.split_once(char::is_whitespace)?;
    let zone = assigned.strip_prefix("CRON_TZ=").or_else(|| assigned.strip_prefix("TZ="))?;
    let here = named_zone(zone.trim_matches(['"', '\''])).map(|timezone| zoned(rest.trim(), timezone));
    Some(OtherForm::new(Form::ZoneFirst, here))
}

fn zone_last(text: &str) -> Option<OtherForm> {
    let (rest, zone) = text.rsplit_once(char::is_whitespace)?;
    let is_zone = zone.contains('/') && zone.starts_with(|c: char| c.is_ascii_alphabetic()) || zone == "UTC";
    let timezone = named_zone(zone).filter(|_| is_zone)?;
    Some(OtherForm::new(Form::ZoneLast, Some(zoned(rest.trim(), timezone))))
}

fn zoned(cron: &str, timezone: &'static str) -> Here {
    Here { timezone: Some(timezone), ..Here::cron(cron.to_owned()) }
}

fn named_zone(name: &str) -> Option<&'static str> {
    zone::zone(name).map_or_else(|error| error.suggestion, |zone| Some(zone.name()))
}

fn aws(text: &str) -> Option<OtherForm> {
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("rate(") {
        return Some(OtherForm { form: Form::AwsRate, here: None });
    }
    let inner = lower.strip_prefix("cron(")?.strip_suffix(')')?;
    Some(OtherForm::new(Form::AwsCron, year_last(inner)))
}

/// An AWS expression (five fields and a year) as seven fields.
pub(super) fn year_last(text: &str) -> Option<Here> {
    let fields: Vec<&str> = split_fields(text).into_iter().map(|(word, _)| word).collect();
    let [minute, hour, day, month, weekday, year] = fields[..] else { return None };
    let is_year = |part: &str| part.len() >= 4 && part.as_bytes()[0].is_ascii_digit();
    let any = |field: &str| if field == "?" { "*".to_owned() } else { field.to_ascii_uppercase() };
    // Without the `?` of AWS it may be crontab's own fields with a year behind them, in which 1 is Monday.
    let is_doubtful = !text.contains('?') && weekday.contains(|c: char| c.is_ascii_digit());
    let named = if is_doubtful { weekdays_named(weekday, 0) } else { from_sunday_as_1(weekday) };
    let weekday = any(&named?);
    let five = format!("{minute} {hour} {} {} {weekday}", any(day), any(month));
    let cron = match year {
        "*" => five,
        year if is_year(year) => format!("0 {five} {year}"),
        _ => return None,
    };
    Some(Here { is_example: is_doubtful, ..Here::cron(cron) })
}

/// A weekday field with the numbers of Quartz and AWS, in which 1 is Sunday, as names.
pub(super) fn from_sunday_as_1(field: &str) -> Option<String> {
    weekdays_named(field, 1)
}

/// A weekday field with names in place of numbers, of which one is Sunday.
fn weekdays_named(field: &str, sunday: u16) -> Option<String> {
    let name = |digit: char| Some(names::short(u16::try_from(digit.to_digit(10)?).ok()?.checked_sub(sunday)? % 7));
    let mut items = Vec::new();
    for item in field.split(',') {
        let (item, behind) = match item.find(['#', '/']) {
            Some(at) => item.split_at(at),
            None => (item, ""),
        };
        let (item, last) = match item.strip_suffix(['L', 'l']) {
            Some(day) if !day.is_empty() => (day, "#L"),
            _ => (item, ""),
        };
        let mut ends = Vec::new();
        for end in item.split('-') {
            let mut digits = end.chars();
            ends.push(match (digits.next(), digits.next()) {
                (Some(digit @ '0'..='7'), None) => name(digit)?,
                _ => end.to_owned(),
            });
        }
        items.push(format!("{}{last}{behind}", ends.join("-")));
    }
    Some(items.join(","))
}

/// `Mon..Fri *-*-1 09:00:00`: weekdays, a date and a time, each of which may be left out.
fn systemd(text: &str) -> Option<OtherForm> {
    const WORDS: [(&str, &str); 6] = [
        ("hourly", "0 * * * *"),
        ("daily", "0 0 * * *"),
        ("weekly", "0 0 * * MON"),
        ("monthly", "0 0 1 * *"),
        ("yearly", "0 0 1 1 *"),
        ("annually", "0 0 1 1 *"),
    ];
    if let Some((_, cron)) = WORDS.iter().find(|(word, _)| text.eq_ignore_ascii_case(word)) {
        return Some(OtherForm::new(Form::Systemd, Some(Here::cron((*cron).to_owned()))));
    }
    let (mut days, mut date, mut time) = (None, None, None);
    for (word, _) in split_fields(text) {
        let is_date = word.split('-').count() == 3 && word.chars().all(|c| c.is_ascii_digit() || "*-,/~.".contains(c));
        if word.contains(':') && time.is_none() {
            time = Some(systemd_time(word)?);
        } else if is_date && date.is_none() {
            date = Some(word);
        } else if days.is_none() && time.is_none() && word.starts_with(|c: char| c.is_ascii_alphabetic()) {
            days = Some(systemd_days(word)?);
        } else {
            return None;
        }
    }
    // A time alone is read elsewhere.
    if date.is_none() && days.is_none() {
        return None;
    }
    let (minute, hour, has_time) = time.map_or((0, 0, false), |(minute, hour)| (minute, hour, true));
    if date.is_none() && !has_time {
        return None;
    }
    let part = |part: &str| part.trim_start_matches('0').replace("..", "-");
    let here = match date.map(|date| date.split('-').collect::<Vec<_>>()) {
        None => Some(("*".to_owned(), "*".to_owned())),
        Some(parts) if parts[0] == "*" && !parts[1..].iter().any(|it| it.contains('~')) => {
            Some((part(parts[2]), part(parts[1])))
        }
        Some(_) => None,
    };
    let here = here.map(|(day, month)| {
        Here::cron(format!("{minute} {hour} {day} {month} {}", days.unwrap_or_else(|| "*".to_owned())))
    });
    Some(OtherForm::new(Form::Systemd, here))
}

/// Minute and hour of `09:00` or `09:00:00`.
fn systemd_time(word: &str) -> Option<(u16, u16)> {
    let mut parts = word.split(':').map(|part| part.parse::<u16>().ok());
    match (parts.next()?, parts.next()?, parts.next(), parts.next()) {
        (Some(hour @ 0..24), Some(minute @ 0..60), None | Some(Some(0)), None) => Some((minute, hour)),
        _ => None,
    }
}

/// `Mon..Fri,Sun`
fn systemd_days(word: &str) -> Option<String> {
    let day = |name: &str| names::weekday_number(name).map(names::short);
    let items = word.split(',').map(|item| match item.split_once("..") {
        Some((from, to)) => Some(format!("{}-{}", day(from)?, day(to)?)),
        None => day(item),
    });
    items.collect::<Option<Vec<_>>>().map(|items| items.join(","))
}
