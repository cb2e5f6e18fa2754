use std::collections::HashSet;

use crate::book::MediaRef;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Level, Place};
use crate::media_index;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unused-media",
    level: Level::Warning,
    summary: StaticText {
        en: "An image or video of the book that no campaign uses.",
        zh: "活动目录里有一个图片或视频，没有任何活动在用。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("unused_media.md"), zh: include_str!("unused_media.zh.md") },
    run: RuleFn::Book(run),
};

/// Files reported one by one.
const MAX_REPORTED: usize = 20;

fn run(checks: &[CampaignCheck<'_>], context: &Context<'_>, findings: &mut FindingSink<'_>) {
    // An unreadable file may use any of them.
    if !context.book.skipped.is_empty() || checks.iter().any(|check| !check.parsed.is_sure("content")) {
        return;
    }
    let mut used = HashSet::new();
    for check in checks {
        for media in check.parsed.contents.iter().flat_map(|content| content.media()) {
            if let MediaRef::Path(path) = &media.value {
                used.extend(media_index::resolve(&check.parsed.file.path, path));
            }
        }
    }
    let unused: Vec<_> = context.book.media.iter().filter(|path| !used.contains(&***path)).collect();
    for path in unused.iter().take(MAX_REPORTED) {
        findings.place(Place::of_file(path), text!(en: "no campaign uses this file", zh: "没有活动用到这个文件")).help(
            text!(
                en: "use it in a campaign, or remove it from the book",
                zh: "请在活动里用上它，或者把它移出活动目录"
            ),
        );
    }
    if let Some(next) = unused.get(MAX_REPORTED) {
        let more = unused.len() - MAX_REPORTED - 1;
        let message = text!(
            en: "no campaign uses this file and {more} more",
            zh: "没有活动用到这个文件，另外还有 {more} 个也一样"
        );
        findings.place(Place::of_file(next), message).help(text!(
            en: "use them in a campaign, or remove them from the book",
            zh: "请在活动里用上它们，或者把它们移出活动目录"
        ));
    }
}
