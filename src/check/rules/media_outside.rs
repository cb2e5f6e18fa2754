use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, media};
use crate::diag::Level;
use crate::media_index::{BadPath, MediaEntry};

pub(in crate::check) static RULE: Rule = Rule {
    code: "media-outside",
    level: Level::Error,
    page: include_str!("media_outside.md"),
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for named in media::named(case, context) {
        let message = match (&named.resolved, named.item) {
            (Err(BadPath::Outside), _) => "the path leads out of the book",
            (_, Some(MediaEntry::Outside)) => "a symbolic link on this path leads out of the book",
            _ => continue,
        };
        found.at(named.span, "here", message).help("copy the file into the book and name it there");
    }
}
