//! Headlines of schedule warnings, and the next step.

use super::cron::field_kind::Field;
use super::names;
use super::spec::{Skip, Spec};
use super::warning::{ScheduleWarning, WarningKind};
use super::written::quoted_date;
use crate::text::{Text, when};

impl ScheduleWarning {
    /// The next step.
    pub fn help(&self, spec: &Spec) -> Text {
        match &self.kind {
            WarningKind::UnevenStep { field: Field::DayOfMonth, .. } => {
                text!(en: "name the days that are meant", zh: "请直接写出要在几号发")
            }
            WarningKind::UnevenStep { field, .. } => match self.proposal(spec).map(|proposal| proposal.text) {
                Some(instead) => text!(
                    en: "name the {field}s that are meant: these are `{instead}`",
                    zh: "请直接写出“{field}”的值，现在相当于 `{instead}`",
                    field = field.name()
                ),
                None => {
                    let whole = match field {
                        Field::Second | Field::Minute => 60,
                        Field::Month => 12,
                        _ => 24,
                    };
                    text!(
                        en: "take a step that divides {whole}, or name the {field}s that are meant",
                        zh: "请换一个能整除 {whole} 的间隔，或者直接写出“{field}”的值",
                        field = field.name()
                    )
                }
            },
            WarningKind::MissingDay { .. } => {
                text!(en: "`L` is the last day of every month", zh: "每月最后一天请写 `L`")
            }
            WarningKind::LeapDay => text!(
                en: "`L` in its place is the last day of every February",
                zh: "每年二月的最后一天请写 `L`"
            ),
            WarningKind::OffMonths { instead, .. } => text!(
                en: "write `{instead}` for the workday that is nearest to it; or `on_day_off = \"before\"` for the one before it",
                zh: "想在离它最近的工作日发，请写 `{instead}`；想提前，请写 `on_day_off = \"before\"`；想顺延，请写 `on_day_off = \"after\"`"
            ),
            WarningKind::HourFirst { hour, minute } => text!(
                en: "the minute comes first: `{minute} {hour}` would be {hour:02}:{minute:02}; \
                     if it is meant, write allow = [\"swapped-time\"]",
                zh: "先写分，再写时：`{minute} {hour}` 才是 {hour:02}:{minute:02}；如果就是要在凌晨发，请写 `allow = [\"swapped-time\"]`"
            ),
            WarningKind::ZoneOfXinjiang { .. } => text!(
                en: "write `Asia/Shanghai`, the time that Xinjiang officially uses",
                zh: "请写 `Asia/Shanghai`，新疆正式使用的也是北京时间"
            ),
            WarningKind::FifthWeekday { day } => {
                let short = names::short(*day);
                text!(
                    en: "`{short}#L` is the last {day} of every month",
                    zh: "每月最后一个{day}请写 `{short}#L`",
                    day = names::weekday(*day)
                )
            }
            WarningKind::RareLunarDate { .. } => text!(
                en: "look at the plan: the next one may be years away",
                zh: "下一次可能在几年以后，请看发表计划"
            ),
            WarningKind::NoDayMatch => text!(en: "remove it", zh: "请删掉它"),
            WarningKind::ZoneAbbreviation { meant, .. } => {
                text!(en: "write `{meant}` if that is meant", zh: "如果指的是那里，请写 `{meant}`")
            }
            WarningKind::ZoneSign { ahead: 8, .. } => text!(en: "write `Asia/Shanghai`", zh: "请写 `Asia/Shanghai`"),
            WarningKind::ZoneSign { .. } => {
                text!(en: "name a place, such as `Europe/Berlin`", zh: "请写地名，例如 `Europe/Berlin`")
            }
            WarningKind::EndAtMidnight { date } => text!(
                en: "write `end = \"{date}\"` to let in that whole day",
                zh: "想包括这一整天，请写 `end = \"{date}\"`"
            ),
            WarningKind::EmptyFirstWeek { instead, .. } => {
                let start = quoted_date(*instead);
                text!(
                    en: "to begin on {instead} write `start = {start}`; if it is meant, write allow = [\"empty-first-week\"]",
                    zh: "想从{instead}发起，请写 `start = {start}`；如果就是要这样，请写 `allow = [\"empty-first-week\"]`",
                    instead = when::plain_date(*instead)
                )
            }
            WarningKind::SkipsNothing { .. } => text!(en: "check the date, or remove it", zh: "请检查日期，或者删掉它"),
        }
    }

