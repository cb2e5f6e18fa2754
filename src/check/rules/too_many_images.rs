use crate::check::{Blocks, CampaignCheck, Concern, Context, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::limits::IMAGES;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "too-many-images",
    level: Level::Error,
    summary: StaticText { en: "More than nine images in one post.", zh: "一条朋友圈的图片超过了 9 张。" },
    blocks: Blocks::Campaign,
    concerns: Concern::Campaign,
    pages: StaticText { en: include_str!("too_many_images.md"), zh: include_str!("too_many_images.zh.md") },
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let Some(images) = case.draft.content.as_ref().and_then(|content| content.images.as_ref()) else { return };
    let Some(first_too_many) = images.get(IMAGES) else { return };
    let message = format!("a post takes at most {IMAGES} images, not {}", images.len());
    found
        .at(&first_too_many.span, format!("the image after the first {IMAGES}"), message)
        .help(format!("keep {IMAGES} of them, or split the campaign"));
}
