use crate::check::phrases::here;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, calendars, schedule_check};
use crate::finding::Level;
use crate::text::{StaticText, when};

pub(in crate::check) static RULE: Rule = Rule {
    code: "before-calendar",
    level: Level::Error,
    summary: StaticText {
        en: "A schedule with `days` that has posts before the first day of the book's calendar.",
        zh: "发表时间里写了 `days`，但有几次发表早于放假日历里的第一天。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Calendar,
    pages: StaticText { en: include_str!("before_calendar.md"), zh: include_str!("before_calendar.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let (Some(schedule), Some(written)) = (&check.schedule.schedule, &check.parsed.schedule) else { return };
    let Some(unknown) = schedule.first_unknown_after(context.now) else { return };
    let (calendar, date) = (schedule.calendar(), unknown.due_local(schedule.zone()).date());
    let Some(first) = calendar.first_day().filter(|_| calendars::is_before(calendar, date)) else { return };
    let (name, file) = (calendar.name(), calendars::file_name(context.book));
    findings
        .at(
            &schedule_check::days_span(written),
            here(),
            text!(
                en: "the calendar `{name}` begins on {first}, so earlier posts are not sent, such as the one on {date}",
                zh: "放假日历 `{name}` 从 {first}才开始，更早的都不会发表，例如 {date}这次",
                first = when::plain_date(first),
                date = when::date(date)
            ),
        )
        .help(text!(
            en: "remove `replace = true` from `{file}`, so that it extends the built-in years",
            zh: "请删掉 `{file}` 里的 `replace = true`，让它补充内置的年份，而不是取代它们"
        ));
}
