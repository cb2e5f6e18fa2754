use std::collections::HashMap;

use crate::check::media::{self, Use};
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::media_index::MediaEntry;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "repeated-image",
    level: Level::Warning,
    summary: StaticText {
        en: "The same image twice in one post, by the same path or as a copy.",
        zh: "一条朋友圈里，同一张图片放了两次，包括换了文件名的同一张图。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("repeated_image.md"), zh: include_str!("repeated_image.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let mut seen = HashMap::new();
    for named in media::named(check, context).into_iter().filter(|named| named.used_as == Use::Image) {
        let Some(MediaEntry::File { sha256, .. }) = named.item else { continue };
        match seen.get(&(named.content, sha256)) {
            None => {
                seen.insert((named.content, sha256), named.span);
            }
            Some(first) => {
                findings
                    .at(
                        named.span,
                        text!(en: "the same image", zh: "同一张图片"),
                        text!(en: "the post shows the same image twice", zh: "同一张图片用了两次"),
                    )
                    .related(check.place(first, text!(en: "first here", zh: "第一次在这里")))
                    .help(text!(
                        en: "remove one of them; a copy under another name counts as the same image",
                        zh: "请删掉其中一张；换了文件名的副本也算同一张"
                    ));
            }
        }
    }
}
