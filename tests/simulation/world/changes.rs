//! What people, WeCom and the machine change while the engine runs.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chrono::TimeDelta;
use drumbeat::campaign::Campaign;
use drumbeat::load::ActiveBook;
use drumbeat::run::{Run, State};
use drumbeat::sandbox::{AnswerFault, ExternalMoment};
use drumbeat::source::Source;
use drumbeat::store::{Lifted, RunFilter, Scope, StoreError, Wait};
use tokio::sync::watch;
use tokio::time::Instant;

use super::{Mutant, STORE, World};
use crate::simulation::book::by_history;
use crate::simulation::judge;

/// Time for which a file must be unchanged before its posts are sent.
const QUIET: Duration = Duration::from_secs(10);

/// A later change of the book.
#[derive(Clone, Debug)]
pub(super) enum BookStep {
    /// A file is restored unchanged.
    Back(String),
    /// A file was unchanged for the edit delay.
    Settle(String),
    /// The whole book is restored.
    BookBack,
}

/// A directory without files of the book.
fn nothing_there() -> Source {
    static EMPTY: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("there is room"));
    Source::directory(EMPTY.path()).expect("it is there")
}

/// Sets runs in `sending` back to their state before that was written.
fn forget_sending(disk: &std::path::Path) {
    let db = rusqlite::Connection::open(disk.join(STORE)).expect("the store is there");
    db.execute("UPDATE runs SET state = 'claimed' WHERE state = 'sending'", []).expect("the store can be written");
}

/// A book in which the campaigns of these runs are as in the former book.
fn keeping(former: &ActiveBook, newer: &ActiveBook, claimed: &[Run]) -> Arc<ActiveBook> {
    let is_kept = |campaign: &&Arc<Campaign>| claimed.iter().any(|run| run.campaign == campaign.id);
    let mut campaigns: Vec<_> = former.campaigns.iter().filter(is_kept).cloned().collect();
    let is_other = |campaign: &&Arc<Campaign>| campaigns.iter().all(|kept| kept.id != campaign.id);
    let others: Vec<_> = newer.campaigns.iter().filter(is_other).cloned().collect();
    campaigns.extend(others);
    campaigns.sort_by(|a, b| a.id.cmp(&b.id));
    Arc::new(ActiveBook { campaigns, ..newer.clone() })
}

impl World {
    /// The book as a load reads it now. While its directory is missing, the former book stays and its media cannot be
    /// read.
    pub(super) fn load(&self) -> Arc<ActiveBook> {
        match &self.away {
            Some(former) => Arc::new(ActiveBook { source: nothing_there(), ..(**former).clone() }),
            None => self.book.load(self.clock.now()),
        }
    }

    /// The engine activates a load at this instant, because nothing else is ready before it, unless it doubts its clock.
    pub(super) fn hand_over(&mut self, books: &watch::Sender<Arc<ActiveBook>>) {
        let loaded = self.load();
        self.activate_book(&loaded);
        let taken = match self.mutant {
            Mutant::KeepsToTheClaim => keeping(&books.borrow(), &loaded, &self.claimed()),
            Mutant::TakesContentByHistory => by_history(&loaded, &self.runs()),
            Mutant::TakesAwayForRemoved if self.away.is_some() => {
                Arc::new(ActiveBook { campaigns: Vec::new(), invalid_files: Vec::new(), ..(*loaded).clone() })
            }
            Mutant::TakesAwayForRemoved => Arc::new(ActiveBook { changing: BTreeSet::new(), ..(*loaded).clone() }),
            _ => loaded,
        };
        books.send_replace(taken);
    }

