use crate::book::MediaRef;
use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "media-id", level: Level::Warning, page: include_str!("media_id.md"), run: Run::Campaign(run) };

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    for media in case.draft.content.iter().flat_map(|content| content.media()) {
        if let MediaRef::Id(_) = media.value {
            found
                .at(&media.span, "an uploaded id", "a media id dies three days after its upload")
                .help("put the file into the book and name its path: it is uploaded anew for each post");
        }
    }
}
