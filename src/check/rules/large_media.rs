use crate::check::media::{self, Use};
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::limits::{IMAGE_BYTES, VIDEO_BYTES};
use crate::media_index::MediaEntry;
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "large-media",
    level: Level::Error,
    summary: StaticText { en: "An image or video of more than 10 MB.", zh: "图片或视频超过 10 MB。" },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("large_media.md"), zh: include_str!("large_media.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for named in media::named(check, context) {
        let bytes = match named.item {
            Some(MediaEntry::TooLarge { bytes } | MediaEntry::File { bytes, .. }) => *bytes,
            _ => continue,
        };
        let (most, help) = match named.used_as {
            Use::Image | Use::Cover => (
                IMAGE_BYTES,
                text!(en: "save it with fewer pixels or more compression", zh: "请缩小尺寸或降低画质后重新保存"),
            ),
            Use::Video => {
                (VIDEO_BYTES, text!(en: "export it again with a lower bit rate", zh: "请用更低的码率重新导出"))
            }
        };
        if bytes > most {
            let (size, most) = (mb(bytes), mb(most));
            let message = text!(
                en: "{use_} can have at most {most}, not {size}",
                zh: "{use_}最多 {most}，这个文件有 {size}",
                use_ = named.used_as.name()
            );
            findings.at(named.span, Text::quoted(size), message).help(help);
        }
    }
}

/// A size in MB, rounded up, so that a file one byte over the limit does not look small enough.
fn mb(bytes: u64) -> String {
    const TENTH: u64 = 1024 * 1024 / 10;
    let tenths = bytes.div_ceil(TENTH);
    if bytes.is_multiple_of(1024 * 1024) {
        format!("{} MB", bytes / (1024 * 1024))
    } else {
        format!("{}.{} MB", tenths / 10, tenths % 10)
    }
}
