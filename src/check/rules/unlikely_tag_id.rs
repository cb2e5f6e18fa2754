use crate::check::characters::short;
use crate::check::entries::TAG;
use crate::check::resolve::Resolution;
use crate::check::{AudienceRef, Blocks, Concern, Context, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unlikely-tag-id",
    level: Level::Warning,
    summary: StaticText {
        en: "A tag id that does not begin with `et`, as ids of enterprise customer tags do.",
        zh: "标签编号不是 `et` 开头的，不像企业客户标签。",
    },
    blocks: Blocks::Nothing,
    concerns: Concern::Audience,
    pages: StaticText { en: include_str!("unlikely_tag_id.md"), zh: include_str!("unlikely_tag_id.zh.md") },
    run: Run::Audience(run),
};

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for tag in reach.range.tags() {
        // With a directory it is a name; without one it is sent as it stands.
        if matches!(context.resolver.tag(tag), Resolution::Id(id) if !id.starts_with(TAG)) {
            found.at(&tag.span, "not `et…`", format!("`{}` does not look like an enterprise tag", short(tag))).help(
                "the ids of enterprise tags begin with `et`; tags of rule groups (规则组标签) are not taken; for a name,                  `drumbeat directory pull` first",
            );
        }
    }
}
