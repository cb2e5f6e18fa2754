use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Level, Place};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "all-beside-list",
    level: Level::Error,
    summary: StaticText {
        en: "`all = true` together with a list or a named audience.",
        zh: "`all = true` 和名单、标签或预设范围写在了一起。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Audience,
    pages: StaticText { en: include_str!("all_beside_list.md"), zh: include_str!("all_beside_list.zh.md") },
    run: RuleFn::Audience(run),
};

fn run(reach: &AudienceRef<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    let range = reach.range;
    let Some(all) = range.all.as_ref().filter(|all| all.value) else { return };
    let others = [
        range.sender_list.as_ref().map(|list| &list.span),
        range.external_contact_list.as_ref().map(|list| &list.span),
        range.audience.as_ref().map(|name| &name.span),
    ];
    if let Some(other) = others.into_iter().flatten().next() {
        findings
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
