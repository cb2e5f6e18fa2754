use std::ops::Range;

use crate::book::Spanned;
use crate::check::{Case, Context, Found, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "placeholder", level: Level::Warning, page: include_str!("placeholder.md"), run: Run::Draft(run) };

/// What people write where something is still to come.
const WORDS: &[&str] =
    &["TODO", "FIXME", "TBD", "lorem ipsum", "待定", "待补充", "待确认", "待填写", "此处填写", "占位"];

/// Most places of one text that are told.
const MOST: usize = 10;

fn run(case: &Case<'_>, _: &Context<'_>, found: &mut Found<'_>) {
    let Some(content) = &case.draft.content else { return };
    let link = content.link.iter().flat_map(|link| link.title.iter().chain(&link.url));
    for text in content.text.iter().chain(link) {
        look(case, text, found);
    }
}

fn look(case: &Case<'_>, text: &Spanned<String>, found: &mut Found<'_>) {
    for part in placeholders(text).into_iter().take(MOST) {
        let shown = crate::check::words::short(&text[part.clone()]);
        found
            .at(&case.within(text, &part), "still to be filled in", format!("a placeholder was left in: `{shown}`"))
            .help("write what belongs there; nothing is filled in for each customer");
    }
}

fn placeholders(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> =
        WORDS.iter().flat_map(|word| text.match_indices(word).map(|(at, _)| at..at + word.len())).collect();
    for (open, close) in [("{{", "}}"), ("${", "}"), ("<%", "%>")] {
        for (at, _) in text.match_indices(open) {
            if let Some(end) = text[at..].lines().next().and_then(|line| line.find(close)) {
                found.push(at..at + end + close.len());
            }
        }
    }
    found.extend(crosses(text));
    found.sort_by_key(|part| (part.start, part.end));
    found.dedup_by(|next, last| next.start < last.end);
    found
}

/// Three or more `X`, as in "XXX店", and not in the middle of a word or address.
fn crosses(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("XXX").map(|start| at + start) {
        let end = start + text[start..].find(|c| c != 'X').unwrap_or(text.len() - start);
        let is_word = |c: char| c.is_ascii_alphanumeric();
        if !text[..start].ends_with(is_word) && !text[end..].starts_with(is_word) {
            found.push(start..end);
        }
        at = end;
    }
    found
}
