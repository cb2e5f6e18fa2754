use crate::check::{AudienceRef, Context, FindingSink, Rule, Run};
use crate::diag::{Level, Place};

pub(in crate::check) static RULE: Rule = Rule {
    code: "all-beside-list",
    level: Level::Error,
    page: include_str!("all_beside_list.md"),
    run: Run::Audience(run),
};

fn run(reach: &AudienceRef<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let range = reach.range;
    let Some(all) = range.all.as_ref().filter(|all| all.value) else { return };
    let others = [
        range.sender_list.as_ref().map(|list| &list.span),
        range.external_contact_list.as_ref().map(|list| &list.span),
        range.audience.as_ref().map(|name| &name.span),
    ];
    if let Some(other) = others.into_iter().flatten().next() {
        found
            .at(
                &all.span,
                text!(en: "everyone", zh: "所有成员"),
                text!(
                    en: "`all = true` cannot be combined with a list of people",
                    zh: "`all = true` 表示所有成员，不能再另外指定范围"
                ),
            )
            .related(Place::new(&reach.file.path, other, text!(en: "people listed here", zh: "这里另外指定了范围")))
            .help(text!(en: "keep one of them", zh: "请只保留其中一个"));
    }
}
