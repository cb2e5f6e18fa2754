use std::sync::Arc;

use toml::value::{Datetime, Time};

use crate::check::characters::short;
use crate::check::phrases::{here, write};
use crate::check::schedule_check::{self, ScheduleProblem};
use crate::check::word_aliases::word_help;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, proposals};
use crate::finding::{Edit, Level, Suggestion};
use crate::invocation::command;
use crate::schedule::{self, Bound, ScheduleErrorKind};
use crate::text::{StaticText, Text, UserError};

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-schedule",
    level: Level::Error,
    summary: StaticText {
        en: "An invalid schedule.",
        zh: "发表时间不对，例如 `cron` 里的数字超出范围、`at` 写了一个不存在的时刻、结束早于开始，或者一次也不会发。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("bad_schedule.md"), zh: include_str!("bad_schedule.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let spec = check.schedule.spec.as_deref();
    for problem in &check.schedule.problems {
        let mut suggestion = None;
        let (message, help) = match &problem.what {
            ScheduleProblem::Invalid(error) if matches!(error.kind, ScheduleErrorKind::Zone(_)) => continue,
            ScheduleProblem::Lateness(_) | ScheduleProblem::NoLateness => continue,
            ScheduleProblem::Invalid(error) => (error.text(), spec.and_then(|spec| error.help_from(spec, context.now))),
            ScheduleProblem::Both { keys: [one, other] } => (
                text!(en: "`{one}` and `{other}` cannot be combined", zh: "`{one}` 和 `{other}` 不能同时写"),
                Some(text!(
                    en: "keep one; split the campaign if both are meant",
                    zh: "请只保留一个；两个都要，请拆成两个活动"
                )),
            ),
            ScheduleProblem::Beside { key, rule } => (
                text!(en: "`{key}` has no effect with `{rule}`", zh: "用 `{rule}` 时，`{key}` 不起作用"),
                Some(match *key {
                    "day_match" => text!(
                        en: "remove it; it belongs to a `cron` with both day fields",
                        zh: "请把它删掉；只有 `cron` 同时限定日期和星期时才需要它"
                    ),
                    _ => text!(en: "remove it; it belongs to `cron`", zh: "请把它删掉；它只能和 `cron` 一起用"),
                }),
            ),
            ScheduleProblem::Every { got, meant } => {
                let got = short(got);
                let help = match meant {
                    Some(weeks) => {
                        let text = format!("\"{weeks}w\"");
                        let edit = Edit { file: Arc::clone(&check.parsed.file.path), span: problem.span.clone(), text };
                        suggestion = Some(Suggestion { edits: vec![edit], is_safe: false });
                        write(format!("\"{weeks}w\""))
                    }
                    None => text!(
                        en: "write a number of weeks, such as \"2w\" for every other week",
                        zh: "请写周数，例如隔周写 \"2w\""
                    ),
                };
                (
                    text!(en: "`every` takes a number of weeks, not `{got}`", zh: "`every` 要写周数，不能写 `{got}`"),
                    Some(help),
                )
            }
            ScheduleProblem::TooMany { key, most } => (
                text!(en: "`{key}` can have at most {most} entries", zh: "`{key}` 最多写 {most} 项"),
                Some(text!(en: "use `cron`, or split the campaign", zh: "请改用 `cron`，或者拆成几个活动")),
            ),
            ScheduleProblem::Form { key, wanted, written } => {
                let (message, help, instead) = form(key, *wanted, written);
                let edit = |text| Edit { file: Arc::clone(&check.parsed.file.path), span: problem.span.clone(), text };
                suggestion = instead.map(|text| Suggestion { edits: vec![edit(text)], is_safe: false });
                (message, Some(help))
            }
            ScheduleProblem::Word { key, got, takes } => {
                let (help, meant) = word_help(key, got, takes);
                if let Some(meant) = meant {
                    let text = format!("\"{meant}\"");
                    let edit = Edit { file: Arc::clone(&check.parsed.file.path), span: problem.span.clone(), text };
                    suggestion = Some(Suggestion { edits: vec![edit], is_safe: false });
                }
                let got = short(got);
                (text!(en: "`{key}` cannot be `{got}`", zh: "`{key}` 不能是 `{got}`"), Some(help))
            }
            ScheduleProblem::Number { key } => {
                let message = text!(en: "`{key}` must be a whole number from 1", zh: "`{key}` 应该是从 1 开始的整数");
                (message, Some(text!(en: "correct it, or remove it", zh: "请改正，或者删掉")))
            }
        };
        let help = help.unwrap_or_else(|| {
            text!(
                en: "see `{explain}` for how to write a schedule",
                zh: "运行 `{explain}` 可以看到发表时间怎么写", explain = command("explain bad-schedule"))
        });
        let proposal = match &problem.what {
            ScheduleProblem::Invalid(error) => spec.and_then(|spec| error.proposal(spec)),
            _ => None,
        };
        let written = check.parsed.schedule.as_ref();
        let proposed = proposal.and_then(|proposal| proposals::edits(check.parsed, written?, &proposal));
        findings.at(&problem.span, here(), message).help(help).suggest(proposed.or(suggestion));
    }
}

