use crate::check::characters::short;
use crate::check::entries::TAG;
use crate::check::resolve::Resolution;
use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::invocation::command;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unlikely-tag-id",
    level: Level::Warning,
    summary: StaticText {
        en: "A tag id that does not begin with `et`, as ids of enterprise customer tags do.",
        zh: "客户标签 ID 不是 `et` 开头的，不像客户标签。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Audience,
    pages: StaticText { en: include_str!("unlikely_tag_id.md"), zh: include_str!("unlikely_tag_id.zh.md") },
    run: RuleFn::Audience(run),
};

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for tag in reach.range.tags() {
        // With a directory it is a name; without one it is sent as written.
        if matches!(context.resolver.tag(tag), Resolution::Id(id) if !id.starts_with(TAG)) {
            findings
                .at(
                    &tag.span,
                    text!(en: "does not begin with `et`", zh: "没有以 `et` 开头"),
                    text!(
                        en: "`{id}` does not look like the id of an enterprise tag",
                        zh: "`{id}` 不像客户标签的 ID",
                        id = short(tag)
                    ),
                )
                .help(text!(
                    en: "ids of enterprise tags begin with `et`; tags of rule groups (`规则组标签`) are not accepted; to write a name, first run `{directory}`",
                    zh: "客户标签的 ID 以 `et` 开头，规则组标签不能用；想写客户标签名称，请先运行 `{directory}` 更新名录", directory = command("directory pull")));
        }
    }
}
