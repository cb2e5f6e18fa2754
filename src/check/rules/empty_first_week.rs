use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, schedule_warnings};
use crate::finding::Level;
use crate::schedule::WarningKind;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "empty-first-week",
    level: Level::Warning,
    summary: StaticText {
        en: "An `every` whose first week has no post, because `start` is late in that week.",
        zh: "写了 `every`，可 `start` 那一周要发的日子在 `start` 之前。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("empty_first_week.md"), zh: include_str!("empty_first_week.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    schedule_warnings::tell(check, findings, |kind| matches!(kind, WarningKind::EmptyFirstWeek { .. }));
}
