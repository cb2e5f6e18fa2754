//! Applies changes from outside the engine: stored runs at the start, a new load of the book, another process's
//! changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::compare::BookComparison;
use super::decide::align_lookup;
use super::due::BATCH_SIZE;
use super::due_queue::DueQueue;
use super::perform;
use super::reconcile_book::{self, BookChanges, BookReconciler, MissedOccurrences};
use super::{Engine, EngineError, StopCondition, compare};
use crate::check::InvalidFile;
use crate::clock::delta;
use crate::ids::CampaignId;
use crate::invocation::command;
use crate::load::ActiveBook;
use crate::run::{Event, Reason, Run, RunId, Slot, State, Transition};
use crate::store::StoreError;

impl Engine {
    /// Changes to another load of the book. An engine that sends a single run compares only that run and records
    /// nothing else.
    pub(super) async fn reload_book(&mut self, book: Arc<ActiveBook>, now: DateTime<Utc>) -> Result<(), StoreError> {
        match self.until {
            StopCondition::OnRequest | StopCondition::Idle(_) => self.reconcile(Arc::clone(&book), now).await?,
            StopCondition::RunFinished(_) => self.activate(&book),
        }
        self.compare_all(now).await?;
        self.context.book = Some(book);
        Ok(())
    }

    /// Makes a book the active one.
    fn activate(&mut self, book: &Arc<ActiveBook>) {
        self.context.engine.source = Arc::new(book.source.clone());
        self.context.names = Arc::clone(&book.names);
        self.work.dispatch.changing = book.changing.clone();
        self.book = Arc::clone(book);
    }

    /// Schedules the campaigns of a book, and records as missed what their former versions still owed.
    async fn reconcile(&mut self, book: Arc<ActiveBook>, now: DateTime<Utc>) -> Result<(), StoreError> {
        let corp = self.corp();
        let mut reconciler = BookReconciler::new(&book, self.due_queue.scheduled(), self.watermark, now);
        let mut last = None;
        loop {
            let page = self.context.store.campaigns_after(&corp, last.as_ref()).await?;
            let Some(end) = page.last() else { break };
            last = Some(end.campaign.clone());
            page.into_iter().try_for_each(|known| reconciler.visit_stored(known))?;
        }
        let BookChanges { scheduled, owed, known, gone } = reconciler.end();
        self.record_owed(&owed, book.commit.as_deref(), now).await?;
        self.context.store.record_reload(&corp, &known, &gone, self.advance_to(self.watermark)).await?;
        self.note_stored_watermark(self.watermark);
        let changes = reconcile_book::changes(self.due_queue.scheduled(), &scheduled);
        let is_first = self.due_queue.scheduled().is_empty();
        let next_before = self.due_queue.next_due();
        for invalid in &book.invalid_files {
            tracing::error!(
                file = %invalid.file, campaign = invalid.id.as_ref().map(tracing::field::display), reason = invalid.reason.get(crate::text::Lang::En),
                "this file has an error: its campaign is held until it is corrected"
            );
        }
        self.may_need_catch_up = true;
        self.context.status.book(&book, now);
        self.activate(&book);
        let preflight = delta(self.context.settings.preflight);
        self.due_queue = DueQueue::new(scheduled, self.book.posting_blocks.clone(), self.watermark, preflight);
        let shown = |at: Option<DateTime<Utc>>| at.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        let next_due = self.due_queue.next_due();
        // At the start every campaign is new, so the list says nothing.
        let named = |ids: &[CampaignId]| if is_first { None } else { reconcile_book::some(ids) };
        let unsettled: Vec<CampaignId> = self.book.changing.iter().cloned().collect();
        tracing::info!(
            campaigns = self.book.campaigns.len(),
            held = self.book.invalid_files.len(),
            commit = self.book.commit.as_deref(),
            added = named(&changes.added),
            removed = named(&changes.removed),
            changed = named(&changes.changed),
            // Campaigns whose files are missing or were just changed: their posts wait for a later load.
            unsettled = named(&unsettled),
            next_due = shown(next_due),
            next_due_before = shown(next_before.filter(|_| next_before != next_due)),
            "book loaded"
        );
        let uncommitted: Vec<CampaignId> = self.book.uncommitted.iter().cloned().collect();
        if !uncommitted.is_empty() {
            tracing::warn!(
                campaigns = uncommitted.len(),
                named = reconcile_book::some(&uncommitted),
                commit = self.book.commit.as_deref(),
                "these campaigns have changes that are not committed to git; they are posted as they are"
            );
        }
        Ok(())
    }

