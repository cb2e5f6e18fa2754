use crate::check::media::{self, Use};
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::media_index;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "video-without-picture",
    level: Level::Error,
    summary: StaticText { en: "An MP4 without a video track.", zh: "这个 MP4 里没有画面，只有声音。" },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("video_without_picture.md"), zh: include_str!("video_without_picture.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for named in media::named(check, context).into_iter().filter(|named| named.used_as == Use::Video) {
        if let Some((_, media_index::MediaFormat::Mp4 { has_video: false, .. })) = named.file() {
            findings
                .at(
                    named.span,
                    text!(en: "only sound in it", zh: "里面只有声音"),
                    text!(en: "the video has no picture", zh: "视频没有画面"),
                )
                .help(text!(en: "export it again with a video track", zh: "请重新导出，把画面也带上"));
        }
    }
}
