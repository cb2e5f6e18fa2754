use crate::check::{Case, Context, Found, Rule, Run, media};
use crate::diag::Level;
use crate::shelf::Item;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unreadable-media",
    level: Level::Error,
    page: include_str!("unreadable_media.md"),
    run: Run::Draft(run),
};

fn run(case: &Case<'_>, context: &Context<'_>, found: &mut Found<'_>) {
    for named in media::named(case, context) {
        let (message, help) = match (&named.resolved, named.item) {
            (_, Some(Item::NotAFile)) => ("this is no file but a directory, pipe or device".to_owned(), "name a file"),
            (_, Some(Item::Unreadable(why))) => {
                (format!("the file cannot be read: {why}"), "let the user who runs drumbeat read it")
            }
            // Whoever put the shelf together has forgotten it; it must not pass for looked at.
            (Ok(_), None) => {
                ("nobody has looked at this file".to_owned(), "this is a fault of drumbeat: please report it")
            }
            _ => continue,
        };
        found.at(named.span, "here", message).help(help);
    }
}
