use std::ops::Range;

use crate::check::characters::short;
use crate::check::entries::{looks_like_several, write_several};
use crate::check::resolve::Missing;
use crate::check::{AudienceRef, Blocks, Concern, Context, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unknown-name",
    level: Level::Error,
    summary: StaticText {
        en: "A department or tag with a name that `directory.toml` does not contain.",
        zh: "这个部门名称或标签名称，名录 `directory.toml` 里没有。",
    },
    blocks: Blocks::Campaign,
    concerns: Concern::AudienceEntry,
    pages: StaticText { en: include_str!("unknown_name.md"), zh: include_str!("unknown_name.zh.md") },
    run: Run::Audience(run),
};

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for entry in reach.range.departments() {
        if let Some(missing @ Missing::Department(name)) = &context.resolver.missing_department(entry) {
            let several = context.resolver.several_departments(name);
            let is_alone = reach.range.departments().nth(1).is_none();
            if !tell_several(name, several, is_alone, &entry.span, found) {
                tell(missing, &entry.span, &format!("department is named `{}`", short(name)), context, found);
            }
        }
    }
    for entry in reach.range.tags() {
        if let Some(missing @ Missing::Tag(name)) = &context.resolver.missing_tag(entry) {
            let several = context.resolver.several_tags(name);
            let is_alone = reach.range.tags().nth(1).is_none();
            if !tell_several(name, several, is_alone, &entry.span, found) {
                tell(missing, &entry.span, &format!("tag is named `{}`", short(name)), context, found);
            }
        }
    }
}

/// Tells of several names in one text: the nearest name would be one of them, and the others would be lost.
fn tell_several(
    text: &str,
    several: Option<String>,
    is_alone: bool,
    span: &Range<usize>,
    found: &mut FindingSink<'_>,
) -> bool {
    if several.is_none() && !looks_like_several(text) {
        return false;
    }
    let finding = found.at(span, "several names in one text", format!("`{}` are several names", short(text)));
    match several {
        Some(entries) => finding.help(write_several(&entries, is_alone)).replace(span, entries),
        None => finding.help("put each name in quotes of its own, with a comma between them"),
    };
    true
}

fn tell(missing: &Missing, span: &Range<usize>, what: &str, context: &Context<'_>, found: &mut FindingSink<'_>) {
    let finding = found.at(span, "nobody has this name", format!("no {what}"));
    let way_out = "if it is new at WeCom, pull again: drumbeat directory pull";
    match context.suggestions.get(missing) {
        Some(near) => {
            if let Some(written) = &near.written {
                finding.replace(span, written);
            }
            finding.help(format!("did you mean {}? {way_out}", near.shown))
        }
        None => finding.help(format!("write the name as WeCom has it, or the id; {way_out}")),
    };
}
