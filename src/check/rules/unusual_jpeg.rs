use crate::check::media::{self, Use};
use crate::check::{Blocks, CampaignCheck, Concern, Context, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::media_index::{self, JpegForm};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unusual-jpeg",
    level: Level::Warning,
    summary: StaticText {
        en: "A JPG image or cover of a kind that phones show wrongly or not at all.",
        zh: "这张 JPG 图片或封面用了手机显示不好的格式，例如印刷用的 CMYK 颜色、算术编码、无损编码，或者每种颜色超过 8 位。",
    },
    blocks: Blocks::Nothing,
    concerns: Concern::Campaign,
    pages: StaticText { en: include_str!("unusual_jpeg.md"), zh: include_str!("unusual_jpeg.zh.md") },
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for named in media::named(case, context).into_iter().filter(|named| named.used_as != Use::Video) {
        let Some((_, media_index::MediaFormat::Jpeg { form, .. })) = named.file() else { continue };
        let (message, help) = match form {
            JpegForm::Plain => continue,
            JpegForm::Cmyk => (
                "this JPG has the four colours of print (CMYK): phones show other colours, or none",
                "save it once more in RGB (sRGB)",
            ),
            JpegForm::Arithmetic => (
                "this JPG has arithmetic coding, which phones do not show",
                "save it as an ordinary JPG, with Huffman coding",
            ),
            JpegForm::Lossless => ("this JPG is lossless, which phones do not show", "save it as an ordinary JPG"),
            JpegForm::Deep => (
                "this JPG has more than 8 bits a colour, which phones do not show",
                "save it as an ordinary JPG, with 8 bits a colour",
            ),
        };
        found.at(named.span, "here", message).help(help);
    }
}
