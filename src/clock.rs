//! The only place that knows what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::time::Instant;

/// Wall-clock time as everything above sees it.
///
/// The virtual arm follows tokio's clock, so that in a paused runtime the real engine runs a week in a second; its wall
/// can be set forward and back on its own, as an operator or NTP would.
#[derive(Clone, Debug)]
pub enum Clock {
    System,
    Virtual(Arc<VirtualWall>),
}

#[derive(Debug)]
pub struct VirtualWall {
    start: DateTime<Utc>,
    since: Instant,
    skew_ms: AtomicI64,
}

impl Clock {
    /// A clock that shows `start` now and goes on with tokio's time. Needs a tokio runtime around it.
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self::Virtual(Arc::new(VirtualWall { start, since: Instant::now(), skew_ms: AtomicI64::new(0) }))
    }

    /// The time in whole milliseconds, as the store keeps it.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn now(&self) -> DateTime<Utc> {
        let now = match self {
            Self::System => Utc::now(),
            Self::Virtual(wall) => {
                let run = TimeDelta::from_std(wall.since.elapsed()).unwrap_or(TimeDelta::MAX);
                wall.start + run + TimeDelta::milliseconds(wall.skew_ms.load(Ordering::Relaxed))
            }
        };
        now.trunc_subsecs(3)
    }

    /// Time that no operator and no NTP can step; only differences mean anything.
    pub fn monotonic(&self) -> Instant {
        Instant::now()
    }

    /// Whether time passes only as the program makes it pass.
    pub fn is_virtual(&self) -> bool {
        matches!(self, Self::Virtual(_))
    }

    /// Steps the wall of a virtual clock, leaving the monotonic time alone.
    pub fn step(&self, by: TimeDelta) {
        if let Self::Virtual(wall) = self {
            wall.skew_ms.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
        }
    }

    /// Waits for a length of time.
    pub async fn sleep(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }
}
