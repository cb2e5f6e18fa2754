//! Who has posted a moment and who has not yet, for `report`.

use chrono::SecondsFormat;
use csv::Terminator;
use serde::Serialize;

use super::parts::{self, lines};
use crate::escape;
use crate::run::Run;
use crate::store::{AckProgress, MemberAck};

/// Names told in a line before the rest is only counted.
const NAMES: usize = 10;

/// What is known of one run.
#[derive(Clone, Debug)]
pub struct Entry {
    pub run: Run,
    pub reached: Option<AckProgress>,
    pub members: Vec<MemberAck>,
}

/// The stable form (additions only).
#[derive(Serialize)]
struct Reach<'a> {
    version: u32,
    runs: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    run: String,
    campaign: &'a str,
    state: &'static str,
    moment_id: Option<&'a str>,
    asked_at: Option<String>,
    posted: usize,
    members: usize,
    not_yet: Vec<&'a str>,
    trouble: Option<&'a str>,
}

impl Entry {
    fn posted(&self) -> usize {
        self.members.iter().filter(|asked| asked.posted_at.is_some()).count()
    }

    fn not_yet(&self) -> impl Iterator<Item = &str> {
        self.members.iter().filter(|asked| asked.posted_at.is_none()).map(|asked| asked.member.as_str())
    }

    fn asked_at(&self) -> Option<String> {
        self.reached.as_ref().map(|it| it.asked_at.to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    /// In words: how many of how many, or why that is not known.
    fn progress(&self) -> String {
        match (&self.reached, self.members.len()) {
            _ if !self.run.state.is_posted() => "was not posted".to_owned(),
            (Some(AckProgress { trouble: Some(why), .. }), 0) => why.clone(),
            (None, _) => "not asked yet".to_owned(),
            (Some(_), 0) => "WeCom is still telling the members".to_owned(),
            (Some(_), of) => format!("{} of {of}", self.posted()),
        }
    }

    fn names(&self) -> String {
        let mut names: Vec<&str> = self.not_yet().take(NAMES).collect();
        let rest = self.not_yet().count().saturating_sub(NAMES);
        let more = format!("and {rest} more");
        if rest > 0 {
            names.push(&more);
        }
        names.join(", ")
    }

    fn cells(&self) -> [String; 4] {
        [self.run.id().to_string(), self.run.state.to_string(), self.progress(), self.names()]
    }
}

const HEAD: [&str; 4] = ["run", "state", "posted", "not yet"];

/// For people. `width` is the terminal's; nothing where there is none.
pub fn human(entries: &[Entry], width: Option<u16>) -> String {
    if entries.is_empty() {
        return "no runs\n".to_owned();
    }
    lines(HEAD, 1, entries.iter().map(Entry::cells), width)
}

/// For a page or a comment.
pub fn markdown(entries: &[Entry]) -> String {
    let line = |cells: [String; 4]| format!("| {} |\n", cells.map(|cell| escape::markdown(&cell)).join(" | "));
    let mut text = line(HEAD.map(str::to_owned));
    text.push_str("| --- | --- | --- | --- |\n");
    entries.iter().for_each(|entry| text.push_str(&line(entry.cells())));
    text
}

/// One line a member: what a spreadsheet wants.
pub fn csv(entries: &[Entry]) -> String {
    let rows = entries.iter().flat_map(|entry| entry.members.iter().map(|member| csv_row(entry, member)));
    parts::csv(["run", "campaign", "member", "posted", "seen_at"], rows, Terminator::Any(b'\n'))
}

fn csv_row(entry: &Entry, ack: &MemberAck) -> [String; 5] {
    let run = entry.run.id().to_string();
    let [run, campaign, member] = [&run, entry.run.campaign.as_str(), &ack.member].map(escape::csv);
    let posted = if ack.posted_at.is_some() { "yes" } else { "no" };
    let seen = ack.posted_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default();
    [run, campaign, member, posted.to_owned(), seen]
}

/// For programs.
pub fn json(entries: &[Entry]) -> serde_json::Result<String> {
    let row = |entry| {
        let entry: &Entry = entry;
        Row {
            run: entry.run.id().to_string(),
            campaign: entry.run.campaign.as_str(),
            state: entry.run.state.name(),
            moment_id: entry.run.moment_id.as_deref(),
            asked_at: entry.asked_at(),
            posted: entry.posted(),
            members: entry.members.len(),
            not_yet: entry.not_yet().collect(),
            trouble: entry.reached.as_ref().and_then(|it| it.trouble.as_deref()),
        }
    };
    let reach = Reach { version: 1, runs: entries.iter().map(row).collect() };
    serde_json::to_string_pretty(&reach).map(|text| text + "\n")
}
