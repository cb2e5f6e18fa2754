use crate::check::media::{self, Use};
use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::media_index::{self, RareCodec};

pub(in crate::check) static RULE: Rule = Rule {
    code: "unusual-codec",
    level: Level::Warning,
    page: include_str!("unusual_codec.md"),
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for named in media::named(case, context).into_iter().filter(|named| named.used_as == Use::Video) {
        let Some((_, media_index::MediaFormat::Mp4 { rare_codec: Some(RareCodec(name)), .. })) = named.file() else {
            continue;
        };
        found
            .at(named.span, format!("this is {name}"), format!("many phones cannot play this video: it is {name}"))
            .help("export it as H.264 with AAC sound (8 bits, 4:2:0 colours), which every phone plays");
    }
}
