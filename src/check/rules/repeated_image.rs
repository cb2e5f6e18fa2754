use std::collections::HashMap;

use crate::check::media::{self, Use};
use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::media_index::MediaEntry;

pub(in crate::check) static RULE: Rule = Rule {
    code: "repeated-image",
    level: Level::Warning,
    page: include_str!("repeated_image.md"),
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    let mut seen = HashMap::new();
    for named in media::named(case, context).into_iter().filter(|named| named.used_as == Use::Image) {
        let Some(MediaEntry::File { sha256, .. }) = named.item else { continue };
        match seen.get(sha256) {
            None => {
                seen.insert(*sha256, named.span);
            }
            Some(first) => {
                found
                    .at(named.span, "the same image", "the post shows the same image twice")
                    .related(case.place(first, "first here"))
                    .help("take one of them out; copies of a file under another name count too");
            }
        }
    }
}
