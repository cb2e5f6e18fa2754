use std::collections::HashMap;

use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "alike-contents",
    level: Level::Warning,
    summary: StaticText {
        en: "Two contents of a campaign that look the same in WeCom's list: the same text, kind and number of attachments.",
        zh: "一个活动里有两条内容，在企业微信的列表里看不出区别：文字、附件的种类和数量都一样。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("alike_contents.md"), zh: include_str!("alike_contents.zh.md") },
    run: RuleFn::Book(run),
};

fn run(checks: &[CampaignCheck<'_>], _: &Context<'_>, findings: &mut FindingSink<'_>) {
    checks.iter().for_each(|check| check_campaign(check, findings));
}

fn check_campaign(check: &CampaignCheck<'_>, findings: &mut FindingSink<'_>) {
    let Some(campaign) = check.campaign.as_ref().filter(|campaign| campaign.contents.has_several()) else { return };
    let posts: Vec<_> = campaign.contents.iter().map(|content| content.post()).collect();
    // Only posts of the same text can look alike.
    let mut by_text: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, post) in posts.iter().enumerate() {
        let same = by_text.entry(post.text.as_deref().unwrap_or_default().trim()).or_default();
        let first = same.iter().copied().find(|first| posts[*first].looks_like(post));
        let Some(first) = first else {
            same.push(at);
            continue;
        };
        let [here, there] = [at, first].map(|at| &check.parsed.contents[at].span);
        let number = first + 1;
        findings
            .place(
                check.place(here, text!(en: "this content", zh: "这条内容")),
                text!(
                    en: "it looks like content {number} in WeCom's list",
                    zh: "在企业微信的列表里，和第 {number} 条内容看不出区别"
                ),
            )
            .related(check.place(there, text!(en: "content {number}", zh: "第 {number} 条内容")))
            .help(text!(
                en: "change a word of one text, or remove one of the two",
                zh: "请把其中一条的文字改得不一样，或者删掉一条"
            ));
    }
}
