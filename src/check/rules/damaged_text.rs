use crate::check::characters::{is_noncharacter, name_of};
use crate::check::phrases::here;
use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, customer_texts};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "damaged-text", level: Level::Error, page: include_str!("damaged_text.md"), run: Run::Campaign(run) };

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    for (text, part, c) in customer_texts::characters(case, |c| c == '\u{fffd}' || is_noncharacter(c)) {
        let message = text!(
            en: "the text is damaged: {name} replaces a lost character",
            zh: "文字有乱码：有个字变成了{name}",
            name = name_of(c)
        );
        found.at(&case.within(text, &part), here(), message).help(text!(
            en: "write the original character, or remove this one",
            zh: "请把原来的字补上，或者删掉它"
        ));
    }
}
