use crate::check::media::{self, Use};
use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::limits::{IMAGE_LONG_EDGE, IMAGE_SHORT_EDGE};
use crate::media_index;

pub(in crate::check) static RULE: Rule =
    Rule { code: "large-image", level: Level::Error, page: include_str!("large_image.md"), run: Run::Campaign(run) };

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for named in media::named(case, context).into_iter().filter(|named| named.used_as != Use::Video) {
        let Some((
            _,
            media_index::MediaFormat::Jpeg { width, height, .. } | media_index::MediaFormat::Png { width, height },
        )) = named.file()
        else {
            continue;
        };
        let (short, long) = (*width.min(height), *width.max(height));
        let (edge, pixels, most) = if short > IMAGE_SHORT_EDGE {
            ("short", short, IMAGE_SHORT_EDGE)
        } else if long > IMAGE_LONG_EDGE {
            ("long", long, IMAGE_LONG_EDGE)
        } else {
            continue;
        };
        let fit = f64::from(IMAGE_SHORT_EDGE) / f64::from(short);
        let fit = fit.min(f64::from(IMAGE_LONG_EDGE) / f64::from(long));
        let (new_width, new_height) = (f64::from(*width) * fit, f64::from(*height) * fit);
        found
            .at(
                named.span,
                format!("{width} × {height} pixels"),
                format!("the {edge} edge of an image has at most {most} pixels, not {pixels}"),
            )
            .help(format!("make it smaller: {new_width:.0} × {new_height:.0} pixels fit"));
    }
}
