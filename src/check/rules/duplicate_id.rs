use std::collections::{BTreeMap, HashSet};

use crate::check::characters::short;
use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run};
use crate::diag::{Level, Place};

pub(in crate::check) static RULE: Rule =
    Rule { code: "duplicate-id", level: Level::Error, page: include_str!("duplicate_id.md"), run: Run::Book(run) };

fn run(cases: &[CampaignCheck<'_>], _: &Context<'_>, found: &mut FindingSink<'_>) {
    let ids = || cases.iter().filter_map(|case| case.draft.id.as_ref().map(|id| (id, case)));
    let mut seen = HashSet::with_capacity(cases.len());
    let twice: HashSet<&str> = ids().map(|(id, _)| id.as_str()).filter(|id| !seen.insert(*id)).collect();
    let mut by_id: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
    for (id, case) in ids().filter(|(id, _)| twice.contains(id.as_str())) {
        by_id.entry(id).or_default().push(case.place(&id.span, "one of them"));
    }
    for (id, places) in by_id {
        let headline = match places.len() {
            2 => format!("two campaigns have the id `{}`", short(id)),
            count => format!("{count} campaigns have the id `{}`", short(id)),
        };
        // Each file is told, so that each campaign is held: nobody can say which of them is meant.
        for (n, place) in places.iter().enumerate() {
            let other = if n == 0 { &places[1] } else { &places[0] };
            found
                .place(place.clone(), headline.clone())
                .related(Place { words: text!(en: "the same id here", zh: "这里的 id 相同"), ..other.clone() })
                .help("give each campaign an id of its own; the id is what its history hangs on");
        }
    }
}
