use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, schedule_warnings};
use crate::finding::Level;
use crate::schedule::WarningKind;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "idle-skip",
    level: Level::Warning,
    summary: StaticText {
        en: "A date or range in `skip` on which nothing would be posted anyway.",
        zh: "`skip` 里有一个日期（或一段日期），那天本来就不发。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("idle_skip.md"), zh: include_str!("idle_skip.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    schedule_warnings::tell(check, findings, |kind| matches!(kind, WarningKind::SkipsNothing { .. }));
}
