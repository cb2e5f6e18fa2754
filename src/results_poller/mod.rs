//! Asks what came of posted moments, at some ages: customers reached, likes and comments per member, as counts.
//!
//! One call at a time, at its own pace, and none while a post is due or under way. It changes no run.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use crate::background::TaskReport;
use crate::clock::{Clock, delta};
use crate::engine::EngineStatus;
use crate::run::State;
use crate::store::{DueResults, MemberResult, Store, StoreError, Sweep};
use crate::wecom::{Error, Next, Pace, Reactions, WeCom};

/// Interval between two checks for moments that have reached an age.
pub(crate) const IDLE_INTERVAL: Duration = Duration::from_secs(60);
/// Pause after a failure that concerns every moment.
const FAILURE_INTERVAL: Duration = Duration::from_secs(600);
/// How often it looks whether posts are still under way.
const POST_INTERVAL: Duration = Duration::from_secs(2);
/// A post that is due within this time comes first.
const POST_AHEAD: TimeDelta = TimeDelta::seconds(10);
/// A run may wait to be sent for hours, when WeCom is down: results wait for it only so long.
const MAX_WAIT_FOR_POSTS: Duration = Duration::from_secs(600);
/// How long the departments of members are kept.
const DEPARTMENTS_KEPT: TimeDelta = TimeDelta::hours(24);
/// WeCom's codes for an app that may not read customers.
const NO_PERMISSION: [i64; 4] = [48001, 48002, 48004, 48006];
/// WeCom's code for a moment that it does not know.
const DELETED: i64 = 41060;

/// The poller of one corp.
#[derive(Debug)]
pub struct ResultsPoller {
    pub clock: Clock,
    pub store: Store,
    pub wecom: WeCom,
    pub status: EngineStatus,
    pub pace: Pace,
    /// Ages of a moment at which its results are asked for. Empty: never.
    pub ages: Vec<Duration>,
    /// How long counts are kept per member; then only sums.
    pub keep: Duration,
    departments: Option<(DateTime<Utc>, HashMap<String, u64>)>,
}

/// What a round did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// One moment is finished; there may be more.
    Swept,
    Idle,
    Failed,
}

impl ResultsPoller {
    pub fn new(
        wecom: WeCom,
        store: Store,
        status: EngineStatus,
        pace: Pace,
        ages: Vec<Duration>,
        keep: Duration,
    ) -> Self {
        Self { clock: wecom.clock().clone(), store, wecom, status, pace, ages, keep, departments: None }
    }

