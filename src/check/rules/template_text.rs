use crate::check::{Blocks, CampaignCheck, Concern, Context, FindingSink, Rule, Run, customer_texts};
use crate::diag::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "template-text",
    level: Level::Error,
    summary: StaticText {
        en: "The text of `drumbeat new` that was not replaced, or a text or title that only holds a place: `…`, `标题`, `TODO`.",
        zh: "文字还是 `drumbeat new` 生成的那一句，或者文字、标题里只有 `…`、`标题`、`TODO` 这样的占位字。",
    },
    blocks: Blocks::Campaign,
    concerns: Concern::Campaign,
    pages: StaticText { en: include_str!("template_text.md"), zh: include_str!("template_text.zh.md") },
    run: Run::Campaign(run),
};

/// The beginning of the text in the file that `new` writes.
const UNWRITTEN: &str = "在这里写正文";

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    for text in customer_texts::all(case) {
        let help = "write what customers are to read in place of it";
        if customer_texts::is_unwritten(text) {
            let message = "the text is not written yet: this only holds its place";
            found.at(&text.span, "nothing that is meant for customers", message).help(help);
        } else if let Some(at) = text.find(UNWRITTEN) {
            let line = text[at..].lines().next().unwrap_or_default();
            found
                .at(
                    &case.within(text, &(at..at + line.len())),
                    "still the template's text",
                    "the text is not written yet",
                )
                .help(help);
        }
    }
}
