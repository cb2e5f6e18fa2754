//! Settles a run whose answer was lost, or whose job died, by looking at WeCom's list. Never by sending again.

use chrono::{DateTime, TimeDelta, Utc};

use super::decide::look_wait;
use super::perform::{Done, delta};
use super::{Means, words};
use crate::run::{Invalid, Move, Run, State};
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

impl Means {
    /// Looks for a run at WeCom.
    pub(super) async fn look(&self, run: Run) -> Done {
        let (Some(post), Some(sent_at)) = (run.post.clone(), run.sent_at) else {
            let reason = "the store does not say what was sent".to_owned();
            return self.save(run, Move::CallPerson { reason }).await;
        };
        let lost_at = run.lost_at.unwrap_or(sent_at);
        let window_ends = lost_at + delta(self.settings.settle_window);
        // What is looked at must reach past the window's end before "nothing there" can be believed.
        let now = self.clock.now();
        let listed = self.wecom.moments(sent_at - SKEW, (window_ends + SKEW).min(now + SKEW)).await;
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
        let step = self.after_look(&run, judge(candidates, twin_open), now, window_ends);
        self.save(run, step).await
    }

    /// Which of the moments other runs own, and whether a run with the same content is still unsettled.
    fn others(&self, run: &Run, alike: &[String]) -> Result<(Vec<String>, bool), StoreError> {
        let owned = self.store.owned(&run.corp, alike)?;
        let looks_alike = |other: &Run| match (&other.post, &run.post) {
            (Some(other), Some(post)) => other.looks_like(post),
            _ => false,
        };
        let unsettled = |other: &Run| matches!(other.state, State::Sending | State::Submitted | State::InDoubt);
        let twin = |other: &Run| other.id() != run.id() && unsettled(other) && looks_alike(other);
        let twin_open = self.store.open_runs(&run.corp)?.iter().any(twin);
        Ok((owned, twin_open))
    }

    fn after_look(&self, run: &Run, sighting: Sighting, now: DateTime<Utc>, window_ends: DateTime<Utc>) -> Move {
        let over = now >= window_ends;
        let again = |reason: &str| {
            // The last look stands right behind the window's end.
            let at = (now + delta(look_wait(run.asked))).min(window_ends.max(now + TimeDelta::seconds(1)));
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
