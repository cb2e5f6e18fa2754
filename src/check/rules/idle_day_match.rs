use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, schedule_warnings};
use crate::finding::Level;
use crate::schedule::WarningKind;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "idle-day-match",
    level: Level::Warning,
    summary: StaticText {
        en: "A `day_match` while `cron` restricts only one of the two day fields, or none.",
        zh: "写了 `day_match`，但 `cron` 里没有同时写日期和星期。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("idle_day_match.md"), zh: include_str!("idle_day_match.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    schedule_warnings::tell(check, findings, |kind| matches!(kind, WarningKind::NoDayMatch));
}
