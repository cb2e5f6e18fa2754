use crate::check::phrases::here;
use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, media};
use crate::diag::Level;
use crate::media_index::{BadPath, MediaEntry};

pub(in crate::check) static RULE: Rule = Rule {
    code: "media-outside",
    level: Level::Error,
    page: include_str!("media_outside.md"),
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for named in media::named(case, context) {
        let message = match (&named.resolved, named.item) {
            (Err(BadPath::Outside), _) => {
                text!(en: "the path leads out of the book", zh: "路径指到活动目录外面去了")
            }
            (_, Some(MediaEntry::Outside)) => text!(
                en: "a symbolic link on this path leads out of the book",
                zh: "路径经过一个链接，指到活动目录外面去了"
            ),
            _ => continue,
        };
        found.at(named.span, here(), message).help(text!(
            en: "copy the file into the book and write its path there",
            zh: "请把文件复制到活动目录里，再写它的路径"
        ));
    }
}
