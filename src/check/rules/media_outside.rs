use crate::check::{Case, Context, Found, Rule, Run, media};
use crate::diag::Level;
use crate::shelf::{BadPath, Item};

pub(in crate::check) static RULE: Rule =
    Rule { code: "media-outside", level: Level::Error, page: include_str!("media_outside.md"), run: Run::Draft(run) };

fn run(case: &Case<'_>, context: &Context<'_>, found: &mut Found<'_>) {
    for named in media::named(case, context) {
        let message = match (&named.resolved, named.item) {
            (Err(BadPath::Outside), _) => "the path leads out of the book",
            (_, Some(Item::Outside)) => "a symbolic link on this path leads out of the book",
            _ => continue,
        };
        found.at(named.span, "here", message).help("copy the file into the book and name it there");
    }
}
