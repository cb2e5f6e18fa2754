use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, media};
use crate::diag::Level;
use crate::media_index::BadPath;

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-media-path",
    level: Level::Error,
    page: include_str!("bad_media_path.md"),
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for named in media::named(case, context) {
        let Err(why) = named.resolved else { continue };
        let literal = case.draft.file.text().get(named.span.clone()).unwrap_or_default();
        let has_backslash = literal.starts_with('"') && literal.contains('\\');
        let help = match why {
            BadPath::Outside => continue,
            BadPath::Empty => "write the path of the file from this campaign file",
            BadPath::Address => "download the file into the book and name it there",
            BadPath::Absolute => "write the path from this campaign file, such as media/spring.jpg",
            BadPath::Backslash => "write `/` instead of `\\`",
            BadPath::Control if has_backslash => "write `/` between its parts: a backslash begins an escape",
            BadPath::Control => "rename the file",
            BadPath::Directory => "name a file in it",
        };
        let finding = found.at(named.span, "here", why.to_string());
        finding.help(help);
        if why == BadPath::Backslash || why == BadPath::Control && has_backslash {
            finding.replace(named.span, literal.replace("\\\\", "/").replace('\\', "/"));
        }
    }
}
