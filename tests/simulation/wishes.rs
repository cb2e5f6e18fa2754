//! What people want: posts by hand, asked for once or again and again, and withdrawn; and that what goes out is what the
//! book had at that moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::engine::{EngineEvent, EngineStatus};
use drumbeat::ids::{CampaignId, CorpId};
use drumbeat::load::ActiveBook;
use drumbeat::ops::{self, Steered};
use drumbeat::post::Post;
use drumbeat::run::{Reason, Run, RunId, Slot, State};
use drumbeat::store::{Recorded, RunFilter, Store, Wait};
use fastrand::Rng;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

/// A person wants a campaign posted now, once: they say so again until it is.
#[derive(Clone, Debug)]
struct Wish {
    campaign: CampaignId,
    runs: Vec<RunId>,
}

pub(super) struct Wishes {
    corp: CorpId,
    news: Receiver<EngineEvent>,
    /// The newest book that the engine was handed.
    book: Option<Arc<ActiveBook>>,
    wishes: Vec<Wish>,
    /// Runs that a person withdrew: nothing of them may be sent from then on.
    withdrawn: Vec<RunId>,
    broken: Vec<String>,
}

impl Wishes {
    pub(super) fn new(corp: CorpId, status: &EngineStatus) -> Self {
        let (wishes, withdrawn) = (Vec::new(), Vec::new());
        Self { corp, news: status.subscribe(), book: None, wishes, withdrawn, broken: Vec::new() }
    }

    /// The engine is about to be handed another book. What it did until now it did by the former one.
    pub(super) fn hand(&mut self, book: &Arc<ActiveBook>) {
        self.listen();
        self.book = Some(Arc::clone(book));
    }

    /// Judges what the engine has done since it was last listened to.
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
        let is_unsettled = book.unsettled.contains(&run.campaign);
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
        // The engine says so of what the book does not have; people say so otherwise.
        let is_withdrawn = run
            .reason_text()
            .map(|why| why.into_lang(drumbeat::text::Lang::En))
            .is_some_and(|reason| reason.starts_with("withdrawn:"));
        let is_wanted = has_it || (is_unsettled && is_scheduled);
        if run.state == State::Missed && run.version > 0 && is_withdrawn && is_wanted {
            self.broken.push(format!("{id} was withdrawn, and the book has it: lost"));
        }
    }

    /// Somebody wants a campaign of the book posted now, or says once more what was not done yet.
    pub(super) fn wish(&mut self, rng: &mut Rng, store: &Store, now: DateTime<Utc>) {
        let Some(book) = self.book.clone() else { return };
        if self.wishes.is_empty() || rng.bool() {
            let Some(campaign) = book.campaigns.get(rng.usize(..book.campaigns.len().max(1))) else { return };
            self.wishes.push(Wish { campaign: campaign.id.clone(), runs: Vec::new() });
        }
        let place = rng.usize(..self.wishes.len());
        let wish = &mut self.wishes[place];
        let Some(campaign) = book.campaign(&wish.campaign) else { return };
        let runs: Vec<Run> = wish.runs.iter().filter_map(|id| store.runs_named(id).wait().ok()?.pop()).collect();
        // What is posted is not wished for again, and what may be out is not either before a person has looked.
        if runs.iter().any(|run| run.state.is_posted() || run.state == State::Expired || run.needs_review) {
            return;
        }
        let content = rng.u32(1..=u32::try_from(campaign.contents.iter().len()).expect("few contents"));
        let run = ops::by_hand(self.corp.clone(), campaign, content, None, now);
        match store.record_by_hand(&run, false).wait().expect("the store can be written") {
            Recorded::New => {
                if let Some(unfinished) = runs.iter().find(|run| !run.state.is_over()) {
                    self.broken.push(format!("{} was recorded beside {}", run.id(), unfinished.id()));
                }
                wish.runs.push(run.id());
            }
            Recorded::Unfinished(_) | Recorded::OnHold(_) | Recorded::SameSecond => {}
        }
    }

    /// Somebody stops one of the runs of which nothing was sent: Ctrl-C, or `cancel`.
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
            Ok(Steered::Done(run)) => self.withdrawn.push(run.id()),
            Ok(Steered::TooLate(_)) => {}
            Err(error) => self.broken.push(format!("a withdrawal failed: {error}")),
        }
    }

    /// Every broken promise, at the end.
    pub(super) fn end(&mut self, runs: &[Run]) -> Vec<String> {
        self.listen();
        let by_id: BTreeMap<RunId, &Run> = runs.iter().map(|run| (run.id(), run)).collect();
        for wish in &self.wishes {
            let posted = wish.runs.iter().filter(|id| by_id.get(id).is_some_and(|run| run.state.is_posted())).count();
            if posted > 1 {
                self.broken
                    .push(format!("{} was wished for once and posted {posted} times: {:?}", wish.campaign, wish.runs));
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

/// Whether a book has a run as it is: its campaign with this content, and this time of it.
fn has(book: &ActiveBook, run: &Run) -> bool {
    let Some(campaign) = book.campaign(&run.campaign) else { return false };
    let is_posted = |post: &Post| Some(post.sha256()) == run.content_sha256;
    match run.slot {
        // A person may have named any of them.
        Slot::ByHand { local } => campaign.contents.iter().any(|content| is_posted(&content.on(local.date()))),
        Slot::Scheduled { .. } => {
            let schedule = campaign.terms.schedule.expand();
            let mut at_its_time = schedule.between(run.due - TimeDelta::seconds(1), run.due);
            at_its_time
                .find(|it| Slot::from(it) == run.slot)
                .is_some_and(|it| is_posted(&campaign.content_for(&it).post))
        }
    }
}