    /// Sweeps the moments that are due, until `stop`.
    pub async fn run(mut self, report: TaskReport, stop: CancellationToken) {
        loop {
            let round = tokio::select! {
                round = self.round() => round,
                () = stop.cancelled() => return,
            };
            report.pass(round != Round::Failed);
            let pause = match round {
                Round::Swept => Duration::ZERO,
                Round::Idle => IDLE_INTERVAL,
                Round::Failed => FAILURE_INTERVAL,
            };
            tokio::select! {
                () = self.clock.sleep(pause) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Sweeps the moment that has waited longest, and sums old counts.
    pub async fn round(&mut self) -> Round {
        match self.step().await {
            Ok(round) => round,
            Err(error) => {
                tracing::warn!(%error, "failed to read or save results; retrying");
                Round::Failed
            }
        }
    }

    async fn step(&mut self) -> Result<Round, StoreError> {
        let now = self.clock.now();
        while self.store.sum_results(now - delta(self.keep)).await? {}
        let Some(due) = self.store.results_due(self.wecom.corp(), &self.ages, now).await? else {
            return Ok(Round::Idle);
        };
        self.sweep(due).await
    }

    async fn sweep(&mut self, due: DueResults) -> Result<Round, StoreError> {
        let DueResults { run, age, known } = due;
        let Some(moment_id) = run.moment_id.clone() else { return Ok(Round::Idle) };
        let mut sweep =
            Sweep { age, asked_at: self.clock.now(), members: 0, posted: 0, errcode: 0, results: Vec::new() };
        let members = match self.call(|| self.wecom.task(&moment_id)).await {
            Ok(members) => members,
            Err(error) => match about_this_one(&error) {
                // A deleted moment, or no permission: said, instead of a count of nothing.
                Some(errcode) => {
                    sweep.errcode = errcode;
                    self.store.save_sweep(&run, &sweep).await?;
                    tracing::warn!(run = %run.id(), campaign = %run.campaign, %error, "there are no results of a moment");
                    return Ok(Round::Swept);
                }
                None => return Ok(self.failed(&error)),
            },
        };
        if let Err(error) = self.learn_departments().await {
            return Ok(self.failed(&error));
        }
        sweep.members = members.len() as u64;
        sweep.posted = members.iter().filter(|member| member.posted).count() as u64;
        for member in members.into_iter().filter(|member| member.posted && !known.contains(&member.userid)) {
            let userid = &member.userid;
            let reached = self.call(|| self.wecom.reached(&moment_id, userid)).await;
            let counts = match reached {
                Ok(customers) => {
                    let reactions = self.call(|| self.wecom.reactions(&moment_id, userid)).await;
                    reactions.map(|reactions| (customers, reactions))
                }
                Err(error) => Err(error),
            };
            let (errcode, (customers, Reactions { likes, comments })) = match counts {
                Ok(counts) => (0, counts),
                Err(error) => match about_this_one(&error) {
                    // It would be the same for every member.
                    Some(errcode) if NO_PERMISSION.contains(&errcode) || errcode == DELETED => {
                        sweep.errcode = errcode;
                        self.store.save_sweep(&run, &sweep).await?;
                        tracing::warn!(run = %run.id(), campaign = %run.campaign, %error, "there are no results of a moment");
                        return Ok(Round::Swept);
                    }
                    Some(errcode) => (errcode, Default::default()),
                    None => return Ok(self.failed(&error)),
                },
            };
            let department = self.department_of(userid);
            let result = MemberResult {
                member: Ok(member.userid),
                department,
                customers: customers.into(),
                likes: likes.into(),
                comments: comments.into(),
                errcode,
            };
            self.store.save_result(&run, age, &result).await?;
        }
        self.store.save_sweep(&run, &sweep).await?;
        tracing::info!(run = %run.id(), campaign = %run.campaign, posted = sweep.posted, of = sweep.members, "results were counted");
        Ok(Round::Swept)
    }

    fn failed(&self, error: &Error) -> Round {
        tracing::warn!(%error, "failed to ask for results; retrying");
        Round::Failed
    }

    /// Calls at the poller's pace, after posts.
    async fn call<T, F>(&self, call: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut tries = 0;
        loop {
            self.pace.turn().await;
            self.wait_for_posts().await;
            tries += 1;
            let error = match call().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(pause) = Pace::pause(&error, tries) else { return Err(error) };
            tracing::debug!(%error, "asking for results again");
            self.clock.sleep(pause).await;
        }
    }

    /// Waits while a post is due or under way.
    async fn wait_for_posts(&self) {
        let begun = self.clock.now();
        loop {
            let (now, snapshot) = (self.clock.now(), self.status.snapshot());
            let is_due = snapshot.next_due.is_some_and(|due| due <= now + POST_AHEAD);
            let is_sending = [State::Claimed, State::Sending].iter().any(|state| snapshot.open.contains_key(state));
            if !(is_due || is_sending) || now - begun >= delta(MAX_WAIT_FOR_POSTS) {
                return;
            }
            self.clock.sleep(POST_INTERVAL).await;
        }
    }

    /// Reads who is in which department, once a day. A department that WeCom does not show is left out.
    async fn learn_departments(&mut self) -> Result<(), Error> {
        let now = self.clock.now();
        if self.departments.as_ref().is_some_and(|(read, _)| now - *read < DEPARTMENTS_KEPT) {
            return Ok(());
        }
        let mut of_members = HashMap::new();
        for (id, _) in self.call(|| self.wecom.department_tree()).await? {
            match self.call(|| self.wecom.members_of(id)).await {
                Ok(members) => {
                    for member in members {
                        of_members.entry(member.to_ascii_lowercase()).or_insert(id);
                    }
                }
                Err(error) if about_this_one(&error).is_some() => {}
                Err(error) => return Err(error),
            }
        }
        self.departments = Some((now, of_members));
        Ok(())
    }

    fn department_of(&self, userid: &str) -> Option<u64> {
        self.departments.as_ref()?.1.get(&userid.to_ascii_lowercase()).copied()
    }
}

/// WeCom's code, if it is a definite answer about what was asked, so that asking again soon changes nothing.
fn about_this_one(error: &Error) -> Option<i64> {
    // Credentials and the network concern every call.
    let is_general = |code: i64| matches!(code, 40001 | 40013 | 60020 | 50003);
    let is_definite = matches!(error.next(), Next::GiveUp | Next::AskAPerson);
    error.errcode().filter(|code| is_definite && !is_general(*code))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::engine::StatusSnapshot;
    use crate::sandbox::{self, Company, Sandbox};
    use crate::store::Address;

    #[tokio::test(start_paused = true)]
    async fn results_wait_for_posts_and_not_forever() {
        let company = Company::chunfeng();
        let (corp, secret) = (company.corp.clone(), company.secret.clone());
        let clock = Clock::starting_at(DateTime::UNIX_EPOCH);
        let sandbox = Arc::new(Mutex::new(Sandbox::new(company)));
        let wecom = WeCom::new(corp, secret, sandbox::in_process(sandbox, clock.clone()), clock.clone());
        let directory = tempfile::tempdir().expect("there is room");
        let store = Store::open(&Address::Sqlite(directory.path().join("a.db"))).expect("a store");
        let (status, pace) = (EngineStatus::default(), Pace { clock: clock.clone(), interval: Duration::ZERO });
        let poller = ResultsPoller::new(wecom, store, status.clone(), pace, Vec::new(), Duration::ZERO);
        let waited = async || {
            let begun = clock.now();
            poller.wait_for_posts().await;
            (clock.now() - begun).num_seconds()
        };
        let publish = |next_due, open: &[(State, usize)]| {
            let open = open.iter().copied().collect();
            status.publish_snapshot(StatusSnapshot { next_due, open, ..StatusSnapshot::default() });
        };
        assert_eq!(waited().await, 0);
        publish(Some(clock.now() + TimeDelta::seconds(60)), &[(State::InDoubt, 1)]);
        assert_eq!(waited().await, 0);
        publish(Some(clock.now() + TimeDelta::seconds(5)), &[]);
        assert_eq!(waited().await, 600);
        publish(None, &[(State::Claimed, 1)]);
        assert_eq!(waited().await, 600);
    }
}
