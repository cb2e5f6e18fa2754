//! The engine: carries every occurrence that falls due to its one recorded outcome.
//!
//! A reconciler. Each round it records what has fallen due, decides from the state alone what is to be done
//! ([`decide()`]), does each step as a task of its own, and sleeps until the next thing is due. It writes before it sends,
//! and it never sends what may have been sent.

mod adopt;
mod decide;
mod holds;
mod perform;
mod pulse;
mod settle;
mod words;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::ids::{CampaignId, CorpId};
use crate::limits;
use crate::load::Loaded;
use crate::post::Names;
use crate::run::{Event, Move, OpenRuns, Run, RunId, State};
use crate::schedule::Occurrence;
use crate::source::Source;
use crate::store::{Hold, Quota, Store, StoreError};
use crate::wecom::WeCom;

use adopt::{Adoption, Armed, Stand};
use perform::{Done, delta};
use settle::Watched;

pub use decide::{Agenda, Step, Traffic, decide};
pub use pulse::{Beat, LATENESS, News, Pulse, Tally};

/// Pause after the store did not take a change.
const STORE_PAUSE: Duration = Duration::from_secs(5);
/// How long a stop waits for requests that are under way.
const STOP_LIMIT: Duration = Duration::from_secs(40);

/// What an operator may set.
#[derive(Clone, Debug)]
pub struct Settings {
    pub quota: Quota,
    /// How long a lost post is looked for before it counts as absent.
    pub settle_window: Duration,
    /// The first look after an answer was lost.
    pub first_look: Duration,
    /// Send a lost post once more when it is surely absent.
    pub retry_absent: bool,
    /// How long before an occurrence its media are uploaded and the token is tried.
    pub preflight: Duration,
    /// Uploads older than this are made anew.
    pub media_age: Duration,
    /// Runs that are carried at the same time.
    pub carriers: usize,
    /// Longest sleep: a suspended machine, a stepped clock or another process's change is noticed within this time.
    pub longest_sleep: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            quota: Quota { per_minute: limits::CREATES_PER_MINUTE, per_month: limits::CREATES_PER_MONTH },
            settle_window: Duration::from_secs(15 * 60),
            first_look: Duration::from_secs(5),
            retry_absent: false,
            preflight: Duration::from_secs(10 * 60),
            // Twelve hours short of WeCom's three days: an id must live until its post is created.
            media_age: limits::MEDIA_LIFE - Duration::from_secs(12 * 3600),
            carriers: 8,
            longest_sleep: Duration::from_secs(5),
        }
    }
}

/// What the engine works with.
#[derive(Clone, Debug)]
pub struct Means {
    pub clock: Clock,
    pub store: Arc<Store>,
    pub wecom: WeCom,
    pub source: Arc<Source>,
    pub settings: Settings,
    /// Shows outside how the work goes.
    pub pulse: Pulse,
}

/// The means, and what the steps of one life of the engine share.
#[derive(Clone, Debug)]
struct Hands {
    means: Means,
    watched: Arc<Mutex<Watched>>,
    /// For people who read what WeCom did not take.
    names: Arc<Names>,
}

impl Deref for Hands {
    type Target = Means;

    fn deref(&self) -> &Means {
        &self.means
    }
}

/// When the engine is through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Until {
    /// Only when it is told to stop.
    Stopped,
    /// Takes up nothing that is due after this instant, and ends when no run is open that it can do something for.
    Settled(DateTime<Utc>),
    /// Takes up nothing new, and ends when this run is over or waits for a person.
    Over(RunId),
}

/// What stops the engine for good.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the history cannot be read, and without it nothing may be posted")]
    Store(#[from] StoreError),
    #[error("a part of the engine failed: {0}")]
    Internal(String),
}

