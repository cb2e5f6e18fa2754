//! What must hold at the end of every seed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::run::{Run, Slot, State};
use drumbeat::sandbox::Entry;
use drumbeat::store::LogLine;

use super::book::Expected;

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(String);

impl Violation {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything that is judged.
pub(super) struct Case<'a> {
    pub(super) quiet: bool,
    /// A failover lost commits: what was sent in them is recorded as in doubt.
    pub(super) loses_commits: bool,
    pub(super) failure: Option<String>,
    pub(super) runs: &'a [Run],
    pub(super) logs: Vec<Vec<LogLine>>,
    pub(super) ledger: Vec<Entry>,
    /// Moments that the list does not show and whose job has not ended, even at the end.
    pub(super) never_seen: BTreeSet<String>,
    pub(super) expected: &'a BTreeMap<(String, Slot), Expected>,
    pub(super) answers: Answers,
    pub(super) holds: &'a [HoldPeriod],
    pub(super) creates: Vec<Creation>,
    pub(super) per_minute: usize,
}

/// Faults in WeCom's answers that made the truth invisible.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answers {
    /// The list did not show moments of the API.
    pub(super) list_was_hidden: bool,
    /// One creation was answered with the ids of another.
    pub(super) names_were_wrong: bool,
}

/// A request to create that was sent.
#[derive(Clone, Debug)]
pub(super) struct Creation {
    /// The engine keeps the limit by its own clock. If that clock was set forward, WeCom may see more requests and
    /// refuse some.
    pub(super) by_our_clock: DateTime<Utc>,
    pub(super) at: DateTime<Utc>,
}

/// An interval in which everything was on hold.
pub(super) struct HoldPeriod {
    pub(super) from: DateTime<Utc>,
    pub(super) to: Option<DateTime<Utc>>,
}

pub(super) fn judge(case: &Case<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut say = |text: String| found.push(Violation(text));
    if let Some(why) = &case.failure {
        say(format!("the engine failed: {why}"));
    }
    everything_due_has_one_outcome(case, &mut say);
    nothing_goes_out_twice(case, &mut say);
    // The owner of a moment with a wrong id is unknown.
    if !case.answers.names_were_wrong {
        history_and_ledger_agree(case, &mut say);
    }
    the_rate_is_kept(case, &mut say);
    every_move_is_legal(case, &mut say);
    nothing_leaves_on_hold(case, &mut say);
    found
}

fn everything_due_has_one_outcome(case: &Case<'_>, say: &mut impl FnMut(String)) {
    let mut by_key = BTreeMap::new();
    let mut changed = BTreeSet::new();
    for (run, log) in case.runs.iter().zip(&case.logs) {
        if log.iter().any(|line| line.verb == "catch up") {
            changed.insert(run.id());
        }
        if by_key.insert((run.campaign.to_string(), run.slot), run).is_some() {
            say(format!("{} stands twice in history", run.id()));
        }
        if run.state == State::Missed && run.reason.is_none() {
            say(format!("{} was missed, and nothing says why", run.id()));
        }
        if !run.state.is_over() && !run.needs_review {
            say(format!("{} is still {}", run.id(), run.state));
        }
    }
    for (key, expected) in case.expected {
        match by_key.get(key) {
            None => say(format!("{}@{} was due at {} and has no run: lost", key.0, key.1, expected.due)),
            Some(run) => {
                let text = run.post.as_ref().and_then(|post| post.text.clone());
                // A run that was changed before it was sent is judged by its sent text.
                if !changed.contains(&run.id()) && text.is_some_and(|text| text != expected.text) {
                    say(format!("{} carries another text than was active when it was due", run.id()));
                }
                if case.quiet && run.state != State::Created {
                    say(format!("{} is {} though nothing went wrong: {:?}", run.id(), run.state, run.reason));
                }
            }
        }
    }
    for (key, run) in &by_key {
        if !case.expected.contains_key(key) && !matches!(run.slot, Slot::Manual { .. }) {
            say(format!("{} was never due: {} {:?}", run.id(), run.state, run.reason));
        }
    }
}

