use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "link-without-cover",
    level: Level::Error,
    summary: StaticText { en: "A link without a cover image.", zh: "链接没有封面图片。" },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("link_without_cover.md"), zh: include_str!("link_without_cover.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for content in &check.parsed.contents {
        let Some(link) = content.link.as_ref().filter(|link| link.cover.is_none()) else { continue };
        if check.parsed.is_sure(&content.path_of("link")) {
            findings
                .at(
                    &link.span,
                    text!(en: "no `cover` in it", zh: "没有 `cover`"),
                    text!(en: "the link has no cover", zh: "链接没有封面"),
                )
                .help(text!(en: "add `cover = \"media/….jpg\"`", zh: "请加上 `cover = \"media/….jpg\"`"));
        }
    }
}
