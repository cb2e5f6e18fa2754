//! Settles a run whose answer was lost, or whose job died, by looking at WeCom's list. Never by sending again.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::decide::look_wait;
use super::perform::{Done, delta};
use super::{Hands, words};
use crate::post::Post;
use crate::run::{Invalid, Move, Run, RunId, State};
use crate::store::StoreError;
use crate::wecom::Error;

/// How far WeCom's clock and ours may be apart.
const SKEW: TimeDelta = TimeDelta::seconds(60);
/// How far ours may be off while it is set wrongly: by hours, or by a day.
const FAR: TimeDelta = TimeDelta::days(1);

/// What looking came to. A value, so that the decision can be tested without a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sighting {
    Found(String),
    /// Nothing, or nothing that is surely ours; look again if there is time.
    NotYet(&'static str),
    Several,
    /// Nothing where it should be, and something like it hours away from there.
    AtAnotherTime,
}

/// Why nothing was seen.
enum Unseen {
    List(Error),
    Store(StoreError),
}

/// The runs in doubt, and since when each has been looked for in this process.
#[derive(Debug, Default)]
pub struct Watched(BTreeMap<RunId, Instant>);

impl Watched {
    /// How long a run has been looked for.
    fn since(&mut self, run: RunId, now: Instant) -> Duration {
        now - *self.0.entry(run).or_insert(now)
    }

    /// A run is not looked for any more.
    pub(super) fn forget(&mut self, run: &RunId) {
        self.0.remove(run);
    }
}

/// The stretch of WeCom's list that a lost post would be in.
struct Watch {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    /// When the answer was lost, by the clock as it went then: that may be later than now.
    lost_at: DateTime<Utc>,
    /// The settle window is over.
    over: bool,
}

/// Judges the moments that could be the run's: those that no other run owns.
///
/// While another run with the same content is unsettled, a match may be its own, so nothing is decided.
pub(super) fn judge(mut candidates: Vec<String>, twin_open: bool) -> Sighting {
    match (candidates.len(), twin_open) {
        (0, _) => Sighting::NotYet(words::LOOKING),
        (_, true) => Sighting::NotYet(words::TWIN_OPEN),
        (1, false) => Sighting::Found(candidates.remove(0)),
        (_, false) => Sighting::Several,
    }
}

impl Hands {
    /// Looks for a run at WeCom.
    pub(super) async fn look(&self, run: Run) -> Done {
        let (Some(post), Some(sent_at)) = (run.post.clone(), run.sent_at) else {
            let reason = "the store does not say what was sent".to_owned();
            return self.save(run, Move::CallPerson { reason }).await;
        };
        let now = self.clock.now();
        let watch = self.watch(&run, sent_at, now);
        let sighting = match self.sighting(&run, &post, now, &watch).await {
            Ok(sighting) => sighting,
            Err(Unseen::List(error)) => {
                let at = now + delta(look_wait(run.asked));
                let reason = Some(format!("WeCom's list could not be read: {error}"));
                return self.save(run, Move::AskAgain { at, reason }).await;
            }
            Err(Unseen::Store(error)) => return Done::NotSaved(run, error),
        };
        let step = self.after_look(&run, sighting, now, &watch);
        self.save(run, step).await
    }

    /// Looks where it would be and, before it counts as absent, far around: if the clock was wrong when it was sent or is
    /// so now, it stands in the list at another time than ours. What is found there is never taken for it.
    async fn sighting(&self, run: &Run, post: &Post, now: DateTime<Utc>, watch: &Watch) -> Result<Sighting, Unseen> {
        let near = self.look_between(run, post, watch.from - SKEW, watch.to.min(now.max(watch.lost_at)) + SKEW).await?;
        if near != Sighting::NotYet(words::LOOKING) || !watch.over || run.state != State::InDoubt {
            return Ok(near);
        }
        let far = self.look_between(run, post, watch.from - FAR, watch.to + FAR).await?;
        Ok(if far == near { near } else { Sighting::AtAnotherTime })
    }

