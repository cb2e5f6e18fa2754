use chrono::TimeDelta;

use crate::check::{Blocks, CampaignCheck, Concern, Context, FindingSink, Rule, Run, calendars, schedule_check};
use crate::diag::Level;
use crate::schedule::When;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "past-calendar",
    level: Level::Warning,
    summary: StaticText {
        en: "A schedule with `days` and posts after the end of the calendar: a date of `at`, or a `cron` post of the next 14 days.",
        zh: "时间安排里写了 `days`，但有几次发表晚于日历的最后一天。",
    },
    blocks: Blocks::Nothing,
    concerns: Concern::Calendar,
    pages: StaticText { en: include_str!("past_calendar.md"), zh: include_str!("past_calendar.zh.md") },
    run: Run::Campaign(run),
};

/// How long before its first unknown day a rule without an end is warned of: each year's notice comes weeks earlier, and
/// until then nobody can do anything.
const NOTICE: TimeDelta = TimeDelta::days(14);

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    let (Some(schedule), Some(written)) = (&case.schedule.schedule, &case.draft.schedule) else { return };
    let Some(unknown) = schedule.first_unknown_after(context.now) else { return };
    let date = unknown.local.date();
    let is_listed = matches!(schedule.spec().when, When::At(_));
    let is_near = context.now.checked_add_signed(NOTICE).is_none_or(|near| unknown.at <= near);
    if calendars::is_before(schedule.calendar(), date) || !(is_listed || is_near) {
        return;
    }
    let Some(doubt) = &unknown.doubt else { return };
    let file = calendars::file_name(context.book);
    let until = calendars::last_day_before(schedule.calendar(), date);
    let end = until.filter(|_| !is_listed).map(|day| format!(", or end the campaign with `end = {day}`"));
    found.at(&schedule_check::days_span(written), "here", format!("posts from {date} on are held: {doubt}")).help(
        format!(
            "add the holidays of {} to `{file}` (`drumbeat explain past-calendar` shows how){}",
            date.format("%Y"),
            end.unwrap_or_default()
        ),
    );
}
