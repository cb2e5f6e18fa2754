use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "nested-audience",
    level: Level::Error,
    summary: StaticText {
        en: "A named audience of `policy.toml` that uses another named audience.",
        zh: "公共设置（`policy.toml`）里的一个预设范围，又用了另一个预设范围。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Audience,
    pages: StaticText { en: include_str!("nested_audience.md"), zh: include_str!("nested_audience.zh.md") },
    run: RuleFn::Audience(run),
};

fn run(reach: &AudienceRef<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    if let (Some(name), Some(_)) = (&reach.range.audience, reach.name) {
        findings
            .at(
                &name.span,
                text!(en: "another audience", zh: "另一个预设范围"),
                text!(en: "a named audience cannot refer to another one", zh: "预设范围里不能再用另一个预设范围"),
            )
            .help(text!(
                en: "list its senders and tags here",
                zh: "请在这里直接写出成员、部门和客户标签"
            ));
    }
}
