//! Headlines of cron errors. The next step is in `error_help`.

use super::error::{CRON_BYTES, CronError, Form};
use super::field_kind::Field;
use crate::schedule::names;
use crate::text::Text;

impl CronError {
    /// What is wrong.
    pub(in crate::schedule) fn text(&self) -> Text {
        match self {
            Self::Empty => text!(en: "the cron text is empty", zh: "`cron` 是空的"),
            Self::TooLong { bytes } => text!(
                en: "a cron text has at most {CRON_BYTES} bytes, and this one has {bytes}",
                zh: "`cron` 最长 {CRON_BYTES} 字节，这里有 {bytes} 字节"
            ),
            Self::Foreign { found, .. } => {
                text!(en: "`{found}` does not belong in a cron text", zh: "`cron` 里不能写 `{found}`")
            }
            Self::OtherForm(other) => form(other.form),
            Self::FieldCount { found: 1 } => text!(
                en: "a cron text has five fields, and this one has only one",
                zh: "`cron` 要写五位，这里只有一位"
            ),
            Self::FieldCount { found } => text!(
                en: "a cron text has five fields, and this one has {found}",
                zh: "`cron` 要写五位，这里有 {found} 位"
            ),
            Self::TimeOfDay { hour, minute } => text!(
                en: "`{hour:02}:{minute:02}` is a time of day, not a cron text",
                zh: "`{hour:02}:{minute:02}` 只是钟点，不是 `cron` 的写法"
            ),
            Self::TrailingWords { text, .. } => {
                let text = short(text);
                text!(en: "words follow the five fields: `{text}`", zh: "五位后面多写了“{text}”")
            }
            Self::HourFirst { minute, .. } => text!(
                en: "`{minute}` is not an hour: the second field takes {takes}",
                zh: "没有 {minute} 点：第二位是“时”，可以写 {takes}",
                takes = Field::Hour.takes()
            ),
            Self::UnknownShorthand { text, .. } => {
                let text = short(text);
                text!(en: "`{text}` is not a shorthand", zh: "没有 `{text}` 这种简写")
            }
            Self::EveryShorthand => text!(
                en: "`@every` counts from the start of a program, so it names no time",
                zh: "`@every` 从程序启动时算起，没有说明几点发"
            ),
            Self::Reboot => text!(en: "`@reboot` names no time", zh: "`@reboot` 没有说明几点发"),
            Self::BothDays => text!(
                en: "the day of the month and the weekday are both set, which programs read in two ways",
                zh: "日和星期都写了，看不出是满足一个就发，还是两个都满足才发"
            ),
            Self::Internal => text!(
                en: "this text cannot be used because of an error in drumbeat",
                zh: "drumbeat 自己出错了，用不了这个 `cron`"
            ),
            Self::EmptyItem { field } => text!(
                en: "an entry of the {field} is empty",
                zh: "“{field}”这一位有一项是空的",
                field = field.name()
            ),
            Self::OutOfRange { field, text } => {
                let text = short(text);
                text!(
                    en: "`{text}` is out of range: the {field} takes {takes}",
                    zh: "“{field}”不能写 `{text}`，可以写 {takes}",
                    field = field.name(),
                    takes = field.takes()
                )
            }
            Self::NotAValue { field, text } => {
                let text = short(text);
                text!(
                    en: "the {field} does not take `{text}`: it takes {takes}",
                    zh: "“{field}”不能写 `{text}`，可以写 {takes}",
                    field = field.name(),
                    takes = field.takes()
                )
            }
            Self::WeekdayNumber { text } => {
                let text = short(text);
                text!(
                    en: "with six or seven fields, weekday `{text}` means one day to some programs and another to others",
                    zh: "写六位或七位时，星期不能用数字 `{text}`：不同的程序理解不一样"
                )
            }
            Self::QuestionMark { field: Field::DayOfMonth | Field::Weekday } => {
                text!(en: "`?` belongs to texts of six or seven fields", zh: "写六位或七位时才能用 `?`")
            }
            Self::QuestionMark { field } => text!(
                en: "the {field} does not take `?`",
                zh: "“{field}”不能写 `?`",
                field = field.name()
            ),
            Self::StepZero { field } => text!(
                en: "a step of 0 never gets to the next {field}",
                zh: "“{field}”的间隔不能是 0",
                field = field.name()
            ),
            Self::StepTooLarge { field, step } => {
                let step = short(step);
                text!(
                    en: "a step of `{step}` leaves the {field} after its first value: it takes {takes}",
                    zh: "“{field}”的间隔 `{step}` 太大：这一位可以写 {takes}",
                    field = field.name(),
                    takes = field.takes()
                )
            }
            Self::StepNotANumber { field, text } => {
                let text = short(text);
                text!(
                    en: "after `/`, the {field} takes a number, not `{text}`",
                    zh: "“{field}”的 `/` 后面要写数字，不能写 `{text}`",
                    field = field.name()
                )
            }
            Self::StepFromName { name, .. } => {
                let name = short(name);
                text!(en: "a step from `{name}` alone has no end", zh: "从 `{name}` 起的间隔没有写到哪里为止")
            }
            Self::YearsBackwards { from, to } => {
                text!(en: "the years `{from}-{to}` run backwards", zh: "年份 `{from}-{to}` 前后颠倒了")
            }
            Self::BeforeLast { text } => {
                let text = short(text);
                text!(
                    en: "`L-{text}` is not a day of the month: `L-1` to `L-30` count back from the last",
                    zh: "不能写 `L-{text}`：`L-1` 到 `L-30` 表示月底往前数几天"
                )
            }
            Self::LastWeekday { day: None } => text!(
                en: "`L` among weekdays means Saturday to some programs",
                zh: "星期单写一个 `L`，有的程序会当作周六"
            ),
            Self::LastWeekday { day: Some(day) } => text!(
                en: "the last {day} of the month is written with `#L`",
                zh: "每月最后一个{day}要用 `#L` 来写",
                day = names::weekday(*day)
            ),
            Self::NthOutOfRange { text } => {
                let text = short(text);
                text!(
                    en: "`#{text}` is not a week of the month: it takes `#1` to `#5`, or `#L` for the last",
                    zh: "不能写 `#{text}`：`#1` 到 `#5` 是当月第几个，`#L` 是最后一个"
                )
            }
            Self::NthElsewhere { field } => text!(
                en: "`#` belongs to the weekday, not to the {field}",
                zh: "`#` 只能用在“星期”，不能用在“{field}”",
                field = field.name()
            ),
            Self::Hashed { field } => text!(
                en: "the {field} does not take `H`, a time that Jenkins picks",
                zh: "“{field}”不能写 `H`：那是让 Jenkins 自己挑时间的写法",
                field = field.name()
            ),
        }
    }
}

