//! Reminders of members who have not posted a moment: who would get one, and who got one.

use std::fmt::Write as _;

use chrono::SecondsFormat;
use serde::Serialize;

use super::runs::local_at;
use crate::escape;
use crate::ops::{NudgePlan, Nudged};
use crate::store::Nudge;
use crate::text::{Lang, Text};

/// The stable JSON format (additions only).
#[derive(Serialize)]
struct Plan<'a> {
    version: u32,
    run: String,
    posted: usize,
    members: usize,
    would_remind: Vec<&'a str>,
    reminded_enough: &'a [String],
    reminded_lately: &'a [String],
    text: &'a str,
    /// `null`: nothing was sent.
    sent: Option<Sent>,
}

#[derive(Serialize)]
struct Sent {
    sent: usize,
    invalid: usize,
    unlicensed: usize,
    unknown: usize,
}

/// One reminder, for the JSON of a run.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    member: &'a str,
    number: u32,
    at: String,
    by: Option<&'a str>,
    outcome: &'static str,
}

/// Who would be reminded, with what text.
pub fn human(plan: &NudgePlan, text: &str, lang: Lang) -> String {
    let NudgePlan { run, members, posted, asked, .. } = plan;
    let (id, count) = (run.id(), members.len());
    let mut out = String::new();
    let first = text!(
        en: "{id}: {posted} of {asked} members have posted; {count} would be reminded\n",
        zh: "{id}：{asked} 名成员中 {posted} 人已发表；可以提醒 {count} 人\n"
    );
    out.push_str(first.get(lang));
    let receivers: Vec<&str> = members.iter().map(|member| member.userid()).collect();
    let mut list = |label: Text, all: &[&str]| {
        if !all.is_empty() {
            let _ = writeln!(
                out,
                "{}",
                text!(en: "  {label}: {names}", zh: "  {label}：{names}", label = label, names = names(all)).get(lang)
            );
        }
    };
    list(text!(en: "to remind", zh: "提醒"), &receivers);
    let enough: Vec<&str> = plan.reminded_enough.iter().map(String::as_str).collect();
    list(text!(en: "reminded twice already", zh: "已经提醒过两次"), &enough);
    let lately: Vec<&str> = plan.reminded_lately.iter().map(String::as_str).collect();
    list(text!(en: "reminded within the last hour", zh: "一小时内提醒过"), &lately);
    if !members.is_empty() {
        let _ = writeln!(out, "\n{text}");
    }
    escape::terminal_lines(&out)
}

/// For programs. `nudged`: what was sent.
///
/// # Errors
/// The report cannot be serialized.
pub fn json(plan: &NudgePlan, text: &str, nudged: Option<Nudged>) -> serde_json::Result<String> {
    let document = Plan {
        version: 1,
        run: plan.run.id().to_string(),
        posted: plan.posted,
        members: plan.asked,
        would_remind: plan.members.iter().map(|member| member.userid()).collect(),
        reminded_enough: &plan.reminded_enough,
        reminded_lately: &plan.reminded_lately,
        text,
        sent: nudged.map(|Nudged { sent, invalid, unlicensed, unknown }| Sent { sent, invalid, unlicensed, unknown }),
    };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

/// A line for each time at which members of a run were reminded. `zone`: that of the run.
pub fn of_run(nudges: &[Nudge], zone: &str) -> Vec<Text> {
    let same_time = |one: &Nudge, other: &Nudge| (one.at, &one.person) == (other.at, &other.person);
    let line = |together: &[Nudge]| {
        let first = together.first()?;
        let all: Vec<&Nudge> = together.iter().collect();
        let (at, outcome) = (local_at(first.at, zone), Nudged::of(&all).text());
        Some(match &first.person {
            Some(person) => {
                text!(en: "{at}: {outcome}; by {person}", zh: "{at}：{outcome}；操作人 {person}", outcome = outcome)
            }
            None => text!(en: "{at}: {outcome}", zh: "{at}：{outcome}", outcome = outcome),
        })
    };
    nudges.chunk_by(same_time).filter_map(line).collect()
}

pub(super) fn rows(nudges: &[Nudge]) -> Vec<Row<'_>> {
    let row = |nudge| {
        let nudge: &Nudge = nudge;
        let Nudge { member, number, at, person, outcome } = nudge;
        Row {
            member,
            number: *number,
            at: at.to_rfc3339_opts(SecondsFormat::Secs, true),
            by: person.as_deref(),
            outcome: outcome.name(),
        }
    };
    nudges.iter().map(row).collect()
}

/// All of them: this is the place to see who hears.
fn names(all: &[&str]) -> Text {
    let names: Vec<Text> = all.iter().map(|name| Text::quoted(*name)).collect();
    Text::join(&names, &text!(en: ", ", zh: "、"))
}
