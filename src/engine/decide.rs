//! Decides the next steps from the state alone. Pure, so that each decision can be tested without I/O.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::due_queue::DueOccurrences;
use super::holds::hold_for;
use super::reconcile_book::{CampaignStatus, ScheduledCampaign, due};
use crate::ids::{CampaignId, CorpId};
use crate::post::Media;
use crate::run::{OpenRuns, Reason, Run, RunId, Slot, State};
use crate::schedule::{Occurrence, PostingBlocks};
use crate::store::Hold;

/// Largest step back of the clock that is ignored. Waits become longer by the same time.
const CLOCK_STEP_TOLERANCE: TimeDelta = TimeDelta::minutes(1);

/// The next action for a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Upload the media that WeCom does not have yet.
    Upload(RunId),
    /// Send the run; all its media are at WeCom.
    Submit(RunId),
    /// Query the state of the run's job.
    PollJob(RunId),
    /// Look for it at WeCom.
    FindMoment(RunId),
    /// Record the run as failed: its deadline has passed and nothing was sent.
    GiveUp(RunId),
}

impl Step {
    pub(super) fn run(&self) -> &RunId {
        match self {
            Self::Upload(id) | Self::Submit(id) | Self::PollJob(id) | Self::FindMoment(id) | Self::GiveUp(id) => id,
        }
    }
}

/// What to do now, and when to decide again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agenda {
    pub steps: Vec<Step>,
    pub wake: Option<DateTime<Utc>>,
}

/// The input of [`decide`] in addition to the runs.
#[derive(Clone, Debug, Default)]
pub struct DispatchState {
    /// Runs that are being worked on.
    pub busy: BTreeSet<RunId>,
    /// Campaigns whose files may be incomplete. A later load of the book removes them from this set.
    pub changing: BTreeSet<CampaignId>,
    /// Manual runs that differ from the file of a campaign in `unsettled`.
    pub changing_manual_runs: BTreeSet<RunId>,
    /// If set, only this run may be sent (`drumbeat post`).
    pub only: Option<RunId>,
    /// No creation is allowed before this instant.
    pub rate_limited_until: Option<DateTime<Utc>>,
    /// How many more runs may be sent at the same time.
    pub free_sends: usize,
    /// Runs whose media are at WeCom, as far as is known.
    pub uploaded: BTreeSet<RunId>,
    /// How many more runs may wait for their uploads at the same time.
    pub free_uploads: usize,
}

/// The steps that can start now, and when to decide again.
pub fn decide(now: DateTime<Utc>, runs: &OpenRuns, dispatch: &DispatchState) -> Agenda {
    let mut agenda = Agenda::default();
    let (mut queue, mut uploads) = (Vec::new(), Vec::new());
    for (id, run) in runs {
        if dispatch.busy.contains(id) {
            continue;
        }
        match run.state {
            State::Claimed if dispatch.only.as_ref().is_some_and(|only| only != id) => {}
            State::Claimed if now > run.deadline => agenda.steps.push(Step::GiveUp(id.clone())),
            State::Claimed => {
                agenda.wake_at(run.deadline + TimeDelta::milliseconds(1));
                let waits_until = waits_until(run, now);
                let from = dispatch.rate_limited_until.map_or(waits_until, |open| open.max(waits_until));
                // The rate limit does not delay uploads.
                let is_changing = match run.slot {
                    Slot::Scheduled { .. } => dispatch.changing.contains(&run.campaign),
                    // A person saw this content, so an unfinished file does not delay it.
                    Slot::Manual { .. } => dispatch.changing_manual_runs.contains(id),
                };
                if is_changing {
                    continue;
                }
                if waits_until <= now && has_files(run) && !dispatch.uploaded.contains(id) {
                    uploads.push(run);
                } else if from > now {
                    agenda.wake_at(from);
                } else if dispatch.free_sends > 0 {
                    queue.push(run);
                }
            }
            State::Submitted if waits_until(run, now) <= now => agenda.steps.push(Step::PollJob(id.clone())),
            State::InDoubt if run.needs_review => {}
            State::InDoubt if waits_until(run, now) <= now => agenda.steps.push(Step::FindMoment(id.clone())),
            State::Submitted | State::InDoubt => agenda.wake_at(run.not_before),
            _ => {}
        }
    }
    agenda.steps.extend(round_robin(queue, dispatch.free_sends).into_iter().map(|run| Step::Submit(run.id())));
    agenda.steps.extend(round_robin(uploads, dispatch.free_uploads).into_iter().map(|run| Step::Upload(run.id())));
    agenda
}

/// Whether something must be at WeCom before the run can be sent.
fn has_files(run: &Run) -> bool {
    run.post.as_ref().is_some_and(|post| post.media().iter().any(|media| matches!(media, Media::File { .. })))
}

