use crate::check::{Blocks, CampaignCheck, Context, CustomerText, FindingSink, Rule, RuleFn, Subject, customer_texts};
use crate::finding::Level;
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "wording",
    level: Level::Error,
    summary: StaticText {
        en: "A word that `[[wording.refuse]]` of the policy lists, in the text or in the title of a link.",
        zh: "文字或链接标题里，有公共设置（`policy.toml`）的 `[[wording.refuse]]` 列出的禁用词。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("wording.md"), zh: include_str!("wording.zh.md") },
    run: RuleFn::Campaign(run),
};

/// Words reported per text.
const MAX_FINDINGS_PER_TEXT: usize = 20;

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let Some(words) = &context.refused_words else { return };
    for text in customer_texts::all(check) {
        check_text(check, text, words, context, findings);
    }
}

fn check_text(
    check: &CampaignCheck<'_>,
    text: &CustomerText<'_>,
    words: &crate::check::refused_words::RefusedWords,
    context: &Context<'_>,
    findings: &mut FindingSink<'_>,
) {
    for (part, entry) in words.find(text).take(MAX_FINDINGS_PER_TEXT) {
        let Some(wording) = context.book.policy.wording.get(entry) else { continue };
        let word = &text[part.clone()];
        let headline = match &wording.reason {
            Some(reason) => text!(
                en: "the policy refuses `{word}`: {reason}",
                zh: "公共设置（`policy.toml`）不允许使用 `{word}`：{reason}",
                reason = reason.value.trim_end_matches(['.', '。'])
            ),
            None => text!(en: "the policy refuses `{word}`", zh: "公共设置（`policy.toml`）不允许使用 `{word}`"),
        };
        let finding = findings.in_text(check, text, &part, text!(en: "this word", zh: "这个词"), headline);
        if wording.level.as_ref().is_some_and(|level| level.value == "warning") {
            finding.level = Level::Warning;
        }
        match &wording.suggest {
            Some(suggest) => finding.help(Text::quoted(suggest.value.trim_end_matches(['.', '。']))),
            None => finding.help(text!(en: "use other words", zh: "请换一种说法")),
        };
    }
}
