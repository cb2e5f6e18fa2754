use crate::check::media::{self, Use};
use crate::check::{Blocks, CampaignCheck, Concern, Context, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::limits::MEDIA_MIN_BYTES;
use crate::media_index;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "wrong-media-kind",
    level: Level::Error,
    summary: StaticText {
        en: "A file of another kind than its key needs: an image or cover that is not JPG or PNG, or a video that is not MP4.",
        zh: "素材的格式不对：图片和封面只能是 JPG 或 PNG，视频只能是 MP4。",
    },
    blocks: Blocks::Campaign,
    concerns: Concern::Campaign,
    pages: StaticText { en: include_str!("wrong_media_kind.md"), zh: include_str!("wrong_media_kind.zh.md") },
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for named in media::named(case, context) {
        let Some((bytes, content)) = named.file() else { continue };
        let is_whole =
            !matches!(content, media_index::MediaFormat::BrokenImage(..) | media_index::MediaFormat::BrokenMp4(_));
        if bytes <= MEDIA_MIN_BYTES || !is_whole || content.kind().is_some_and(|kind| named.used_as.takes(kind)) {
            continue;
        }
        let takes = match named.used_as {
            Use::Image | Use::Cover => "a JPG or PNG image",
            Use::Video => "an MP4 video",
        };
        let headline = format!("{} must be {takes}, and this file is {content}", named.used_as.name());
        let help = if matches!(content, media_index::MediaFormat::Pointer { .. }) {
            "run `git lfs pull`; in CI check out with `lfs: true`. A service that follows a repository does not read Git LFS: keep the file in git itself".to_owned()
        } else if let (Use::Video, Some(kind)) = (named.used_as, content.kind())
            && Use::Image.takes(kind)
        {
            "a picture stands under `images`: write images = [\"…\"] with this path, in place of `video`".to_owned()
        } else if let (Use::Image, Some(kind)) = (named.used_as, content.kind())
            && Use::Video.takes(kind)
        {
            "a video stands under `video`: write video = \"…\" with this path, in place of `images`".to_owned()
        } else {
            format!("save it as {takes}; giving it another name does not change what it is")
        };
        found.at(named.span, format!("by its content {content}"), headline).help(help);
    }
}
