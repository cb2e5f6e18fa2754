use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, customer_texts};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "literal-escape",
    level: Level::Warning,
    page: include_str!("literal_escape.md"),
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    for text in customer_texts::all(case) {
        let places = text.match_indices('\\').filter(|(at, _)| is_escape(&text[at + 1..]));
        for (at, _) in places.take(customer_texts::MAX_PLACES) {
            let part = at..at + 2;
            let shown = &text[part.clone()];
            let place = case.within(text, &part);
            let source = case.draft.file.text();
            let finding =
                found.at(&place, "customers would read this", format!("`{shown}` would be sent as it stands"));
            finding.help("put the text in double quotes, or break the line inside of `\"\"\"`");
            if source[place.clone()].starts_with("\\\\") {
                finding.help(format!("write `{shown}` with one backslash"));
                finding.replace(&place, shown);
            } else if let Some(quoted) = in_double_quotes(&source[text.span.clone()]) {
                finding.replace(&text.span, quoted);
            }
        }
    }
}

/// A literal in single quotes with double ones in their place, where every backslash then is such an escape.
fn in_double_quotes(literal: &str) -> Option<String> {
    let inner = literal.strip_prefix('\'')?.strip_suffix('\'')?;
    let is_fine = !inner.contains(['"', '\'']) && inner.match_indices('\\').all(|(at, _)| is_escape(&inner[at + 1..]));
    is_fine.then(|| format!("\"{inner}\""))
}

/// Whether an escape of a line end or tab follows a backslash, and no word or path.
fn is_escape(rest: &str) -> bool {
    let mut letters = rest.chars();
    matches!(letters.next(), Some('n' | 'r' | 't')) && !letters.next().is_some_and(|c| c.is_ascii_lowercase())
}
