//! Headlines of schedule errors, and the next step.

use chrono::NaiveDateTime;

use super::calendar::Days;
use super::error::{MAX_RUNS, Never, Outside, ScheduleError, ScheduleErrorKind};
use super::proposal::Proposal;
use super::spec::Spec;
use super::weeks::WEEKS;
use super::written::{plain_time, quoted_date, quoted_time};
use crate::text::{Lang, Text, UserError, when};

impl ScheduleError {
    /// The next step, if any. `spec` contains the error.
    pub fn help(&self, spec: &Spec) -> Option<Text> {
        self.kind.help(self.proposal(spec).as_ref())
    }
}

impl UserError for ScheduleError {
    fn text(&self) -> Text {
        self.kind.text()
    }
}

impl std::error::Error for ScheduleError {}

display_in_english!(ScheduleError);

impl ScheduleErrorKind {
    /// The headline.
    fn text(&self) -> Text {
        match self {
            Self::Cron(error) => error.text(),
            Self::Zone(error) => error.text(),
            Self::Year { year } => text!(
                en: "the year {year} is out of range: schedules know 1970 to 2100",
                zh: "{year} 年超出范围，可以写 1970 年到 2100 年"
            ),
            Self::SkipBackwards { from, to } => text!(
                en: "this range ends on {to}, before it begins on {from}",
                zh: "这段日期到{to}结束，却从{from}开始",
                from = when::plain_date(*from),
                to = when::plain_date(*to)
            ),
            Self::EndBeforeStart { start, end } => text!(
                en: "it ends at {end}, before it starts at {start}",
                zh: "结束时间{end}早于开始时间{start}",
                start = start.text(),
                end = end.text()
            ),
            Self::Lunar(error) => error.text(),
            Self::LunarTwice => text!(en: "this occasion is in `lunar` twice", zh: "`lunar` 里的这一次写了两遍"),
            Self::NoTimes => text!(en: "`at` names no time", zh: "`at` 里没有写时间"),
            Self::AtTwice { time } => {
                let time = plain_time(*time);
                text!(en: "{time} stands in `at` twice", zh: "`at` 里的 {time} 写了两次")
            }
            Self::AtInGap { time, resumes } => {
                let (time, resumes) = (plain_time(*time), when::clock(*resumes));
                text!(
                    en: "{time} does not exist: clocks are put forward over it, to {resumes}",
                    zh: "当地没有 {time} 这个时间：时钟往前拨，直接跳到 {resumes}"
                )
            }
            Self::AtOutside { time, by } => by.text(*time),
            Self::MaxRunsZero => text!(en: "`max_runs = 0` never fires", zh: "`max_runs = 0` 表示一次也不发"),
            Self::MaxRunsTooLarge { max } => text!(
                en: "`max_runs` takes 1 to {MAX_RUNS}, not {max}",
                zh: "`max_runs` 可以写 1 到 {MAX_RUNS}，不能写 {max}"
            ),
            Self::MaxRunsWithoutStart => text!(
                en: "`max_runs` needs a `start` to count from",
                zh: "写了 `max_runs` 就要写 `start`，才知道从哪天数起"
            ),
            Self::OnDayOffBesideDays { days } => {
                let days = days.as_str();
                text!(
                    en: "`on_day_off` moves to workdays, and `days = \"{days}\"` leaves those out",
                    zh: "`on_day_off` 会改到工作日发，而 `days = \"{days}\"` 不让在工作日发"
                )
            }
            Self::OnDayOffBesideWorkday => text!(
                en: "`on_day_off` has no effect: `W` takes a workday already",
                zh: "`on_day_off` 不起作用：`W` 已经会找工作日了"
            ),
            Self::OnDayOffOfInterval => text!(
                en: "`on_day_off` needs times of day, and this `cron` is an interval",
                zh: "`on_day_off` 要有固定的时间，而这个 `cron` 是按间隔发"
            ),
            Self::EveryOutOfRange { weeks: 1 } => {
                text!(en: "`every = \"1w\"` changes nothing: it is every week", zh: "`every = \"1w\"` 就是每周都发，不用写")
            }
            Self::EveryOutOfRange { weeks } => {
                let (least, most) = (WEEKS.start(), WEEKS.end());
                text!(
                    en: "`every` takes {least}w to {most}w, not {weeks}w",
                    zh: "`every` 可以写 {least}w 到 {most}w，不能写 {weeks}w"
                )
            }
            Self::EveryWithoutStart => text!(
                en: "`every` needs a `start` to count weeks from",
                zh: "写了 `every` 就要写 `start`，才知道从哪一周数起"
            ),
            Self::EveryWithoutWeekday => text!(
                en: "`every` counts weeks, and this `cron` names no weekday",
                zh: "`every` 按周数，而 `cron` 里没有写星期几"
            ),
            Self::Never { why } => why.text(),
        }
    }

