use std::ops::Range;

use crate::book::MAX_SAME_NAME;
use crate::check::characters::short;
use crate::check::directory_names::{call_department, call_tag, ways};
use crate::check::resolve::Resolution;
use crate::check::{AudienceRef, Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "ambiguous-name",
    level: Level::Error,
    page: include_str!("ambiguous_name.md"),
    run: Run::Audience(run),
};

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for entry in reach.range.departments() {
        if let Resolution::Several(directory, all) = context.resolver.department(entry) {
            let calls: Vec<String> = all.into_iter().map(|it| call_department(directory, it)).collect();
            tell("departments", &entry.value.to_string(), &calls, &entry.span, found);
        }
    }
    for entry in reach.range.tags() {
        if let Resolution::Several(directory, all) = context.resolver.tag(entry) {
            let calls: Vec<String> = all.into_iter().map(|it| call_tag(directory, it)).collect();
            tell("tags", entry, &calls, &entry.span, found);
        }
    }
}

fn tell(what: &str, name: &str, calls: &[String], span: &Range<usize>, found: &mut FindingSink<'_>) {
    let count =
        if calls.len() < MAX_SAME_NAME { calls.len().to_string() } else { format!("more than {}", MAX_SAME_NAME - 1) };
    let message = format!("`{}` is the name of {count} {what}", short(name));
    found.at(span, "which one?", message).help(ways(calls));
}
