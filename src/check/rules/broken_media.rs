use crate::check::phrases::here;
use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, media};
use crate::diag::Level;
use crate::limits::MEDIA_MIN_BYTES;
use crate::media_index;

pub(in crate::check) static RULE: Rule =
    Rule { code: "broken-media", level: Level::Error, page: include_str!("broken_media.md"), run: Run::Campaign(run) };

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for named in media::named(case, context) {
        let Some((bytes, content)) = named.file() else { continue };
        let why = match content {
            media_index::MediaFormat::BrokenMp4(why) => why.to_string(),
            media_index::MediaFormat::BrokenImage(_, why) => why.to_string(),
            _ => continue,
        };
        if bytes > MEDIA_MIN_BYTES {
            found
                .at(
                    named.span,
                    here(),
                    text!(en: "the file is {format}: {why}", zh: "这个文件是{format}：{why}", format = content, why = why),
                )
                .help(text!(en: "export or copy it again", zh: "请重新导出或重新复制一份"));
        }
    }
}