    /// Whether it depends on the zone data or on a calendar, and not on what was written alone.
    pub(super) fn depends_on_tzdata(&self) -> bool {
        matches!(self, Self::Never { .. } | Self::AtInGap { .. } | Self::AtOutside { by: Outside::Days { .. }, .. })
    }

    /// The next step, if any.
    fn help(&self, proposal: Option<&Proposal>) -> Option<Text> {
        Some(match self {
            Self::Cron(error) => error.help(proposal.map(write_instead))?,
            Self::Zone(error) => error.help(),
            Self::Year { .. } => text!(en: "check the year", zh: "请检查年份"),
            Self::SkipBackwards { from, to } => {
                let (from, to) = (quoted_date(*from), quoted_date(*to));
                text!(
                    en: "write `{{ from = {to}, to = {from} }}`, or check the year",
                    zh: "请写 `{{ from = {to}, to = {from} }}`，或者检查年份"
                )
            }
            Self::EndBeforeStart { .. } => {
                text!(en: "swap them, or check the year", zh: "请把两者对调，或者检查年份")
            }
            Self::NoTimes => text!(
                en: "write a local date and time in quotes, in the form `\"YYYY-MM-DD 09:00\"`",
                zh: "请写当地的日期和时间，加引号，例如 `\"2026-12-01 09:00\"`"
            ),
            Self::Lunar(error) => error.help(),
            Self::LunarTwice | Self::AtTwice { .. } => text!(en: "remove one", zh: "请删掉一个"),
            Self::AtInGap { resumes, .. } => {
                let resumes = quoted_time(*resumes);
                text!(en: "write `{resumes}` or a later time", zh: "请写 `{resumes}` 或更晚的时间")
            }
            Self::AtOutside { by, .. } => match by {
                Outside::Start(_) => text!(en: "remove it, or move `start`", zh: "请删掉它，或者修改 `start`"),
                Outside::End(_) => text!(en: "remove it, or move `end`", zh: "请删掉它，或者修改 `end`"),
                Outside::Skip(_) => {
                    text!(en: "remove it here or from `skip`", zh: "请在这里删掉它，或者从 `skip` 里去掉这一天")
                }
                Outside::Days { .. } => {
                    text!(en: "take another day, or remove `days`", zh: "请换一天，或者删掉 `days`")
                }
            },
            Self::MaxRunsZero => text!(en: "write 1 or more, or remove it", zh: "请写 1 或更大的数，或者删掉它"),
            Self::MaxRunsTooLarge { .. } => {
                text!(en: "use `end` for a rule that stops late", zh: "很久以后才停的，请改用 `end`")
            }
            Self::MaxRunsWithoutStart => text!(
                en: "write the date from which they are counted as `start`",
                zh: "请在 `start` 里写从哪天数起"
            ),
            Self::OnDayOffBesideDays { .. } => {
                text!(en: "keep one of the two", zh: "两个只保留一个")
            }
            Self::OnDayOffBesideWorkday => text!(
                en: "remove it; or write the day without `W`, as in `15`",
                zh: "请删掉它；或者把日写成不带 `W` 的，例如 `15`"
            ),
            Self::OnDayOffOfInterval => text!(
                en: "write the minute and the hour as numbers, as in `0 9 * * MON`",
                zh: "分和时请写成数字，例如 `0 9 * * MON`"
            ),
            Self::EveryOutOfRange { weeks: 1 } => text!(en: "remove it", zh: "请删掉它"),
            Self::EveryOutOfRange { .. } => {
                text!(en: "for times that are far apart, list them in `at`", zh: "间隔很久的，请在 `at` 里列出时间")
            }
            Self::EveryWithoutStart => text!(
                en: "write a date of the first week as `start`",
                zh: "请在 `start` 里写第一周的日期"
            ),
            Self::EveryWithoutWeekday => text!(
                en: "name the weekdays, as in `0 9 * * MON`; `MON-SUN` is each day of those weeks",
                zh: "请写明星期几，例如 `0 9 * * MON`；那几周里每天都发，写 `MON-SUN`"
            ),
            Self::Never { why } => why.help(),
        })
    }
}

