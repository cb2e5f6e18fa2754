use crate::check::media::{self, Use};
use crate::check::phrases::here;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::media_index::{self, JpegForm};
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "unusual-jpeg",
    level: Level::Warning,
    summary: StaticText {
        en: "A JPG image or cover of a kind that phones show wrongly or not at all.",
        zh: "这张 JPG 图片或封面用了手机显示不好的格式，例如印刷用的 CMYK 颜色、算术编码、无损编码，或者每种颜色超过 8 位。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("unusual_jpeg.md"), zh: include_str!("unusual_jpeg.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for named in media::named(check, context).into_iter().filter(|named| named.used_as != Use::Video) {
        let Some((_, media_index::MediaFormat::Jpeg { form, .. })) = named.file() else { continue };
        let (message, help) = match form {
            JpegForm::Plain => continue,
            JpegForm::Cmyk => (
                text!(
                    en: "this JPG uses CMYK colours for print: phones show other colours, or nothing",
                    zh: "这张 JPG 用的是印刷用的 CMYK 颜色，手机上会偏色，甚至显示不出来"
                ),
                text!(en: "save it again in RGB (sRGB)", zh: "请重新保存为 RGB（sRGB）颜色"),
            ),
            JpegForm::Arithmetic => (
                text!(
                    en: "this JPG uses arithmetic coding, which phones do not display",
                    zh: "这张 JPG 用了算术编码，手机上显示不出来"
                ),
                save_as_ordinary(),
            ),
            JpegForm::Lossless => (
                text!(
                    en: "this JPG is lossless, which phones do not display",
                    zh: "这张 JPG 是无损格式，手机上显示不出来"
                ),
                save_as_ordinary(),
            ),
            JpegForm::Deep => (
                text!(
                    en: "this JPG has more than 8 bits a colour, which phones do not display",
                    zh: "这张 JPG 的每种颜色超过 8 位，手机上显示不出来"
                ),
                save_as_ordinary(),
            ),
        };
        findings.at(named.span, here(), message).help(help);
    }
}

fn save_as_ordinary() -> Text {
    text!(en: "save it as an ordinary JPG (baseline, 8 bits a colour)", zh: "请重新保存为普通的 JPG（每种颜色 8 位）")
}
