use crate::check::phrases::here;
use crate::check::schedule_check::ScheduleProblem;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::duration;
use crate::finding::Level;
use crate::text::{StaticText, UserError as _};

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-lateness",
    level: Level::Error,
    summary: StaticText {
        en: "A `max_lateness` that is not a valid duration.",
        zh: "`max_lateness`（最长延迟）不是一个看得懂的时长。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("bad_lateness.md"), zh: include_str!("bad_lateness.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for problem in &check.schedule.problems {
        let message = match &problem.what {
            ScheduleProblem::Lateness(bad) => bad.text(),
            ScheduleProblem::NoLateness => {
                text!(en: "with a `max_lateness` of zero no post can go out", zh: "`max_lateness` 为零，什么都发不出去")
            }
            _ => continue,
        };
        let finding = findings.at(&problem.span, here(), message);
        let written = check.parsed.schedule.as_ref().and_then(|schedule| schedule.max_lateness.as_ref());
        match written.and_then(|text| duration::meant(text)) {
            Some(length) => finding
                .help(text!(en: "write `\"{length}\"`", zh: "请写 `\"{length}\"`"))
                .replace(&problem.span, format!("\"{length}\"")),
            None => finding.help(text!(
                en: "write how late a post may still go out, such as `\"30m\"` or `\"2h\"`",
                zh: "请写最多可以晚多久发表，例如 `\"30m\"`（30 分钟）或 `\"2h\"`（2 小时）"
            )),
        };
    }
}
