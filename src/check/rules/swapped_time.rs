use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, schedule_warnings};
use crate::finding::Level;
use crate::schedule::WarningKind;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "swapped-time",
    level: Level::Warning,
    summary: StaticText {
        en: "A `cron` at night whose minute looks like an hour: `9 0 * * MON` is Monday at 00:09, and 09:00 may be meant.",
        zh: "`cron` 的时间在半夜，而“分”看上去像“时”：`9 0 * * MON` 是周一 00:09，想写的可能是 09:00。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("swapped_time.md"), zh: include_str!("swapped_time.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    schedule_warnings::tell(check, findings, |kind| matches!(kind, WarningKind::HourFirst { .. }));
}
