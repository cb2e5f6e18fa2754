//! Polls which members have confirmed a moment. Customers see a moment only after a member confirms it.
//!
//! WeCom sends no callback for this, so one task polls at growing intervals, one moment at a time. It changes no run
//! and never delays a post.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use crate::background::TaskReport;
use crate::clock::{Clock, delta};
use crate::engine::EngineStatus;
use crate::run::Run;
use crate::store::{AckBatch, AckProgress, AckTrouble, Store, StoreError};
use crate::wecom::{Error, Next, WeCom};

/// Delays after each poll of a moment, in minutes; the last one repeats.
const POLL_DELAYS: [u64; 8] = [1, 4, 10, 15, 30, 60, 120, 240];
/// Interval between two checks for new moments.
pub(crate) const IDLE_INTERVAL: Duration = Duration::from_secs(20);
/// WeCom is still asking members (41079), or none has posted yet (41062).
const EXPECTED_CODES: [i64; 2] = [41062, 41079];

/// Time after a moment's creation in which WeCom may still select the members to ask.
const SELECTION_TIME: TimeDelta = TimeDelta::minutes(5);

/// The poller of one corp.
#[derive(Clone, Debug)]
pub struct AckPoller {
    pub clock: Clock,
    pub store: Store,
    pub wecom: WeCom,
    pub status: EngineStatus,
    /// How long after its creation a moment is polled. Zero: not at all.
    pub window: Duration,
}

/// How one round ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    pub is_ok: bool,
    /// How long to wait until the next round.
    pub pause: Duration,
}

impl Round {
    const FAILED: Self = Self { is_ok: false, pause: IDLE_INTERVAL };
}

impl AckPoller {
    /// Polls the moments that are due for a poll, until `stop`.
    pub async fn run(self, report: TaskReport, stop: CancellationToken) {
        while !self.window.is_zero() && !stop.is_cancelled() {
            let round = tokio::select! {
                round = self.round() => round,
                () = stop.cancelled() => return,
            };
            report.pass(round.is_ok);
            tokio::select! {
                () = self.clock.sleep(round.pause) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Polls every moment that is due for a poll.
    pub async fn round(&self) -> Round {
        let now = self.clock.now();
        let since = now - delta(self.window);
        let found = self.store.acks_to_poll(self.wecom.corp(), since, now).await;
        let failed = |error: &dyn std::fmt::Display| {
            tracing::warn!(%error, "failed to read which members have posted; retrying");
            Round::FAILED
        };
        let AckBatch { now: due, next_at } = match found {
            Ok(found) => found,
            Err(error) => return failed(&error),
        };
        for (run, before) in due {
            match self.ask(&run, before).await {
                Ok(true) => {}
                // The failure concerns every moment, so the rest of the round is skipped.
                Ok(false) => return Round::FAILED,
                Err(error) => {
                    tracing::warn!(run = %run.id(), %error, "failed to record which members have posted; retrying");
                    return Round::FAILED;
                }
            }
        }
        let nap = next_at.map_or(IDLE_INTERVAL, |at| (at - self.clock.now()).to_std().unwrap_or_default());
        Round { is_ok: true, pause: nap.clamp(Duration::from_secs(1), IDLE_INTERVAL) }
    }

    /// Polls one moment. `false` if WeCom cannot be reached at all.
    async fn ask(&self, run: &Run, before: Option<AckProgress>) -> Result<bool, StoreError> {
        let Some(moment_id) = &run.moment_id else { return Ok(true) };
        let answer = self.wecom.task(moment_id).await;
        let (asked_at, asked) = (self.clock.now(), before.as_ref().map_or(0, |before| before.asked) + 1);
        let told_before = before.and_then(|before| before.trouble);
        let next_at = Some(self.next(run, asked, asked_at));
        match answer {
            Ok(members) => {
                let posted = members.iter().filter(|member| member.posted).count();
                tracing::info!(run = %run.id(), campaign = %run.campaign, posted, of = members.len(), "members have posted");
                let members: Vec<(String, bool)> = members.into_iter().map(|it| (it.userid, it.posted)).collect();
                // When all members have posted, polling ends.
                let over = !members.is_empty() && posted == members.len();
                let next_at = if over { None } else { next_at };
                let no_member = members.is_empty() && asked_at - run.updated_at >= SELECTION_TIME;
                let trouble = no_member.then_some(AckTrouble::NoMemberAsked);
                if no_member && told_before.as_ref() != trouble.as_ref() {
                    tracing::warn!(run = %run.id(), campaign = %run.campaign, "no member was asked to post the moment");
                    self.status.no_member_asked(run);
                }
                self.store.save_acks(run, &AckProgress { asked_at, asked, next_at, trouble }, &members).await?;
                Ok(true)
            }
            Err(error) => {
                let normal = error.errcode().is_some_and(|code| EXPECTED_CODES.contains(&code));
                let trouble = (!normal).then(|| AckTrouble::Call(error.clone()));
                self.store.save_acks(run, &AckProgress { asked_at, asked, next_at, trouble }, &[]).await?;
                Ok(normal || is_about_this_one(&error))
            }
        }
    }

    /// When it is polled next: each interval is longer, and the last poll comes right before the window closes.
    fn next(&self, run: &Run, asked: u32, now: DateTime<Utc>) -> DateTime<Utc> {
        let n = usize::try_from(asked).unwrap_or(usize::MAX).saturating_sub(1).min(POLL_DELAYS.len() - 1);
        let usual = now + TimeDelta::minutes(POLL_DELAYS[n].cast_signed());
        let last = run.updated_at + delta(self.window) - TimeDelta::minutes(2);
        if now < last { usual.min(last) } else { usual }
    }
}

/// A definite refusal for this moment says nothing about the others.
fn is_about_this_one(error: &Error) -> bool {
    error.next() == Next::GiveUp
}
