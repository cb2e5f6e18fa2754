use crate::check::{Case, Context, Found, Rule, Run, length};
use crate::diag::Level;
use crate::limits::{TEXT_CHARS, TEXT_WEIGHT};

pub(in crate::check) static RULE: Rule =
    Rule { code: "long-text", level: Level::Error, page: include_str!("long_text.md"), run: Run::Draft(run) };

fn run(case: &Case<'_>, _: &Context<'_>, found: &mut Found<'_>) {
    let (Some(content), Some(sent)) = (&case.draft.content, &case.text) else { return };
    let Some(text) = &content.text else { return };
    let Some(over) = length::over(sent, TEXT_CHARS, TEXT_WEIGHT) else { return };
    let span = case.within(text, &length::first_over(text, TEXT_CHARS, TEXT_WEIGHT));
    found.at(&span, "from here on it is too long", over.message("the text")).help(over.help());
}
