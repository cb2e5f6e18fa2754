use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, schedule_warnings};
use crate::diag::Level;
use crate::schedule::WarningKind;

pub(in crate::check) static RULE: Rule = Rule {
    code: "uneven-steps",
    level: Level::Warning,
    page: include_str!("uneven_steps.md"),
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    schedule_warnings::tell(case, found, |kind| matches!(kind, WarningKind::UnevenStep { .. }));
}
