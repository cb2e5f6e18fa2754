//! The only place that reads the time.
//!
//! A service uses a guarded clock. It hides a step of the system's clock until WeCom's time confirms the step, so that
//! a wrong clock for some seconds neither posts anything early nor records anything as missed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::time::Instant;

/// A change of the wall clock against elapsed time that counts as a step. NTP corrects a clock in smaller changes than this.
pub const CLOCK_STEP: TimeDelta = TimeDelta::seconds(2);
/// How far the wall clock may be from WeCom's time and still be trusted.
pub const MAX_CLOCK_ERROR: TimeDelta = TimeDelta::minutes(2);

/// A duration for arithmetic with instants; the longest one if it does not fit.
pub fn delta(length: Duration) -> TimeDelta {
    TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX)
}

/// Wall-clock time as the rest of the program sees it.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock as it is: for commands that end soon.
    System,
    /// A clock that hides a step until WeCom's time confirms it. Clones share their state.
    Guarded(Arc<GuardedClock>),
}

/// A clock that shows a step of the wall clock only after the step is confirmed.
#[derive(Debug)]
pub struct GuardedClock {
    source: ClockSource,
    guard: Mutex<ClockGuard>,
}

/// Where a guarded clock reads the wall clock and the elapsed time.
#[derive(Debug)]
enum ClockSource {
    System,
    /// Follows tokio's clock, so that in a paused runtime the real engine runs a week in a second. Its wall clock can
    /// be set on its own, as an operator or NTP would.
    Virtual {
        start: DateTime<Utc>,
        since: Instant,
        shifts: Mutex<Shifts>,
    },
}

/// What was added to the virtual times.
#[derive(Clone, Copy, Debug, Default)]
struct Shifts {
    wall: TimeDelta,
    elapsed: TimeDelta,
}

/// Decides which part of the wall clock's time is shown. Pure.
#[derive(Clone, Debug, Default)]
struct ClockGuard {
    /// Shown time minus wall time.
    correction: TimeDelta,
    /// The last reading: wall clock, elapsed time.
    last: Option<(DateTime<Utc>, TimeDelta)>,
    doubt: Option<ClockDoubt>,
    /// The latest time that was shown.
    latest_shown: Option<DateTime<Utc>>,
}

/// Why the wall clock is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockDoubt {
    /// By how much the wall clock is ahead of what this clock shows; zero for a clock that is doubted from the start.
    pub ahead: TimeDelta,
    /// Whether another clock confirmed that the wall clock is wrong, so that the time shown is correct.
    pub is_confirmed: bool,
}

impl Clock {
    /// The system's clock, guarded.
    pub fn guarded() -> Self {
        Self::new(ClockSource::System)
    }