/// The error of a date or time, the help, and the replacement if it is certain.
fn form(key: &str, wanted: StaticText, written: &Datetime) -> (Text, Text, Option<String>) {
    let instead = |written: Datetime| {
        // Any other value stays as it is, without its quotes.
        let text = schedule_check::bound(&written).map_or_else(|| written.to_string(), quoted);
        (write(&text), Some(text))
    };
    if let Some(offset) = written.offset {
        let (help, text) = instead(Datetime { offset: None, ..*written });
        return (
            text!(
                en: "`{key}` takes a local time, without `{offset}`",
                zh: "`{key}` 要写当地时间，不带 `{offset}`"
            ),
            text!(en: "{help}; the timezone belongs in `timezone`", zh: "{help}；时区写在 `timezone` 里", help = help),
            text,
        );
    }
    if let Some(time) = written.time.filter(|time| time.nanosecond.is_some_and(|it| it > 0)) {
        let whole = Time { nanosecond: None, ..time };
        let (help, text) = instead(Datetime { time: Some(whole), ..*written });
        return (text!(en: "`{key}` takes whole seconds only", zh: "`{key}` 的时间最多精确到秒"), help, text);
    }
    if let Some(time) = written.time.filter(|time| time.second == Some(60)) {
        let (help, text) = instead(Datetime { time: Some(Time { second: Some(59), ..time }), ..*written });
        return (text!(en: "`{key}` takes seconds up to 59", zh: "`{key}` 的秒数最大是 59"), help, text);
    }
    match (key, written.date, written.time) {
        ("at", Some(date), None) => (
            text!(en: "`{key}` needs a time as well as the date", zh: "`{key}` 除了日期还要写时间"),
            text!(en: "add the time, such as `\"{date} 09:00\"`", zh: "请加上时间，例如 `\"{date} 09:00\"`"),
            None,
        ),
        ("skip", Some(date), Some(_)) => (
            text!(en: "`{key}` takes dates without a time", zh: "`{key}` 只写日期，不写时间"),
            write(format_args!("\"{date}\"")),
            Some(format!("\"{date}\"")),
        ),
        (_, None, Some(_)) => (text!(en: "`{key}` needs a date", zh: "`{key}` 缺少日期"), write_kind(wanted), None),
        _ => {
            (text!(en: "`{key}` takes {wanted}", zh: "`{key}` 要写{wanted}", wanted = wanted), write_kind(wanted), None)
        }
    }
}

/// A date or time as the guides write it.
fn quoted(value: Bound) -> String {
    match value {
        Bound::Date(date) => schedule::quoted_date(date),
        Bound::Time(time) => schedule::quoted_time(time),
    }
}

fn write_kind(wanted: StaticText) -> Text {
    text!(en: "write {wanted}", zh: "请写{wanted}", wanted = wanted)
}
