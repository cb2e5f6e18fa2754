use crate::check::media::{self, Use};
use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::limits::{IMAGE_BYTES, VIDEO_BYTES};
use crate::media_index::MediaEntry;

pub(in crate::check) static RULE: Rule =
    Rule { code: "large-media", level: Level::Error, page: include_str!("large_media.md"), run: Run::Campaign(run) };

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for named in media::named(case, context) {
        let bytes = match named.item {
            Some(MediaEntry::TooLarge { bytes } | MediaEntry::File { bytes, .. }) => *bytes,
            _ => continue,
        };
        let (most, help) = match named.used_as {
            Use::Image | Use::Cover => (IMAGE_BYTES, "save it with fewer pixels or more compression"),
            Use::Video => (VIDEO_BYTES, "export it with a lower bit rate"),
        };
        if bytes > most {
            found
                .at(
                    named.span,
                    mb(bytes),
                    format!("{} has at most {}, not {}", named.used_as.name(), mb(most), mb(bytes)),
                )
                .help(help);
        }
    }
}

/// Rounded up, so that what is too large by a byte does not look as if it fitted.
fn mb(bytes: u64) -> String {
    const TENTH: u64 = 1024 * 1024 / 10;
    let tenths = bytes.div_ceil(TENTH);
    if bytes.is_multiple_of(1024 * 1024) {
        format!("{} MB", bytes / (1024 * 1024))
    } else {
        format!("{}.{} MB", tenths / 10, tenths % 10)
    }
}
