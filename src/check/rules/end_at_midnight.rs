use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, traps};
use crate::diag::Level;
use crate::schedule::WarningKind;

pub(in crate::check) static RULE: Rule = Rule {
    code: "end-at-midnight",
    level: Level::Warning,
    page: include_str!("end_at_midnight.md"),
    run: Run::Draft(run),
};

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    traps::tell(case, found, |kind| matches!(kind, WarningKind::EndAtMidnight { .. }));
}