    /// Applies the changes of the book that are due; returns whether there were any.
    pub(super) fn take_steps(&mut self) -> bool {
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.steps).into_iter().partition(|(at, _)| *at <= now);
        self.steps = later;
        for (at, step) in &due {
            match step {
                BookStep::Back(file) => {
                    self.book.bring_back(file);
                    self.settle_later(file, *at);
                }
                BookStep::Settle(file) => self.book.settle(file),
                BookStep::BookBack => self.away = None,
            }
        }
        !due.is_empty()
    }

    /// A file that changes now settles after the edit delay.
    fn settle_later(&mut self, file: &str, changed: Instant) {
        self.steps.retain(|(_, step)| !matches!(step, BookStep::Settle(other) if other == file));
        self.steps.push((changed + QUIET, BookStep::Settle(file.to_owned())));
    }

    /// A file is missing for less or more than the edit delay.
    pub(super) fn take_file_away(&mut self) {
        let Some(file) = self.book.take_away(&mut self.rng) else { return };
        self.turns += 1;
        let now = Instant::now();
        let most = if self.rng.bool() { QUIET.as_secs() } else { 3600 };
        self.settle_later(&file, now);
        self.steps.push((now + Duration::from_secs(self.rng.u64(1..most)), BookStep::Back(file)));
    }

    /// The directory of the book is missing for a while.
    pub(super) fn take_book_away(&mut self) {
        if self.away.is_some() {
            return;
        }
        self.turns += 1;
        self.away = Some(self.book.load(self.clock.now()));
        let length = Duration::from_secs(self.rng.u64(1..3600));
        self.steps.push((Instant::now() + length, BookStep::BookBack));
    }

    /// From now on WeCom answers differently from its pages, or as they say.
    pub(super) fn change_answers(&mut self) {
        self.turns += 1;
        let many = self.rng.usize(..4);
        let faults: Vec<AnswerFault> =
            (0..many).map(|_| AnswerFault::ALL[self.rng.usize(..AnswerFault::ALL.len())].0).collect();
        self.answers.list_was_hidden |= faults.contains(&AnswerFault::ListHidden);
        let wrong = [AnswerFault::CreateSameJob, AnswerFault::ResultSameId];
        self.answers.names_were_wrong |= wrong.iter().any(|fault| faults.contains(fault));
        self.sandbox.lock().expect("no panics").behaviour.answer_faults = faults;
    }

    /// The engine receives a book.
    pub(super) fn activate_book(&mut self, loaded: &Arc<ActiveBook>) {
        self.handed = Some(Arc::clone(loaded));
        self.manual_posts.activate_book(loaded);
    }

    fn runs(&self) -> Vec<Run> {
        self.context.store.runs(&RunFilter::default()).wait().expect("the store can be read")
    }

    fn claimed(&self) -> Vec<Run> {
        let runs = self.context.store.runs(&RunFilter { only_open: true, ..RunFilter::default() }).wait();
        runs.expect("the store can be read").into_iter().filter(|run| run.state == State::Claimed).collect()
    }

    pub(super) fn change_book(&mut self) {
        self.edits += 1;
        self.book.edit(&mut self.rng);
    }

    pub(super) fn after_crash(&mut self) {
        if self.mutant == Mutant::ForgetsSending {
            forget_sending(self.disk.as_ref().expect("this mutant keeps its store on disk").path());
        }
    }

    /// NTP or a person sets our wall clock, by at most this many seconds from WeCom's clock, which is unchanged.
    pub(super) fn set_wall(&mut self, most: i64) {
        let off = TimeDelta::seconds(self.rng.i64(-most..=most));
        self.clock.step_wall_clock(off - self.wall_off);
        self.wall_off = off;
    }

    /// The machine is suspended: time passes, and the engine's timers stand still.
    pub(super) fn suspend(&mut self) {
        let length = TimeDelta::seconds(self.rng.i64(1..4 * 3600));
        self.clock.suspend(length);
        self.true_clock.suspend(length);
    }

    /// A person holds everything.
    pub(super) fn lay_hold(&mut self) {
        match self.context.store.create_hold(&Scope::Everything, "a bad feeling", "somebody", self.clock.now()).wait() {
            Ok(_) => self.holds.push(judge::HoldPeriod { from: self.true_clock.now(), to: None }),
            Err(StoreError::OnHoldAlready { .. }) => {}
            Err(error) => panic!("the store takes a hold: {error}"),
        }
    }

    /// At random, the person who holds everything resumes it, sometimes with catch-up.
    pub(super) fn maybe_lift_hold(&mut self, in_so_many: u32) {
        if self.rng.u32(..in_so_many) == 0 {
            let lifted = Lifted { at: self.clock.now(), by: "somebody".to_owned(), catch_up: self.rng.bool() };
            match self.context.store.lift_hold(&Scope::Everything, None, lifted).wait() {
                Ok(_) => self.holds.last_mut().expect("it was laid").to = Some(self.true_clock.now()),
                Err(StoreError::NotOnHold(_)) => {}
                Err(error) => panic!("the store lifts a hold: {error}"),
            }
        }
    }

    /// A moment that looks like one of ours and is not: a member created it in the console.
    pub(super) fn add_look_alike(&mut self) {
        let mut sandbox = self.sandbox.lock().expect("no panics");
        let text = sandbox.ledger().last().map_or_else(|| "别的内容".to_owned(), |entry| entry.text.clone());
        sandbox.add_external(ExternalMoment {
            moment_id: format!("momforeign{}", self.rng.u64(..)),
            created: self.true_clock.now(),
            creator: Some("zhangshan".to_owned()),
            public: true,
            text,
            images: 0,
        });
    }
}
