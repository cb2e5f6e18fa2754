use crate::check::media::{self, Use};
use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::media_index;

pub(in crate::check) static RULE: Rule = Rule {
    code: "video-without-picture",
    level: Level::Error,
    page: include_str!("video_without_picture.md"),
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for named in media::named(case, context).into_iter().filter(|named| named.used_as == Use::Video) {
        if let Some((_, media_index::MediaFormat::Mp4 { has_video: false, .. })) = named.file() {
            found
                .at(named.span, "only sound in it", "the video has no picture")
                .help("export it once more, with a video track");
        }
    }
}
