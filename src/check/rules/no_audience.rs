use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "no-audience",
    level: Level::Error,
    summary: StaticText {
        en: "A `visible_range` without any sender or tag, or with nothing but `all = false`.",
        zh: "`visible_range` 里没有写任何人，或者只写了 `all = false`。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Audience,
    pages: StaticText { en: include_str!("no_audience.md"), zh: include_str!("no_audience.zh.md") },
    run: RuleFn::Audience(run),
};

fn run(reach: &AudienceRef<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    let range = reach.range;
    let says_something = range.audience.is_some()
        || range.sender_list.is_some()
        || range.external_contact_list.is_some()
        || range.all.as_ref().is_some_and(|all| all.value);
    if says_something || !reach.is_sure {
        return;
    }
    let span = range.all.as_ref().map_or(reach.head, |all| &all.span);
    findings
        .at(
            span,
            text!(en: "no people here", zh: "这里没有指定任何人"),
            text!(en: "the file does not say who is asked to post", zh: "没有写由谁发表"),
        )
        .help(text!(
            en: "name senders or customer tags; to ask everyone, write `all = true`",
            zh: "请指定成员、部门或客户标签；要让所有成员发表，请写 `all = true`"
        ));
}
