use crate::check::phrases::here;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, media};
use crate::finding::Level;
use crate::limits::MEDIA_MIN_BYTES;
use crate::media_index;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "broken-media",
    level: Level::Error,
    summary: StaticText {
        en: "An image or video that cannot be shown: it is cut off, or its structure is invalid.",
        zh: "图片或视频已经损坏：文件不完整，或者里面的数据不对。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("broken_media.md"), zh: include_str!("broken_media.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for named in media::named(check, context) {
        let Some((bytes, content)) = named.file() else { continue };
        let why = match content {
            media_index::MediaFormat::BrokenMp4(why) => why.text(),
            media_index::MediaFormat::BrokenImage(_, why) => why.text(),
            _ => continue,
        };
        if bytes > MEDIA_MIN_BYTES {
            findings
                .at(
                    named.span,
                    here(),
                    text!(en: "the file is {format}: {why}", zh: "这个文件是{format}：{why}", format = content.text(), why = why),
                )
                .help(text!(en: "export or copy it again", zh: "请重新导出或重新复制一份"));
        }
    }
}
