//! What to do about an error of a cron expression.

use chrono::NaiveDateTime;

use super::error::{CronError, Form, Here, OtherForm};
use super::error_text::short;
use super::field_kind::Field;
use super::text::SHORTHANDS;
use crate::schedule::names;
use crate::schedule::weeks::WEEKS;
use crate::schedule::written::{quoted_date, quoted_time};
use crate::text::Text;

impl CronError {
    /// The next step, if any; `instead` is the replacement in words.
    pub(in crate::schedule) fn help(&self, instead: Option<Text>) -> Option<Text> {
        let help = match self {
            Self::OtherForm(other) => other_form(other, instead),
            Self::Empty => text!(
                en: "write {fields}: `0 9 * * MON` is every Monday at 09:00",
                zh: "请依次写{fields}，例如 `0 9 * * MON` 是每周一 09:00",
                fields = fields()
            ),
            Self::TooLong { .. } => text!(
                en: "a sensible text is far shorter; use several campaigns, or `at`",
                zh: "一般用不了这么长；请分成几个活动，或者改用 `at`"
            ),
            Self::Foreign { .. } => instead.unwrap_or_else(|| {
                text!(
                    en: "write plain ASCII; the fields are {fields}: `0 9 * * MON` is every Monday at 09:00",
                    zh: "请用半角字符，依次写{fields}，例如 `0 9 * * MON` 是每周一 09:00",
                    fields = fields()
                )
            }),
            Self::FieldCount { found: 0..5 } => text!(
                en: "they are {fields}: `0 9 * * MON` is every Monday at 09:00",
                zh: "五位依次是{fields}，例如 `0 9 * * MON` 是每周一 09:00",
                fields = fields()
            ),
            Self::FieldCount { .. } => text!(
                en: "they are {fields}; a sixth stands in front for seconds, a seventh at the end for years",
                zh: "五位依次是{fields}；写六位时最前面是秒，写七位时最后面再加年",
                fields = fields()
            ),
            Self::TimeOfDay { hour, minute } => text!(
                en: "`{minute} {hour} * * *` is every day at {hour:02}:{minute:02}",
                zh: "每天 {hour:02}:{minute:02} 请写 `{minute} {hour} * * *`"
            ),
            Self::HourFirst { hour, minute } => {
                let write = || text!(en: "write `{minute} {hour}`", zh: "请写 `{minute} {hour}`");
                let instead = instead.unwrap_or_else(write);
                text!(
                    en: "the minute comes first: {instead} for {hour:02}:{minute:02}",
                    zh: "先写分，再写时：想在 {hour:02}:{minute:02} 发，{instead}",
                    instead = instead
                )
            }
            Self::UnknownShorthand { nearest: Some(nearest), .. } => did_you_mean(nearest),
            Self::UnknownShorthand { .. } => {
                let names: Vec<Text> = SHORTHANDS.iter().map(|(name, _)| text!(en: "{name}", zh: "`{name}`")).collect();
                let names = Text::join(&names, &text!(en: ", ", zh: "、"));
                text!(en: "the shorthands are {names}", zh: "可以用的简写有 {names}", names = names)
            }
            Self::EveryShorthand | Self::Reboot => on_the_clock(),
            Self::EmptyItem { .. } => text!(
                en: "remove the stray comma or dash, or write what stands beside it",
                zh: "请删掉多余的逗号或短横，或者补上漏写的内容"
            ),
            Self::OutOfRange { field, text } => out_of_range(*field, text)?,
            Self::NotAValue { field, text } => instead.or_else(|| not_a_value(*field, text))?,
            Self::WeekdayNumber { text } => match (instead, text.parse::<u16>()) {
                (Some(instead), _) => {
                    text!(en: "{instead}, as in Quartz", zh: "{instead}（按 Quartz 的数法）", instead = instead)
                }
                (None, Ok(day @ 0..=7)) => {
                    let (crontab, quartz) = (names::short(day), names::short(day + 6));
                    text!(
                        en: "write the name: `{crontab}` is {crontab_day} as in crontab, `{quartz}` is {quartz_day} as in Quartz",
                        zh: "请写名称：按 crontab 是{crontab_day}，写 `{crontab}`；按 Quartz 是{quartz_day}，写 `{quartz}`",
                        crontab_day = names::weekday(day),
                        quartz_day = names::weekday(day + 6)
                    )
                }
                _ => text!(en: "write the name, such as MON", zh: "请写名称，例如 `MON`"),
            },
            Self::QuestionMark { .. } => text!(en: "write `*`", zh: "请写 `*`"),
            Self::StepZero { .. } => text!(en: "write 1 or more after the `/`", zh: "`/` 后面请写 1 或更大的数"),
            Self::StepTooLarge { field: Field::Minute, .. } => {
                text!(en: "for once an hour write `0` as the minute", zh: "想每小时发一次，“分”请写 `0`")
            }
            Self::StepTooLarge { field: Field::Hour, .. } => {
                text!(en: "for once a day write `0` as the hour", zh: "想每天发一次，“时”请写 `0`")
            }
            Self::StepTooLarge { field, .. } => text!(
                en: "name the {field} that is meant",
                zh: "请在“{field}”直接写出要的值",
                field = field.name()
            ),
            Self::StepNotANumber { .. } => text!(
                en: "`*/15` is every 15th, counted from the first",
                zh: "例如 `*/15` 表示从头数起，每 15 个取一个"
            ),
            Self::StepFromName { field: Field::Weekday, name } => {
                let day = names::weekday_number(name).map_or_else(|| name.to_ascii_uppercase(), names::short);
                text!(
                    en: "for every other week write `{day}`, with `every = \"2w\"` and a `start` beside `cron`; \
                         for every second day of the week name the days",
                    zh: "想隔周发，请写 `{day}`，再加上 `every = \"2w\"` 和 `start`；想一周里隔天发，请写出是星期几"
                )
            }
            Self::StepFromName { .. } => match instead {
                Some(instead) => {
                    text!(en: "say where it ends: {instead}", zh: "还要写明到哪里为止，{instead}", instead = instead)
                }
                None => text!(en: "say where it ends", zh: "请写明到哪里为止"),
            },
            Self::YearsBackwards { from, to } => text!(en: "write `{to}-{from}`", zh: "请写 `{to}-{from}`"),
            Self::BeforeLast { .. } => {
                text!(en: "`L` alone is the last day of the month", zh: "单写 `L` 就是当月最后一天")
            }
            Self::LastWeekday { day: None } => text!(
                en: "write `SAT` for every Saturday, or `SAT#L` for the last of the month",
                zh: "每周六请写 `SAT`，每月最后一个周六请写 `SAT#L`"
            ),
            Self::LastWeekday { day: Some(day) } => {
                let day = names::short(*day);
                text!(en: "write `{day}#L`", zh: "请写 `{day}#L`")
            }
            Self::NthOutOfRange { .. } => {
                text!(en: "`MON#1` is the first Monday of the month", zh: "例如 `MON#1` 是每月第一个周一")
            }
            Self::NthElsewhere { .. } => text!(
                en: "`0 9 * * MON#1` is the first Monday of the month",
                zh: "例如 `0 9 * * MON#1` 是每月第一个周一 09:00"
            ),
            Self::Hashed { .. } => match instead {
                Some(instead) => text!(
                    en: "name the time that is meant, or {instead}",
                    zh: "请写明时间；没有特别要求的话，{instead}",
                    instead = instead
                ),
                None => text!(en: "name the time that is meant", zh: "请写明时间"),
            },
            Self::TrailingWords { .. } => match instead {
                Some(instead) => text!(
                    en: "{instead}; a note belongs behind a `#` after the closing quote",
                    zh: "{instead}；想加说明，请写在引号外面，前面加 `#`",
                    instead = instead
                ),
                None => text!(
                    en: "remove them; a note belongs behind a `#` after the closing quote",
                    zh: "请删掉这些字；想加说明，请写在引号外面，前面加 `#`"
                ),
            },
            Self::BothDays => text!(
                en: "say which is meant: `day_match = \"any\"` if either field is enough, \
                     or `day_match = \"all\"` if both must agree",
                zh: "请写明是哪一种：满足一个就发写 `day_match = \"any\"`，两个都满足才发写 `day_match = \"all\"`"
            ),
            Self::Internal => text!(en: "please report it, with the text", zh: "请把这个 `cron` 反馈给开发者"),
        };
        Some(help)
    }
}

