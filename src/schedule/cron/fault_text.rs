//! Faults of cron expressions in words: a headline that stands alone, and the next act.

use std::fmt;

use chrono::NaiveDateTime;

use super::fault::{CRON_BYTES, CronFault, Form, Here};
use super::field_kind::Field;
use super::text::SHORTHANDS;
use crate::schedule::names;

impl fmt::Display for CronFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the cron text is empty"),
            Self::TooLong { bytes } => {
                write!(f, "a cron text has at most {CRON_BYTES} bytes, and this one has {bytes}")
            }
            Self::Foreign { found, .. } => write!(f, "`{found}` does not belong in a cron text"),
            Self::OtherForm(other) => f.write_str(match other.form {
                Form::ZoneFirst | Form::ZoneLast => "a cron text holds no zone here: it stands in `timezone`",
                Form::AwsCron => "`cron(…)` is the form of AWS, with the year last",
                Form::AwsRate => "`rate(…)` counts from its creation, so it names no time",
                Form::YearLast => "six fields begin with seconds here; AWS puts a year last",
                Form::Systemd => "this is a calendar expression of systemd, not a cron text",
                Form::Words | Form::Night | Form::LateDay | Form::Payday => "these are words, not a cron text",
                Form::SeveralMinutes => "a cron text has the same minutes for all its hours",
                Form::EveryFew { days: 14 } => "a cron text knows no every other week",
                Form::EveryFew { .. } => "a cron text cannot count days from one post to the next",
            }),
            Self::FieldCount { found: 1 } => f.write_str("a cron text has five fields, and this one has only one"),
            Self::FieldCount { found } => write!(f, "a cron text has five fields, and this one has {found}"),
            Self::TimeOfDay { hour, minute } => write!(f, "`{hour:02}:{minute:02}` is a time of day, not a cron text"),
            Self::HourFirst { minute, .. } => {
                write!(f, "`{minute}` is no hour: the second field takes {}", Field::Hour.takes())
            }
            Self::UnknownShorthand { text, .. } => write!(f, "`{}` is not a shorthand", short(text)),
            Self::EveryShorthand => f.write_str("`@every` counts from the start of a program, so it names no time"),
            Self::Reboot => f.write_str("`@reboot` names no time"),
            Self::EmptyItem { field } => write!(f, "an entry of the {field} is empty"),
            Self::OutOfRange { field, text } => {
                write!(f, "`{}` is out of range: the {field} takes {}", short(text), field.takes())
            }
            Self::NotAValue { field, text } => write!(f, "`{}` is no {field}: it takes {}", short(text), field.takes()),
            Self::WeekdayNumber { text } => {
                write!(
                    f,
                    "with six or seven fields, weekday `{}` means one day to some programs and another to others",
                    short(text)
                )
            }
            Self::QuestionMark { field: Field::DayOfMonth | Field::Weekday } => {
                f.write_str("`?` belongs to texts of six or seven fields")
            }
            Self::QuestionMark { field } => write!(f, "the {field} does not take `?`"),
            Self::StepZero { field } => write!(f, "a step of 0 never gets to the next {field}"),
            Self::StepTooLarge { field, step } => {
                write!(
                    f,
                    "a step of `{}` leaves the {field} after its first value: it takes {}",
                    short(step),
                    field.takes()
                )
            }
            Self::StepNotANumber { field, text } => {
                write!(f, "`{}` is no step: after `/`, the {field} takes a number", short(text))
            }
            Self::StepFromName { name, .. } => write!(f, "a step from `{}` alone has no end", short(name)),
            Self::YearsBackwards { from, to } => write!(f, "the years `{from}-{to}` run backwards"),
            Self::BeforeLast { text } => {
                write!(f, "`L-{}` is no day of the month: `L-1` to `L-30` count back from the last", short(text))
            }
            Self::LastWeekday { day: None } => f.write_str("`L` among weekdays means Saturday to some programs"),
            Self::LastWeekday { day: Some(day) } => write!(f, "the last {day} of the month is written with `#L`"),
            Self::NthOutOfRange { text } => {
                write!(f, "`#{}` is no week of the month: it takes `#1` to `#5`, or `#L` for the last", short(text))
            }
            Self::NthElsewhere { field } => write!(f, "`#` belongs to the weekday, not to the {field}"),
            Self::Hashed { field } => write!(f, "`H`, a time that Jenkins picks, is no {field}"),
            Self::BothDays => {
                f.write_str("the day of the month and the weekday are both set, which programs read in two ways")
            }
            Self::Internal => f.write_str("this text cannot be used, and that is a fault of drumbeat"),
        }
    }
}

