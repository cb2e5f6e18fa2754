use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::limits::IMAGES;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "too-many-images",
    level: Level::Error,
    summary: StaticText { en: "More than nine images in one post.", zh: "一条朋友圈的图片超过了 9 张。" },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("too_many_images.md"), zh: include_str!("too_many_images.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for images in check.parsed.contents.iter().filter_map(|content| content.images.as_ref()) {
        let Some(first_too_many) = images.get(IMAGES) else { continue };
        let count = images.len();
        let message = text!(
            en: "a post can have at most {IMAGES} images, not {count}",
            zh: "一条朋友圈最多 {IMAGES} 张图片，这里有 {count} 张"
        );
        findings.at(&first_too_many.span, text!(en: "the first image too many", zh: "从这张开始超出"), message).help(
            text!(en: "keep {IMAGES} of them, or split the campaign", zh: "请只保留 {IMAGES} 张，或者拆成几个活动"),
        );
    }
}