pub struct Engine {
    means: Hands,
    until: Until,
    loaded: Arc<Loaded>,
    /// A newer load, not gone over to yet.
    waiting_book: Option<Arc<Loaded>>,
    armed: Vec<Armed>,
    /// The next occurrence of each armed campaign, soonest first.
    agenda: BinaryHeap<Reverse<(DateTime<Utc>, usize)>>,
    next: Vec<Option<Occurrence>>,
    /// When to get ready for each of them.
    ahead: BinaryHeap<Reverse<(DateTime<Utc>, usize)>>,
    /// The getting ready that is under way.
    getting_ready: JoinSet<()>,
    /// Everything due through this instant has its run.
    through: DateTime<Utc>,
    open: OpenRuns,
    traffic: Traffic,
    tasks: JoinSet<Done>,
    working: BTreeMap<tokio::task::Id, Step>,
    seen_changes: i64,
    /// A hold may have been lifted since that was last looked at.
    may_catch_up: bool,
    /// The store did not take something: nothing new is begun before this instant.
    rests_until: Option<DateTime<Utc>>,
}

impl Engine {
    /// Reads the history and takes up where it ended. History that cannot be read stops the start.
    pub fn start(means: Means, loaded: Arc<Loaded>, until: Until) -> Result<Self, EngineError> {
        let means = Hands { means, watched: Arc::default(), names: Arc::clone(&loaded.verdict.names) };
        let now = means.clock.now();
        let corp = means.wecom.corp().clone();
        let through = means.store.through(&corp)?.unwrap_or(now);
        let mut engine = Self {
            traffic: Traffic { free_carriers: means.settings.carriers, ..Traffic::default() },
            seen_changes: means.store.foreign_changes()?,
            means,
            until,
            loaded: Arc::clone(&loaded),
            waiting_book: None,
            armed: Vec::new(),
            agenda: BinaryHeap::new(),
            next: Vec::new(),
            ahead: BinaryHeap::new(),
            getting_ready: JoinSet::new(),
            through,
            open: OpenRuns::new(),
            tasks: JoinSet::new(),
            working: BTreeMap::new(),
            may_catch_up: false,
            rests_until: None,
        };
        engine.take_up(now)?;
        // Who carries one run only knows nothing of the book, and must not take campaigns for removed.
        if !matches!(engine.until, Until::Over(_)) {
            engine.adopt(loaded, now)?;
        }
        Ok(engine)
    }

    /// Works until it is told to stop, or is through. `books` brings every new load of the book.
    pub async fn run(
        mut self,
        mut books: watch::Receiver<Arc<Loaded>>,
        stop: CancellationToken,
    ) -> Result<(), EngineError> {
        // A book that came between the start and here is news too.
        let newest = Arc::clone(&books.borrow_and_update());
        if !Arc::ptr_eq(&newest, &self.loaded) {
            self.waiting_book = Some(newest);
        }
        let mut books_end = false;
        while !stop.is_cancelled() {
            let wake = self.round()?;
            if self.is_through() {
                break;
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(done) = self.tasks.join_next_with_id(), if !self.tasks.is_empty() => {
                    self.finish(done)?;
                    // Whatever else has ended meanwhile is taken in before the next look at everything.
                    while let Some(done) = self.tasks.try_join_next_with_id() {
                        self.finish(done)?;
                    }
                }
                changed = books.changed(), if !books_end => match changed {
                    Ok(()) => self.waiting_book = Some(Arc::clone(&books.borrow_and_update())),
                    Err(_) => books_end = true,
                },
                Some(ready) = self.getting_ready.join_next(), if !self.getting_ready.is_empty() => {
                    ready.map_err(|error| EngineError::Internal(error.to_string()))?;
                }
                () = self.means.clock.sleep(wake) => {}
            }
        }
        self.wind_up().await
    }

