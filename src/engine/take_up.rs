//! Takes up what came about elsewhere: the history at the start, another load of the book, another process's doing.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::adopt::{self, Adopting, Adoption, Owed};
use super::decide::look_time;
use super::due::BATCH_SIZE;
use super::perform::{self, delta};
use super::roster::Roster;
use super::{Engine, EngineError, words};
use crate::check::Campaign;
use crate::ids::CampaignId;
use crate::load::InForce;
use crate::run::{Move, Run, Slot, State};
use crate::store::StoreError;

impl Engine {
    /// Goes over to another load of the book.
    pub(super) fn adopt(&mut self, book: Arc<InForce>, now: DateTime<Utc>) -> Result<(), StoreError> {
        let corp = self.corp();
        let mut adopting = Adopting::new(&book, self.through, now);
        self.means.store.each_known(&corp, |known| adopting.meet(known))?;
        let Adoption { armed, owed, known, gone } = adopting.end();
        self.record_owed(&owed, book.commit.as_deref(), now)?;
        self.means.store.load(&corp, &known, &gone, self.through)?;
        let changes = adopt::changes(self.roster.armed(), &armed);
        let is_first = self.roster.armed().is_empty();
        let next_before = self.roster.next_due();
        for broken in &book.broken {
            tracing::error!(
                file = %broken.file, campaign = broken.id.as_ref().map(tracing::field::display), reason = %broken.reason,
                "this file has an error: its campaign is held until it is mended"
            );
        }
        self.may_catch_up = true;
        self.means.means.source = Arc::new(book.source.clone());
        self.means.names = Arc::clone(&book.names);
        self.means.pulse.book(&book, now);
        let unsettled = std::mem::replace(&mut self.work.traffic.unsettled, book.unsettled.clone());
        self.book = book;
        self.take_whole_versions(unsettled, now)?;
        let preflight = delta(self.means.settings.preflight);
        self.roster = Roster::new(armed, self.book.closed.clone(), self.through, preflight);
        let shown = |at: Option<DateTime<Utc>>| at.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        let next_due = self.roster.next_due();
        // At the start everything is new, and a list of everything tells nothing.
        let named = |ids: &[CampaignId]| if is_first { None } else { adopt::some(ids) };
        tracing::info!(
            campaigns = self.book.campaigns.len(),
            held = self.book.broken.len(),
            commit = self.book.commit.as_deref(),
            added = named(&changes.added),
            removed = named(&changes.removed),
            changed = named(&changes.changed),
            next_due = shown(next_due),
            next_due_before = shown(next_before.filter(|_| next_before != next_due)),
            "book loaded"
        );
        Ok(())
    }

    /// Gives runs that were claimed while their file was half written what it says now that it is whole. Where that is no
    /// sound campaign, or one without this time, the run goes on waiting, and is given up in the end.
    fn take_whole_versions(&mut self, settled: BTreeSet<CampaignId>, now: DateTime<Utc>) -> Result<(), StoreError> {
        for id in settled.into_iter().filter(|id| !self.book.unsettled.contains(id)) {
            let is_waiting = |run: &&Run| {
                run.campaign == id && run.state == State::Claimed && matches!(run.slot, Slot::Scheduled { .. })
            };
            let claimed = self.open.values().filter(is_waiting);
            let claimed: Vec<Run> =
                claimed.filter(|run| !self.work.traffic.busy.contains(&run.id())).cloned().collect();
            let place = self.book.campaigns.binary_search_by(|campaign| campaign.id.cmp(&id));
            let campaign = place.ok().map(|place| Arc::clone(&self.book.campaigns[place]));
            for mut run in claimed {
                let just_before = run.due - TimeDelta::seconds(1);
                let is_due =
                    |it: &Arc<Campaign>| it.terms.schedule.wake().between(just_before, run.due).next().is_some();
                let Some(campaign) = campaign.as_ref().filter(|it| is_due(it)) else {
                    self.work.traffic.unsettled.insert(id.clone());
                    continue;
                };
                if run.content_sha256 == Some(campaign.post.sha256()) {
                    continue;
                }
                let (post, commit) = (Arc::clone(&campaign.post), self.book.commit.clone());
                let whole = Move::CatchUp { post, commit, reason: words::WHOLE_NOW.to_owned() };
                if let Ok(event) = run.apply(whole, now) {
                    self.means.store.save((&run, &event))?;
                    self.means.tell(&run);
                    self.open.insert(run.id(), run);
                }
            }
        }
        Ok(())
    }

    /// Records what former versions of campaigns still owed, in batches. What a crash leaves out is owed at the next start:
    /// the new versions are recorded only after this.
    fn record_owed(&mut self, owed: &[Owed], commit: Option<&str>, now: DateTime<Utc>) -> Result<(), StoreError> {
        let corp = self.corp();
        let mut runs = owed.iter().flat_map(|owed| owed.runs(&corp, commit, now));
        loop {
            let batch: Vec<Run> = runs.by_ref().take(BATCH_SIZE).collect();
            if batch.is_empty() {
                return Ok(());
            }
            let new = self.means.store.tick(&corp, &batch, self.through)?;
            self.welcome(batch, &new);
        }
    }

    /// Reads the open runs; what was cut off in the middle of a request is in doubt.
    pub(super) fn take_up_history(&mut self, now: DateTime<Utc>) -> Result<(), StoreError> {
        for mut run in self.means.store.open_runs(&self.corp())? {
            if perform::was_cut_off(&run) {
                let look_at = look_time(now + delta(self.means.settings.first_look));
                let lost = Move::Lose { look_at, reason: words::STOPPED_WHILE_SENDING.to_owned() };
                if let Ok(event) = run.apply(lost, now) {
                    self.means.store.save((&run, &event))?;
                    self.means.tell(&run);
                }
            }
            self.open.insert(run.id(), run);
        }
        let waiting: Vec<Run> = self.open.values().filter(|run| run.needs_person).cloned().collect();
        if !waiting.is_empty() {
            tracing::warn!(
                runs = waiting.len(),
                "runs wait for a person: `drumbeat history --state in_doubt` lists them, `drumbeat settle RUN` settles them"
            );
            self.means.pulse.wait_for_person(waiting);
        }
        Ok(())
    }

    /// Notices what other processes did to the store: a post by hand, a settled run.
    pub(super) fn notice_foreign_changes(&mut self) -> Result<(), EngineError> {
        let changes = match self.means.store.foreign_changes() {
            Ok(changes) => changes,
            Err(error) => return self.store_trouble(&error),
        };
        if changes == self.seen_changes {
            return Ok(());
        }
        match self.means.store.open_runs(&self.corp()) {
            Ok(runs) => {
                self.seen_changes = changes;
                self.may_catch_up = true;
                self.open.retain(|id, _| self.work.traffic.busy.contains(id));
                for run in runs {
                    // A run that is being worked on is as its task has it; the store refuses the slower of two writers.
                    let id = run.id();
                    if !self.work.traffic.busy.contains(&id) {
                        self.open.insert(id, run);
                    }
                }
                let open = &self.open;
                self.work.traffic.uploaded.retain(|id| open.contains_key(id));
                Ok(())
            }
            Err(error) => self.store_trouble(&error),
        }
    }
}
