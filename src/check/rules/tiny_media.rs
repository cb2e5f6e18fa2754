use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, media};
use crate::finding::Level;
use crate::limits::MEDIA_MIN_BYTES;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "tiny-media",
    level: Level::Error,
    summary: StaticText {
        en: "A media file of 5 bytes or less.", zh: "素材文件不超过 5 个字节，几乎是空的。"
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("tiny_media.md"), zh: include_str!("tiny_media.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for named in media::named(check, context) {
        let Some((bytes, _)) = named.file() else { continue };
        if bytes <= MEDIA_MIN_BYTES {
            let headline = text!(
                en: "this file has {bytes} bytes; WeCom needs more than {MEDIA_MIN_BYTES}",
                zh: "这个文件只有 {bytes} 个字节，企业微信要求超过 {MEDIA_MIN_BYTES} 个"
            );
            findings
                .at(named.span, text!(en: "almost empty", zh: "几乎是空的"), headline)
                .help(text!(en: "export or copy it again", zh: "请重新导出或重新复制一份"));
        }
    }
}
