use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "no-schedule",
    level: Level::Error,
    summary: StaticText {
        en: "A `schedule` without `cron`, `at` and `lunar`.",
        zh: "`schedule` 里没有写 `cron`、`at` 或 `lunar`。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("no_schedule.md"), zh: include_str!("no_schedule.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    let Some(schedule) = &check.parsed.schedule else { return };
    let has_none = schedule.cron.is_none() && schedule.at.is_none() && schedule.lunar.is_none();
    if has_none && check.parsed.is_sure("schedule") {
        findings
            .at(
                &schedule.span,
                text!(en: "no time here", zh: "这里没有写时间"),
                text!(en: "the file does not say when to post", zh: "没有写什么时候发表"),
            )
            .help(text!(
                en: "add `cron = \"0 9 * * MON\"` for every Monday at 09:00, or `at = \"YYYY-MM-DD 09:00\"` for one date",
                zh: "每周一 9:00 发表，请写 `cron = \"0 9 * * MON\"`；只发一次，请写 `at = \"YYYY-MM-DD 09:00\"`"
            ));
    }
}
