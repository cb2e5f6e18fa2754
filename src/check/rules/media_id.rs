use crate::book::MediaRef;
use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "media-id", level: Level::Warning, page: include_str!("media_id.md"), run: Run::Campaign(run) };

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    for media in case.draft.content.iter().flat_map(|content| content.media()) {
        if let MediaRef::Id(_) = media.value {
            found
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