    /// One round: what is due is recorded, and what is to be done is begun. Gives how long there is nothing to do.
    fn round(&mut self) -> Result<Duration, EngineError> {
        let now = self.means.clock.now();
        if let Some(rest) = self.rest(now) {
            return Ok(rest);
        }
        self.notice_foreign_changes()?;
        // What the former book still owes falls due under its own terms, before the next one is taken up.
        let recorded = match self.means.store.holds() {
            Ok(holds) => self.record_due(now, &holds),
            Err(error) => {
                self.store_trouble(&error)?;
                false
            }
        };
        if recorded
            && let Some(loaded) = self.waiting_book.take()
            && let Err(error) = self.adopt(Arc::clone(&loaded), now)
        {
            self.waiting_book = Some(loaded);
            self.store_trouble(&error)?;
        }
        if recorded && self.may_catch_up {
            match self.catch_up(now) {
                Ok(()) => self.may_catch_up = false,
                Err(error) => self.store_trouble(&error)?,
            }
        }
        if self.traffic.closed_until.is_some_and(|until| until <= now) {
            self.traffic.closed_until = None;
        }
        self.get_ready(now);
        let agenda = decide(now, &self.open, &self.traffic);
        for step in agenda.steps {
            self.begin(step);
        }
        let next_due = self.agenda.peek().map(|Reverse((at, _))| *at).filter(|at| self.takes_up(*at));
        let next_ready = self.ahead.peek().map(|Reverse((at, _))| *at).filter(|_| self.getting_ready.is_empty());
        let next_ready = next_ready.filter(|at| self.takes_up(*at));
        self.show(now, next_due);
        let wake = [agenda.wake, next_due, next_ready].into_iter().flatten().min();
        let longest = self.means.settings.longest_sleep;
        let nap = wake.map_or(longest, |at| (at - now).to_std().unwrap_or_default());
        let least = Duration::from_millis(1);
        // Asking the store may have taken long, so the time is asked anew.
        let rest = self.rest(self.means.clock.now());
        Ok(rest.unwrap_or(nap.clamp(least, longest.max(least))))
    }

    /// How long the store is still left in peace after it did not take something.
    fn rest(&mut self, now: DateTime<Utc>) -> Option<Duration> {
        // A clock that was set back meanwhile does not make the rest longer.
        let left = self.rests_until.and_then(|until| (until - now).to_std().ok());
        let left = left.filter(|left| !left.is_zero() && *left <= STORE_PAUSE);
        if left.is_none() {
            self.rests_until = None;
        }
        left
    }

    /// Gives every occurrence that has fallen due its run, in one commit. `false` if the store did not take them.
    fn record_due(&mut self, now: DateTime<Utc>, holds: &[Hold]) -> bool {
        let horizon = match self.until {
            Until::Settled(end) => end.min(now),
            Until::Stopped | Until::Over(_) => now,
        };
        let mut due = Vec::new();
        while let Some(Reverse((at, n))) = self.agenda.peek().copied()
            && at <= horizon
        {
            self.agenda.pop();
            due.push(n);
        }
        if due.is_empty() {
            return true;
        }
        let corp = self.corp();
        let mut born = Vec::new();
        for n in &due {
            let Some(first) = self.next[*n].clone() else { continue };
            let armed = &self.armed[*n];
            let rest = armed.terms.schedule.between(first.at, horizon);
            let occurrences: Vec<Occurrence> = std::iter::once(first).chain(rest).collect();
            let Loaded { verdict, commit, .. } = &*self.loaded;
            born.extend(decide::births(&corp, armed, &occurrences, holds, &verdict.closed, commit.as_deref(), now));
        }
        match self.means.store.tick(&corp, &born, horizon) {
            Ok(new) => {
                self.welcome(born, &new);
                self.through = self.through.max(horizon);
                for n in due {
                    self.arm(n, horizon);
                }
                true
            }
            Err(error) => {
                self.means.pulse.store_failed(now);
                tracing::error!(error = %chain(&error), "what is due cannot be recorded, so nothing of it is posted; trying again");
                self.rests_until = Some(self.means.clock.now() + delta(STORE_PAUSE));
                for n in due {
                    if let Some(occurrence) = &self.next[n] {
                        self.agenda.push(Reverse((occurrence.at, n)));
                    }
                }
                false
            }
        }
    }

