//! `results.toml` of the book: what came of the last posts of each campaign, for reviewers. Counts only.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::NaiveDate;

use super::{By, Entry, groups};
use crate::ids::CampaignId;
use crate::post::{Names, PastCounts, PastOutcome};

/// In both languages, because colleagues of both read the file.
const HEAD: &str = "# 由 `drumbeat report --save` 写入：只有人数，没有客户和成员的信息；请重新写入，不要手工修改。\n\
    # Written by `drumbeat report --save`: numbers only, no customers and no members; write it again instead of editing.";

/// Posts of each campaign in the file.
pub const MAX_POSTS: usize = 3;
/// Seconds of a day.
const DAY: u64 = 86_400;

/// The text of `results.toml`, a line for each post, so that a difference can be read. `entries` are posted runs.
pub fn toml(corp: &str, today: NaiveDate, mut entries: Vec<Entry>) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.run.due));
    let mut of_campaigns: BTreeMap<CampaignId, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        let posts = of_campaigns.entry(entry.run.campaign.clone()).or_default();
        if posts.len() < MAX_POSTS {
            posts.push(entry);
        }
    }
    let mut out = format!("{HEAD}\nversion = 1\ncorp = {}\ncounted_on = \"{today}\"\n", quoted(corp));
    let rows: String = of_campaigns.values().flatten().map(row).collect();
    let _ = if rows.is_empty() { writeln!(out, "posts = []") } else { writeln!(out, "posts = [\n{rows}]") };
    out
}

fn row(entry: &Entry) -> String {
    let (campaign, due) = (&entry.run.campaign, entry.run.due_local().format("%Y-%m-%dT%H:%M"));
    let numbers = match outcome(entry) {
        PastOutcome::Counted(counts) => {
            let PastCounts { days, members, posted, customers, likes, comments, uncounted } = counts;
            let without = if uncounted == 0 { String::new() } else { format!(", uncounted = {uncounted}") };
            format!(
                "days = {days}, members = {members}, posted = {posted}, customers = {customers}, likes = {likes}, \
                 comments = {comments}{without}"
            )
        }
        other => format!("why = \"{}\"", other.code().unwrap_or_default()),
    };
    format!("    {{ campaign = \"{campaign}\", due = \"{due}\", {numbers} }},\n")
}

fn outcome(entry: &Entry) -> PastOutcome {
    let Some(group) = groups(std::slice::from_ref(entry), By::Run, &Names::default()).pop() else {
        return PastOutcome::NotCounted;
    };
    let missing = group.missing;
    if group.runs > 0 {
        return PastOutcome::Counted(PastCounts {
            days: group.ages.map_or(0, |(_, age)| age.as_secs() / DAY),
            members: group.asked.unwrap_or(group.posted),
            posted: group.posted,
            customers: group.customers,
            likes: group.likes,
            comments: group.comments,
            uncounted: missing.unlicensed + missing.left + missing.others,
        });
    }
    match (missing.deleted_runs, missing.refused_runs) {
        (1.., _) => PastOutcome::Deleted,
        (0, 1..) => PastOutcome::Refused,
        (0, 0) => PastOutcome::NotCounted,
    }
}
