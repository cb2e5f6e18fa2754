use crate::check::phrases::here;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, media};
use crate::finding::Level;
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
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("unreadable_media.md"), zh: include_str!("unreadable_media.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for named in media::named(check, context) {
        let (message, help) = match (&named.resolved, named.item) {
            (_, Some(MediaEntry::NotAFile)) => (
                text!(en: "this is a directory, pipe or device, not a file", zh: "这是文件夹或设备，不是文件"),
                text!(en: "write the path of a file", zh: "请写某个文件的路径"),
            ),
            (_, Some(MediaEntry::Unreadable(why))) => (
                text!(en: "the file cannot be read: {why}", zh: "文件读不出来：{why}"),
                text!(
                    en: "give the user that runs drumbeat permission to read it",
                    zh: "请给运行 drumbeat 的账户读取权限"
                ),
            ),
            // The media index lacks the path. The file must not pass as checked.
            (Ok(_), None) => (
                text!(en: "this file was not checked", zh: "没有检查到这个文件"),
                text!(en: "this is a bug of drumbeat: please report it", zh: "这是 drumbeat 自己的缺陷，请反馈给我们"),
            ),
            _ => continue,
        };
        findings.at(named.span, here(), message).help(help);
    }
}