    /// Takes new runs into the round.
    fn welcome(&mut self, born: Vec<Run>, new: &[bool]) {
        for (run, _) in born.into_iter().zip(new).filter(|(_, new)| **new) {
            self.means.tell(&run);
            if !run.state.is_over() {
                self.open.insert(run.id(), run);
            }
        }
    }

    /// Puts a campaign's next occurrence after an instant on the agenda.
    fn arm(&mut self, n: usize, after: DateTime<Utc>) {
        self.next[n] = self.armed[n].terms.schedule.next_after(after);
        if let Some(occurrence) = &self.next[n] {
            self.agenda.push(Reverse((occurrence.at, n)));
            self.ahead.push(Reverse((occurrence.at - delta(self.means.settings.preflight), n)));
        }
    }

    /// Gets ready for what is due soon, so that trouble is heard before the hour strikes. One round at a time.
    fn get_ready(&mut self, now: DateTime<Utc>) {
        while self.getting_ready.try_join_next().is_some() {}
        if !self.getting_ready.is_empty() {
            return;
        }
        let mut posts = Vec::new();
        while let Some(Reverse((at, n))) = self.ahead.peek().copied()
            && at <= now
        {
            self.ahead.pop();
            if let (Stand::Live(campaign), Some(next)) = (&self.armed[n].stand, &self.next[n])
                && self.takes_up(next.at)
            {
                posts.push((campaign.id.clone(), Arc::clone(&campaign.post)));
            }
        }
        if !posts.is_empty() {
            let means = self.means.clone();
            self.getting_ready.spawn(async move { means.prepare(posts).await });
        }
    }

    /// Goes over to another load of the book.
    fn adopt(&mut self, loaded: Arc<Loaded>, now: DateTime<Utc>) -> Result<(), StoreError> {
        let corp = self.corp();
        let known = self.means.store.known(&corp)?;
        let Adoption { armed, born, known, gone } =
            adopt::adopt(&corp, &loaded.verdict, loaded.commit.as_deref(), known, self.through, now)?;
        let new = self.means.store.load(&corp, &born, &known, &gone, self.through)?;
        let changes = adopt::changes(&self.armed, &armed);
        let is_first = self.armed.is_empty();
        let next_before = self.next_due();
        for broken in &loaded.verdict.broken {
            tracing::error!(
                file = %broken.file, campaign = broken.id.as_ref().map(tracing::field::display), reason = %broken.reason,
                "this file has an error: its campaign is held until it is mended"
            );
        }
        self.welcome(born, &new);
        self.may_catch_up = true;
        self.means.means.source = Arc::new(loaded.source.clone());
        self.means.names = Arc::clone(&loaded.verdict.names);
        self.means.pulse.book(&loaded, now);
        self.loaded = loaded;
        self.armed = armed;
        self.next = vec![None; self.armed.len()];
        self.agenda.clear();
        self.ahead.clear();
        for n in 0..self.armed.len() {
            let after = self.armed[n].since.max(self.through);
            self.arm(n, after);
        }
        let shown = |at: Option<DateTime<Utc>>| at.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        let (next_due, next_before) = (self.next_due(), next_before);
        // At the start everything is new, and a list of everything tells nothing.
        let named = |ids: &[CampaignId]| if is_first { None } else { adopt::some(ids) };
        tracing::info!(
            campaigns = self.loaded.verdict.campaigns.len(),
            held = self.loaded.verdict.broken.len(),
            commit = self.loaded.commit.as_deref(),
            added = named(&changes.added),
            removed = named(&changes.removed),
            changed = named(&changes.changed),
            next_due = shown(next_due),
            next_due_before = shown(next_before.filter(|_| next_before != next_due)),
            "book loaded"
        );
        Ok(())
    }

    fn next_due(&self) -> Option<DateTime<Utc>> {
        self.agenda.peek().map(|Reverse((at, _))| *at)
    }

