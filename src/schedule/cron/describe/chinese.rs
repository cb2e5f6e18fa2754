//! A cron expression in plain Chinese: `每周一 09:00`.

use super::{MAX_TIMES, hours_without_gap, step};
use crate::schedule::cron::field::{CronField, CronTerm, Nth};
use crate::schedule::cron::text::{CronText, DayMatch};
use crate::schedule::names;
use crate::text::Lang;

/// The rule, without its zone and bounds.
pub(super) fn rule(text: &CronText) -> String {
    let (time, is_interval) = time(text);
    match (days(text), is_interval) {
        (None, true) => time,
        (None, false) => format!("每天 {time}"),
        (Some(days), true) => format!("{days}，{time}"),
        (Some(days), false) => format!("{days} {time}"),
    }
}

/// The time of day, and whether it is an interval.
fn time(text: &CronText) -> (String, bool) {
    let (minutes, hours) = (text.minute.values(), text.hour.values());
    let seconds = text.second.as_ref().map_or_else(|| vec![0], CronField::values);
    if minutes.len() * hours.len() * seconds.len() <= MAX_TIMES {
        return (clock_times(&hours, &minutes, &seconds), false);
    }
    let within = hours_without_gap(&hours).map(|(first, last)| match hours.len() {
        24 => String::new(),
        _ => format!("{first:02}:00 到 {last:02}:{:02} ", minutes.last().copied().unwrap_or_default()),
    });
    let second_step = text.second.as_ref().and_then(|second| step(second, 60));
    if let (Some(within), Some(1), Some(step)) = (&within, step(&text.minute, 60), second_step) {
        return (format!("{within}{}", every(step, "秒")), true);
    }
    let words = match (&within, step(&text.minute, 60), minutes.as_slice()) {
        (Some(within), Some(step), _) => format!("{within}{}", every(step, "分钟")),
        (Some(within), None, [0]) => format!("{within}每小时整点"),
        (_, None, [minute]) if step(&text.hour, 24).is_some_and(|step| step > 1) => {
            let hours = every(step(&text.hour, 24).unwrap_or(1), "小时");
            if *minute == 0 { format!("{hours}整点") } else { format!("{hours}的第 {minute} 分") }
        }
        (Some(within), None, _) => format!("{within}每小时的第 {} 分", numbers(&minutes)),
        (None, _, [0]) => format!("{} 点整", numbers(&hours)),
        (None, ..) => format!("{} 点的第 {} 分", numbers(&hours), numbers(&minutes)),
    };
    match (&seconds[..], second_step) {
        ([0], _) => (words, true),
        (_, Some(step)) => (format!("{words}，{}一次", every(step, "秒")), true),
        (_, None) => (format!("{words}，第 {} 秒", numbers(&seconds)), true),
    }
}

fn clock_times(hours: &[u16], minutes: &[u16], seconds: &[u16]) -> String {
    let mut times = Vec::new();
    for (hour, minute) in hours.iter().flat_map(|hour| minutes.iter().map(move |minute| (hour, minute))) {
        for second in seconds {
            times.push(match seconds {
                [0] => format!("{hour:02}:{minute:02}"),
                _ => format!("{hour:02}:{minute:02}:{second:02}"),
            });
        }
    }
    times.join("、")
}

/// `每 15 分钟`; `每分钟` for a step of 1.
fn every(step: u16, unit: &str) -> String {
    match step {
        1 => format!("每{unit}"),
        step => format!("每 {step} {unit}"),
    }
}

fn numbers(values: &[u16]) -> String {
    let (first, last) = (values[0], values[values.len() - 1]);
    if values.len() > 2 && usize::from(last - first) + 1 == values.len() {
        return format!("{first} 到 {last}");
    }
    values.iter().map(u16::to_string).collect::<Vec<_>>().join("、")
}

