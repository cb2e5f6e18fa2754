use crate::check::media::{self, Use};
use crate::check::{Case, Context, Found, Rule, Run};
use crate::diag::Level;
use crate::shelf;

pub(in crate::check) static RULE: Rule = Rule {
    code: "video-without-picture",
    level: Level::Error,
    page: include_str!("video_without_picture.md"),
    run: Run::Draft(run),
};

fn run(case: &Case<'_>, context: &Context<'_>, found: &mut Found<'_>) {
    for named in media::named(case, context).into_iter().filter(|named| named.as_ == Use::Video) {
        if let Some((_, shelf::Found::Mp4 { has_video: false, .. })) = named.file() {
            found
                .at(named.span, "only sound in it", "the video has no picture")
                .help("export it once more, with a video track");
        }
    }
}