fn form(form: Form) -> Text {
    match form {
        Form::ZoneFirst | Form::ZoneLast => text!(
            en: "a cron text holds no zone here: it stands in `timezone`",
            zh: "时区不写在 `cron` 里，要写在 `timezone` 里"
        ),
        Form::AwsCron => text!(
            en: "`cron(…)` is the form of AWS, with the year last",
            zh: "`cron(…)` 是 AWS 的写法，最后一位是年"
        ),
        Form::AwsRate => text!(
            en: "`rate(…)` counts from its creation, so it names no time",
            zh: "`rate(…)` 从创建时算起，没有说明几点发"
        ),
        Form::YearLast => text!(
            en: "six fields begin with seconds here; AWS puts a year last",
            zh: "写六位时，第一位是秒；最后一位写年是 AWS 的写法"
        ),
        Form::Systemd => text!(
            en: "this is a calendar expression of systemd, not a cron text",
            zh: "这是 systemd 的写法，不是 `cron` 的写法"
        ),
        Form::Words | Form::Night | Form::LateDay | Form::Payday => {
            text!(en: "these are words, not a cron text", zh: "`cron` 不能直接写文字")
        }
        Form::SeveralMinutes => text!(
            en: "a cron text has the same minutes for all its hours",
            zh: "一条 `cron` 里，每个钟点的分钟数只能相同"
        ),
        Form::EveryFew { days: 14 } => {
            text!(en: "a cron text alone cannot say every other week", zh: "只用 `cron` 写不出“每两周一次”")
        }
        Form::EveryFew { days } if days % 7 == 0 => {
            let weeks = days / 7;
            text!(
                en: "a cron text alone cannot say every {weeks} weeks",
                zh: "只用 `cron` 写不出“每 {weeks} 周一次”"
            )
        }
        Form::EveryFew { days } => text!(
            en: "a cron text cannot count {days} days from one post to the next",
            zh: "`cron` 写不出“每 {days} 天一次”"
        ),
    }
}

/// A user's text, cut to a length that fits into a sentence.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(32) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