/// The days; none for every day.
fn days(text: &CronText) -> Option<String> {
    let months = (!text.month.is_open()).then(|| spans(&text.month, month));
    let months = months.as_deref();
    let years = text.year.as_ref().filter(|year| !year.is_open()).map(|year| numbers(&year.values()));
    let days = match (!text.day.is_open(), !text.weekday.is_open()) {
        (false, false) => match (months, &years) {
            (Some(months), _) => Some(format!("每年{months}的每一天")),
            (None, Some(_)) => Some("每天".to_owned()),
            (None, None) => None,
        },
        (true, false) => Some(dates(&text.day, months)),
        (false, true) => Some(weekdays(&text.weekday, months)),
        (true, true) => {
            let dates = dates(&text.day, months);
            Some(match text.day_match {
                Some(DayMatch::Any) => format!("{dates}，以及{}，", weekdays(&text.weekday, months)),
                _ => format!("{dates}正好是{}时", conditions(&text.weekday)),
            })
        }
    };
    let days = days.map(|days| days.trim_end_matches('，').to_owned());
    match (days, years) {
        (Some(days), Some(years)) => Some(format!("{years}年{}", days.strip_prefix("每年").unwrap_or(&days))),
        (days, _) => days,
    }
}

/// `每月 1 日、15 日`; `每年3月的 1 日`.
fn dates(field: &CronField, months: Option<&str>) -> String {
    let dates: Vec<String> = field
        .items
        .iter()
        .flat_map(|item| match item.term {
            CronTerm::Last(0) => vec!["最后一天".to_owned()],
            CronTerm::Last(before) => vec![format!("倒数第 {} 天", before + 1)],
            CronTerm::Workday(day) => vec![format!("离 {day} 日最近的工作日")],
            CronTerm::LastWorkday(0) => vec!["最后一个工作日".to_owned()],
            CronTerm::LastWorkday(before) => vec![format!("离倒数第 {} 天最近的工作日", before + 1)],
            CronTerm::Span(from, to, 1) if from < to => vec![format!(" {from} 日至 {to} 日")],
            term => term.values(field.field).into_iter().map(|day| format!(" {day} 日")).collect(),
        })
        .collect();
    // `每年3月1日`, where nothing but numbers stands beside one month.
    let is_plain = dates.iter().all(|date| date.starts_with(' '));
    let dates = dates.join("、").replace("、 ", "、");
    match months {
        Some(month) if is_plain && !month.contains(['、', '至']) => {
            format!("每年{month}{}", dates.replace(' ', ""))
        }
        Some(months) => format!("每年{months}的{dates}"),
        None => format!("每月{dates}"),
    }
}

/// The weekdays as they come: `每周一`, `每月最后一个周五`.
fn weekdays(field: &CronField, months: Option<&str>) -> String {
    let (nth, plain): (Vec<_>, Vec<_>) =
        field.items.iter().cloned().partition(|item| matches!(item.term, CronTerm::Nth(..)));
    let nth: Vec<String> = nth.iter().filter_map(|item| which(item.term)).collect();
    let nth = match months {
        Some(months) => format!("每年{months}的{}", nth.join("、")),
        None => format!("每月{}", nth.join("、")),
    };
    if plain.is_empty() {
        return nth;
    }
    let every = format!("每{}", spans(&CronField { items: plain.clone(), ..field.clone() }, weekday));
    let every = months.map_or(every.clone(), |months| format!("每年{months}的{every}"));
    if plain.len() == field.items.len() { every } else { format!("{every}，以及{nth}，") }
}

/// The weekdays as a condition: `周一或当月最后一个周五`.
fn conditions(field: &CronField) -> String {
    let words: Vec<String> = field
        .items
        .iter()
        .flat_map(|item| match which(item.term) {
            Some(which) => vec![format!("当月{which}")],
            None => item.term.values(field.field).into_iter().map(weekday).collect(),
        })
        .collect();
    words.join("或")
}

/// `最后一个周五`.
fn which(term: CronTerm) -> Option<String> {
    let CronTerm::Nth(day, nth) = term else { return None };
    let which = match nth {
        Nth::From(nth) => ["第一个", "第二个", "第三个", "第四个", "第五个"][usize::from(nth.clamp(1, 5)) - 1],
        Nth::Last => "最后一个",
    };
    Some(format!("{which}{}", weekday(day)))
}

/// Names and ranges of names as they were written.
fn spans(field: &CronField, name: fn(u16) -> String) -> String {
    let words: Vec<String> = field
        .items
        .iter()
        .flat_map(|item| match item.term {
            CronTerm::Span(from, to, 1) if from != to => vec![format!("{}至{}", name(from), name(to))],
            term => term.values(field.field).into_iter().map(name).collect(),
        })
        .collect();
    words.join("、")
}

fn weekday(number: u16) -> String {
    names::weekday(number).into_lang(Lang::Zh)
}

fn month(number: u16) -> String {
    names::month(number).into_lang(Lang::Zh)
}
