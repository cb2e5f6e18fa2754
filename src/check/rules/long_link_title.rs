use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, customer_texts, text_limits};
use crate::finding::Level;
use crate::limits::{LINK_TITLE_CHARS, LINK_TITLE_WEIGHT};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "long-link-title",
    level: Level::Error,
    summary: StaticText {
        en: "A link title of more than 64 characters or 128 bytes, counted as in `long-text`.",
        zh: "链接标题超过 64 个字（128 个字节）。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("long_link_title.md"), zh: include_str!("long_link_title.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for title in customer_texts::link_titles(check) {
        let Some(over) = text_limits::over(title, LINK_TITLE_CHARS, LINK_TITLE_WEIGHT) else { continue };
        let part = text_limits::first_over(title, LINK_TITLE_CHARS, LINK_TITLE_WEIGHT);
        let finding = findings.in_text(
            check,
            title,
            &part,
            text!(en: "too long from here on", zh: "从这里开始超长"),
            over.message(&text!(en: "the title of the link", zh: "链接标题")),
        );
        finding.help(over.help()).related.extend(title.filled_in(check));
    }
}