fn other_form(other: &OtherForm, instead: Option<Text>) -> Text {
    match (other.form, &other.here, instead) {
        (Form::Words, Some(here), Some(instead)) if here.cron.split(' ').nth(1) == Some("0") => text!(
            en: "{instead}; 00:00 is the beginning of that date",
            zh: "{instead}；00:00 是当天刚开始的时候",
            instead = instead
        ),
        (_, _, Some(instead)) => instead,
        (Form::EveryFew { days }, here, _) => every_few(days, here.as_ref(), &[]),
        (Form::SeveralMinutes, ..) => {
            text!(en: "write a campaign for each time", zh: "请为每个时间各写一个活动")
        }
        (Form::Night, Some(here), _) => night(here),
        (Form::LateDay, Some(Here { cron, .. }), _) => {
            let (time, _) = time_of(cron);
            text!(
                en: "`{time} L * *` is the last day of every month; `{cron}` leaves out shorter months",
                zh: "每月最后一天请写 `{time} L * *`；写 `{cron}` 的话，没有这一天的月份不发"
            )
        }
        (Form::Payday, Some(Here { cron, .. }), _) => text!(
            en: "name the day: `{cron}` is the workday that is nearest to the 15th",
            zh: "请写明是几号，例如 `{cron}` 是离 15 日最近的工作日"
        ),
        (Form::YearLast, Some(Here { cron, .. }), _) => text!(
            en: "name the weekdays: 1 is Monday to crontab and Sunday to AWS; if it is Monday, write `{cron}`",
            zh: "请写星期的名称：1 在 crontab 里是周一，在 AWS 里是周日；如果指的是周一，请写 `{cron}`"
        ),
        (Form::Words, Some(Here { cron, .. }), _) => {
            text!(en: "`{cron}` is that day at 09:00", zh: "如果在 09:00 发，请写 `{cron}`")
        }
        (Form::Words, None, _) => text!(
            en: "say it in five fields, {fields}: `15 10 * * MON` is every Monday at 10:15",
            zh: "请按五位来写，依次是{fields}，例如 `15 10 * * MON` 是每周一 10:15",
            fields = fields()
        ),
        _ => on_the_clock(),
    }
}

