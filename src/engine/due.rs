//! What falls due gets its run, and what is due soon is made ready.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::adopt::Stand;
use super::perform::delta;
use super::{Engine, STORE_PAUSE, Until, decide};
use crate::causes;
use crate::run::Run;
use crate::store::Hold;

impl Engine {
    /// Gives every occurrence that has fallen due its run, in one commit. `false` if the store did not take them.
    pub(super) fn record_due(&mut self, now: DateTime<Utc>, holds: &[Hold]) -> bool {
        let horizon = match self.until {
            Until::Settled(end) => end.min(now),
            Until::Stopped | Until::Over(_) => now,
        };
        let due = self.roster.take_due(horizon);
        if due.is_empty() {
            return true;
        }
        let (corp, book) = (self.corp(), &*self.book);
        let mut born = Vec::with_capacity(due.len());
        for place in &due {
            let (armed, occurrences) = (self.roster.at(*place), self.roster.occurrences(*place, horizon));
            let commit = book.commit.as_deref();
            born.extend(decide::births(&corp, armed, &occurrences, holds, &book.closed, commit, now));
        }
        match self.means.store.tick(&corp, &born, horizon) {
            Ok(new) => {
                self.welcome(born, &new);
                self.through = self.through.max(horizon);
                self.roster.go_on(due, horizon);
                true
            }
            Err(error) => {
                self.means.pulse.store_failed(now);
                tracing::error!(error = %causes::in_line(&error), "what is due cannot be recorded, so nothing of it is posted; trying again");
                self.rests_until = Some(self.means.clock.now() + delta(STORE_PAUSE));
                self.roster.put_back(due);
                false
            }
        }
    }

    /// Takes new runs into the round.
    pub(super) fn welcome(&mut self, born: Vec<Run>, new: &[bool]) {
        for (run, _) in born.into_iter().zip(new).filter(|(_, new)| **new) {
            self.means.tell(&run);
            if !run.state.is_over() {
                self.open.insert(run.id(), run);
            }
        }
    }

    /// Gets ready for what is due soon, so that trouble is heard before the hour strikes. One round at a time.
    pub(super) fn get_ready(&mut self, now: DateTime<Utc>) {
        while self.getting_ready.try_join_next().is_some() {}
        if !self.getting_ready.is_empty() {
            return;
        }
        let mut posts = Vec::new();
        for (place, due) in self.roster.take_ahead(now) {
            if let Stand::Live(campaign) = &self.roster.at(place).stand
                && self.takes_up(due)
            {
                posts.push((campaign.id.clone(), Arc::clone(&campaign.post)));
            }
        }
        if !posts.is_empty() {
            let means = self.means.clone();
            self.getting_ready.spawn(async move { means.prepare(posts).await });
        }
    }
}
