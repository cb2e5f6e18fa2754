use crate::check::media::{self, Use};
use crate::check::{Case, Context, Found, Rule, Run};
use crate::diag::Level;
use crate::limits::VIDEO_LENGTH;
use crate::shelf;

pub(in crate::check) static RULE: Rule =
    Rule { code: "long-video", level: Level::Error, page: include_str!("long_video.md"), run: Run::Draft(run) };

fn run(case: &Case<'_>, context: &Context<'_>, found: &mut Found<'_>) {
    for named in media::named(case, context).into_iter().filter(|named| named.as_ == Use::Video) {
        let Some((_, shelf::Found::Mp4 { length, .. })) = named.file() else { continue };
        if *length > VIDEO_LENGTH {
            let (seconds, most) = (length.as_secs_f64(), VIDEO_LENGTH.as_secs());
            found
                .at(
                    named.span,
                    format!("{seconds:.1} seconds"),
                    format!("a video lasts at most {most} seconds, not {seconds:.1}"),
                )
                .help("cut it");
        }
    }
}