fn fields() -> Text {
    text!(en: "minute, hour, day of the month, month, weekday", zh: "分、时、日、月、星期")
}

fn on_the_clock() -> Text {
    text!(
        en: "write when on the clock: `0 9 * * *` is every day at 09:00",
        zh: "请写明几点发，例如 `0 9 * * *` 是每天 09:00"
    )
}

fn did_you_mean(name: &str) -> Text {
    text!(en: "did you mean `{name}`?", zh: "是不是想写 `{name}`？")
}

/// `0 9` of `0 9 * * MON`, and the rest.
fn time_of(cron: &str) -> (&str, &str) {
    cron.match_indices(' ').nth(1).map_or((cron, ""), |(at, _)| (&cron[..at], &cron[at + 1..]))
}

/// The help for a time past midnight, which belongs to the night of a day or to the day that begins.
fn night(here: &Here) -> Text {
    let cron = &here.cron;
    match &here.after {
        Some(after) => text!(
            en: "a date begins at 00:00: write `{after}` for the night that follows, or `{cron}` for the one before",
            zh: "过了零点就是第二天：指当天夜里请写 `{after}`，指前一天夜里请写 `{cron}`"
        ),
        None => text!(
            en: "a date begins at 00:00: `{cron}` is the night before; check the day",
            zh: "过了零点就是第二天：`{cron}` 指的是前一天夜里，请确认是哪一天"
        ),
    }
}

/// The help for what counts from one post to the next: `every` beside a weekday for whole weeks, else the next `times`.
pub(in crate::schedule) fn every_few(days: u16, here: Option<&Here>, times: &[NaiveDateTime]) -> Text {
    let weeks = u32::from(days / 7);
    let named = here.filter(|here| !here.cron.ends_with(" *")).map(|here| here.cron.as_str());
    if days.is_multiple_of(7) && WEEKS.contains(&weeks) {
        let start = times.first().map(|time| quoted_date(time.date()));
        return match (named, start) {
            (Some(cron), Some(start)) => text!(
                en: "write `{cron}` with `every = \"{weeks}w\"`, and a date of the first week as `start`, such as `start = {start}`",
                zh: "请写 `{cron}`，再加上 `every = \"{weeks}w\"` 和第一周里的一天，例如 `start = {start}`"
            ),
            (Some(cron), None) => text!(
                en: "write `{cron}` with `every = \"{weeks}w\"`, and a date of the first week as `start`",
                zh: "请写 `{cron}`，再加上 `every = \"{weeks}w\"`，并在 `start` 里写第一周里的一天"
            ),
            (None, _) => text!(
                en: "name the weekday, as in `0 9 * * MON`, with `every = \"{weeks}w\"` and a date of the first week as `start`",
                zh: "请写明星期几，例如 `0 9 * * MON`，再加上 `every = \"{weeks}w\"`，并在 `start` 里写第一周里的一天"
            ),
        };
    }
    if times.is_empty() {
        return text!(en: "list the dates in `at`", zh: "请在 `at` 里列出日期");
    }
    let times: Vec<String> = times.iter().map(|time| quoted_time(*time)).collect();
    let times = times.join(", ");
    text!(
        en: "list the dates in place of `cron`, such as at = [{times}]",
        zh: "请不用 `cron`，改为列出日期，例如 `at = [{times}]`"
    )
}

