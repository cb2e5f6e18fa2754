use crate::check::{Case, Context, Found, Rule, Run, length};
use crate::diag::Level;
use crate::limits::{LINK_TITLE_CHARS, LINK_TITLE_WEIGHT};

pub(in crate::check) static RULE: Rule = Rule {
    code: "long-link-title",
    level: Level::Error,
    page: include_str!("long_link_title.md"),
    run: Run::Draft(run),
};

fn run(case: &Case<'_>, _: &Context<'_>, found: &mut Found<'_>) {
    let link = case.draft.content.as_ref().and_then(|content| content.link.as_ref());
    let Some(title) = link.and_then(|link| link.title.as_ref()) else { return };
    let Some(over) = length::over(title, LINK_TITLE_CHARS, LINK_TITLE_WEIGHT) else { return };
    let span = case.within(title, &length::first_over(title, LINK_TITLE_CHARS, LINK_TITLE_WEIGHT));
    found.at(&span, "from here on it is too long", over.message("the title of the link")).help(over.help());
}
