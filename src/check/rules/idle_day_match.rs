use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, traps};
use crate::diag::Level;
use crate::schedule::WarningKind;

pub(in crate::check) static RULE: Rule = Rule {
    code: "idle-day-match",
    level: Level::Warning,
    page: include_str!("idle_day_match.md"),
    run: Run::Draft(run),
};

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    traps::tell(case, found, |kind| matches!(kind, WarningKind::NoDayMatch));
}
