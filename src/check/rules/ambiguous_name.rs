use std::ops::Range;

use crate::book::MAX_SAME_NAME;
use crate::check::characters::short;
use crate::check::directory_names::{call_department, call_tag, ways};
use crate::check::resolve::Resolution;
use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "ambiguous-name",
    level: Level::Error,
    summary: StaticText {
        en: "A name that several departments or several tags share.",
        zh: "这个名称同时属于几个部门，或者同时属于几个客户标签。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::AudienceEntry,
    pages: StaticText { en: include_str!("ambiguous_name.md"), zh: include_str!("ambiguous_name.zh.md") },
    run: RuleFn::Audience(run),
};

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for entry in reach.range.departments() {
        if let Resolution::Several(directory, all) = context.resolver.department(entry) {
            let calls: Vec<String> = all.into_iter().map(|it| call_department(directory, it)).collect();
            tell(&text!(en: "departments", zh: "部门"), &entry.value.to_string(), &calls, &entry.span, findings);
        }
    }
    for entry in reach.range.tags() {
        if let Resolution::Several(directory, all) = context.resolver.tag(entry) {
            let calls: Vec<String> = all.into_iter().map(|it| call_tag(directory, it)).collect();
            tell(&text!(en: "tags", zh: "客户标签"), entry, &calls, &entry.span, findings);
        }
    }
}

fn tell(what: &Text, name: &str, calls: &[String], span: &Range<usize>, findings: &mut FindingSink<'_>) {
    let (name, count, most) = (short(name), calls.len(), MAX_SAME_NAME - 1);
    let count = if count <= most {
        text!(en: "{count}", zh: "{count} 个")
    } else {
        text!(en: "more than {most}", zh: "{most} 个以上的")
    };
    let message = text!(
        en: "`{name}` is the name of {count} {what}",
        zh: "有 {count}{what}都叫 `{name}`",
        count = count,
        what = what
    );
    findings.at(span, text!(en: "which one?", zh: "指哪一个？"), message).help(ways(calls));
}
