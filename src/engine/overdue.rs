//! Looks in WeCom's list before it sends what was due before this process began.
//!
//! A snapshot of the disk puts a store and its witness back together, and nothing on the disk tells. What it forgot was
//! due before the start, so WeCom's own list is asked first. It shows a moment only after a while: this is the second
//! safety, and the witness the first.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::perform::{Done, Trouble, delta};
use super::settle::{SKEW, Sighting, Unseen};
use super::{Hands, words};
use crate::post::Post;
use crate::run::{Move, Run, RunId};
use crate::wecom::{Error, Next};

/// Tells the runs that were due before this process began.
#[derive(Debug)]
pub(super) struct Overdue {
    began: DateTime<Utc>,
    /// The run of this process itself: a person has just asked for it.
    own: Option<RunId>,
}

impl Overdue {
    pub(super) fn new(began: DateTime<Utc>, own: Option<RunId>) -> Self {
        Self { began, own }
    }

    fn contains(&self, run: &Run) -> bool {
        run.due < self.began && self.own.as_ref() != Some(&run.id())
    }
}

impl Hands {
    /// The run where it may be sent; else what became of it. Each attempt looks anew: the list grows meanwhile.
    pub(super) async fn unless_in_list(&self, run: Run, post: &Arc<Post>) -> Result<Run, Done> {
        if !self.overdue.contains(&run) {
            return Ok(run);
        }
        let now = self.clock.now();
        let since_due = run.due - SKEW..=now + SKEW;
        match self.look_between(&run, post, since_due.clone(), &since_due).await {
            Ok(Sighting::Nothing) => Ok(run),
            Ok(Sighting::TwinOpen) => {
                let until = now + delta(self.retry_wait(&run));
                let reason = words::TWIN_OPEN.to_owned();
                Err(self.save(run, Move::Wait { until, errcode: None, errmsg: None, reason }).await)
            }
            Ok(Sighting::Found(_) | Sighting::Several | Sighting::Unproven(_)) => {
                let (sent_at, reason) = (run.due, words::IN_LIST_ALREADY.to_owned());
                Err(self.save(run, Move::Doubt { sent_at, look_at: now, reason }).await)
            }
            Err(Unseen::Store(error)) => Err(Done::NotSaved(run, error)),
            // An account that may not read the list cannot look; the witness is the safety that is left.
            Err(Unseen::List(error @ Error::Refused { .. }))
                if matches!(error.next(), Next::GiveUp | Next::AskAPerson) =>
            {
                tracing::warn!(run = %run.id(), %error, "WeCom's list cannot be read before an overdue post is sent");
                Ok(run)
            }
            Err(Unseen::List(error)) => Err(self.not_sent(run, Trouble::Call(error)).await),
        }
    }
}
