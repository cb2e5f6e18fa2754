use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Level, Place};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "audience-beside-list",
    level: Level::Error,
    summary: StaticText {
        en: "A named audience together with a list of senders or tags.",
        zh: "预设范围（`audience`）和成员名单或客户标签名单写在了一起。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Audience,
    pages: StaticText { en: include_str!("audience_beside_list.md"), zh: include_str!("audience_beside_list.zh.md") },
    run: RuleFn::Audience(run),
};

fn run(reach: &AudienceRef<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    let range = reach.range;
    // A named audience cannot name another, which another rule reports.
    let (Some(name), None) = (&range.audience, reach.name) else { return };
    let lists = [
        range.sender_list.as_ref().map(|list| &list.span),
        range.external_contact_list.as_ref().map(|list| &list.span),
    ];
    if let Some(list) = lists.into_iter().flatten().next() {
        findings
            .at(
                &name.span,
                text!(en: "a named audience", zh: "预设范围"),
                text!(
                    en: "a named audience cannot be combined with a list of people",
                    zh: "用了预设范围，就不能再另外指定成员、部门或客户标签"
                ),
            )
            .related(Place::new(&reach.file.path, list, text!(en: "people listed here", zh: "这里另外指定了范围")))
            .help(text!(
                en: "keep one of them, or add these people to the audience in `policy.toml`",
                zh: "请只保留其中一个，或者把这些人加到 `policy.toml` 的预设范围里"
            ));
    }
}
