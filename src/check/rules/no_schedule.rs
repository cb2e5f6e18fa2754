use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "no-schedule", level: Level::Error, page: include_str!("no_schedule.md"), run: Run::Campaign(run) };

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let Some(schedule) = &case.draft.schedule else { return };
    if schedule.cron.is_none() && schedule.at.is_none() && case.draft.is_sure("schedule") {
        found.at(&schedule.span, "no time here", "it is not said when to post").help(
            "write cron = \"0 9 * * MON\" for every Monday at nine, or at = YYYY-MM-DDT09:00:00 with a date, for once",
        );
    }
}
