use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "idle-rotation",
    level: Level::Warning,
    summary: StaticText {
        en: "A `[rotation]` in a campaign with one content.",
        zh: "只有一条内容，却写了 `[rotation]`。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("idle_rotation.md"), zh: include_str!("idle_rotation.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    let Some(rotation) = check.parsed.rotation.as_ref().filter(|_| check.parsed.contents.len() == 1) else { return };
    if !check.parsed.is_sure("content") {
        return;
    }
    findings
        .at(
            &rotation.span,
            text!(en: "one content takes every turn", zh: "每次都是同一条内容"),
            text!(en: "`[rotation]` needs several contents", zh: "只有一条内容，`[rotation]` 用不上"),
        )
        .help(text!(
            en: "write further contents as `[[content]]`, or remove `[rotation]`",
            zh: "请用 `[[content]]` 再写几条内容，或者删掉 `[rotation]`"
        ));
}
