use std::collections::HashMap;
use std::fmt::Display;
use std::hash::Hash;

use crate::book::{DepartmentRef, Spanned};
use crate::check::characters::short;
use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Level, Place};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "repeated-entry",
    level: Level::Warning,
    summary: StaticText {
        en: "The same user, department or tag twice in one list.",
        zh: "同一份名单里，同一个成员、部门或客户标签写了两次。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Audience,
    pages: StaticText { en: include_str!("repeated_entry.md"), zh: include_str!("repeated_entry.zh.md") },
    run: RuleFn::Audience(run),
};

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    check_list(reach, reach.range.senders().map(|user| (user.value.clone(), user)), findings);
    // A name and its id are the same entry.
    let department =
        |entry: &Spanned<DepartmentRef>| context.resolver.department(entry).id().ok_or_else(|| entry.value.clone());
    check_list(reach, reach.range.departments().map(|entry| (department(entry), entry)), findings);
    let tag = |entry: &Spanned<String>| context.resolver.tag(entry).id().unwrap_or_else(|| entry.value.clone());
    check_list(reach, reach.range.tags().map(|entry| (tag(entry), entry)), findings);
}

/// Each entry comes with the key that identifies it.
fn check_list<'e, T: Display + Eq + 'e>(
    reach: &AudienceRef<'_>,
    entries: impl Iterator<Item = (impl Eq + Hash, &'e Spanned<T>)>,
    findings: &mut FindingSink<'_>,
) {
    let mut seen: HashMap<_, &Spanned<T>> = HashMap::new();
    for (key, entry) in entries {
        let Some(first) = seen.get(&key) else {
            seen.insert(key, entry);
            continue;
        };
        let (this, other) = (short(&entry.value.to_string()), short(&first.value.to_string()));
        let message = if entry.value == first.value {
            text!(en: "`{this}` is in the list twice", zh: "`{this}` 在列表里写了两次")
        } else {
            text!(
                en: "`{this}` is the same as `{other}`, which is also in the list",
                zh: "`{this}` 和列表里的 `{other}` 是同一个"
            )
        };
        findings
            .at(&entry.span, text!(en: "again here", zh: "这里又写了一次"), message)
            .related(Place::new(&reach.file.path, &first.span, text!(en: "first here", zh: "第一次在这里")))
            .help(text!(
                en: "remove one of them; was another one meant?",
                zh: "请删掉其中一个；是不是本来想写别的？"
            ));
    }
}
