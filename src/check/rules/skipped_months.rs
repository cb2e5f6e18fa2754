use crate::check::{Case, Context, Found, Rule, Run, traps};
use crate::diag::Level;
use crate::schedule::TrapKind;

pub(in crate::check) static RULE: Rule = Rule {
    code: "skipped-months",
    level: Level::Warning,
    page: include_str!("skipped_months.md"),
    run: Run::Draft(run),
};

fn run(case: &Case<'_>, _: &Context<'_>, found: &mut Found<'_>) {
    traps::tell(case, found, |kind| {
        matches!(
            kind,
            TrapKind::MissingDay { .. }
                | TrapKind::OffMonths { .. }
                | TrapKind::LeapDay
                | TrapKind::FifthWeekday { .. }
        )
    });
}
