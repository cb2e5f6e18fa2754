use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, schedule_warnings};
use crate::finding::Level;
use crate::schedule::WarningKind;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "skipped-months",
    level: Level::Warning,
    summary: StaticText {
        en: "A day that some months do not have.",
        zh: r#"这一天不是每个月都有，例如 29、30、31 日，2 月 29 日，第五个星期一，或者写了 `days = "workday"` 而 15 日正好放假。"#,
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("skipped_months.md"), zh: include_str!("skipped_months.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    schedule_warnings::tell(check, findings, |kind| {
        matches!(
            kind,
            WarningKind::MissingDay { .. }
                | WarningKind::OffMonths { .. }
                | WarningKind::LeapDay
                | WarningKind::RareLunarDate { .. }
                | WarningKind::FifthWeekday { .. }
        )
    });
}
