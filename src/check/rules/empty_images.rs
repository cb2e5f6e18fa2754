use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "empty-images",
    level: Level::Error,
    summary: StaticText { en: "An empty `images`.", zh: "写了 `images`，里面却一张图片也没有。" },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("empty_images.md"), zh: include_str!("empty_images.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for content in &check.parsed.contents {
        let Some(images) = content.images.as_ref().filter(|images| images.is_empty()) else { continue };
        if check.parsed.is_sure(&content.path_of("images")) {
            findings
                .at(
                    &images.span,
                    text!(en: "no image here", zh: "一张图片也没有"),
                    text!(en: "the list of images is empty", zh: "图片列表是空的"),
                )
                .help(text!(en: "add an image, or remove `images`", zh: "请至少写一张图片，或者删掉 `images`"));
        }
    }
}
