use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, traps};
use crate::diag::Level;
use crate::schedule::WarningKind;

pub(in crate::check) static RULE: Rule = Rule {
    code: "skipped-months",
    level: Level::Warning,
    page: include_str!("skipped_months.md"),
    run: Run::Draft(run),
};

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    traps::tell(case, found, |kind| {
        matches!(
            kind,
            WarningKind::MissingDay { .. }
                | WarningKind::OffMonths { .. }
                | WarningKind::LeapDay
                | WarningKind::FifthWeekday { .. }
        )
    });
}
