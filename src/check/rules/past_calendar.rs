use chrono::TimeDelta;

use crate::check::phrases::here;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, calendars, schedule_check};
use crate::finding::Level;
use crate::invocation::command;
use crate::schedule::When;
use crate::text::{StaticText, when};

pub(in crate::check) static RULE: Rule = Rule {
    code: "past-calendar",
    level: Level::Warning,
    summary: StaticText {
        en: "A schedule with `days`, `on_day_off` or `15W` and posts after the end of the calendar: a date of `at`, or a `cron` post of the next 14 days.",
        zh: "发表时间要查放假日历（写了 `days`、`on_day_off` 或 `15W`），但有几次发表晚于放假日历的最后一天。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Calendar,
    pages: StaticText { en: include_str!("past_calendar.md"), zh: include_str!("past_calendar.zh.md") },
    run: RuleFn::Campaign(run),
};

/// How long before its first unknown day a schedule without an end is reported. The official notice for a year is
/// published weeks earlier; before it, there is nothing to add.
const NOTICE: TimeDelta = TimeDelta::days(14);

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let (Some(schedule), Some(written)) = (&check.schedule.schedule, &check.parsed.schedule) else { return };
    let Some(unknown) = schedule.first_unknown_after(context.now) else { return };
    let date = unknown.due_local(schedule.zone()).date();
    let is_listed = matches!(schedule.spec().when, When::At(_));
    let is_near = context.now.checked_add_signed(NOTICE).is_none_or(|near| unknown.at <= near);
    if calendars::is_before(schedule.calendar(), date) || !(is_listed || is_near) {
        return;
    }
    let Some(doubt) = &unknown.doubt else { return };
    let file = calendars::file_name(context.book);
    let until = calendars::last_day_before(schedule.calendar(), date);
    let year = date.format("%Y");
    let days = schedule_check::days_span(written);
    let message = text!(
        en: "posts from {date} on are held: {doubt}",
        zh: "从 {date}起的发表会暂停：{doubt}",
        date = when::plain_date(date),
        doubt = doubt.text()
    );
    let help = text!(
        en: "add the holidays of {year} to `{file}` (`{explain}` shows how)",
        zh: "请把 {year} 年的节假日加到 `{file}`（运行 `{explain}` 看怎么写）", explain = command("explain past-calendar"));
    findings.at(&days, here(), message).help(match until.filter(|_| !is_listed) {
        Some(day) => text!(
            en: "{help}, or end the campaign with `end = {day}`",
            zh: "{help}，或者用 `end = {day}` 结束活动",
            help = help
        ),
        None => help,
    });
}
