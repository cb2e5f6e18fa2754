use crate::check::characters::short;
use crate::check::entries::TAG;
use crate::check::resolve::Resolution;
use crate::check::{AudienceRef, Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unlikely-tag-id",
    level: Level::Warning,
    page: include_str!("unlikely_tag_id.md"),
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
