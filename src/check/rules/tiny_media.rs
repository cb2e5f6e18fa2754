use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, media};
use crate::diag::Level;
use crate::limits::MEDIA_MIN_BYTES;

pub(in crate::check) static RULE: Rule =
    Rule { code: "tiny-media", level: Level::Error, page: include_str!("tiny_media.md"), run: Run::Campaign(run) };

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for named in media::named(case, context) {
        let Some((bytes, _)) = named.file() else { continue };
        if bytes <= MEDIA_MIN_BYTES {
            let headline = format!("a file has more than {MEDIA_MIN_BYTES} bytes, and this one has {bytes}");
            found.at(named.span, "as good as empty", headline).help("export or copy it once more");
        }
    }
}
