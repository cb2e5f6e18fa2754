use std::collections::BTreeMap;

use crate::check::{Context, Found, Rule, Run};
use crate::diag::{Level, Place};

pub(super) static RULE: Rule =
    Rule { code: "duplicate-id", level: Level::Error, page: include_str!("duplicate_id.md"), run: Run::Book(run) };

fn run(context: &Context<'_>, found: &mut Found<'_>) {
    let mut by_id: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
    for draft in &context.book.drafts {
        if let Some(id) = &draft.id {
            by_id.entry(&id.value).or_default().push(Place::new(&draft.file.path, &id.span, "one of them"));
        }
    }
    for (id, places) in by_id.into_iter().filter(|(_, places)| places.len() > 1) {
        // Each file is told, so that each campaign is held: nobody can say which of them is meant.
        for (n, place) in places.iter().enumerate() {
            let finding = found.place(place.clone(), format!("two campaigns have the id `{id}`"));
            for other in places.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, other)| other) {
                finding.related(Place { words: "the same id here".to_owned(), ..other.clone() });
            }
            finding.help("give each campaign an id of its own; the id is what its history hangs on");
        }
    }
}