impl Outside {
    /// Why nothing is due at a local time.
    pub(super) fn text(&self, time: NaiveDateTime) -> Text {
        let time = plain_time(time);
        match self {
            Self::Start(start) => text!(
                en: "{time} is before `start` ({start})",
                zh: "{time} 早于 `start`（{start}）",
                start = start.text()
            ),
            Self::End(end) => {
                text!(en: "{time} is after `end` ({end})", zh: "{time} 晚于 `end`（{end}）", end = end.text())
            }
            Self::Skip(_) => text!(en: "{time} is on a date of `skip`", zh: "{time} 在 `skip` 要跳过的日期里"),
            Self::Days { days, is } => text!(
                en: "{time} is not a {days}: the calendar says {is}",
                zh: "{time} 不是{days}：放假日历上是{is}",
                days = days.noun(),
                is = is.text()
            ),
        }
    }
}

impl Never {
    fn text(&self) -> Text {
        match self {
            Self::NoSuchDate { .. } => {
                text!(en: "this never fires: there is no such date", zh: "永远不会发：没有这样的日期")
            }
            Self::InGapsOnly => text!(
                en: "this never fires: clocks are put forward over every one of its times",
                zh: "永远不会发：拨快时钟时正好跳过了每一个时间"
            ),
            Self::OutsideBounds { .. } => text!(
                en: "this never fires: nothing lies between `start` and `end`",
                zh: "永远不会发：`start` 到 `end` 之间一次也没有"
            ),
            Self::MovedOutside { named, to, by } => text!(
                en: "this never fires: {named} is a day off, and nothing is due where it moves: {outside}",
                zh: "永远不会发：{named}不上班，改到的那一天也不能发：{outside}",
                named = when::plain_date(*named),
                outside = by.text(*to)
            ),
            Self::LeftOut { days: Days::Any } => text!(
                en: "this never fires: every date of it is in `skip`",
                zh: "永远不会发：每一天都在 `skip` 里"
            ),
            Self::LeftOut { days } => text!(
                en: "this never fires: all its dates are skipped or are not a {days}",
                zh: "永远不会发：去掉 `skip` 的日期，没有一天是{days}",
                days = days.noun()
            ),
        }
    }

    fn help(&self) -> Text {
        match self {
            Self::NoSuchDate { month_end: false } => {
                text!(en: "check the days and the months", zh: "请检查日和月")
            }
            Self::NoSuchDate { month_end: true } => {
                text!(en: "for the last day of a month write `L` as its day", zh: "每月最后一天，日请写 `L`")
            }
            Self::InGapsOnly => text!(en: "move it by an hour", zh: "请错开一小时"),
            Self::OutsideBounds { first: Some(first) } => text!(
                en: "the first one would be {first}: check `start`, `end` and their years",
                zh: "第一次要到{first}：请检查 `start`、`end` 和年份",
                first = Text::of(plain_time(*first), when::plain_date_time(*first).into_lang(Lang::Zh))
            ),
            Self::OutsideBounds { first: None } => {
                text!(en: "check `start` and `end`", zh: "请检查 `start` 和 `end`")
            }
            Self::MovedOutside { by, .. } => {
                let key = by.key();
                text!(
                    en: "change `{key}`, or move to the other side with `on_day_off`",
                    zh: "请修改 `{key}`，或者把 `on_day_off` 改成往另一边移"
                )
            }
            Self::LeftOut { .. } => {
                text!(en: "check `skip`, `days` and `end`", zh: "请检查 `skip`、`days` 和 `end`")
            }
        }
    }
}

/// `write `0 9 * * MON`, and `timezone = "Asia/Shanghai"` beside it`
fn write_instead(proposal: &Proposal) -> Text {
    let text = &proposal.text;
    let write = text!(en: "write `{text}`", zh: "请写 `{text}`");
    proposal.also.iter().fold(write, |write, (key, value)| {
        text!(
            en: "{write}, and `{key} = \"{value}\"` beside it",
            zh: "{write}，再加一行 `{key} = \"{value}\"`",
            write = write
        )
    })
}
