use crate::check::media::{self, Use};
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::limits::{IMAGE_LONG_EDGE, IMAGE_SHORT_EDGE};
use crate::media_index;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "large-image",
    level: Level::Error,
    summary: StaticText {
        en: "An image or cover with a long edge of more than 10800 pixels or a short edge of more than 1080 pixels.",
        zh: "图片或封面太大：长边超过 10800 像素，或者短边超过 1080 像素。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("large_image.md"), zh: include_str!("large_image.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for named in media::named(check, context).into_iter().filter(|named| named.used_as != Use::Video) {
        let Some((
            _,
            media_index::MediaFormat::Jpeg { width, height, .. } | media_index::MediaFormat::Png { width, height },
        )) = named.file()
        else {
            continue;
        };
        let (short, long) = (*width.min(height), *width.max(height));
        let (edge, pixels, most) = if short > IMAGE_SHORT_EDGE {
            (text!(en: "short", zh: "短边"), short, IMAGE_SHORT_EDGE)
        } else if long > IMAGE_LONG_EDGE {
            (text!(en: "long", zh: "长边"), long, IMAGE_LONG_EDGE)
        } else {
            continue;
        };
        let fit = f64::from(IMAGE_SHORT_EDGE) / f64::from(short);
        let fit = fit.min(f64::from(IMAGE_LONG_EDGE) / f64::from(long));
        let (new_width, new_height) = (f64::from(*width) * fit, f64::from(*height) * fit);
        findings
            .at(
                named.span,
                text!(en: "{width} × {height} pixels", zh: "{width} × {height} 像素"),
                text!(
                    en: "the {edge} edge of this image has {pixels} pixels; at most {most} are allowed",
                    zh: "图片{edge}有 {pixels} 像素，最多 {most} 像素",
                    edge = edge
                ),
            )
            .help(text!(
                en: "make it smaller: {new_width:.0} × {new_height:.0} pixels fit",
                zh: "请缩小图片，例如 {new_width:.0} × {new_height:.0} 像素"
            ));
    }
}
