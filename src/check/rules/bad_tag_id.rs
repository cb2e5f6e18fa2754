use crate::check::words::{made_plain, short};
use crate::check::{Context, Found, Reach, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "bad-tag-id", level: Level::Error, page: include_str!("bad_tag_id.md"), run: Run::Reach(run) };

fn run(reach: &Reach<'_>, _: &Context<'_>, found: &mut Found<'_>) {
    let contacts = reach.range.external_contact_list.as_ref();
    for tag in contacts.and_then(|contacts| contacts.tag_list.as_ref()).iter().flat_map(|list| &list.value) {
        if is_tag_id(tag) {
            continue;
        }
        let finding = found.at(&tag.span, "here", format!("`{}` is no tag id", short(tag)));
        let plain = made_plain(tag.trim());
        if is_tag_id(&plain) {
            finding.help(format!("write `{plain}`"));
        } else {
            finding.help("a tag id begins with `et`; `drumbeat doctor` lists those of the corp with their names");
        }
    }
}

/// Letters, digits, `_` and `-`, and no longer than any id of WeCom's.
fn is_tag_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}
