use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, customer_texts, text_limits};
use crate::finding::Level;
use crate::limits::{TEXT_CHARS, TEXT_WEIGHT};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "long-text",
    level: Level::Error,
    summary: StaticText {
        en: "A text of more than 2000 characters or 4000 bytes.",
        zh: "文字超过 2000 个字（4000 个字节）。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("long_text.md"), zh: include_str!("long_text.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for text in customer_texts::posts(check) {
        let Some(over) = text_limits::over(&text.sent(), TEXT_CHARS, TEXT_WEIGHT) else { continue };
        let part = text_limits::first_over(text, TEXT_CHARS, TEXT_WEIGHT);
        let finding = findings.in_text(
            check,
            text,
            &part,
            text!(en: "too long from here on", zh: "从这里开始超长"),
            over.message(&text!(en: "the text", zh: "文字")),
        );
        finding.help(over.help()).related.extend(text.filled_in(check));
    }
}
