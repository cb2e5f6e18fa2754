use crate::check::timetable::What;
use crate::check::{Case, Context, Found, Rule, Run};
use crate::diag::Level;
use crate::schedule::FaultKind;

pub(in crate::check) static RULE: Rule =
    Rule { code: "bad-timezone", level: Level::Error, page: include_str!("bad_timezone.md"), run: Run::Draft(run) };

fn run(case: &Case<'_>, _: &Context<'_>, found: &mut Found<'_>) {
    for problem in &case.timetable.problems {
        let What::Fault(fault) = &problem.what else { continue };
        if matches!(fault.kind, FaultKind::Zone(_)) {
            found.at(&problem.span, "no such zone", fault.to_string()).help =
                fault.help().or_else(|| Some("write a name such as Asia/Shanghai".to_owned()));
        }
    }
}
