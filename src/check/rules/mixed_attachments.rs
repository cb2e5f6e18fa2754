use crate::check::{Blocks, CampaignCheck, Concern, Context, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "mixed-attachments",
    level: Level::Error,
    summary: StaticText { en: "Two kinds of attachment in one post.", zh: "一条朋友圈里放了两种附件。" },
    blocks: Blocks::Campaign,
    concerns: Concern::Campaign,
    pages: StaticText { en: include_str!("mixed_attachments.md"), zh: include_str!("mixed_attachments.zh.md") },
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let Some(content) = &case.draft.content else { return };
    let kinds = [
        content.images.as_ref().map(|images| ("images", &images.span)),
        content.video.as_ref().map(|video| ("a video", &video.span)),
        content.link.as_ref().map(|link| ("a link", &link.span)),
    ];
    let mut there = kinds.into_iter().flatten();
    let (Some((first, first_span)), rest) = (there.next(), there) else { return };
    for (kind, span) in rest {
        found
            .at(span, format!("{kind} here"), format!("a post cannot carry both {first} and {kind}"))
            .related(case.place(first_span, format!("{first} here")))
            .help("split it into two campaigns, or keep one kind");
    }
}