/// Whatever WeCom answers, a run makes one moment, and a second one only if it was sent again while the first was
/// invisible.
fn nothing_goes_out_twice(case: &Case<'_>, say: &mut impl FnMut(String)) {
    // With commits the server can lose that a run was sent; the machine that sent it then puts it in doubt.
    let was_sent =
        |line: &LogLine| line.to == State::Sending.name() || case.loses_commits && line.to == State::InDoubt.name();
    let mut allowed = by_text(case, |_, log| usize::from(log.iter().any(was_sent)));
    let mut resent = by_text(case, |_, log| log.iter().filter(|line| line.verb == "resend").count());
    let made = case.ledger.iter().filter(|entry| entry.errcode == 0);
    for Entry { at, text, moment_id, .. } in made {
        let never_seen = moment_id.as_ref().is_some_and(|id| case.never_seen.contains(id));
        let is_unseen = never_seen || case.answers.list_was_hidden;
        let excused = is_unseen && take(&mut resent, text) || take(&mut allowed, text);
        if !excused {
            say(format!("WeCom has more moments of \"{text}\" than runs of it were sent, one of {at}: posted twice"));
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
    // A moment without an owner is excused by a run with its text that waits for a person or whose job never ended.
    let is_hidden = case.answers.list_was_hidden;
    let mut excuses = by_text(case, |run, log| {
        let resent = log.iter().filter(|line| line.verb == "resend").count();
        let unseen = usize::from(run.state == State::Absent) + resent;
        usize::from(run.needs_review || run.state == State::Expired) + if is_hidden { unseen } else { 0 }
    });
    // If the process died before it had the job's id, the job cannot be polled. A moment that the list does not show
    // either
    // cannot be found: its run is absent or, with `retry_absent`, sent once more.
    let mut excuses_of_unseen = by_text(case, |run, log| {
        let resent = log.iter().filter(|line| line.verb == "resend").count();
        resent + usize::from(run.state == State::Absent && run.jobid.is_none())
    });
    for (moment_id, entry) in exists.iter().filter(|(id, _)| !claimed.contains(**id)) {
        let never_seen = case.never_seen.contains(*moment_id);
        // The excuse that fits no other moment is used first.
        let excused = never_seen && take(&mut excuses_of_unseen, &entry.text) || take(&mut excuses, &entry.text);
        if !excused {
            say(format!("WeCom has {moment_id} ({}) at {} and no run owns it: posted twice", entry.text, entry.at));
        }
    }
}

/// The count of the runs of each text, given a run and its log.
fn by_text(case: &Case<'_>, counts: impl Fn(&Run, &[LogLine]) -> usize) -> BTreeMap<String, usize> {
    let mut texts = BTreeMap::new();
    for (run, log) in case.runs.iter().zip(&case.logs) {
        let text = run.post.as_ref().and_then(|post| post.text.clone()).unwrap_or_default();
        *texts.entry(text).or_default() += counts(run, log);
    }
    texts
}

/// Takes one of a text, if one is left.
fn take(texts: &mut BTreeMap<String, usize>, text: &str) -> bool {
    texts.get_mut(text).filter(|left| **left > 0).map(|left| *left -= 1).is_some()
}

fn the_rate_is_kept(case: &Case<'_>, say: &mut impl FnMut(String)) {
    let mut times: Vec<DateTime<Utc>> = case.creates.iter().map(|it| it.by_our_clock).collect();
    times.sort();
    for window in times.windows(case.per_minute + 1) {
        let (first, last) = (window[0], window[case.per_minute]);
        if last - first < TimeDelta::seconds(60) {
            say(format!("{} creations from {first} to {last}, the limit is {}", window.len(), case.per_minute));
            return;
        }
    }
}

/// A request that was permitted before the hold may still be waiting for a token.
const ALREADY_LEAVING: TimeDelta = TimeDelta::minutes(3);

fn nothing_leaves_on_hold(case: &Case<'_>, say: &mut impl FnMut(String)) {
    for HoldPeriod { from, to } in case.holds {
        let held_back = *from + ALREADY_LEAVING..to.unwrap_or(DateTime::<Utc>::MAX_UTC);
        if let Some(Creation { at, .. }) = case.creates.iter().find(|it| held_back.contains(&it.at)) {
            say(format!("something was sent at {at}, on hold since {from}"));
        }
    }
}

/// The transitions of the design, written a second time so that the engine's own table does not judge itself.
const LEGAL: &[(&str, &str)] = &[
    ("claimed", "claimed"),
    ("claimed", "sending"),
    ("claimed", "failed"),
    ("sending", "claimed"),
    ("sending", "submitted"),
    ("sending", "refused"),
    ("sending", "in_doubt"),
    ("submitted", "submitted"),
    ("submitted", "in_doubt"),
    ("submitted", "created"),
    ("submitted", "partial"),
    ("submitted", "refused"),
    ("submitted", "expired"),
    ("in_doubt", "in_doubt"),
    ("in_doubt", "created"),
    ("in_doubt", "absent"),
    ("in_doubt", "claimed"),
    ("claimed", "held"),
    ("claimed", "in_doubt"),
    ("held", "in_doubt"),
    ("claimed", "missed"),
    ("held", "claimed"),
];

fn every_move_is_legal(case: &Case<'_>, say: &mut impl FnMut(String)) {
    for (run, log) in case.runs.iter().zip(&case.logs) {
        let mut stands: Option<&str> = None;
        for line in log {
            let legal = match (stands, line.from.as_deref()) {
                (None, None) if case.loses_commits && line.to == "in_doubt" => true,
                // Its request was under way, and its answer is here.
                (Some("in_doubt"), Some("sending" | "in_doubt")) if case.loses_commits => {
                    LEGAL.contains(&("sending", &*line.to)) || LEGAL.contains(&("in_doubt", &*line.to))
                }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use drumbeat::ids::CorpId;
    use drumbeat::post::{Attachments, Audience, Post};
    use drumbeat::run::{Due, Event, Reason, Transition};
    use drumbeat::schedule::Fold;

    use super::*;

    const TEXT: &str = "春季新品";

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::<Utc>::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    /// A run whose answer was lost, after these further transitions, and its log.
    fn lost(moves: impl IntoIterator<Item = Transition>) -> (Run, Vec<LogLine>) {
        after([Transition::Send, lose()].into_iter().chain(moves))
    }

    fn after(moves: impl IntoIterator<Item = Transition>) -> (Run, Vec<LogLine>) {
        let text = Some(TEXT.to_owned());
        let post = Post { text, attachments: Attachments::None, audience: Audience::Everyone };
        let due = Due {
            corp: CorpId("ww1".to_owned()),
            campaign: "spring".parse().expect("an id"),
            slot: Slot::Scheduled { local: at(0).naive_utc(), fold: Fold::First },
            due: at(0),
            zone: "UTC".to_owned(),
            deadline: at(60),
            commit: None,
        };
        let mut run = Run::claimed(due, Arc::new(post), at(0));
        let log = moves.into_iter().map(|step| line(run.apply(step, at(0)).expect("a legal move"))).collect();
        (run, log)
    }

    fn line(Event { at, former: _, from, to, verb, errcode, reason }: Event) -> LogLine {
        LogLine { at, from: from.map(str::to_owned), to: to.to_owned(), verb: verb.to_owned(), errcode, reason }
    }

    fn lose() -> Transition {
        Transition::LoseResponse { look_at: at(0), reason: Reason::StoppedWhileSending }
    }

    fn absent() -> Transition {
        Transition::ConfirmAbsent { reason: Reason::Absent }
    }

    fn resend() -> Transition {
        Transition::Resend { reason: Reason::SentAgain }
    }

    fn call() -> Transition {
        Transition::RequireReview { reason: Reason::Several }
    }

    const SEEN: bool = false;
    const UNSEEN: bool = true;

    /// The number that counts as posted twice if WeCom has these moments with the runs' text and without an owner.
    #[track_caller]
    fn judged<const N: usize>(runs: [(Run, Vec<LogLine>); N], moments: &[bool], twice: usize) {
        let (runs, logs): (Vec<Run>, Vec<Vec<LogLine>>) = runs.into_iter().unzip();
        let ids: Vec<String> = (0..moments.len()).map(|n| format!("mom{n}")).collect();
        let entry = |id: &String| Entry {
            at: at(0),
            jobid: "job1".to_owned(),
            moment_id: Some(id.clone()),
            errcode: 0,
            text: TEXT.to_owned(),
            media: Vec::new(),
            link: None,
            audience: Audience::Everyone,
            members: Vec::new(),
        };
        let case = Case {
            quiet: false,
            loses_commits: false,
            failure: None,
            runs: &runs,
            logs,
            ledger: ids.iter().map(entry).collect(),
            never_seen: ids.iter().zip(moments).filter(|(_, unseen)| **unseen).map(|(id, _)| id.clone()).collect(),
            expected: &BTreeMap::new(),
            answers: Answers::default(),
            holds: &[],
            creates: Vec::new(),
            per_minute: 10,
        };
        let mut said = Vec::new();
        history_and_ledger_agree(&case, &mut |text| said.push(text));
        assert_eq!(said.iter().filter(|text| text.contains("posted twice")).count(), twice, "{said:?}");
    }

    #[test]
    fn absent_run_excuses_an_invisible_post() {
        judged([lost([absent()])], &[UNSEEN], 0);
        judged([lost([absent()])], &[UNSEEN, UNSEEN], 1);
    }

    #[test]
    fn retry_absent_excuses_an_invisible_second_post() {
        judged([lost([resend()])], &[UNSEEN], 0);
        judged([lost([resend(), Transition::Send, lose(), absent()])], &[UNSEEN, UNSEEN], 0);
        judged([lost([resend()])], &[UNSEEN, UNSEEN], 1);
    }

    #[test]
    fn visible_moment_contradicts_absent_and_resend() {
        judged([lost([absent()])], &[SEEN], 1);
        judged([lost([resend()])], &[SEEN], 1);
    }

    #[test]
    fn run_with_another_outcome_is_no_justification() {
        judged([lost([])], &[UNSEEN], 1);
        let submit = Transition::Submit { jobid: "job2".to_owned(), errmsg: None };
        judged([after([Transition::Send, submit])], &[UNSEEN], 1);
    }

    #[test]
    fn review_excuses_one_post_or_none() {
        judged([lost([call()])], &[SEEN], 0);
        judged([lost([call()])], &[UNSEEN], 0);
        judged([lost([call()])], &[SEEN, SEEN], 1);
    }

    #[test]
    fn the_excuse_that_serves_nothing_else_goes_first() {
        judged([lost([call()]), lost([absent()])], &[UNSEEN, SEEN], 0);
        judged([lost([call()]), lost([absent()])], &[SEEN, UNSEEN], 0);
    }

    #[test]
    fn nothing_is_excused_without_a_run_of_its_text() {
        judged([], &[UNSEEN], 1);
    }
}
