use std::collections::{BTreeMap, HashSet};

use crate::check::characters::short;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Level, Place};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "duplicate-id",
    level: Level::Error,
    summary: StaticText { en: "The same `id` in two campaign files.", zh: "两个活动文件写了同一个 `id`。" },
    blocks: Blocks::Campaign,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("duplicate_id.md"), zh: include_str!("duplicate_id.zh.md") },
    run: RuleFn::Book(run),
};

fn run(checks: &[CampaignCheck<'_>], _: &Context<'_>, findings: &mut FindingSink<'_>) {
    let ids = || checks.iter().filter_map(|check| check.parsed.id.as_ref().map(|id| (id, check)));
    let mut seen = HashSet::with_capacity(checks.len());
    let twice: HashSet<&str> = ids().map(|(id, _)| id.as_str()).filter(|id| !seen.insert(*id)).collect();
    let mut by_id: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
    for (id, check) in ids().filter(|(id, _)| twice.contains(id.as_str())) {
        by_id.entry(id).or_default().push(check.place(&id.span, text!(en: "one of them", zh: "这一个")));
    }
    for (id, places) in by_id {
        let id = short(id);
        let headline = match places.len() {
            2 => text!(en: "two campaigns have the id `{id}`", zh: "两个活动的 `id` 都是 `{id}`"),
            count => text!(en: "{count} campaigns have the id `{id}`", zh: "{count} 个活动的 `id` 都是 `{id}`"),
        };
        // Every file gets a finding, so that all these campaigns are held: any of them may be the right one.
        for (n, place) in places.iter().enumerate() {
            let other = if n == 0 { &places[1] } else { &places[0] };
            findings
                .place(place.clone(), headline.clone())
                .related(Place { words: text!(en: "the same id here", zh: "另一个，`id` 相同"), ..other.clone() })
                .help(text!(
                    en: "give each campaign its own id; its history is stored under the id",
                    zh: "请给每个活动取不同的 `id`；发表记录是按 `id` 保存的，相同就会混在一起"
                ));
        }
    }
}