fn out_of_range(field: Field, text: &str) -> Option<Text> {
    Some(match (field, text.trim_start_matches('0')) {
        (Field::Hour, "24") => text!(
            en: "midnight is hour 0, and belongs to the day that begins",
            zh: "零点请写 `0`，它算新一天的开始"
        ),
        (Field::Minute, "60") => {
            text!(en: "it is minute 0 of the next hour", zh: "请写下一个小时的 0 分")
        }
        (Field::Second, "60") => {
            text!(en: "it is second 0 of the next minute", zh: "请写下一分钟的 0 秒")
        }
        (Field::DayOfMonth, "") => {
            text!(en: "days are counted from 1; `L` is the last one", zh: "日从 1 数起，最后一天写 `L`")
        }
        (Field::DayOfMonth, "32") => text!(en: "`L` is the last day of the month", zh: "每月最后一天写 `L`"),
        (Field::Month, "") => text!(en: "months are counted from 1: January", zh: "月从 1 数起，1 就是一月"),
        (Field::Weekday, _) => {
            text!(en: "in numbers 1 is Monday, and 0 and 7 are Sunday", zh: "写数字时，1 是周一，0 和 7 都是周日")
        }
        _ => return None,
    })
}

fn not_a_value(field: Field, text: &str) -> Option<Text> {
    if let Some(number) = text.strip_prefix(['+', '-']).filter(|rest| rest.bytes().all(|b| b.is_ascii_digit())) {
        return Some(write(number));
    }
    if text.contains(';') || (text.contains('.') && !matches!(field, Field::Hour | Field::Minute)) {
        let list = short(&text.replace([';', '.'], ","));
        return Some(text!(en: "separate the entries by commas: `{list}`", zh: "各项之间请用逗号隔开：`{list}`"));
    }
    if text.contains([':', '.']) {
        return Some(text!(
            en: "hour and minute are two fields, and the minute comes first: `30 9 * * *` is every day at 09:30",
            zh: "分和时要分开写，分写在前面，例如 `30 9 * * *` 是每天 09:30"
        ));
    }
    if text.contains('*') {
        return Some(text!(en: "`*` stands alone, or as in `*/2`", zh: "`*` 要单独写，或者写成 `*/2` 这样"));
    }
    if let Some(day) = names::chinese_weekday(text).map(names::short) {
        return Some(match field {
            Field::Weekday => write(&day),
            _ => text!(
                en: "the weekday is the last field: `0 9 * * {day}`",
                zh: "星期写在最后一位，例如 `0 9 * * {day}`"
            ),
        });
    }
    if let Some(month) = names::chinese_month(text) {
        return Some(match field {
            Field::Month => write(&month.to_string()),
            _ => text!(en: "the month is the fourth of five fields", zh: "月是五位里的第四位"),
        });
    }
    let (is_weekday, is_month) = (names::weekday_number(text).is_some(), names::month_number(text).is_some());
    match field {
        Field::Weekday if is_month => {
            Some(text!(en: "`{text}` is a month: it stands before the weekday", zh: "`{text}` 是月份，要写在星期前面"))
        }
        Field::Month if is_weekday => {
            Some(text!(en: "`{text}` is a weekday: it stands after the month", zh: "`{text}` 是星期，要写在月后面"))
        }
        Field::Weekday | Field::Month => {
            names::nearest(field == Field::Month, &text.to_lowercase()).map(|name| did_you_mean(&name))
        }
        _ if is_weekday => Some(text!(
            en: "the weekday is the last field: `0 9 * * MON`",
            zh: "星期写在最后一位，例如 `0 9 * * MON`"
        )),
        _ => None,
    }
}

fn write(text: &str) -> Text {
    text!(en: "write `{text}`", zh: "请写 `{text}`")
}