    /// Compares the claimed runs with the active book. A run with a running step is compared when that step ends; until
    /// then the step cannot send a post of a former book.
    async fn compare_all(&mut self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let is_idle = |run: &&Run| !self.work.dispatch.busy.contains(&run.id()) && self.sends(run);
        let claimed: Vec<Run> = self.open.values().filter(is_idle).cloned().collect();
        self.compare(claimed, now).await
    }

    /// Compares the claimed runs that another process created or changed. `before`: the versions known until now.
    async fn compare_changed(&mut self, before: &BTreeMap<RunId, i64>) -> Result<(), StoreError> {
        let is_changed = |run: &&Run| {
            let id = run.id();
            before.get(&id) != Some(&run.version) && !self.work.dispatch.busy.contains(&id) && self.sends(run)
        };
        let changed: Vec<Run> = self.open.values().filter(is_changed).cloned().collect();
        self.compare(changed, self.context.clock.now()).await
    }

    /// Compares a run whose step has ended.
    pub(super) async fn compare_run(&mut self, id: &RunId) -> Result<(), EngineError> {
        let now = self.context.clock.now();
        let run = self.open.get(id).filter(|run| self.sends(run)).cloned();
        match self.compare(run.into_iter().collect(), now).await {
            Ok(()) => Ok(()),
            Err(error) => self.retry_comparison(&error),
        }
    }

    /// The store did not save the comparisons: the book is loaded again before anything is sent.
    fn retry_comparison(&mut self, error: &StoreError) -> Result<(), EngineError> {
        self.pending_book.get_or_insert_with(|| Arc::clone(&self.book));
        self.handle_store_error(error)
    }

    /// The error of a campaign's file, if it has one.
    fn file_error(&self, id: &CampaignId) -> Option<Reason> {
        // An engine that sends a single run has no schedule, and does not know the campaign's file.
        let of_file = |invalid: &&InvalidFile| invalid.id.as_ref().is_none_or(|it| it == id);
        let invalid = || {
            self.book.invalid_files.iter().find(of_file).filter(|_| matches!(self.until, StopCondition::RunFinished(_)))
        };
        let held = self.due_queue.held(id).map(|held| held.reason.clone());
        held.or_else(|| invalid().map(Reason::invalid_file))
    }

    /// Whether this engine sends the run.
    fn sends(&self, run: &Run) -> bool {
        run.state == State::Claimed && self.until.only().is_none_or(|only| *only == run.id())
    }

