use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "empty-content",
    level: Level::Error,
    page: include_str!("empty_content.md"),
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let Some(content) = &case.draft.content else { return };
    let has_attachment = content.images.is_some() || content.video.is_some() || content.link.is_some();
    if has_attachment || case.text.is_some() || !case.draft.is_sure("content") {
        return;
    }
    let span = content.text.as_ref().map_or(&content.span, |text| &text.span);
    found.at(span, "nothing to post here", "the post is empty").help("write a text, or name images, a video or a link");
}