/// The time until which a run waits. If its last change is in the future, the clock was set back since; the wait is
/// then ignored, so that a wait of seconds does not become hours.
fn waits_until(run: &Run, now: DateTime<Utc>) -> DateTime<Utc> {
    if run.updated_at > now + CLOCK_STEP_TOLERANCE { now } else { run.not_before }
}

impl Agenda {
    fn wake_at(&mut self, at: DateTime<Utc>) {
        self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
    }
}

/// The first `wanted` runs by due time. Among runs due at the same instant, one run of each campaign comes first.
/// `queue` must be sorted by run id, so that the runs of a campaign are adjacent.
///
/// It runs in every round of the engine, so it visits each run once and sorts only its result.
fn round_robin(queue: Vec<&Run>, wanted: usize) -> Vec<&Run> {
    let mut placed: Vec<(DateTime<Utc>, usize, &Run)> = Vec::with_capacity(queue.len());
    for run in queue {
        // Usually a campaign has one waiting run.
        let before = placed.iter().rev().take_while(|(_, _, other)| other.campaign == run.campaign);
        let turn = before.filter(|(due, ..)| *due == run.due).count();
        placed.push((run.due, turn, run));
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

/// New runs for the due occurrences of a campaign, oldest first.
///
/// Only the newest occurrence is posted. After a downtime, the older ones are recorded as missed.
pub(super) fn new_runs(
    corp: &CorpId,
    scheduled: &ScheduledCampaign,
    due_now: &DueOccurrences,
    holds: &[Hold],
    closed: &PostingBlocks,
    commit: Option<&str>,
    now: DateTime<Utc>,
) -> Vec<Run> {
    let start = |occurrence| due(corp, scheduled.id(), scheduled.timing(), occurrence, commit);
    let DueOccurrences { occurrences, more_follow } = due_now;
    let mut runs = Vec::with_capacity(occurrences.len());
    // A hold that covers an occurrence covers the older ones as well.
    let hold = |occurrence: &Occurrence| hold_for(holds, corp, scheduled.id(), occurrence.at);
    let kept = occurrences.iter().map_while(|it| Some((it, hold(it)?)));
    runs.extend(kept.map(|(it, hold)| Run::on_hold(start(it), hold.id, hold.reason_for_run(), now)));
    let occurrences = &occurrences[runs.len()..];
    let (newest, older) = match occurrences.split_last() {
        Some((newest, older)) if !more_follow => (Some(newest), older),
        _ => (None, occurrences),
    };
    match &scheduled.status {
        CampaignStatus::Invalid(held) => {
            runs.extend(occurrences.iter().map(|it| Run::held(start(it), held.reason.clone(), now)));
        }
        CampaignStatus::Active(campaign) => {
            runs.extend(older.iter().map(|it| {
                let deadline = scheduled.timing().deadline(it.at);
                let reason = if now > deadline { Reason::too_late(it.at, now) } else { Reason::NewerDue };
                Run::missed(start(it), reason, now)
            }));
            let Some(newest) = newest else { return runs };
            let due = start(newest);
            // The policy may have changed since the book was checked.
            runs.push(match closed.keeps_back(newest, scheduled.timing().schedule.zone()) {
                Some(why) => Run::held(due, Reason::KeptBack(why), now),
                None if now > due.deadline => Run::missed(due, Reason::too_late(newest.at, now), now),
                None => {
                    let content = campaign.content_for(newest);
                    Run::claimed(due, content.post, now).of_content(content.number)
                }
            });
        }
    }
    runs
}

/// The delay after the `n`th failed attempt, counted from 0.
pub(super) fn backoff(n: u32, first: Duration, longest: Duration) -> Duration {
    first.saturating_mul(1u32.checked_shl(n.min(20)).unwrap_or(u32::MAX)).min(longest)
}

/// The delay before the `n`th poll of a job, counted from 0: 1, 2, 5, 10, 30 seconds, then one minute for an
/// hour, then every ten.
pub(super) fn poll_wait(n: u32) -> Duration {
    const FIRST: [u64; 5] = [1, 2, 5, 10, 30];
    let seconds = FIRST.get(n as usize).copied().unwrap_or(if n < 65 { 60 } else { 600 });
    Duration::from_secs(seconds)
}

/// Rounds the time of a search up to a multiple of five seconds, so that runs
/// that were lost at about the same time share one read of the list.
pub(super) fn align_lookup(at: DateTime<Utc>) -> DateTime<Utc> {
    const STEP: i64 = 5_000;
    let past = at.timestamp_millis().rem_euclid(STEP);
    if past == 0 { at } else { at + TimeDelta::milliseconds(STEP - past) }
}

/// The delay before the `n`th search for a lost post, counted from 0: 5 s, then growing to 3 minutes.
pub(super) fn lookup_wait(n: u32) -> Duration {
    backoff(n, Duration::from_secs(5), Duration::from_secs(180))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::NaiveTime;

    use super::*;
    use crate::campaign::{Campaign, CampaignTiming, Contents};
    use crate::ids::Sha256;
    use crate::post::{Attachments, Audience, MediaKind, Post, PostTemplate};
    use crate::run::{Due, Transition};
    use crate::schedule::{Fold, QuietHours, Schedule, Spec};

    /// Minutes after nine in the morning in Shanghai on a Monday.
    fn at(minutes: i64) -> DateTime<Utc> {
        "2026-03-02T01:00:00Z".parse::<DateTime<Utc>>().expect("an instant") + TimeDelta::minutes(minutes)
    }

    fn post() -> Arc<Post> {
        let audience =
            Audience::Lists { users: ["zhangshan".to_owned()].into(), departments: [].into(), tags: [].into() };
        Arc::new(Post { text: Some("春季新品".to_owned()), attachments: Attachments::None, audience })
    }

    /// A run that was due so many minutes after nine and may be an hour late.
    fn claimed(campaign: &str, minutes: i64) -> Run {
        posting((*post()).clone(), campaign, minutes)
    }

    fn posting(post: Post, campaign: &str, minutes: i64) -> Run {
        let due = Due {
            corp: CorpId("ww1".to_owned()),
            campaign: campaign.parse().expect("an id"),
            slot: Slot::Scheduled { local: at(minutes).naive_utc(), fold: Fold::First },
            due: at(minutes),
            zone: "Asia/Shanghai".to_owned(),
            deadline: at(minutes + 60),
            commit: None,
        };
        Run::claimed(due, Arc::new(post), at(minutes))
    }

    fn after(mut run: Run, moves: impl IntoIterator<Item = Transition>) -> Run {
        for step in moves {
            run.apply(step, at(0)).expect("a legal move");
        }
        run
    }

    #[track_caller]
    fn assert_steps(now: i64, runs: &[Run], carriers: usize, steps: &[&str]) {
        let open: OpenRuns = runs.iter().map(|run| (run.id(), run.clone())).collect();
        let dispatch = DispatchState { free_sends: carriers, free_uploads: 1, ..DispatchState::default() };
        let said: Vec<String> = decide(at(now), &open, &dispatch)
            .steps
            .iter()
            .map(|step| {
                let (verb, id) = match step {
                    Step::Upload(id) => ("upload", id),
                    Step::Submit(id) => ("carry", id),
                    Step::PollJob(id) => ("ask", id),
                    Step::FindMoment(id) => ("look", id),
                    Step::GiveUp(id) => ("give up", id),
                };
                format!("{verb} {}", id.as_str().split('@').next().unwrap_or_default())
            })
            .collect();
        assert_eq!(said, steps);
    }

    #[test]
    fn queue_is_sorted_by_due_time() {
        assert_steps(10, &[claimed("a", 5), claimed("b", 0), claimed("c", 2)], 2, &["carry b", "carry c"]);
    }

    #[test]
    fn campaigns_due_at_one_instant_alternate() {
        assert_steps(10, &[claimed("a", 0), claimed("b", 0)], 1, &["carry a"]);
    }

    #[test]
    fn retry_time_after_clock_set_back_is_dropped() {
        let wait = Transition::Wait { until: at(1), errcode: None, errmsg: None, reason: Reason::StillUploading };
        let run = after(claimed("a", 0), [wait]);
        assert_steps(0, std::slice::from_ref(&run), 1, &[]);
        assert_steps(-90, &[run], 1, &["carry a"]);
    }

    #[test]
    fn run_is_given_up_after_its_deadline() {
        assert_steps(61, &[claimed("a", 0)], 1, &["give up a"]);
        assert_steps(60, &[claimed("a", 0)], 1, &["carry a"]);
    }

    #[test]
    fn media_are_uploaded_before_the_run_is_sent() {
        let picture = |campaign| {
            let file =
                Media::File { kind: MediaKind::Jpeg, path: "a.jpg".to_owned(), sha256: Sha256::of(b"a"), bytes: 1 };
            posting(Post { attachments: Attachments::Images([file].into()), ..(*post()).clone() }, campaign, 0)
        };
        // Uploads have their own queue: the text post is submitted although both pictures were due first.
        assert_steps(1, &[picture("a"), picture("b"), claimed("c", 0)], 1, &["carry c", "upload a"]);
    }

    #[test]
    fn run_is_not_sent_before_its_wait_ends() {
        let wait = Transition::Wait { until: at(20), errcode: None, errmsg: None, reason: Reason::StillUploading };
        let waiting = after(claimed("a", 0), [wait]);
        assert_steps(19, std::slice::from_ref(&waiting), 1, &[]);
        assert_steps(20, &[waiting], 1, &["carry a"]);
    }

    #[test]
    fn submitted_run_is_polled() {
        let job = Transition::Submit { jobid: "j".to_owned(), errmsg: None };
        assert_steps(1, &[after(claimed("a", 0), [Transition::Send, job])], 1, &["ask a"]);
    }

    #[test]
    fn lost_post_is_searched_until_review_is_needed() {
        let lost = Transition::LoseResponse { look_at: at(1), reason: Reason::StoppedWhileSending };
        let in_doubt = after(claimed("a", 0), [Transition::Send, lost]);
        assert_steps(1, std::slice::from_ref(&in_doubt), 1, &["look a"]);
        let called = after(in_doubt, [Transition::RequireReview { reason: Reason::Several }]);
        assert_steps(99, &[called], 1, &[]);
    }

    #[test]
    fn rate_limit_delays_all_sends() {
        let run = claimed("a", 0);
        let open = OpenRuns::from([(run.id(), run)]);
        let dispatch = DispatchState { rate_limited_until: Some(at(3)), free_sends: 1, ..DispatchState::default() };
        assert_eq!(decide(at(2), &open, &dispatch), Agenda { steps: vec![], wake: Some(at(3)) });
    }

    #[test]
    fn half_written_file_waits_until_its_deadline() {
        let run = claimed("a", 0);
        let open = OpenRuns::from([(run.id(), run.clone())]);
        let unsettled = [run.campaign.clone()].into();
        let dispatch = DispatchState { changing: unsettled, free_sends: 1, ..DispatchState::default() };
        assert_eq!(decide(at(2), &open, &dispatch).steps, []);
        assert_eq!(decide(at(61), &open, &dispatch).steps, [Step::GiveUp(run.id())]);
    }

    /// The states of new runs for hourly occurrences from 9:00 that are recorded together.
    #[track_caller]
    fn assert_new_states(now: i64, hours: &[i64], closed: &PostingBlocks, states: &[State]) {
        assert_new_states_in_batch(now, hours, false, closed, states);
    }

    #[track_caller]
    fn assert_new_states_in_batch(
        now: i64,
        hours: &[i64],
        more_follow: bool,
        closed: &PostingBlocks,
        states: &[State],
    ) {
        let schedule = Schedule::new(Spec::cron("0 * * * *", "Asia/Shanghai")).expect("a schedule");
        let id: CampaignId = "a".parse().expect("an id");
        let timing = CampaignTiming { schedule: schedule.compact(), max_lateness: Duration::from_secs(3600) };
        let (contents, names) = (Contents::one(PostTemplate::fixed(post())), Arc::default());
        let campaign = Campaign {
            title: None,
            owner: None,
            audience_name: None,
            file: "a.toml".into(),
            contents,
            timing,
            names,
            reach: None,
            past_results: Vec::new(),
            id,
        };
        let scheduled = ScheduledCampaign { status: CampaignStatus::Active(Arc::new(campaign)), since: at(-600) };
        let occurrences =
            hours.iter().filter_map(|hour| schedule.next_after(at(hour * 60) - TimeDelta::seconds(1))).collect();
        let due = DueOccurrences { occurrences, more_follow };
        let runs = new_runs(&CorpId("ww1".to_owned()), &scheduled, &due, &[], closed, None, at(now));
        assert_eq!(runs.iter().map(|run| run.state).collect::<Vec<_>>(), states);
    }

    #[test]
    fn on_time_it_is_claimed() {
        assert_new_states(0, &[0], &PostingBlocks::default(), &[State::Claimed]);
    }

    #[test]
    fn after_a_long_sleep_only_the_newest_is_posted() {
        assert_new_states(125, &[0, 1, 2], &PostingBlocks::default(), &[State::Missed, State::Missed, State::Claimed]);
    }

    #[test]
    fn older_batch_waits_for_newer_due() {
        assert_new_states_in_batch(125, &[0, 1], true, &PostingBlocks::default(), &[State::Missed, State::Missed]);
    }

    #[test]
    fn too_late_is_missed() {
        assert_new_states(61, &[0], &PostingBlocks::default(), &[State::Missed]);
    }

    #[test]
    fn in_quiet_hours_it_is_held() {
        let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("a time of day");
        let closed =
            PostingBlocks { quiet: vec![QuietHours { from: hour(8), to: hour(10) }], ..PostingBlocks::default() };
        assert_new_states(0, &[0], &closed, &[State::Held]);
    }
}
