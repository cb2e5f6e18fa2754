use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, media};
use crate::diag::Level;
use crate::media_index::MediaEntry;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unreadable-media",
    level: Level::Error,
    page: include_str!("unreadable_media.md"),
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for named in media::named(case, context) {
        let (message, help) = match (&named.resolved, named.item) {
            (_, Some(MediaEntry::NotAFile)) => {
                ("this is no file but a directory, pipe or device".to_owned(), "name a file")
            }
            (_, Some(MediaEntry::Unreadable(why))) => {
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
