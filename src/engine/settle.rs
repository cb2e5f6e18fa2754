//! Settles a run whose answer was lost, or whose job died, by looking at WeCom's list. Never by sending again.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::decide::look_wait;
use super::perform::{Done, delta};
use super::{Hands, words};
use crate::run::{Invalid, Move, Run, RunId, State};
use crate::store::StoreError;
use crate::wecom::Moment;

/// How far WeCom's clock and ours may be apart.
const SKEW: TimeDelta = TimeDelta::seconds(60);

/// What looking came to. A value, so that the decision can be tested without a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sighting {
    Found(String),
    /// Nothing, or nothing that is surely ours; look again if there is time.
    NotYet(&'static str),
    Several,
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
        let listed = self.wecom.moments(watch.from - SKEW, watch.to.min(now) + SKEW).await;
        let moments = match listed {
            Ok(moments) => moments,
            Err(error) => {
                let at = now + delta(look_wait(run.asked));
                let reason = Some(format!("WeCom's list could not be read: {error}"));
                return self.save(run, Move::AskAgain { at, reason }).await;
            }
        };
        let could_be = |moment: &Moment| moment.creator.is_none() && moment.could_be(&post);
        let alike: Vec<String> = moments.iter().filter(|it| could_be(it)).map(|it| it.moment_id.clone()).collect();
        let (owned, twin_open) = match self.others(&run, &alike) {
            Ok(others) => others,
            Err(error) => return Done::NotSaved(run, error),
        };
        let candidates = alike.into_iter().filter(|id| !owned.contains(id)).collect();
        let step = self.after_look(&run, judge(candidates, twin_open), now, &watch);
        self.save(run, step).await
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
    /// WeCom. So it must have passed on the wall and, in this process, on the monotonic clock too; and what is looked at
    /// covers the time of the request as the wall had it then and as it counts back from now.
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
            over: now >= lost_at + window && watched >= self.settings.settle_window,
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
        }
    }
}
