//! The engine from a start to its next crash or stop.

use std::sync::Arc;
use std::time::Duration;

use drumbeat::engine::{Engine, StopCondition};
use drumbeat::sandbox::FaultProfile;
use drumbeat::store::{RunFilter, Wait};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::World;
use super::changes::BookStep;
use super::count_results;

/// The next event of the engine.
enum Turn {
    Crashed,
    Event,
    Failed(String),
}

impl World {
    /// The engine from its start to its next crash or stop, and the events around it.
    pub(super) async fn one_life(&mut self) -> Option<String> {
        // A new process has seen no step of the clock.
        self.clock.trust();
        self.take_steps();
        self.book.begin();
        let loaded = self.load();
        let (books, watching) = watch::channel(Arc::clone(&loaded));
        self.activate_book(&loaded);
        let engine = match Engine::start(self.context.clone(), loaded, StopCondition::OnRequest).await {
            Ok(engine) => engine,
            Err(error) => return Some(error.to_string()),
        };
        let stop = CancellationToken::new();
        let mut life = Box::pin(engine.run(watching, stop.clone()));
        let counts_results = self.counts_results;
        let mut results = Box::pin(count_results(self.context.clone()));
        loop {
            let next_step = self.steps.iter().map(|(at, _)| at.saturating_duration_since(Instant::now())).min();
            let pause = self.pause();
            let pause = next_step.map_or(pause, |step| step.min(pause).max(self.shown_twice()));
            let pause = pause + Duration::from_millis(1);
            self.maybe_lift_hold(2);
            self.take_in();
            let turn = tokio::select! {
                // The engine first: it activates a received book before anything else happens.
                biased;
                ended = &mut life => Turn::Failed(format!("the engine ended by itself: {ended:?}")),
                () = self.transport.crash.notified() => Turn::Crashed,
                () = &mut results, if counts_results => Turn::Event,
                () = tokio::time::sleep(pause) => Turn::Event,
            };
            self.take_in();
            match turn {
                Turn::Failed(why) => return Some(why),
                Turn::Crashed => break,
                // The clock was set back in the meantime.
                Turn::Event if self.clock.now() < self.end && !self.shown_twice().is_zero() => continue,
                Turn::Event if self.clock.now() >= self.end => {
                    stop.cancel();
                    return life.await.err().map(|error| error.to_string());
                }
                Turn::Event if self.take_steps() => self.hand_over(&books),
                Turn::Event => match if self.quiet { 11 } else { self.rng.u32(..18) } {
                    0 => break,
                    1 => {
                        stop.cancel();
                        if let Err(error) = life.await {
                            return Some(error.to_string());
                        }
                        self.downtime().await;
                        return None;
                    }
                    2..5 => {
                        self.change_book();
                        self.hand_over(&books);
                    }
                    // The machine is suspended: time passes, and the engine does not see it.
                    5 => {
                        let sleep = self.pause();
                        tokio::time::sleep(sleep).await;
                    }
                    6 => self.set_wall(25),
                    7 => self.add_look_alike(),
                    8 => self.lay_hold(),
                    9 => self.set_wall(3 * 3600),
                    10 => self.suspend(),
                    12 | 13 => self.manual_posts.request(&mut self.rng, &self.context.store, self.clock.now()),
                    14 => self.manual_posts.withdraw(&mut self.rng, &self.context.store, self.clock.now()),
                    15 => self.change_answers(),
                    16 => {
                        self.take_file_away();
                        self.hand_over(&books);
                    }
                    17 => {
                        self.take_book_away();
                        self.hand_over(&books);
                    }
                    _ => {}
                },
            }
        }
        self.crashes += 1;
        drop((life, results));
        self.after_crash();
        self.downtime().await;
        None
    }

    /// A last process without faults, until every run is finished.
    pub(super) async fn last_life(&mut self) -> Option<String> {
        self.faults.change(FaultProfile::none());
        self.sandbox.lock().expect("no panics").behaviour.answer_faults.clear();
        self.steps.clear();
        self.away = None;
        self.book.begin();
        self.transport.dice.lock().expect("no panics").1 = 0;
        self.maybe_lift_hold(1);
        self.clock.trust();
        let loaded = self.load();
        self.activate_book(&loaded);
        let (_books, watching) = watch::channel(Arc::clone(&loaded));
        let engine = Engine::start(self.context.clone(), loaded, StopCondition::Idle(self.end)).await;
        let done = match engine {
            Ok(engine) => engine.run(watching, CancellationToken::new()).await,
            Err(error) => Err(error),
        };
        self.take_in();
        if self.handed.is_some() {
            return Some("the last book was never taken up".to_owned());
        }
        done.err().map(|error| error.to_string())
    }

    /// The occurrences of a book are required from the time at which the engine reports that it has activated the book.
    fn take_in(&mut self) {
        let tally = self.context.status.counters();
        if self.rewound_to != tally.rewound_to
            && let Some(furthest) = self.clock.latest_shown()
        {
            let runs = self.context.store.runs(&RunFilter::default()).wait().expect("the store can be read");
            self.obligations.allow(furthest, &runs);
        }
        if std::mem::replace(&mut self.taken_up_at, tally.loaded_at) != tally.loaded_at
            && let (Some(book), Some(at)) = (self.handed.take(), tally.loaded_at)
        {
            self.obligations.load(&book, at);
        }
        if std::mem::replace(&mut self.rewound_to, tally.rewound_to) != tally.rewound_to
            && let Some(to) = tally.rewound_to
        {
            self.obligations.rewind(to);
        }
    }

    fn pause(&mut self) -> Duration {
        let left = (self.end - self.clock.now()).to_std().unwrap_or_default();
        Duration::from_secs(self.rng.u64(1..7200)).max(self.shown_twice()).min(left)
    }

    /// Time for which the wall clock repeats earlier times. Nothing else happens then, so that it is clear which book was
    /// active when an occurrence fell due; the engine runs as usual.
    fn shown_twice(&self) -> Duration {
        let now = self.clock.now();
        (self.clock.latest_shown().unwrap_or(now) - now).to_std().unwrap_or_default()
    }

    async fn downtime(&mut self) {
        let length = if self.rng.bool() { self.rng.u64(..30) } else { self.rng.u64(..4 * 3600) };
        if self.rng.u32(..3) == 0 {
            self.change_book();
        }
        // A `post` that was interrupted, or repeated, while no service runs.
        match self.rng.u32(..4) {
            0 => self.manual_posts.request(&mut self.rng, &self.context.store, self.clock.now()),
            1 => self.manual_posts.withdraw(&mut self.rng, &self.context.store, self.clock.now()),
            _ => {}
        }
        tokio::time::sleep(Duration::from_secs(length).max(self.shown_twice())).await;
        // A service does not start without its book.
        if self.away.is_some() {
            let back = self.steps.iter().find(|(_, step)| matches!(step, BookStep::BookBack));
            let back = back.map_or_else(Instant::now, |(at, _)| *at);
            tokio::time::sleep_until(back + self.shown_twice()).await;
        }
    }
}
