use crate::check::words::name_of;
use crate::check::{Case, Context, Found, Rule, Run, texts};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "invisible-character",
    level: Level::Warning,
    page: include_str!("invisible_character.md"),
    run: Run::Draft(run),
};

fn run(case: &Case<'_>, _: &Context<'_>, found: &mut Found<'_>) {
    // A text of nothing else is empty, which is another rule's.
    if case.text.is_none() && case.draft.content.as_ref().is_some_and(|content| content.link.is_none()) {
        return;
    }
    for (text, part, c) in texts::characters(case, is_unwanted) {
        let help = if is_direction(c) { "take it out: it changes the order of what follows" } else { "take it out" };
        let message = format!("{}, which cannot be seen, stands in the text", name_of(c));
        let place = case.within(text, &part);
        found.at(&place, "here", message).help(help).replace(&place, "");
    }
}

/// Joiners and variation selectors are not: emoji and some scripts need them.
fn is_unwanted(c: char) -> bool {
    is_direction(c)
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{2800}'
        )
        || matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}')
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{206a}'..='\u{206f}')
}
