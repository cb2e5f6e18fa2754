use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "empty-images", level: Level::Error, page: include_str!("empty_images.md"), run: Run::Campaign(run) };

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let Some(images) = case.draft.content.as_ref().and_then(|content| content.images.as_ref()) else { return };
    if images.is_empty() && case.draft.is_sure("content.images") {
        found
            .at(
                &images.span,
                text!(en: "no image here", zh: "一张图片也没有"),
                text!(en: "the list of images is empty", zh: "图片列表是空的"),
            )
            .help(text!(en: "add an image, or remove `images`", zh: "请至少写一张图片，或者删掉 `images`"));
    }
}
