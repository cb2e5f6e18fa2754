//! What must hold at the end of every seed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::run::{Run, Slot, State};
use drumbeat::sandbox::Entry;
use drumbeat::store::{Hold, LogLine};

use super::book::Expected;

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(String);

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything that there is to look at.
pub(super) struct Case<'a> {
    pub(super) quiet: bool,
    pub(super) failure: Option<String>,
    pub(super) runs: &'a [Run],
    pub(super) logs: Vec<Vec<LogLine>>,
    pub(super) ledger: Vec<Entry>,
    pub(super) expected: &'a BTreeMap<(String, Slot), Expected>,
    pub(super) holds: Vec<Hold>,
    pub(super) creates: Vec<DateTime<Utc>>,
    pub(super) per_minute: usize,
}

pub(super) fn judge(case: &Case<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut say = |text: String| found.push(Violation(text));
    if let Some(why) = &case.failure {
        say(format!("the engine failed: {why}"));
    }
    everything_due_has_one_outcome(case, &mut say);
    history_and_ledger_agree(case, &mut say);
    the_rate_is_kept(case, &mut say);
    every_move_is_legal(case, &mut say);
    nothing_leaves_on_hold(case, &mut say);
    found
}

fn everything_due_has_one_outcome(case: &Case<'_>, say: &mut impl FnMut(String)) {
    let mut by_key = BTreeMap::new();
    for run in case.runs {
        if by_key.insert((run.campaign.to_string(), run.slot), run).is_some() {
            say(format!("{} stands twice in history", run.id()));
        }
        if !run.state.is_over() && !run.needs_person {
            say(format!("{} is still {}", run.id(), run.state));
        }
    }
    for (key, expected) in case.expected {
        match by_key.get(key) {
            None => say(format!("{}@{} was due at {} and has no run: lost", key.0, key.1, expected.due)),
            Some(run) => {
                let text = run.post.as_ref().and_then(|post| post.text.clone());
                if text.is_some_and(|text| text != expected.text) {
                    say(format!("{} carries another text than was in force when it was due", run.id()));
                }
                if case.quiet && run.state != State::Created {
                    say(format!("{} is {} though nothing went wrong: {:?}", run.id(), run.state, run.reason));
                }
            }
        }
    }
    for (key, run) in &by_key {
        if !case.expected.contains_key(key) {
            say(format!("{} was never due: {} {:?}", run.id(), run.state, run.reason));
        }
    }
}

fn history_and_ledger_agree(case: &Case<'_>, say: &mut impl FnMut(String)) {
    let exists: BTreeMap<&str, &Entry> = case
        .ledger
        .iter()
        .filter(|entry| entry.errcode == 0)
        .filter_map(|entry| Some((entry.moment_id.as_deref()?, entry)))
        .collect();
    let mut claimed = BTreeSet::new();
    for run in case.runs.iter().filter(|run| run.state.is_posted()) {
        let moment_id = run.moment_id.as_deref().unwrap_or_default();
        let Some(entry) = exists.get(moment_id) else {
            say(format!("{} is {} and WeCom does not have it", run.id(), run.state));
            continue;
        };
        if !claimed.insert(moment_id) {
            say(format!("{} shares its moment with another run", run.id()));
        }
        if run.post.as_ref().and_then(|post| post.text.as_deref()) != Some(&*entry.text) {
            say(format!("{} is not what WeCom has", run.id()));
        }
    }
    // A moment that no run owns is excused by a run of its text that waits for a person or whose job never ended.
    let mut excuses: BTreeMap<String, usize> = BTreeMap::new();
    for run in case.runs.iter().filter(|run| run.needs_person || run.state == State::Expired) {
        let text = run.post.as_ref().and_then(|post| post.text.clone()).unwrap_or_default();
        *excuses.entry(text).or_default() += 1;
    }
    for (moment_id, entry) in exists.iter().filter(|(id, _)| !claimed.contains(**id)) {
        match excuses.get_mut(&entry.text).filter(|left| **left > 0) {
            Some(left) => *left -= 1,
            None => {
                say(format!("WeCom has {moment_id} ({}) at {} and no run owns it: posted twice", entry.text, entry.at))
            }
        }
    }
}

fn the_rate_is_kept(case: &Case<'_>, say: &mut impl FnMut(String)) {
    let mut times = case.creates.clone();
    times.sort();
    for window in times.windows(case.per_minute + 1) {
        let (first, last) = (window[0], window[case.per_minute]);
        if last - first < TimeDelta::seconds(60) {
            say(format!("{} creations from {first} to {last}, the limit is {}", window.len(), case.per_minute));
            return;
        }
    }
}

/// A request that had leave when the hold came may still be waiting for a token, and the wall may be set meanwhile.
const ALREADY_LEAVING: TimeDelta = TimeDelta::minutes(3);

fn nothing_leaves_on_hold(case: &Case<'_>, say: &mut impl FnMut(String)) {
    for hold in &case.holds {
        let end = hold.lifted.as_ref().map_or(DateTime::<Utc>::MAX_UTC, |lifted| lifted.at - TimeDelta::minutes(1));
        if let Some(at) = case.creates.iter().find(|at| (hold.at + ALREADY_LEAVING..end).contains(at)) {
            say(format!("something was sent at {at}, on hold since {}", hold.at));
        }
    }
}

/// The life of a run as the design draws it, written down once more so that the engine's own table is not its judge.
const LEGAL: &[(&str, &str)] = &[
    ("claimed", "claimed"),
    ("claimed", "sending"),
    ("claimed", "failed"),
    ("sending", "claimed"),
    ("sending", "submitted"),
    ("sending", "refused"),
    ("sending", "in_doubt"),
    ("submitted", "submitted"),
    ("submitted", "created"),
    ("submitted", "partial"),
    ("submitted", "refused"),
    ("submitted", "expired"),
    ("in_doubt", "in_doubt"),
    ("in_doubt", "created"),
    ("in_doubt", "absent"),
    ("in_doubt", "claimed"),
    ("claimed", "held"),
    ("held", "claimed"),
];

fn every_move_is_legal(case: &Case<'_>, say: &mut impl FnMut(String)) {
    for (run, log) in case.runs.iter().zip(&case.logs) {
        let mut stands: Option<&str> = None;
        for line in log {
            let legal = match (stands, line.from.as_deref()) {
                (None, None) => ["claimed", "missed", "held"].contains(&&*line.to),
                (Some(stands), Some(from)) => stands == from && LEGAL.contains(&(from, &*line.to)),
                _ => false,
            };
            if !legal {
                say(format!("{} went from {:?} to {}", run.id(), line.from, line.to));
            }
            stands = Some(&line.to);
        }
        if stands != Some(run.state.name()) {
            say(format!("the log of {} does not end where the run stands", run.id()));
        }
    }
}
