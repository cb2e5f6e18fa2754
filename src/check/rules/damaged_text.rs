use crate::check::characters::{is_noncharacter, name_of};
use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, customer_texts};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "damaged-text", level: Level::Error, page: include_str!("damaged_text.md"), run: Run::Campaign(run) };

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    for (text, part, c) in customer_texts::characters(case, |c| c == '\u{fffd}' || is_noncharacter(c)) {
        let message = format!("the text was damaged: {} stands where another character was lost", name_of(c));
        found.at(&case.within(text, &part), "here", message).help("write what stood here before, or take it out");
    }
}
