use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, schedule_warnings};
use crate::diag::Level;
use crate::schedule::WarningKind;

pub(in crate::check) static RULE: Rule = Rule {
    code: "idle-day-match",
    level: Level::Warning,
    page: include_str!("idle_day_match.md"),
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    schedule_warnings::tell(case, found, |kind| matches!(kind, WarningKind::NoDayMatch));
}
