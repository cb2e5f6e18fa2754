//! `results.toml`: what came of the last posts of each campaign, as written by `drumbeat report --save`. Counts only: it
//! names no customer and no member.

use std::sync::Arc;

use chrono::NaiveDateTime;

use super::counts_head::{CountsHead, CountsKind};
use super::files::SourceFile;
use super::parse_error::Wanted;
use super::table::{Table, whole_number};
use crate::post::{PastCounts, PastOutcome, PastResult};

/// The file as written.
#[derive(Clone, Debug)]
pub struct ResultsFile {
    pub head: CountsHead,
    /// The id of a campaign, and one of its posts.
    pub posts: Vec<(String, PastResult)>,
}

/// Reads `results.toml`.
pub fn read(file: &Arc<SourceFile>) -> ResultsFile {
    let mut posts = Vec::new();
    let head = CountsHead::read(file, CountsKind::Results, |top| {
        top.require(&["posts"]);
        posts = top.tables("posts").into_iter().filter_map(|mut table| post(&mut table)).collect();
    });
    ResultsFile { head, posts }
}

fn post(table: &mut Table<'_>) -> Option<(String, PastResult)> {
    table.require(&["campaign", "due"]);
    let campaign = table.text("campaign");
    let time = |value: &toml::de::DeValue<'_>| NaiveDateTime::parse_from_str(value.as_str()?, "%Y-%m-%dT%H:%M").ok();
    let due = table.value("due", Wanted::DateOrTime, time);
    let why = table.value("why", Wanted::Text, |value| PastOutcome::of_code(value.as_str()?));
    if why.is_none() {
        table.require(&["days", "members", "posted", "customers", "likes", "comments"]);
    }
    let mut number = |key| table.value(key, Wanted::Integer, |value| u64::try_from(whole_number(value)?).ok());
    let (days, members, posted) = (number("days"), number("members"), number("posted"));
    let (customers, likes, comments) = (number("customers"), number("likes"), number("comments"));
    let uncounted = number("uncounted").map_or(0, |it| it.value);
    let counts = || {
        Some(PastCounts {
            days: days?.value,
            members: members?.value,
            posted: posted?.value,
            customers: customers?.value,
            likes: likes?.value,
            comments: comments?.value,
            uncounted,
        })
    };
    let outcome = match why {
        Some(why) => why.value,
        None => PastOutcome::Counted(counts()?),
    };
    Some((campaign?.value, PastResult { due: due?.value, outcome }))
}
