use crate::book;
use crate::check::characters::{made_plain, short};
use crate::check::entries::{is_spoilt_tag_id, write_several};
use crate::check::resolve::Resolution;
use crate::check::{AudienceRef, Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "bad-tag-id", level: Level::Error, page: include_str!("bad_tag_id.md"), run: Run::Audience(run) };

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    let is_alone = reach.range.tags().nth(1).is_none();
    for tag in reach.range.tags() {
        let is_none = matches!(context.resolver.tag(tag), Resolution::Nothing | Resolution::NoDirectory);
        if let Some(entries) = context.resolver.several_tags(tag).filter(|_| is_none) {
            found
                .at(&tag.span, "several tags in one text", format!("`{}` are several tags", short(tag)))
                .help(write_several(&entries, is_alone))
                .replace(&tag.span, entries);
            continue;
        }
        let mut instead = None;
        let help = match context.resolver.tag(tag) {
            Resolution::Nothing if is_spoilt_tag_id(tag) => {
                let plain = made_plain(tag.trim());
                instead = book::quoted(&plain);
                format!("write `{plain}`")
            }
            Resolution::Nothing => "a tag id begins with `et`; take the entry out if there is none".to_owned(),
            Resolution::NoDirectory => {
                "write the tag's id, which begins with `et`; or let `drumbeat directory pull` fetch the \
                               corp's tags, and write names"
                    .to_owned()
            }
            _ => continue,
        };
        let finding = found.at(&tag.span, "here", format!("`{}` is no tag id", short(tag)));
        if let Some(text) = instead {
            finding.replace(&tag.span, text);
        }
        finding.help(help);
    }
}