    /// The headline.
    pub fn text(&self) -> Text {
        match &self.kind {
            WarningKind::UnevenStep { field: Field::DayOfMonth, step, .. } => text!(
                en: "a step of {step} starts again on the 1st of every month",
                zh: "间隔 {step} 天，每到 1 日又从头数起"
            ),
            WarningKind::UnevenStep { field: Field::Weekday, values, .. } => text!(
                en: "this step of weekdays is uneven: {days}",
                zh: "这样的间隔不均匀，落在{days}",
                days = named(values, names::weekday)
            ),
            WarningKind::UnevenStep { field, step, values } => text!(
                en: "a step of {step} is uneven: {field} {values}, and then from the start again",
                zh: "间隔 {step} 不均匀：“{field}”依次是 {values}，然后又从头数起",
                field = field.name(),
                values = named(values, |value| Text::quoted(value.to_string()))
            ),
            WarningKind::MissingDay { day, months } => text!(
                en: "there is no day {day} in {months}",
                zh: "{months}没有 {day} 日",
                months = named(months, names::month)
            ),
            WarningKind::LeapDay => {
                text!(en: "29 February exists in leap years only", zh: "只有闰年才有 2月29日")
            }
            WarningKind::FifthWeekday { day } => text!(
                en: "most months have no fifth {day}",
                zh: "大多数月份没有第五个{day}",
                day = names::weekday(*day)
            ),
            WarningKind::OffMonths { year, months, .. } => text!(
                en: "this day is off in {months} of {year}: nothing goes out in those months",
                zh: "{year}年{months}的这一天不上班，这几个月不会发",
                months = named(months, names::month)
            ),
            WarningKind::RareLunarDate { date } => {
                text!(en: "not every year has {date}", zh: "不是每年都有{date}", date = date)
            }
            WarningKind::HourFirst { hour, minute } => text!(
                en: "this is {hour} minutes past {minute}:00 at night: {minute:02}:{hour:02}",
                zh: "这样写是凌晨 {minute:02}:{hour:02}"
            ),
            WarningKind::ZoneOfXinjiang { name } => text!(
                en: "`{name}` is UTC+6, two hours behind Beijing time",
                zh: "`{name}` 比北京时间晚两小时"
            ),
            WarningKind::NoDayMatch => text!(
                en: "`day_match` has no effect: only one of the day fields is set",
                zh: "`day_match` 不起作用：日和星期没有都写"
            ),
            WarningKind::ZoneAbbreviation { name, .. } => text!(
                en: "`{name}` is an abbreviation, which does not say whose clocks are meant",
                zh: "`{name}` 是缩写，看不出指的是哪里的时间"
            ),
            WarningKind::ZoneSign { name, ahead } => {
                let hours = ahead.abs();
                if *ahead > 0 {
                    text!(
                        en: "`{name}` is {hours} hours ahead of UTC, against its sign",
                        zh: "`{name}` 其实比 UTC 快 {hours} 小时，和它的正负号相反"
                    )
                } else {
                    text!(
                        en: "`{name}` is {hours} hours behind UTC, against its sign",
                        zh: "`{name}` 其实比 UTC 慢 {hours} 小时，和它的正负号相反"
                    )
                }
            }
            WarningKind::EndAtMidnight { date } => text!(
                en: "an `end` at 00:00 leaves out all of {date} but its first second",
                zh: "`end` 写的是{date} 00:00，所以这一天不会发",
                date = when::plain_date(*date)
            ),
            WarningKind::EmptyFirstWeek { named, first, .. } => text!(
                en: "the week of `start` counts as the first one, and its {named} is before `start`: the first post is on {first}",
                zh: "`start` 那一周算第一周，可那周的{named}在 `start` 之前，第一次要到{first}",
                named = when::date(*named),
                first = when::date(*first)
            ),
            WarningKind::SkipsNothing { entry: Skip::Date(date) } => text!(
                en: "{date} is skipped, and nothing would happen on it anyway",
                zh: "{date}本来就不发，不用跳过",
                date = when::plain_date(*date)
            ),
            WarningKind::SkipsNothing { entry } => text!(
                en: "nothing would happen from {entry} anyway",
                zh: "{entry}本来就不发，不用跳过",
                entry = entry.text()
            ),
        }
    }
}

fn named(values: &[u16], name: impl Fn(u16) -> Text) -> Text {
    Text::list(&values.iter().map(|value| name(*value)).collect::<Vec<_>>())
}
