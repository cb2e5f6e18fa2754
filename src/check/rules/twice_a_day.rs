use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, schedule_check};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "twice-a-day", level: Level::Warning, page: include_str!("twice_a_day.md"), run: Run::Campaign(run) };

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    let (Some(schedule), Some(written)) = (&case.schedule.schedule, &case.draft.schedule) else { return };
    let (times, most) = (schedule.fires_most_per_day(), schedule_check::max_per_day(&context.book.policy));
    if times > 1 && times <= most {
        found
            .at(
                &schedule_check::rule_span(written),
                format!("up to {times} a day"),
                format!("this posts the same {times} times a day"),
            )
            .help("if that is meant, write allow = [\"twice-a-day\"] in this file");
    }
}
