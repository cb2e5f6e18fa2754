use std::ops::Range;

use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "link-in-text",
    level: Level::Warning,
    page: include_str!("link_in_text.md"),
    run: Run::Campaign(run),
};

/// Most places of one text that are told.
const MOST: usize = 10;

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let Some(text) = case.draft.content.as_ref().and_then(|content| content.text.as_ref()) else { return };
    for (part, headline, help) in slips(text).into_iter().take(MOST) {
        found.at(&case.within(text, &part), "here", headline).help(help);
    }
}

/// The start of an address as an input method may leave it, and as it should be.
const MISTYPED: &[&str] = &["https：", "http：", "https:／", "http:／", "https:// ", "http:// ", "https: /", "http: /"];

fn slips(text: &str) -> Vec<(Range<usize>, &'static str, &'static str)> {
    if !text.contains("http") {
        return Vec::new();
    }
    let mut slips = Vec::new();
    for start in MISTYPED {
        for (at, _) in text.match_indices(start) {
            let headline = "an address in the text is mistyped";
            slips.push((at..at + start.len(), headline, "write https:// with plain characters and no spaces"));
        }
    }
    let mut end = 0;
    for (at, _) in text.match_indices("://") {
        let is_web = text[..at].ends_with("http") || text[..at].ends_with("https");
        if at < end || !is_web {
            continue;
        }
        let rest = &text[at + 3..];
        let length = rest.find(|c: char| !c.is_ascii_graphic()).unwrap_or(rest.len());
        end = at + 3 + length;
        let Some(next) = text[end..].chars().next().filter(|c| !c.is_whitespace()) else { continue };
        if length > 0 {
            let headline = "the address in the text runs into what follows it";
            slips.push((end..end + next.len_utf8(), headline, "put a space or a line end after the address"));
        }
    }
    slips.sort_by_key(|(part, ..)| part.start);
    slips
}
