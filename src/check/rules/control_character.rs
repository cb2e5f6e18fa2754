use crate::check::characters::name_of;
use crate::check::phrases::{here, remove_it};
use crate::check::{
    Blocks, CampaignCheck, Context, CustomerText, FindingSink, Rule, RuleFn, Subject, TextRole, customer_texts,
};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "control-character",
    level: Level::Error,
    summary: StaticText {
        en: "A control character in the text, or in the title or address of a link.",
        zh: "文字里，或者链接的标题、网址里，有看不见的控制字符。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("control_character.md"), zh: include_str!("control_character.zh.md") },
    run: RuleFn::Campaign(run),
};

/// Characters reported per text.
const MAX_FINDINGS_PER_TEXT: usize = 10;

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for text in customer_texts::all(check) {
        let allowed: &[char] = if text.role == TextRole::Text { &['\n', '\t'] } else { &[] };
        check_text(check, text, allowed, findings);
    }
    for url in customer_texts::link_urls(check) {
        check_text(check, url, &[], findings);
    }
}

fn check_text(check: &CampaignCheck<'_>, text: &CustomerText<'_>, allowed: &[char], findings: &mut FindingSink<'_>) {
    // Most texts have none. In UTF-8 each begins with one of these bytes, and a loop without an early exit compares
    // many bytes at once.
    let may_be = |byte: u8| (byte < b' ') & (byte != b'\n') | (byte == 0x7f) | (byte == 0xc2);
    let may_have = |bytes: &[u8]| bytes.iter().fold(false, |any, byte| any | may_be(*byte));
    if !text.as_bytes().chunks(64).any(may_have) && allowed.contains(&'\n') {
        return;
    }
    // CRLF becomes LF when the text is sent.
    let is_line_end = |at: usize| allowed.contains(&'\n') && text[at..].starts_with("\r\n");
    let wrong = text.char_indices().filter(|(at, c)| c.is_control() && !allowed.contains(c) && !is_line_end(*at));
    for (at, c) in wrong.take(MAX_FINDINGS_PER_TEXT) {
        let part = at..at + c.len_utf8();
        let (help, instead) = match c {
            '\n' | '\t' => {
                (text!(en: "write it on one line, with plain spaces", zh: "请写在一行里，用普通空格隔开"), " ")
            }
            _ => (remove_it(), ""),
        };
        let message = text!(en: "{name} cannot be sent", zh: "{name}不能发送", name = name_of(c));
        let finding = findings.in_text(check, text, &part, here(), message);
        finding.help(help);
        if text.is_as_written(&part) {
            finding.replace(&check.source_of(text, &part), instead);
        }
    }
}
