use crate::check::{Case, Context, Found, Rule, Run, texts};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "literal-escape",
    level: Level::Warning,
    page: include_str!("literal_escape.md"),
    run: Run::Draft(run),
};

fn run(case: &Case<'_>, _: &Context<'_>, found: &mut Found<'_>) {
    for text in texts::all(case) {
        let places = text.match_indices('\\').filter(|(at, _)| is_escape(&text[at + 1..]));
        for (at, _) in places.take(texts::MOST) {
            let part = at..at + 2;
            let shown = &text[part.clone()];
            found
                .at(
                    &case.within(text, &part),
                    "customers would read this",
                    format!("`{shown}` would be sent as it stands"),
                )
                .help("put the text in double quotes, or break the line inside of `\"\"\"`");
        }
    }
}

/// Whether an escape of a line end or tab follows a backslash, and no word or path.
fn is_escape(rest: &str) -> bool {
    let mut letters = rest.chars();
    matches!(letters.next(), Some('n' | 'r' | 't')) && !letters.next().is_some_and(|c| c.is_ascii_lowercase())
}
