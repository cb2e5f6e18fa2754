use crate::check::phrases::here;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, media};
use crate::finding::Level;
use crate::media_index::{BadPath, MediaEntry};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "media-outside",
    level: Level::Error,
    summary: StaticText {
        en: "A path that leads out of the book, by `..` or through a symbolic link.",
        zh: "素材的路径指到了活动目录外面：用了 `..`，或者经过了符号链接。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("media_outside.md"), zh: include_str!("media_outside.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for named in media::named(check, context) {
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
        findings.at(named.span, here(), message).help(text!(
            en: "copy the file into the book and write its path there",
            zh: "请把文件复制到活动目录里，再写它的路径"
        ));
    }
}
