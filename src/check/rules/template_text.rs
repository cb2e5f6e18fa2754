use crate::check::{Case, Context, Found, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "template-text", level: Level::Error, page: include_str!("template_text.md"), run: Run::Draft(run) };

/// The beginning of the text in the file that `new` writes.
const UNWRITTEN: &str = "在这里写正文";

fn run(case: &Case<'_>, _: &Context<'_>, found: &mut Found<'_>) {
    let Some(text) = case.draft.content.as_ref().and_then(|content| content.text.as_ref()) else { return };
    if let Some(at) = text.find(UNWRITTEN) {
        let line = text[at..].lines().next().unwrap_or_default();
        found
            .at(&case.within(text, &(at..at + line.len())), "still the template's text", "the text is not written yet")
            .help("write what customers are to read in place of this line");
    }
}