    /// Reads the open runs; what was cut off in the middle of a request is in doubt.
    fn take_up(&mut self, now: DateTime<Utc>) -> Result<(), StoreError> {
        for mut run in self.means.store.open_runs(&self.corp())? {
            if perform::was_cut_off(&run) {
                let look_at = now + delta(self.means.settings.first_look);
                let lost = Move::Lose { look_at, reason: words::STOPPED_WHILE_SENDING.to_owned() };
                if let Ok(event) = run.apply(lost, now) {
                    self.means.store.save((&run, &event))?;
                    self.means.tell(&run);
                }
            }
            self.open.insert(run.id(), run);
        }
        Ok(())
    }

    /// Notices what other processes did to the store: a post by hand, a settled run.
    fn notice_foreign_changes(&mut self) -> Result<(), EngineError> {
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
                self.open.retain(|id, _| self.traffic.busy.contains(id));
                for run in runs {
                    // A run that is being worked on is as its task has it; the store refuses the slower of two writers.
                    let id = run.id();
                    if !self.traffic.busy.contains(&id) {
                        self.open.insert(id, run);
                    }
                }
                Ok(())
            }
            Err(error) => self.store_trouble(&error),
        }
    }

    fn begin(&mut self, step: Step) {
        let id = step.run().clone();
        let Some(run) = self.open.get(&id).cloned() else { return };
        if matches!(step, Step::Carry(_)) {
            self.traffic.free_carriers -= 1;
        }
        self.traffic.busy.insert(id);
        let means = self.means.clone();
        let performed = step.clone();
        let task = self.tasks.spawn(async move { means.perform(&performed, run).await });
        self.working.insert(task.id(), step);
    }

    fn finish(&mut self, done: Result<(tokio::task::Id, Done), tokio::task::JoinError>) -> Result<(), EngineError> {
        let (task, done) = done.map_err(|error| EngineError::Internal(error.to_string()))?;
        let Some(step) = self.working.remove(&task) else { return Ok(()) };
        if matches!(step, Step::Carry(_)) {
            self.traffic.free_carriers += 1;
        }
        let id = step.run().clone();
        self.traffic.busy.remove(&id);
        match done {
            Done::Moved(run) if run.state.is_over() => {
                self.means.watched.lock().unwrap_or_else(PoisonError::into_inner).forget(&id);
                self.open.remove(&id);
            }
            Done::Moved(run) => {
                self.open.insert(id, run);
            }
            Done::Closed(run, until) => {
                self.open.insert(id, run);
                if self.traffic.closed_until.is_none() {
                    self.announce_queue(until);
                }
                self.traffic.closed_until = Some(until);
            }
            Done::Overtaken => self.read_again(&id)?,
            Done::NotSaved(run, error) => {
                self.open.insert(id, run);
                self.store_trouble(&error)?;
            }
        }
        Ok(())
    }

    /// The creations are used up: everybody who has to wait for that is told so once, in one commit.
    fn announce_queue(&mut self, until: DateTime<Utc>) {
        let now = self.means.clock.now();
        let quota = self.means.settings.quota;
        let waits = |run: &&Run| run.state == State::Claimed && run.reason.is_none();
        let waiting = self.open.values().filter(waits).filter(|run| !self.traffic.busy.contains(&run.id()));
        let queue = |run: &Run| {
            let mut run = run.clone();
            let step = Move::Queue { reason: words::waiting_for_quota(quota.per_minute) };
            run.apply(step, now).ok().map(|event| (run, event))
        };
        let changes: Vec<(Run, Event)> = waiting.filter_map(queue).collect();
        tracing::info!(waiting = changes.len(), %until, "the limit of creations is reached; the queue waits");
        self.means.pulse.queue_waits(changes.len(), until);
        match self.means.store.save_all(&changes) {
            Ok(saved) => {
                for ((run, _), _) in changes.into_iter().zip(saved).filter(|(_, saved)| *saved) {
                    self.open.insert(run.id(), run);
                }
            }
            Err(error) => tracing::warn!(error = %chain(&error), "the history does not say that the queue waits"),
        }
    }

    fn read_again(&mut self, id: &RunId) -> Result<(), EngineError> {
        match self.means.store.run(id) {
            Ok(runs) => {
                let corp = self.corp();
                match runs.into_iter().find(|run| run.corp == corp && !run.state.is_over()) {
                    Some(run) => self.open.insert(id.clone(), run),
                    None => self.open.remove(id),
                };
                Ok(())
            }
            Err(error) => self.store_trouble(&error),
        }
    }

    /// A store that is full, locked or read-only may come back; one that cannot be understood may not be gone on with.
    fn store_trouble(&mut self, error: &StoreError) -> Result<(), EngineError> {
        if let StoreError::Unreadable { what } = error {
            return Err(EngineError::Store(StoreError::Unreadable { what: what.clone() }));
        }
        tracing::error!(error = %chain(error), "the store did not do what was asked; trying again");
        let now = self.means.clock.now();
        self.means.pulse.store_failed(now);
        self.rests_until = Some(now + delta(STORE_PAUSE));
        Ok(())
    }

    /// Whether an occurrence due at an instant is any of this engine's business.
    fn takes_up(&self, at: DateTime<Utc>) -> bool {
        match self.until {
            Until::Stopped => true,
            Until::Settled(end) => at <= end,
            Until::Over(_) => false,
        }
    }

    fn is_through(&self) -> bool {
        match &self.until {
            Until::Stopped => false,
            Until::Settled(end) => {
                let nothing_due = self.agenda.peek().is_none_or(|Reverse((at, _))| at > end);
                nothing_due && self.tasks.is_empty() && self.open.values().all(|run| run.needs_person)
            }
            Until::Over(id) => self.open.get(id).is_none_or(|run| run.needs_person),
        }
    }

    /// Lets the requests that are under way end and be recorded, for a while; what is not done by then is in doubt at the
    /// next start.
    async fn wind_up(mut self) -> Result<(), EngineError> {
        let clock = self.means.clock.clone();
        let deadline = clock.sleep(STOP_LIMIT);
        tokio::pin!(deadline);
        while !self.tasks.is_empty() {
            tokio::select! {
                biased;
                Some(done) = self.tasks.join_next_with_id() => self.finish(done)?,
                () = &mut deadline => {
                    tracing::warn!(runs = self.working.len(), "stopping in the middle of requests; the next start settles them");
                    break;
                }
            }
        }
        Ok(())
    }

    /// Shows how things stand at the end of a round.
    fn show(&self, now: DateTime<Utc>, next_due: Option<DateTime<Utc>>) {
        let mut open = BTreeMap::new();
        self.open.values().for_each(|run| *open.entry(run.state).or_default() += 1);
        let held = self.armed.iter().filter(|armed| matches!(armed.stand, Stand::Held(_))).count();
        let need_person = self.open.values().filter(|run| run.needs_person).count();
        let armed = self.armed.len() - held;
        self.means.pulse.show(Beat { at: Some(now), armed, held, open, need_person, next_due });
    }

    fn corp(&self) -> CorpId {
        self.means.wecom.corp().clone()
    }
}

impl Step {
    fn run(&self) -> &RunId {
        match self {
            Self::Carry(id) | Self::Ask(id) | Self::Look(id) | Self::GiveUp(id) => id,
        }
    }
}

impl Hands {
    /// One line of the log for a change of a run.
    fn tell(&self, run: &Run) {
        self.pulse.run(run);
        let field = tracing::field::display::<&str>;
        tracing::info!(
            campaign = %run.campaign,
            due = %run.due.format("%Y-%m-%dT%H:%M:%SZ"),
            run = %run.id(),
            state = %run.state,
            jobid = run.jobid.as_deref().map(field),
            moment_id = run.moment_id.as_deref().map(field),
            errcode = run.errcode,
            reason = run.reason.as_deref().map(field),
            "run"
        );
    }
}

/// An error and all its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
