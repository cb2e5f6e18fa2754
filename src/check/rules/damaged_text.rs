use crate::check::characters::{is_noncharacter, name_of};
use crate::check::phrases::here;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, customer_texts};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "damaged-text",
    level: Level::Error,
    summary: StaticText {
        en: "A character that replaced a lost one, in the text or in the title of a link.",
        zh: "文字或链接标题里有乱码：原来的字已经丢了，只剩下一个替代符号。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("damaged_text.md"), zh: include_str!("damaged_text.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for (text, part, c) in customer_texts::characters(check, |c| c == '\u{fffd}' || is_noncharacter(c)) {
        let message = text!(
            en: "the text is damaged: {name} replaces a lost character",
            zh: "文字有乱码：有个字变成了{name}",
            name = name_of(c)
        );
        findings.in_text(check, text, &part, here(), message).help(text!(
            en: "write the original character, or remove this one",
            zh: "请把原来的字补上，或者删掉它"
        ));
    }
}
