use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, schedule_warnings};
use crate::finding::Level;
use crate::schedule::WarningKind;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "uneven-steps",
    level: Level::Warning,
    summary: StaticText {
        en: "A step of `cron` that does not divide its range evenly: `*/45` in the minutes means :00, :45, and :00 again after 15 minutes.",
        zh: "`cron` 里的间隔除不尽：“分”写 `*/45`，是每小时的 0 分和 45 分，45 分之后隔 15 分钟又是 0 分。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("uneven_steps.md"), zh: include_str!("uneven_steps.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    schedule_warnings::tell(check, findings, |kind| matches!(kind, WarningKind::UnevenStep { .. }));
}
