use crate::check::rotation_check::RotationError;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "rotation-without-start",
    level: Level::Error,
    summary: StaticText {
        en: "Several contents on a `cron` without `start`.",
        zh: "几条内容轮换发表，`cron` 却没有写 `start`。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText {
        en: include_str!("rotation_without_start.md"),
        zh: include_str!("rotation_without_start.zh.md"),
    },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    let mut problems = check.rotation.problems.iter();
    let Some(problem) = problems.find(|problem| problem.error == RotationError::NoStart) else { return };
    if !check.parsed.is_sure("schedule.start") {
        return;
    }
    findings
        .at(
            &problem.span,
            text!(en: "these times have no beginning", zh: "这些时间没有起点"),
            text!(
                en: "several contents take turns, but `start` does not say from when",
                zh: "几条内容轮换发表，却没有写从哪天开始算（`start`）"
            ),
        )
        .help(text!(
            en: "add `start`, the date whose first post has the first content: turns are counted from it, skipped days included",
            zh: "请加上 `start`：从这天起的第一次用第一条内容，之后按次轮换；跳过的日子也算一次"
        ));
}
