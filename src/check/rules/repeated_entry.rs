use std::collections::HashMap;
use std::fmt::Display;
use std::hash::Hash;

use crate::book::{DepartmentRef, Spanned};
use crate::check::characters::short;
use crate::check::{AudienceRef, Blocks, Concern, Context, FindingSink, Rule, Run};
use crate::diag::{Level, Place};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "repeated-entry",
    level: Level::Warning,
    summary: StaticText {
        en: "The same user, department or tag twice in one list.",
        zh: "同一份名单里，同一个成员、部门或标签写了两次。",
    },
    blocks: Blocks::Nothing,
    concerns: Concern::Audience,
    pages: StaticText { en: include_str!("repeated_entry.md"), zh: include_str!("repeated_entry.zh.md") },
    run: Run::Audience(run),
};

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    look(reach, reach.range.senders().map(|user| (user.value.clone(), user)), found);
    // A name and the id that it stands for are one.
    let department =
        |entry: &Spanned<DepartmentRef>| context.resolver.department(entry).id().ok_or_else(|| entry.value.clone());
    look(reach, reach.range.departments().map(|entry| (department(entry), entry)), found);
    let tag = |entry: &Spanned<String>| context.resolver.tag(entry).id().unwrap_or_else(|| entry.value.clone());
    look(reach, reach.range.tags().map(|entry| (tag(entry), entry)), found);
}

/// Each entry with what tells it from the others.
fn look<'e, T: Display + Eq + 'e>(
    reach: &AudienceRef<'_>,
    entries: impl Iterator<Item = (impl Eq + Hash, &'e Spanned<T>)>,
    found: &mut FindingSink<'_>,
) {
    let mut seen: HashMap<_, &Spanned<T>> = HashMap::new();
    for (key, entry) in entries {
        let Some(first) = seen.get(&key) else {
            seen.insert(key, entry);
            continue;
        };
        let (this, other) = (entry.value.to_string(), first.value.to_string());
        let message = if this == other {
            format!("`{}` stands in the list twice", short(&this))
        } else {
            format!("`{}` is the same as `{}`, which stands in the list too", short(&this), short(&other))
        };
        found
            .at(&entry.span, "again", message)
            .related(Place::new(&reach.file.path, &first.span, "first here"))
            .help("take one of them out; was another one meant?");
    }
}
