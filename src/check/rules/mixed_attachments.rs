use crate::book::Content;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "mixed-attachments",
    level: Level::Error,
    summary: StaticText { en: "Two kinds of attachment in one post.", zh: "一条朋友圈里放了两种附件。" },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("mixed_attachments.md"), zh: include_str!("mixed_attachments.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    check.parsed.contents.iter().for_each(|content| look_at(check, content, findings));
}

fn look_at(check: &CampaignCheck<'_>, content: &Content, findings: &mut FindingSink<'_>) {
    let kinds = [
        content.images.as_ref().map(|images| (text!(en: "images", zh: "图片"), &images.span)),
        content.video.as_ref().map(|video| (text!(en: "a video", zh: "视频"), &video.span)),
        content.link.as_ref().map(|link| (text!(en: "a link", zh: "链接"), &link.span)),
    ];
    let mut there = kinds.into_iter().flatten();
    let (Some((first, first_span)), rest) = (there.next(), there) else { return };
    for (kind, span) in rest {
        findings
            .at(
                span,
                text!(en: "{kind} here", zh: "这里是{kind}", kind = kind),
                text!(
                    en: "a post cannot carry both {first} and {kind}",
                    zh: "一条朋友圈不能同时有{first}和{kind}",
                    first = first,
                    kind = kind
                ),
            )
            .related(check.place(first_span, text!(en: "{first} here", zh: "这里是{first}", first = first)))
            .help(text!(
                en: "split it into two campaigns, or keep one kind",
                zh: "请拆成两个活动，或者只保留一种"
            ));
    }
}
