use crate::book::MediaRef;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "media-id",
    level: Level::Warning,
    summary: StaticText {
        en: "A `media_id` in place of a path.",
        zh: "素材写的是素材 ID（`media_id`），不是文件路径。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("media_id.md"), zh: include_str!("media_id.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for media in check.parsed.contents.iter().flat_map(|content| content.media()) {
        if let MediaRef::Id(_) = media.value {
            findings
                .at(
                    &media.span,
                    text!(en: "an uploaded id", zh: "上传得到的 ID"),
                    text!(
                        en: "a `media_id` expires three days after the upload",
                        zh: "`media_id` 上传三天后就失效"
                    ),
                )
                .help(text!(
                    en: "put the file into the book and write its path: it is uploaded again for each post",
                    zh: "请把文件放进活动目录，写它的路径；每次发表前会自动重新上传"
                ));
        }
    }
}
