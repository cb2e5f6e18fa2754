use std::collections::HashSet;

use crate::book::MediaRef;
use crate::check::{Blocks, CampaignCheck, Concern, Context, FindingSink, Rule, Run};
use crate::diag::{Level, Place};
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
    concerns: Concern::Book,
    pages: StaticText { en: include_str!("unused_media.md"), zh: include_str!("unused_media.zh.md") },
    run: Run::Book(run),
};

/// Most files that are told one by one.
const MOST: usize = 20;

fn run(cases: &[CampaignCheck<'_>], context: &Context<'_>, found: &mut FindingSink<'_>) {
    // A file that could not be read may name any of them.
    if !context.book.skipped.is_empty() || cases.iter().any(|case| !case.draft.is_sure("content")) {
        return;
    }
    let mut used = HashSet::new();
    for case in cases {
        for media in case.draft.content.iter().flat_map(|content| content.media()) {
            if let MediaRef::Path(path) = &media.value {
                used.extend(media_index::resolve(&case.draft.file.path, path));
            }
        }
    }
    let unused: Vec<_> = context.book.media.iter().filter(|path| !used.contains(&***path)).collect();
    for path in unused.iter().take(MOST) {
        found
            .place(Place::new(path, &(0..0), ""), "no campaign uses this file")
            .help("name it in a campaign, or take it out of the book");
    }
    if let Some(next) = unused.get(MOST) {
        let message = format!("no campaign uses this file and {} more", unused.len() - MOST - 1);
        found
            .place(Place::new(next, &(0..0), ""), message)
            .help("name them in a campaign, or take them out of the book");
    }
}
