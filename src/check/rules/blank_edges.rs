use crate::check::{Blocks, CampaignCheck, Context, CustomerText, FindingSink, Rule, RuleFn, Subject, customer_texts};
use crate::finding::Level;
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "blank-edges",
    level: Level::Warning,
    summary: StaticText {
        en: "A text that begins or ends with blank lines.", zh: "文字的开头或结尾有空行。"
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("blank_edges.md"), zh: include_str!("blank_edges.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for text in customer_texts::posts(check) {
        check_text(check, text, findings);
    }
}

fn check_text(check: &CampaignCheck<'_>, text: &CustomerText<'_>, findings: &mut FindingSink<'_>) {
    let sent = text.sent();
    let begins_blank = sent.split('\n').next().is_some_and(|line| line.trim().is_empty());
    let ends_blank = sent.rsplit('\n').next().is_some_and(|line| line.trim().is_empty());
    let start = text.len() - text.trim_start().len();
    let end = text.trim_end().len();
    if begins_blank {
        let headline = text!(en: "the text begins with a blank line", zh: "文字开头有空行");
        findings.in_text(check, text, &(0..start), text!(en: "blank", zh: "空行"), headline).help(help());
    }
    if ends_blank && end > start {
        let headline = text!(en: "the text ends with a blank line", zh: "文字末尾有空行");
        findings.in_text(check, text, &(end..text.len()), text!(en: "blank", zh: "空行"), headline).help(help());
    }
}

fn help() -> Text {
    text!(en: "remove it: customers would see it", zh: "请删掉它，否则客户会看到")
}
