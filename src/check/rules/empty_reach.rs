use super::bad_counts::count_again;
use crate::book::CountsKind;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::{StaticText, when};

pub(in crate::check) static RULE: Rule = Rule {
    code: "empty-reach",
    level: Level::Warning,
    summary: StaticText {
        en: "An audience without customers, by the counts of `audience.toml`.",
        zh: "按 `audience.toml` 的统计，这个发表范围里没有客户。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("empty_reach.md"), zh: include_str!("empty_reach.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let Some(range) = &check.parsed.visible_range else { return };
    let Some(audience) = context.resolver.audience(range) else { return };
    let Some(reach) = context.counts.as_ref().and_then(|counts| counts.reach(&audience)) else { return };
    // An unlicensed member may have customers who were not counted.
    if reach.count.customers > 0 || reach.count.uncounted > 0 {
        return;
    }
    let date = when::plain_date(reach.counted_on);
    findings
        .at(
            &range.span,
            text!(en: "no customers", zh: "没有客户"),
            text!(
                en: "this audience had no customers when they were counted on {date}",
                zh: "{date}统计时，这个发表范围里没有客户",
                date = date
            ),
        )
        .help(text!(
            en: "correct the audience, or, if it has customers by now, {again}",
            zh: "请改正发表范围；如果现在已经有客户，{again}",
            again = count_again(CountsKind::Customers)
        ));
}
