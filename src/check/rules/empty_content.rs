use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, customer_texts};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "empty-content",
    level: Level::Error,
    summary: StaticText {
        en: "A post with neither text nor an attachment.",
        zh: "这条朋友圈既没有文字，也没有图片、视频或链接。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("empty_content.md"), zh: include_str!("empty_content.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for (n, content) in check.parsed.contents.iter().enumerate() {
        let has_attachment = content.images.is_some() || content.video.is_some() || content.link.is_some();
        let has_text = customer_texts::posts(check).any(|text| text.content == n);
        if has_attachment || has_text || !check.parsed.is_sure(&content.path) {
            continue;
        }
        let span = content.text.as_ref().map_or(&content.span, |text| &text.span);
        findings
            .at(
                span,
                text!(en: "nothing to post here", zh: "这里没有要发表的内容"),
                text!(en: "the post is empty", zh: "没有任何内容可以发表"),
            )
            .help(text!(en: "add a text, images, a video or a link", zh: "请写文字，或者加上图片、视频或链接"));
    }
}
