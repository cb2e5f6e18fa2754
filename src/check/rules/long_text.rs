use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, text_limits};
use crate::diag::Level;
use crate::limits::{TEXT_CHARS, TEXT_WEIGHT};

pub(in crate::check) static RULE: Rule =
    Rule { code: "long-text", level: Level::Error, page: include_str!("long_text.md"), run: Run::Campaign(run) };

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let (Some(content), Some(sent)) = (&case.draft.content, &case.text) else { return };
    let Some(text) = &content.text else { return };
    let Some(over) = text_limits::over(sent, TEXT_CHARS, TEXT_WEIGHT) else { return };
    let span = case.within(text, &text_limits::first_over(text, TEXT_CHARS, TEXT_WEIGHT));
    found
        .at(
            &span,
            text!(en: "too long from here on", zh: "从这里开始超长"),
            over.message(&text!(en: "the text", zh: "文字")),
        )
        .help(over.help());
}
