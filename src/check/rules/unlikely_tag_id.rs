use crate::check::words::short;
use crate::check::{Context, Found, Reach, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unlikely-tag-id",
    level: Level::Warning,
    page: include_str!("unlikely_tag_id.md"),
    run: Run::Reach(run),
};

fn run(reach: &Reach<'_>, _: &Context<'_>, found: &mut Found<'_>) {
    let contacts = reach.range.external_contact_list.as_ref();
    for tag in contacts.and_then(|contacts| contacts.tag_list.as_ref()).iter().flat_map(|list| &list.value) {
        // What is no id at all is an error of its own.
        if tag.starts_with(|c: char| c.is_ascii_alphanumeric()) && tag.is_ascii() && !tag.starts_with("et") {
            found
                .at(&tag.span, "not `et…`", format!("`{}` does not look like an enterprise tag", short(tag)))
                .help("the ids of enterprise tags begin with `et`; tags of rule groups (规则组标签) are not taken");
        }
    }
}
