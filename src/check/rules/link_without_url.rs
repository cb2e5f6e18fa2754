use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "link-without-url",
    level: Level::Error,
    summary: StaticText { en: "A link without an address.", zh: "链接没有写网址。" },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("link_without_url.md"), zh: include_str!("link_without_url.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for content in &check.parsed.contents {
        let Some(link) = content.link.as_ref().filter(|link| link.url.is_none()) else { continue };
        if check.parsed.is_sure(&content.path_of("link")) {
            findings
                .at(
                    &link.span,
                    text!(en: "no `url` in it", zh: "没有 `url`"),
                    text!(en: "the link has no address", zh: "链接没有网址"),
                )
                .help(text!(en: "add `url = \"https://…\"`", zh: "请加上 `url = \"https://…\"`"));
        }
    }
}
