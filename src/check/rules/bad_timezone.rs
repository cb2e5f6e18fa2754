use crate::check::schedule_check::ScheduleProblem;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, proposals};
use crate::finding::Level;
use crate::schedule::ScheduleErrorKind;
use crate::text::{StaticText, UserError};

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-timezone",
    level: Level::Error,
    summary: StaticText { en: "A time zone that the zone data does not contain.", zh: "时区的名称不存在。" },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("bad_timezone.md"), zh: include_str!("bad_timezone.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for problem in &check.schedule.problems {
        let ScheduleProblem::Invalid(error) = &problem.what else { continue };
        if matches!(error.kind, ScheduleErrorKind::Zone(_)) {
            let (Some(spec), Some(written)) = (&check.schedule.spec, &check.parsed.schedule) else { continue };
            let help = error.help(spec).unwrap_or_else(
                || text!(en: "write a name such as `Asia/Shanghai`", zh: "请写时区名称，例如 `Asia/Shanghai`"),
            );
            let suggestion =
                error.proposal(spec).and_then(|proposal| proposals::edits(check.parsed, written, &proposal));
            findings
                .at(&problem.span, text!(en: "no such timezone", zh: "没有这个时区"), error.text())
                .help(help)
                .suggest(suggestion);
        }
    }
}
