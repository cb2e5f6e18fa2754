use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, schedule_warnings};
use crate::finding::Level;
use crate::schedule::WarningKind;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "end-at-midnight",
    level: Level::Warning,
    summary: StaticText {
        en: "An `end` at 00:00 of a day.", zh: "`end`（结束时间）写成了某天的 0 点整。"
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("end_at_midnight.md"), zh: include_str!("end_at_midnight.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    schedule_warnings::tell(check, findings, |kind| matches!(kind, WarningKind::EndAtMidnight { .. }));
}
