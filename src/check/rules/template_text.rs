use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, customer_texts};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "template-text",
    level: Level::Error,
    summary: StaticText {
        en: "The text of `drumbeat new` that was not replaced, or a text or title that only holds a place: `…`, `标题`, `TODO`.",
        zh: "文字还是 `drumbeat new` 生成的那一句，或者文字、标题里只有 `…`、`标题`、`TODO` 这样的占位字。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("template_text.md"), zh: include_str!("template_text.zh.md") },
    run: RuleFn::Campaign(run),
};

/// Beginnings of the text in files written by `new`, in this and in earlier versions.
const UNWRITTEN: [&str; 3] = ["在这里写文字", "Write the text here", "在这里写正文"];

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for text in customer_texts::all(check) {
        let help = || text!(en: "replace it with the text that customers should read", zh: "请换成要给客户看的文字");
        if customer_texts::is_unwritten(text) {
            findings
                .at(
                    &text.written.span,
                    text!(en: "only a placeholder", zh: "这里只是占位"),
                    text!(en: "the text is not written yet", zh: "文字还没有写"),
                )
                .help(help());
        } else if let Some(at) = UNWRITTEN.iter().find_map(|unwritten| text.find(unwritten)) {
            let line = text[at..].lines().next().unwrap_or_default();
            findings
                .in_text(
                    check,
                    text,
                    &(at..at + line.len()),
                    text!(en: "still the text of the template", zh: "还是模板里的文字"),
                    text!(en: "the text is not written yet", zh: "文字还没有写"),
                )
                .help(help());
        }
    }
}
