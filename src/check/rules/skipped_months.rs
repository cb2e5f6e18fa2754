use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, schedule_warnings};
use crate::diag::Level;
use crate::schedule::WarningKind;

pub(in crate::check) static RULE: Rule = Rule {
    code: "skipped-months",
    level: Level::Warning,
    page: include_str!("skipped_months.md"),
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    schedule_warnings::tell(case, found, |kind| {
        matches!(
            kind,
            WarningKind::MissingDay { .. }
                | WarningKind::OffMonths { .. }
                | WarningKind::LeapDay
                | WarningKind::FifthWeekday { .. }
        )
    });
}