    async fn look_between(
        &self,
        run: &Run,
        post: &Post,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Sighting, Unseen> {
        let moments = self.wecom.moments(from, to, |moment| moment.could_be(post)).await.map_err(Unseen::List)?;
        let alike: Vec<String> = moments.into_iter().map(|it| it.moment_id).collect();
        let (owned, twin_open) = self.others(run, &alike).map_err(Unseen::Store)?;
        Ok(judge(alike.into_iter().filter(|id| !owned.contains(id)).collect(), twin_open))
    }

    /// Which of the moments other runs own, and whether a run with the same content is still unsettled.
    fn others(&self, run: &Run, alike: &[String]) -> Result<(Vec<String>, bool), StoreError> {
        let owned = self.store.owned(&run.corp, alike)?;
        let looks_alike = |other: &Run| match (&other.post, &run.post) {
            (Some(other), Some(post)) => other.looks_like(post),
            _ => false,
        };
        let twin = |other: &Run| other.id() != run.id() && looks_alike(other);
        let twin_open = self.store.unsettled_runs(&run.corp)?.iter().any(twin);
        Ok((owned, twin_open))
    }

    /// What to look at, and whether that was long enough.
    ///
    /// The wall clock may have been stepped since the request left, by an operator or NTP, and the window is real time at
    /// WeCom. So it must have passed on the monotonic clock, in this process; and what is looked at covers the time of the
    /// request as the wall had it then and as it counts back from now.
    fn watch(&self, run: &Run, sent_at: DateTime<Utc>, now: DateTime<Utc>) -> Watch {
        let window = delta(self.settings.settle_window);
        let watched =
            self.watched.lock().unwrap_or_else(PoisonError::into_inner).since(run.id(), self.clock.monotonic());
        let lost_at = run.lost_at.unwrap_or(sent_at);
        let asked_for = lost_at - sent_at;
        let lost_by_count = now - delta(watched);
        Watch {
            from: sent_at.min(lost_by_count - asked_for),
            to: lost_at.max(lost_by_count) + window,
            lost_at,
            over: watched >= self.settings.settle_window,
        }
    }

    fn after_look(&self, run: &Run, sighting: Sighting, now: DateTime<Utc>, watch: &Watch) -> Move {
        let over = watch.over;
        let again = |reason: &str| {
            // The last look stands right behind the window's end.
            let at = (now + delta(look_wait(run.asked))).min(watch.to.max(now + TimeDelta::seconds(1)));
            Move::AskAgain { at, reason: Some(reason.to_owned()) }
        };
        match sighting {
            Sighting::Found(moment_id) => Move::Create {
                moment_id,
                invalid: Invalid::default(),
                reason: Some(words::SETTLED_BY_LOOKING.to_owned()),
            },
            Sighting::NotYet(reason) if run.state == State::Submitted => {
                let _ = reason;
                Move::Expire { reason: words::EXPIRED.to_owned() }
            }
            Sighting::Several if run.state == State::Submitted => Move::Expire { reason: words::SEVERAL.to_owned() },
            Sighting::NotYet(reason) if !over => again(reason),
            Sighting::NotYet(words::TWIN_OPEN) => Move::CallPerson { reason: words::SEVERAL.to_owned() },
            Sighting::NotYet(_) if self.settings.retry_absent && now <= run.latest => {
                Move::Resend { reason: words::RESENT.to_owned() }
            }
            Sighting::NotYet(_) => Move::Miss { reason: words::ABSENT.to_owned() },
            Sighting::Several if !over => again(words::SEVERAL),
            Sighting::Several => Move::CallPerson { reason: words::SEVERAL.to_owned() },
            Sighting::AtAnotherTime => Move::CallPerson { reason: words::AT_ANOTHER_TIME.to_owned() },
        }
    }
}