    /// A guarded clock that starts at `start` and advances with tokio's time.
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self::new(ClockSource::Virtual { start, since: Instant::now(), shifts: Mutex::default() })
    }

    fn new(source: ClockSource) -> Self {
        Self::Guarded(Arc::new(GuardedClock { source, guard: Mutex::default() }))
    }

    /// The time in whole milliseconds, as the store keeps it.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => system_now(),
            Self::Guarded(clock) => clock.now(),
        }
    }

    /// Whether the wall clock is in doubt, and by how much.
    pub fn doubt(&self) -> Option<ClockDoubt> {
        let Self::Guarded(clock) = self else { return None };
        clock.now();
        clock.guard().doubt
    }

    /// Marks the wall clock as doubtful without a step: at a start, when its time is far from the last recorded time.
    pub fn distrust(&self) {
        if let Self::Guarded(clock) = self {
            clock.guard().doubt.get_or_insert(ClockDoubt { ahead: TimeDelta::zero(), is_confirmed: false });
        }
    }

    /// Compares three times with `other`. The first that agrees is shown from now on: the wall clock, the time shown so
    /// far, `other` itself. Returns the remaining doubt.
    pub fn resolve_doubt(&self, other: DateTime<Utc>) -> Option<ClockDoubt> {
        let Self::Guarded(clock) = self else { return None };
        clock.now();
        clock.guard().resolve_doubt(other)
    }

    /// Shows the wall clock as it is.
    pub fn trust(&self) {
        if let Self::Guarded(clock) = self {
            let mut guard = clock.guard();
            (guard.correction, guard.doubt) = (TimeDelta::zero(), None);
        }
    }

    /// Time since boot, with the time of suspension. Only differences are meaningful.
    pub fn elapsed(&self) -> TimeDelta {
        match self {
            Self::System => system_elapsed(),
            Self::Guarded(clock) => clock.source.read().1,
        }
    }

    /// The latest time that a guarded clock has shown: it shows the time since then again after it was set back.
    pub fn latest_shown(&self) -> Option<DateTime<Utc>> {
        let Self::Guarded(clock) = self else { return None };
        clock.guard().latest_shown
    }

    /// Time that no operator and no NTP can step; only differences mean anything. Stands still while the machine
    /// sleeps.
    pub fn monotonic(&self) -> Instant {
        Instant::now()
    }

    /// Whether this is a virtual clock.
    pub fn is_virtual(&self) -> bool {
        matches!(self, Self::Guarded(clock) if matches!(clock.source, ClockSource::Virtual { .. }))
    }

    /// Adds time to a virtual clock without waking timers, as while the machine sleeps.
    pub fn suspend(&self, by: TimeDelta) {
        self.shift(|shifts| {
            shifts.wall += by;
            shifts.elapsed += by;
        });
    }

    /// Adds to the wall-clock time of a virtual clock, not to its elapsed time.
    pub fn step_wall_clock(&self, by: TimeDelta) {
        self.shift(|shifts| shifts.wall += by);
    }

    fn shift(&self, shift: impl FnOnce(&mut Shifts)) {
        if let Self::Guarded(clock) = self
            && let ClockSource::Virtual { shifts, .. } = &clock.source
        {
            // Without a reading before the step, the guard could not detect the step.
            clock.now();
            shift(&mut shifts.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Waits for a length of time.
    pub async fn sleep(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }
}

impl GuardedClock {
    fn now(&self) -> DateTime<Utc> {
        let mut guard = self.guard();
        // Read under the lock, so that readings follow each other in time.
        let (wall, elapsed) = self.source.read();
        guard.show(wall, elapsed)
    }

    fn guard(&self) -> MutexGuard<'_, ClockGuard> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClockSource {
    fn read(&self) -> (DateTime<Utc>, TimeDelta) {
        match self {
            Self::System => (system_now(), system_elapsed()),
            Self::Virtual { start, since, shifts } => {
                let run = delta(since.elapsed());
                let shifts = *shifts.lock().unwrap_or_else(PoisonError::into_inner);
                (*start + run + shifts.wall, run + shifts.elapsed)
            }
        }
    }
}

impl ClockGuard {
    /// Records a reading and returns the time to show, in whole milliseconds.
    fn show(&mut self, wall: DateTime<Utc>, elapsed: TimeDelta) -> DateTime<Utc> {
        if let Some((last_wall, last_elapsed)) = self.last.replace((wall, elapsed)) {
            let step = (wall - last_wall) - (elapsed - last_elapsed);
            if step.abs() >= CLOCK_STEP {
                self.correction -= step;
                self.doubt = if self.correction.abs() < CLOCK_STEP {
                    // Back at the former time: the step is over, and no reader saw it.
                    self.correction = TimeDelta::zero();
                    None
                } else {
                    Some(ClockDoubt { ahead: -self.correction, is_confirmed: false })
                };
            }
        }
        let shown = (wall + self.correction).trunc_subsecs(3);
        self.latest_shown = self.latest_shown.max(Some(shown));
        shown
    }

    fn resolve_doubt(&mut self, other: DateTime<Utc>) -> Option<ClockDoubt> {
        let (wall, _) = self.last?;
        let agrees = |time: DateTime<Utc>| (time - other).abs() <= MAX_CLOCK_ERROR;
        if agrees(wall) {
            (self.correction, self.doubt) = (TimeDelta::zero(), None);
        } else {
            if !agrees(wall + self.correction) {
                self.correction = other - wall;
            }
            self.doubt = Some(ClockDoubt { ahead: -self.correction, is_confirmed: true });
        }
        self.doubt
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
fn system_now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}

/// Time since the machine started. On Linux it goes on while the machine sleeps, so that a sleep is no step.
fn system_elapsed() -> TimeDelta {
    #[cfg(target_os = "linux")]
    const ELAPSED: rustix::time::ClockId = rustix::time::ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    const ELAPSED: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
    let time = rustix::time::clock_gettime(ELAPSED);
    TimeDelta::seconds(time.tv_sec) + TimeDelta::nanoseconds(time.tv_nsec)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        "2026-03-02T01:00:00Z".parse::<DateTime<Utc>>().expect("an instant") + TimeDelta::seconds(seconds)
    }

    /// Readings of wall clock and elapsed time, in seconds, and what is shown at the end.
    #[track_caller]
    fn assert_shown(readings: &[(i64, i64)], shown: i64, ahead: Option<i64>) -> ClockGuard {
        let mut guard = ClockGuard::default();
        let last = readings.iter().map(|(wall, elapsed)| guard.show(at(*wall), TimeDelta::seconds(*elapsed))).last();
        assert_eq!(last, Some(at(shown)));
        assert_eq!(guard.doubt.map(|doubt| doubt.ahead.num_seconds()), ahead);
        guard
    }

    #[test]
    fn slow_adjustment_is_followed() {
        assert_shown(&[(0, 0), (6, 5), (12, 10), (16, 15)], 16, None);
    }

    #[test]
    fn a_step_is_not_shown() {
        assert_shown(&[(0, 0), (1505, 5), (1510, 10)], 10, Some(1500));
        assert_shown(&[(0, 0), (-1495, 5), (-1490, 10)], 10, Some(-1500));
    }

    #[test]
    fn a_step_that_is_undone_is_forgotten() {
        assert_shown(&[(0, 0), (1505, 5), (10, 10)], 10, None);
    }

    #[test]
    fn suspension_is_not_a_step() {
        assert_shown(&[(0, 0), (3600, 3600)], 3600, None);
    }

    #[test]
    fn a_step_that_another_clock_confirms_is_shown() {
        let mut guard = assert_shown(&[(0, 0), (1505, 5)], 5, Some(1500));
        assert_eq!(guard.resolve_doubt(at(1500)), None);
        assert_eq!(guard.show(at(1506), TimeDelta::seconds(6)), at(1506));
    }

    #[test]
    fn a_step_that_another_clock_denies_is_never_shown() {
        let mut guard = assert_shown(&[(0, 0), (1505, 5)], 5, Some(1500));
        assert!(guard.resolve_doubt(at(10)).is_some_and(|doubt| doubt.is_confirmed));
        assert_eq!(guard.show(at(1506), TimeDelta::seconds(6)), at(6));
        // A correct clock needs no confirmation.
        assert_eq!(guard.show(at(7), TimeDelta::seconds(7)), at(7));
        assert_eq!(guard.doubt, None);
    }

    #[test]
    fn clock_wrong_from_start_is_corrected() {
        let mut guard = assert_shown(&[(28_800, 0)], 28_800, None);
        assert!(guard.resolve_doubt(at(0)).is_some_and(|doubt| doubt.ahead == TimeDelta::hours(8)));
        assert_eq!(guard.show(at(28_801), TimeDelta::seconds(1)), at(1));
        // NTP sets it right: that is a step to what is shown already.
        assert_eq!(guard.show(at(2), TimeDelta::seconds(2)), at(2));
        assert_eq!(guard.doubt, None);
    }
}