impl CronFault {
    /// The next act, where there is one to name; `instead` says what to write.
    pub(in crate::schedule) fn help(&self, instead: Option<String>) -> Option<String> {
        let fields = "minute, hour, day of the month, month, weekday";
        let help = match self {
            Self::OtherForm(other) => match (other.form, &other.here, instead) {
                (Form::Words, Some(here), Some(instead)) if here.cron.split(' ').nth(1) == Some("0") => {
                    format!("{instead}; 00:00 is the beginning of that date")
                }
                (_, _, Some(instead)) => instead,
                (Form::EveryFew { days }, here, _) => every_few(days, here.as_ref(), &[]),
                (Form::SeveralMinutes, ..) => "write a campaign for each time".to_owned(),
                (Form::Night, Some(here), _) => night(here),
                (Form::LateDay, Some(here), _) => {
                    let (time, _) = time_of(&here.cron);
                    format!("`{time} L * *` is the last day of every month; `{}` leaves out shorter months", here.cron)
                }
                (Form::Payday, Some(here), _) => {
                    format!("name the day: `{}` is the workday that is nearest to the 15th", here.cron)
                }
                (Form::YearLast, Some(here), _) => format!(
                    "name the weekdays: 1 is Monday to crontab and Sunday to AWS; if it is Monday, write `{}`",
                    here.cron
                ),
                (Form::Words, Some(here), _) => format!("`{}` is that day at 09:00", here.cron),
                (Form::Words, None, _) => {
                    format!("say it in five fields, {fields}: `15 10 * * MON` is every Monday at 10:15")
                }
                _ => "write when on the clock: `0 9 * * *` is every day at 09:00".to_owned(),
            },
            Self::Empty => format!("write {fields}: `0 9 * * MON` is every Monday at 09:00"),
            Self::TooLong { .. } => "a sensible text is far shorter; use several campaigns, or `at`".to_owned(),
            Self::Foreign { .. } => instead.unwrap_or_else(|| {
                format!("write plain ASCII; the fields are {fields}: `0 9 * * MON` is every Monday at 09:00")
            }),
            Self::FieldCount { found: 0..5 } => format!("they are {fields}: `0 9 * * MON` is every Monday at 09:00"),
            Self::FieldCount { .. } => {
                format!("they are {fields}; a sixth stands in front for seconds, a seventh at the end for years")
            }
            Self::TimeOfDay { hour, minute } => {
                format!("`{minute} {hour} * * *` is every day at {hour:02}:{minute:02}")
            }
            Self::HourFirst { hour, minute } => {
                let instead = instead.unwrap_or_else(|| format!("write `{minute} {hour}`"));
                format!("the minute comes first: {instead} for {hour:02}:{minute:02}")
            }
            Self::UnknownShorthand { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::UnknownShorthand { .. } => {
                let names: Vec<&str> = SHORTHANDS.iter().map(|(name, _)| *name).collect();
                format!("the shorthands are {}", names.join(", "))
            }
            Self::EveryShorthand => "write when on the clock: `0 9 * * *` is every day at 09:00".to_owned(),
            Self::Reboot => "write when on the clock: `0 9 * * *` is every day at 09:00".to_owned(),
            Self::EmptyItem { .. } => "remove the stray comma or dash, or write what stands beside it".to_owned(),
            Self::OutOfRange { field, text } => out_of_range(*field, text)?,
            Self::NotAValue { field, text } => match instead {
                Some(instead) => instead,
                None => not_a_value(*field, text)?,
            },
            Self::WeekdayNumber { .. } if instead.is_some() => format!("{}, as in Quartz", instead?),
            Self::WeekdayNumber { text } => match text.parse::<u16>() {
                Ok(day @ 0..=7) => {
                    let (crontab, quartz) = (names::weekday(day), names::weekday(day + 6));
                    format!(
                        "write the name: `{}` is {crontab} as in crontab, `{}` is {quartz} as in Quartz",
                        names::short(day),
                        names::short(day + 6)
                    )
                }
                _ => "write the name, such as MON".to_owned(),
            },
            Self::QuestionMark { .. } => "write `*`".to_owned(),
            Self::StepZero { .. } => "write 1 or more after the `/`".to_owned(),
            Self::StepTooLarge { field: Field::Minute, .. } => "for once an hour write `0` as the minute".to_owned(),
            Self::StepTooLarge { field: Field::Hour, .. } => "for once a day write `0` as the hour".to_owned(),
            Self::StepTooLarge { field, .. } => format!("name the {field} that is meant"),
            Self::StepNotANumber { .. } => "`*/15` is every 15th, counted from the first".to_owned(),
            Self::StepFromName { field: Field::Weekday, name } => {
                let day = names::weekday_number(name).map_or_else(|| name.to_ascii_uppercase(), names::short);
                format!(
                    "cron knows no every other week: list the dates in `at`, or take `{day}#1,{day}#3`; \
                     for every second day of the week name the days"
                )
            }
            Self::StepFromName { .. } => format!("say where it ends: {}", instead.unwrap_or_default()),
            Self::YearsBackwards { from, to } => format!("write `{to}-{from}`"),
            Self::BeforeLast { .. } => "`L` alone is the last day of the month".to_owned(),
            Self::LastWeekday { day: None } => {
                "write `SAT` for every Saturday, or `SAT#L` for the last of the month".to_owned()
            }
            Self::LastWeekday { day: Some(day) } => format!("write `{}#L`", day[..3].to_ascii_uppercase()),
            Self::NthOutOfRange { .. } => "`MON#1` is the first Monday of the month".to_owned(),
            Self::NthElsewhere { .. } => "`0 9 * * MON#1` is the first Monday of the month".to_owned(),
            Self::Hashed { .. } => match instead {
                Some(instead) => format!("name the time that is meant, or {instead}"),
                None => "name the time that is meant".to_owned(),
            },
            Self::BothDays => "say which is meant: `day_match = \"any\"` if either field is enough, \
                               or `day_match = \"all\"` if both must agree"
                .to_owned(),
            Self::Internal => "please report it, with the text".to_owned(),
        };
        Some(help)
    }
}

/// `0 9` of `0 9 * * MON`, and what stands behind it.
fn time_of(cron: &str) -> (&str, &str) {
    cron.match_indices(' ').nth(1).map_or((cron, ""), |(at, _)| (&cron[..at], &cron[at + 1..]))
}

/// The help for a time past midnight, which belongs to the night of a day or to the day that begins.
fn night(here: &Here) -> String {
    match &here.after {
        Some(after) => format!(
            "a date begins at 00:00: write `{after}` for the night that follows, or `{}` for the one before",
            here.cron
        ),
        None => format!("a date begins at 00:00: `{}` is the night before; check the day", here.cron),
    }
}

/// The help for what counts from one post to the next, with the next `times`.
pub(in crate::schedule) fn every_few(days: u16, here: Option<&Here>, times: &[NaiveDateTime]) -> String {
    let mut help = match times {
        [] => "list the dates in `at`".to_owned(),
        times => {
            let times: Vec<String> = times.iter().map(|time| moment(time).to_string()).collect();
            format!("list the dates in place of `cron`, such as at = [{}]", times.join(", "))
        }
    };
    let Some((time, "* * ", day)) = here.map(|here| {
        let (time, rest) = time_of(&here.cron);
        (time, rest.get(..4).unwrap_or_default(), rest.get(4..).unwrap_or_default())
    }) else {
        return help;
    };
    if let (14, Some(number)) = (days, names::weekday_number(day)) {
        let name = names::weekday(number);
        help.push_str(&format!("; `{time} * * {day}#1,{day}#3` is the first and the third {name} of a month"));
    }
    help
}

fn out_of_range(field: Field, text: &str) -> Option<String> {
    let help = match (field, text.trim_start_matches('0')) {
        (Field::Hour, "24") => "midnight is hour 0, and belongs to the day that begins",
        (Field::Minute, "60") => "it is minute 0 of the next hour",
        (Field::Second, "60") => "it is second 0 of the next minute",
        (Field::DayOfMonth, "") => "days are counted from 1; `L` is the last one",
        (Field::DayOfMonth, "32") => "`L` is the last day of the month",
        (Field::Month, "") => "months are counted from 1: January",
        (Field::Weekday, _) => "in numbers 1 is Monday, and 0 and 7 are Sunday",
        _ => return None,
    };
    Some(help.to_owned())
}

fn not_a_value(field: Field, text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    if let Some(number) = text.strip_prefix(['+', '-']).filter(|rest| rest.bytes().all(|b| b.is_ascii_digit())) {
        return Some(format!("write `{number}`"));
    }
    if text.contains(';') || (text.contains('.') && !matches!(field, Field::Hour | Field::Minute)) {
        return Some(format!("entries are parted by commas: `{}`", short(&text.replace([';', '.'], ","))));
    }
    if text.contains([':', '.']) {
        return Some(
            "hour and minute are two fields, and the minute comes first: `30 9 * * *` is every day at 09:30".to_owned(),
        );
    }
    if text.contains('*') {
        return Some("`*` stands alone, or as in `*/2`".to_owned());
    }
    if let Some(day) = names::chinese_weekday(text) {
        return match field {
            Field::Weekday => Some(format!("write `{}`", names::short(day))),
            _ => Some(format!("the weekday is the last field: `0 9 * * {}`", names::short(day))),
        };
    }
    if let Some(month) = names::chinese_month(text) {
        return match field {
            Field::Month => Some(format!("write `{month}`")),
            _ => Some("the month is the fourth of five fields".to_owned()),
        };
    }
    match field {
        Field::Weekday | Field::Month => {
            if field == Field::Weekday && names::month_number(text).is_some() {
                return Some(format!("`{text}` is a month: it stands before the weekday"));
            }
            if field == Field::Month && names::weekday_number(text).is_some() {
                return Some(format!("`{text}` is a weekday: it stands after the month"));
            }
            names::nearest(field == Field::Month, &lower).map(|name| format!("did you mean `{name}`?"))
        }
        _ if names::weekday_number(text).is_some() => Some("the weekday is the last field: `0 9 * * MON`".to_owned()),
        _ => None,
    }
}

/// A local time as files write it.
fn moment(time: &chrono::NaiveDateTime) -> impl fmt::Display {
    time.format("%Y-%m-%dT%H:%M:%S")
}

/// A user's text, cut where it would drown the sentence.
fn short(text: &str) -> String {
    match text.char_indices().nth(32) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
