use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, customer_texts, text_limits};
use crate::finding::Level;
use crate::limits::{TEXT_CHARS, TEXT_WEIGHT};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "long-text-in-utf8",
    level: Level::Warning,
    summary: StaticText {
        en: "A text that passes `long-text` and has more than 4000 bytes in UTF-8.",
        zh: "文字没有超过 2000 个字，但按 UTF-8 编码超过了 4000 个字节。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("long_text_in_utf8.md"), zh: include_str!("long_text_in_utf8.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for text in customer_texts::posts(check) {
        let sent = text.sent();
        if sent.len() <= TEXT_WEIGHT || text_limits::over(&sent, TEXT_CHARS, TEXT_WEIGHT).is_some() {
            continue;
        }
        let from = text.len().min(text.floor_char_boundary(TEXT_WEIGHT));
        let to = text[from..].chars().next().map_or(from, |c| from + c.len_utf8());
        let (bytes, safe) = (sent.len(), TEXT_WEIGHT / 3);
        findings
            .in_text(
                check,
                text,
                &(from..to),
                text!(en: "byte {TEXT_WEIGHT} in UTF-8", zh: "UTF-8 的第 {TEXT_WEIGHT} 个字节"),
                text!(
                    en: "the text has {bytes} bytes in UTF-8; WeCom may refuse more than {TEXT_WEIGHT}",
                    zh: "文字按 UTF-8 算有 {bytes} 个字节，超过 {TEXT_WEIGHT} 个可能会被企业微信拒绝"
                ),
            )
            .help(text!(
                en: "make it shorter to be safe: up to {safe} Chinese characters always fit",
                zh: "保险起见请缩短；{safe} 个汉字以内一定没问题"
            ))
            .related
            .extend(text.filled_in(check));
    }
}
