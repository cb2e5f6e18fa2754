use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::invocation::command;
use crate::post::{grouped, is_jump};
use crate::text::{StaticText, when};

pub(in crate::check) static RULE: Rule = Rule {
    code: "jumped-counts",
    level: Level::Warning,
    summary: StaticText {
        en: "An audience whose customers changed by half or more between two counts, though it stayed the same.",
        zh: "发表范围没有改，两次统计的客户数却差了一半以上。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("jumped_counts.md"), zh: include_str!("jumped_counts.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let Some(range) = &check.parsed.visible_range else { return };
    let Some(audience) = context.resolver.audience(range).map(|audience| audience.sorted()) else { return };
    let Some((formerly_on, former)) = &context.former_counts else { return };
    let (Some(before), Some(reach)) =
        (former.get(&audience), context.counts.as_ref().and_then(|counts| counts.reach(&audience)))
    else {
        return;
    };
    let after = reach.count.customers;
    if !is_jump(*before, after) {
        return;
    }
    let (before, after) = (grouped(*before), grouped(after));
    findings
        .at(
            &range.span,
            text!(en: "{before}, then {after}", zh: "从 {before} 变成 {after}"),
            text!(
                en: "the customers of this audience jumped from {before} on {formerly} to {after} on {now}",
                zh: "这个发表范围的客户数从{formerly}的 {before} 变成了{now}的 {after}",
                formerly = when::plain_date(*formerly_on),
                now = when::plain_date(reach.counted_on)
            ),
        )
        .help(text!(
            en: "check the tags and departments in WeCom's console; if the new number is right, `{audience}` on a later day makes it the usual one",
            zh: "请在企业微信管理后台核对客户标签和部门；新的人数没有问题的话，过几天再运行 `{audience}`，以后就以它为准",
            audience = command("audience")
        ));
}
