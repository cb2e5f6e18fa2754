use std::ops::Range;

use crate::check::hints::Missing;
use crate::check::words::short;
use crate::check::{Context, Found, Reach, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "unknown-name", level: Level::Error, page: include_str!("unknown_name.md"), run: Run::Reach(run) };

fn run(reach: &Reach<'_>, context: &Context<'_>, found: &mut Found<'_>) {
    for entry in reach.range.departments() {
        if let Some(missing @ Missing::Department(name)) = &context.missing_department(entry) {
            tell(missing, &entry.span, &format!("department is named `{}`", short(name)), context, found);
        }
    }
    for entry in reach.range.tags() {
        if let Some(missing @ Missing::Tag(name)) = &context.missing_tag(entry) {
            tell(missing, &entry.span, &format!("tag is named `{}`", short(name)), context, found);
        }
    }
}

fn tell(missing: &Missing, span: &Range<usize>, what: &str, context: &Context<'_>, found: &mut Found<'_>) {
    let finding = found.at(span, "nobody has this name", format!("no {what}"));
    let way_out = "if it is new at WeCom, pull again: drumbeat directory pull";
    match context.hints.get(missing) {
        Some(near) => {
            if let Some(written) = &near.written {
                finding.replace(span, written);
            }
            finding.help(format!("did you mean {}? {way_out}", near.shown))
        }
        None => finding.help(format!("write the name as WeCom has it, or the id; {way_out}")),
    };
}
