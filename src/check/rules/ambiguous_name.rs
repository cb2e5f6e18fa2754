use std::ops::Range;

use crate::book::MANY;
use crate::check::names::{Meant, call_department, call_tag, ways};
use crate::check::words::short;
use crate::check::{Context, Found, Reach, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "ambiguous-name", level: Level::Error, page: include_str!("ambiguous_name.md"), run: Run::Reach(run) };

fn run(reach: &Reach<'_>, context: &Context<'_>, found: &mut Found<'_>) {
    for entry in reach.range.departments() {
        if let Meant::Several(directory, all) = context.department(entry) {
            let calls: Vec<String> = all.into_iter().map(|it| call_department(directory, it)).collect();
            tell("departments", &entry.value.to_string(), &calls, &entry.span, found);
        }
    }
    for entry in reach.range.tags() {
        if let Meant::Several(directory, all) = context.tag(entry) {
            let calls: Vec<String> = all.into_iter().map(|it| call_tag(directory, it)).collect();
            tell("tags", entry, &calls, &entry.span, found);
        }
    }
}

fn tell(what: &str, name: &str, calls: &[String], span: &Range<usize>, found: &mut Found<'_>) {
    let count = if calls.len() < MANY { calls.len().to_string() } else { format!("more than {}", MANY - 1) };
    let message = format!("`{}` is the name of {count} {what}", short(name));
    found.at(span, "which one?", message).help(ways(calls));
}
