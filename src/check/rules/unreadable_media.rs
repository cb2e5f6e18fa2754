use crate::check::{Blocks, CampaignCheck, Concern, Context, FindingSink, Rule, Run, media};
use crate::diag::Level;
use crate::media_index::MediaEntry;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unreadable-media",
    level: Level::Error,
    summary: StaticText {
        en: "An image or video that cannot be read: it is a directory, or the system denies access.",
        zh: "图片或视频读不出来：它其实是一个文件夹，或者没有权限。",
    },
    blocks: Blocks::Campaign,
    concerns: Concern::Campaign,
    pages: StaticText { en: include_str!("unreadable_media.md"), zh: include_str!("unreadable_media.zh.md") },
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for named in media::named(case, context) {
        let (message, help) = match (&named.resolved, named.item) {
            (_, Some(MediaEntry::NotAFile)) => {
                ("this is no file but a directory, pipe or device".to_owned(), "name a file")
            }
            (_, Some(MediaEntry::Unreadable(why))) => {
                (format!("the file cannot be read: {why}"), "let the user who runs drumbeat read it")
            }
            // Whoever put the shelf together has forgotten it; it must not pass for looked at.
            (Ok(_), None) => {
                ("nobody has looked at this file".to_owned(), "this is a fault of drumbeat: please report it")
            }
            _ => continue,
        };
        found.at(named.span, "here", message).help(help);
    }
}
