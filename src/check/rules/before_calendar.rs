use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, calendars, schedule_check};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "before-calendar",
    level: Level::Error,
    page: include_str!("before_calendar.md"),
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    let (Some(schedule), Some(written)) = (&case.schedule.schedule, &case.draft.schedule) else { return };
    let Some(unknown) = schedule.first_unknown_after(context.now) else { return };
    let (calendar, date) = (schedule.calendar(), unknown.local.date());
    let Some(first) = calendar.first_day().filter(|_| calendars::is_before(calendar, date)) else { return };
    let name = calendar.name();
    found
        .at(
            &schedule_check::days_span(written),
            "here",
            format!("the calendar `{name}` begins on {first}: no post goes out before, the first on {date}"),
        )
        .help(format!(
            "take `replace = true` out of `{}`, so that it extends the built-in years",
            calendars::file_name(context.book)
        ));
}
