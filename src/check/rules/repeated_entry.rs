use std::collections::HashMap;
use std::fmt::Display;
use std::hash::Hash;

use crate::book::List;
use crate::check::words::short;
use crate::check::{Context, Found, Reach, Rule, Run};
use crate::diag::{Level, Place};

pub(in crate::check) static RULE: Rule = Rule {
    code: "repeated-entry",
    level: Level::Warning,
    page: include_str!("repeated_entry.md"),
    run: Run::Reach(run),
};

fn run(reach: &Reach<'_>, _: &Context<'_>, found: &mut Found<'_>) {
    if let Some(senders) = &reach.range.sender_list {
        senders.user_list.iter().for_each(|list| look(reach, list, found));
        senders.department_list.iter().for_each(|list| look(reach, list, found));
    }
    if let Some(contacts) = &reach.range.external_contact_list {
        contacts.tag_list.iter().for_each(|list| look(reach, list, found));
    }
}

fn look<T: Eq + Hash + Display>(reach: &Reach<'_>, list: &List<T>, found: &mut Found<'_>) {
    let mut seen = HashMap::new();
    for entry in &list.value {
        match seen.get(&entry.value) {
            None => {
                seen.insert(&entry.value, &entry.span);
            }
            Some(first) => {
                found
                    .at(&entry.span, "again", format!("`{}` stands in the list twice", short(&entry.value.to_string())))
                    .related(Place::new(&reach.file.path, first, "first here"))
                    .help("take one of them out; was another one meant?");
            }
        }
    }
}
