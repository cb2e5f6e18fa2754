use crate::check::media::{self, Use};
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::media_index::{self, RareCodec};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unusual-codec",
    level: Level::Warning,
    summary: StaticText {
        en: "A video with a codec that many phones cannot play: HEVC (H.265), AV1, VP9, ProRes, H.264 with 10 bits, Dolby or uncompressed sound, or similar.",
        zh: "视频的编码很多手机放不了，例如 HEVC（H.265）、AV1、VP9、ProRes、10 位的 H.264，或者杜比音频、未压缩的音频。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("unusual_codec.md"), zh: include_str!("unusual_codec.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for named in media::named(check, context).into_iter().filter(|named| named.used_as == Use::Video) {
        let Some((_, media_index::MediaFormat::Mp4 { rare_codec: Some(RareCodec(name)), .. })) = named.file() else {
            continue;
        };
        findings
            .at(
                named.span,
                text!(en: "`{name}`", zh: "`{name}`", name = *name),
                text!(
                    en: "many phones cannot play this video: it uses `{name}`",
                    zh: "很多手机放不了这个视频：它用的是 `{name}` 编码",
                    name = *name
                ),
            )
            .help(text!(
                en: "export it as H.264 with AAC sound (8 bits, 4:2:0), which every phone plays",
                zh: "请导出成 H.264 视频、AAC 声音（8 位，4:2:0），所有手机都能放"
            ));
    }
}
