//! Posts by hand, requested once or repeatedly, and withdrawn; each must have the content that the book had when it was
//! sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::engine::{EngineEvent, EngineStatus};
use drumbeat::ids::{CampaignId, CorpId};
use drumbeat::load::ActiveBook;
use drumbeat::ops::{self, TransitionResult};
use drumbeat::post::Post;
use drumbeat::run::{Reason, Run, RunId, Slot, State};
use drumbeat::store::{Recorded, RunFilter, Store, Wait};
use fastrand::Rng;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

/// A person wants a campaign to be posted now, once, and repeats the command until it is.
#[derive(Clone, Debug)]
struct ManualPost {
    campaign: CampaignId,
    runs: Vec<RunId>,
}

pub(super) struct ManualPosts {
    corp: CorpId,
    news: Receiver<EngineEvent>,
    /// The newest book that the engine has received.
    book: Option<Arc<ActiveBook>>,
    manual_posts: Vec<ManualPost>,
    /// Runs that a person withdrew: they may not be sent afterwards.
    withdrawn: Vec<RunId>,
    broken: Vec<String>,
}

impl ManualPosts {
    pub(super) fn new(corp: CorpId, status: &EngineStatus) -> Self {
        let (manual_posts, withdrawn) = (Vec::new(), Vec::new());
        Self { corp, news: status.subscribe(), book: None, manual_posts, withdrawn, broken: Vec::new() }
    }

    /// The engine will receive another book. Its actions until now belong to the former one.
    pub(super) fn activate_book(&mut self, book: &Arc<ActiveBook>) {
        self.listen();
        self.book = Some(Arc::clone(book));
    }

    /// Judges the engine's events since the last call.
    pub(super) fn listen(&mut self) {
        loop {
            match self.news.try_recv() {
                Ok(EngineEvent::Run(run)) => self.judge(&run),
                Ok(_) => {}
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn judge(&mut self, run: &Run) {
        let Some(book) = &self.book else { return };
        let id = run.id();
        let has_it = has(book, run);
        let is_unsettled = book.changing.contains(&run.campaign);
        let is_scheduled = matches!(run.slot, Slot::Scheduled { .. });
        if run.state == State::Sending {
            if is_unsettled && is_scheduled {
                self.broken.push(format!("{id} was sent before its file had settled"));
            }
            if !has_it {
                self.broken.push(format!("{id} was sent, and the book did not have it any more"));
            }
            if self.withdrawn.contains(&id) {
                self.broken.push(format!("{id} was sent after it was withdrawn"));
            }
        }
        // The engine withdraws runs that the book does not have; other withdrawals are by people.
        let is_withdrawn = run
            .reason_text()
            .map(|why| why.into_lang(drumbeat::text::Lang::En))
            .is_some_and(|reason| reason.starts_with("withdrawn:"));
        let is_wanted = has_it || (is_unsettled && is_scheduled);
        if run.state == State::Missed && run.version > 0 && is_withdrawn && is_wanted {
            self.broken.push(format!("{id} was withdrawn, and the book has it: lost"));
        }
    }

    /// A person posts a campaign of the book now, or repeats a command that has not been carried out.
    pub(super) fn request(&mut self, rng: &mut Rng, store: &Store, now: DateTime<Utc>) {
        let Some(book) = self.book.clone() else { return };
        if self.manual_posts.is_empty() || rng.bool() {
            let Some(campaign) = book.campaigns.get(rng.usize(..book.campaigns.len().max(1))) else { return };
            self.manual_posts.push(ManualPost { campaign: campaign.id.clone(), runs: Vec::new() });
        }
        let place = rng.usize(..self.manual_posts.len());
        let manual_post = &mut self.manual_posts[place];
        let Some(campaign) = book.campaign(&manual_post.campaign) else { return };
        let runs: Vec<Run> = manual_post.runs.iter().filter_map(|id| store.runs_named(id).wait().ok()?.pop()).collect();
        // A person does not repeat a command for a post that exists, or that may exist and was not looked at.
        if runs.iter().any(|run| run.state.is_posted() || run.state == State::Expired || run.needs_review) {
            return;
        }
        let content = rng.u32(1..=u32::try_from(campaign.contents.iter().len()).expect("few contents"));
        let run = ops::manual_run(self.corp.clone(), campaign, content, None, now);
        match store.record_manual_run(&run, None, false).wait().expect("the store can be written") {
            Recorded::New => {
                if let Some(unfinished) = runs.iter().find(|run| !run.state.is_over()) {
                    self.broken.push(format!("{} was recorded beside {}", run.id(), unfinished.id()));
                }
                manual_post.runs.push(run.id());
            }
            Recorded::Unfinished(_) | Recorded::OnHold(_) | Recorded::SameSecond => {}
        }
    }

    /// A person stops one of the runs that were not sent: Ctrl-C, or `cancel`.
    pub(super) fn withdraw(&mut self, rng: &mut Rng, store: &Store, now: DateTime<Utc>) {
        self.listen();
        let wanted = RunFilter { only_open: true, ..RunFilter::default() };
        let mut claimed = store.runs(&wanted).wait().expect("the store can be read");
        claimed.retain(|run| run.state == State::Claimed);
        if claimed.is_empty() {
            return;
        }
        let run = claimed.swap_remove(rng.usize(..claimed.len()));
        match ops::withdraw(store, run, Reason::WithdrawnBy { by: "somebody".to_owned() }, now).wait() {
            Ok(TransitionResult::Done(run)) => self.withdrawn.push(run.id()),
            Ok(TransitionResult::TooLate(_)) => {}
            Err(error) => self.broken.push(format!("a withdrawal failed: {error}")),
        }
    }

    /// All broken promises, at the end.
    pub(super) fn end(&mut self, runs: &[Run]) -> Vec<String> {
        self.listen();
        let by_id: BTreeMap<RunId, &Run> = runs.iter().map(|run| (run.id(), run)).collect();
        for manual_post in &self.manual_posts {
            let posted =
                manual_post.runs.iter().filter(|id| by_id.get(id).is_some_and(|run| run.state.is_posted())).count();
            if posted > 1 {
                self.broken.push(format!(
                    "{} was requested once and posted {posted} times: {:?}",
                    manual_post.campaign, manual_post.runs
                ));
            }
        }
        for id in &self.withdrawn {
            if by_id.get(id).is_none_or(|run| run.state != State::Missed) {
                self.broken.push(format!("{id} was withdrawn, and is {:?}", by_id.get(id).map(|run| run.state)));
            }
        }
        std::mem::take(&mut self.broken)
    }
}

/// Whether a book has the run: its campaign with this content, at this time.
fn has(book: &ActiveBook, run: &Run) -> bool {
    let Some(campaign) = book.campaign(&run.campaign) else { return false };
    let is_posted = |post: &Post| Some(post.sha256()) == run.content_sha256;
    match run.slot {
        // A person may have chosen any of the contents.
        Slot::Manual { local } => campaign.contents.iter().any(|content| is_posted(&content.on(local.date()))),
        Slot::Scheduled { .. } => {
            let schedule = campaign.timing.schedule.expand();
            let mut at_its_time = schedule.between(run.due - TimeDelta::seconds(1), run.due);
            at_its_time
                .find(|it| Slot::from(it) == run.slot)
                .is_some_and(|it| is_posted(&campaign.content_for(&it).post))
        }
    }
}
