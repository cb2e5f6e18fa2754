//! What is to be done now. Pure: no input but the state, so that every decision can be tested as a value.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::adopt::{Armed, Stand, due};
use super::holds::keeping;
use super::words;
use crate::ids::{CampaignId, CorpId};
use crate::run::{OpenRuns, Run, RunId, State};
use crate::schedule::Occurrence;
use crate::store::Hold;

/// One thing to do with one run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Upload what it needs, and send it.
    Carry(RunId),
    /// Ask what became of its job.
    Ask(RunId),
    /// Look for it at WeCom.
    Look(RunId),
    /// Too late: nothing was sent, and nothing will be.
    GiveUp(RunId),
}

/// What to do now, and when to think again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agenda {
    pub steps: Vec<Step>,
    pub wake: Option<DateTime<Utc>>,
}

/// What bears on the decision beside the runs.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    /// Runs that are being worked on.
    pub busy: BTreeSet<RunId>,
    /// No creation is allowed before this instant.
    pub closed_until: Option<DateTime<Utc>>,
    /// How many more runs may be carried at the same time.
    pub free_carriers: usize,
}

/// Looks at every open run.
pub fn decide(now: DateTime<Utc>, runs: &OpenRuns, traffic: &Traffic) -> Agenda {
    let mut agenda = Agenda::default();
    let mut queue = Vec::new();
    for (id, run) in runs {
        if traffic.busy.contains(id) {
            continue;
        }
        match run.state {
            State::Claimed if now > run.latest => agenda.steps.push(Step::GiveUp(id.clone())),
            State::Claimed => {
                agenda.wake_at(run.latest + TimeDelta::milliseconds(1));
                let from = traffic.closed_until.map_or(run.not_before, |open| open.max(run.not_before));
                if from > now {
                    agenda.wake_at(from);
                } else if traffic.free_carriers > 0 {
                    queue.push(run);
                }
            }
            State::Submitted if run.not_before <= now => agenda.steps.push(Step::Ask(id.clone())),
            State::InDoubt if run.needs_person => {}
            State::InDoubt if run.not_before <= now => agenda.steps.push(Step::Look(id.clone())),
            State::Submitted | State::InDoubt => agenda.wake_at(run.not_before),
            _ => {}
        }
    }
    agenda.steps.extend(in_turn(queue, traffic.free_carriers).into_iter().map(|run| Step::Carry(run.id())));
    agenda
}

impl Agenda {
    fn wake_at(&mut self, at: DateTime<Utc>) {
        self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
    }
}

/// The first few of the queue in the order of due times; of runs due at the same instant, each campaign's first goes
/// before any second. `queue` is in the order of the runs' names, which puts those of one campaign side by side.
///
/// Asked at every turn of the engine, so it looks once at each run and sorts only what it gives.
fn in_turn(queue: Vec<&Run>, wanted: usize) -> Vec<&Run> {
    let mut campaign: Option<&CampaignId> = None;
    let mut turns: BTreeMap<DateTime<Utc>, usize> = BTreeMap::new();
    let mut placed: Vec<(DateTime<Utc>, usize, &Run)> = Vec::with_capacity(queue.len());
    for run in queue {
        if campaign != Some(&run.campaign) {
            campaign = Some(&run.campaign);
            turns.clear();
        }
        let turn = turns.entry(run.due).or_default();
        *turn += 1;
        placed.push((run.due, *turn, run));
    }
    let order = |a: &(DateTime<Utc>, usize, &Run), b: &(DateTime<Utc>, usize, &Run)| {
        (a.0, a.1, &a.2.campaign, a.2.slot).cmp(&(b.0, b.1, &b.2.campaign, b.2.slot))
    };
    if placed.len() > wanted {
        placed.select_nth_unstable_by(wanted, order);
        placed.truncate(wanted);
    }
    placed.sort_by(order);
    placed.into_iter().map(|(_, _, run)| run).collect()
}

/// The runs of a campaign's occurrences that have fallen due, oldest first.
///
/// At most the newest is posted: a service that was down does not make up for it with a burst.
pub(super) fn births(
    corp: &CorpId,
    armed: &Armed,
    occurrences: &[Occurrence],
    holds: &[Hold],
    commit: Option<&str>,
    now: DateTime<Utc>,
) -> Vec<Run> {
    let start = |occurrence| due(corp, &armed.id, &armed.terms, occurrence, commit);
    let mut born = Vec::with_capacity(occurrences.len());
    // Whatever keeps an occurrence back keeps the older ones back as well.
    let hold = |occurrence: &Occurrence| keeping(holds, corp, &armed.id, occurrence.at);
    let kept = occurrences.iter().map_while(|it| Some((it, hold(it)?)));
    born.extend(kept.map(|(it, hold)| Run::on_hold(start(it), hold.id, words::on_hold(hold), now)));
    let occurrences = &occurrences[born.len()..];
    let Some((newest, older)) = occurrences.split_last() else { return born };
    match &armed.stand {
        Stand::Held(reason) => {
            born.extend(occurrences.iter().map(|it| Run::held(start(it), reason.clone(), now)));
        }
        Stand::Live(campaign) => {
            born.extend(older.iter().map(|it| {
                let latest = armed.terms.latest(it.at);
                let reason = if now > latest { words::too_late(it.at, now) } else { words::NEWER_DUE.to_owned() };
                Run::missed(start(it), reason, now)
            }));
            let due = start(newest);
            born.push(match &newest.doubt {
                Some(doubt) => Run::held(due, doubt.to_string(), now),
                None if now > due.latest => Run::missed(due, words::too_late(newest.at, now), now),
                None => Run::claimed(due, campaign.post.clone(), now),
            });
        }
    }
    born
}

/// How long to wait after the `n`th fruitless try, from 0.
pub(super) fn backoff(n: u32, first: Duration, longest: Duration) -> Duration {
    first.saturating_mul(1u32.checked_shl(n.min(20)).unwrap_or(u32::MAX)).min(longest)
}

/// How long to wait before the `n`th question about a job, from 0: 1, 2, 5, 10, 30 seconds, then every minute for an
/// hour, then every ten.
pub(super) fn poll_wait(n: u32) -> Duration {
    const FIRST: [u64; 5] = [1, 2, 5, 10, 30];
    let seconds = FIRST.get(n as usize).copied().unwrap_or(if n < 65 { 60 } else { 600 });
    Duration::from_secs(seconds)
}

/// How long to wait before the `n`th look for a lost post, from 0: 5 s, then growing, at most 3 minutes.
pub(super) fn look_wait(n: u32) -> Duration {
    backoff(n, Duration::from_secs(5), Duration::from_secs(180))
}
