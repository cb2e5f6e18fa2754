use crate::check::schedule_check::What;
use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, proposals};
use crate::diag::Level;
use crate::schedule::FaultKind;

pub(in crate::check) static RULE: Rule =
    Rule { code: "bad-timezone", level: Level::Error, page: include_str!("bad_timezone.md"), run: Run::Campaign(run) };

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    for problem in &case.schedule.problems {
        let What::Fault(fault) = &problem.what else { continue };
        if matches!(fault.kind, FaultKind::Zone(_)) {
            let (Some(spec), Some(written)) = (&case.schedule.spec, &case.draft.schedule) else { continue };
            let help = fault.help(spec).unwrap_or_else(|| "write a name such as Asia/Shanghai".to_owned());
            let suggestion = fault.proposal(spec).and_then(|proposal| proposals::edits(case.draft, written, &proposal));
            found.at(&problem.span, "no such zone", fault.to_string()).help(help).suggest(suggestion);
        }
    }
}