    /// Compares claimed runs with the active book, in one commit.
    async fn compare(&mut self, claimed: Vec<Run>, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut changes: Vec<(Run, Event)> = Vec::new();
        for mut run in claimed {
            let id = run.id();
            let file_error = || self.file_error(&run.campaign);
            let standing = match run.slot {
                Slot::Scheduled { .. } => compare::scheduled(&run, &self.book, file_error),
                Slot::Manual { .. } => compare::manual(&run, &self.book, file_error, self.agreed.contains(&id)),
            };
            let is_by_hand = matches!(run.slot, Slot::Manual { .. });
            self.work.dispatch.changing_manual_runs.remove(&id);
            match standing {
                BookComparison::Unchanged if is_by_hand => drop(self.agreed.insert(id)),
                BookComparison::FileChanging if is_by_hand => drop(self.work.dispatch.changing_manual_runs.insert(id)),
                BookComparison::Unchanged | BookComparison::FileChanging => {}
                BookComparison::Changed(step) => {
                    if let Ok(event) = run.apply(step, now) {
                        changes.push((run, event));
                    }
                }
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        // If another process changed a run first, the next round compares it again.
        let saved = self.context.store.save_all(&changes).await?;
        for ((run, _), _) in changes.into_iter().zip(saved).filter(|(_, saved)| *saved) {
            self.context.publish_run(&run);
            let id = run.id();
            // The new version may need other media.
            self.work.dispatch.uploaded.remove(&id);
            if run.state.is_over() {
                self.open.remove(&id);
            } else {
                self.open.insert(id, run);
            }
        }
        Ok(())
    }

    /// Records in batches what former versions of campaigns still owed. The new versions are stored only after this, so
    /// the next start repeats what a crash interrupts.
    async fn record_owed(
        &mut self,
        owed: &[MissedOccurrences],
        commit: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let corp = self.corp();
        let mut runs = owed.iter().flat_map(|owed| owed.runs(&corp, commit, now));
        loop {
            let batch: Vec<Run> = runs.by_ref().take(BATCH_SIZE).collect();
            if batch.is_empty() {
                return Ok(());
            }
            let new = self.context.store.record_due(&corp, &batch, self.advance_to(self.watermark)).await?;
            self.note_stored_watermark(self.watermark);
            self.track_new_runs(batch, &new);
        }
    }

    /// Reads the open runs. A run that was interrupted during its request is in doubt.
    pub(super) async fn recover_open_runs(&mut self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let open = self.context.store.open_runs(&self.corp()).await?;
        self.open.extend(open.into_iter().map(|run| (run.id(), run)));
        self.doubt_interrupted(now).await?;
        let waiting: Vec<Run> = self.open.values().filter(|run| run.needs_review).cloned().collect();
        if !waiting.is_empty() {
            let (history, settle) = (command("history --state in_doubt"), command("settle RUN"));
            tracing::warn!(runs = waiting.len(), "runs need review: `{history}` lists them, `{settle}` settles them");
            self.context.status.runs_need_review(waiting);
        }
        Ok(())
    }

    /// Records runs in `sending` that no step of this process sends as in doubt: an earlier process was interrupted, or a
    /// commit of this one was lost with a server. A service that was taken over does not: the other one sends them.
    pub(super) async fn doubt_interrupted(&mut self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let busy = &self.work.dispatch.busy;
        let is_interrupted = |run: &&Run| perform::is_interrupted(run) && !busy.contains(&run.id());
        let interrupted: Vec<Run> = self.open.values().filter(is_interrupted).cloned().collect();
        for mut run in interrupted {
            let look_at = align_lookup(now + delta(self.context.settings.first_lookup));
            let lost = Transition::LoseResponse { look_at, reason: Reason::StoppedWhileSending };
            if let Ok(event) = run.apply(lost, now) {
                self.context.store.save_by_owner((&run, &event)).await?;
                self.context.publish_run(&run);
                self.open.insert(run.id(), run);
            }
        }
        Ok(())
    }

    /// Goes back to the watermark of the store: a server that was failed over may have lost what was due in its last
    /// commits, and it is recorded again. An occurrence that still has its run gets no other one. Then the book is stored
    /// again, because its last load may be lost too.
    async fn follow_store(&mut self) -> Result<(), StoreError> {
        let stored = self.context.store.watermark(&self.corp()).await?;
        if stored < self.stored_watermark {
            // If even the first load is lost, everything counts from there.
            let first = self.due_queue.scheduled().iter().map(|campaign| campaign.since).min();
            self.watermark = stored.or(first).unwrap_or(self.watermark).min(self.watermark);
            self.stored_watermark = stored;
            self.due_queue.rewind(self.context.clock.now(), self.watermark);
        }
        self.pending_book.get_or_insert_with(|| Arc::clone(&self.book));
        Ok(())
    }

    /// Notices changes that other processes made to the store: a manual post, a settled run.
    pub(super) async fn read_external_changes(&mut self) -> Result<(), EngineError> {
        let changes = match self.context.store.data_version().await {
            Ok(changes) => changes,
            Err(error) => return self.handle_store_error(&error),
        };
        if self.seen_changes == Some(changes) {
            return Ok(());
        }
        self.holds = None;
        if self.seen_changes.is_none_or(|seen| changes.may_lack_commits_of(seen))
            && let Err(error) = self.follow_store().await
        {
            return self.handle_store_error(&error);
        }
        match self.context.store.open_runs(&self.corp()).await {
            Ok(runs) => {
                self.may_need_catch_up = true;
                let before: BTreeMap<RunId, i64> =
                    self.open.iter().map(|(id, run)| (id.clone(), run.version)).collect();
                self.open.retain(|id, _| self.work.dispatch.busy.contains(id));
                for run in runs {
                    // A running step has the newest version of its run; the store refuses the later of two writers.
                    let id = run.id();
                    if !self.work.dispatch.busy.contains(&id) {
                        self.open.insert(id, run);
                    }
                }
                let open = &self.open;
                self.work.dispatch.uploaded.retain(|id| open.contains_key(id));
                self.work.dispatch.changing_manual_runs.retain(|id| open.contains_key(id));
                self.agreed.retain(|id| open.contains_key(id));
                match self.compare_changed(&before).await {
                    Ok(()) => {
                        self.seen_changes = Some(changes);
                        Ok(())
                    }
                    Err(error) => self.retry_comparison(&error),
                }
            }
            Err(error) => self.handle_store_error(&error),
        }
    }
}
