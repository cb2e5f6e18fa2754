//! The pace of calls that can wait: counts and results, which must never be in the way of a post.

use std::time::Duration;

use super::{Error, Next};
use crate::clock::Clock;

/// The shortest time between two calls: 600 a minute, of the 10,000 that WeCom allows for each call (page 90454).
pub const CALL_INTERVAL: Duration = Duration::from_millis(100);
/// Attempts per call.
const MAX_TRIES: u32 = 4;
/// After a lost answer.
const LOST_PAUSE: Duration = Duration::from_secs(2);

/// Sends one call at a time, not faster than an interval.
#[derive(Clone, Debug)]
pub struct Pace {
    pub clock: Clock,
    pub interval: Duration,
}

impl Pace {
    /// Waits until the next call may be sent.
    pub async fn turn(&self) {
        self.clock.sleep(self.interval).await;
    }

    /// How long to wait before a call is sent again that has failed `tries` times; `None`: not again.
    pub fn pause(error: &Error, tries: u32) -> Option<Duration> {
        if tries >= MAX_TRIES {
            return None;
        }
        match error.next() {
            Next::TryAgain { after } => Some(after * tries),
            Next::NewToken => Some(Duration::ZERO),
            // A lost answer to a read does no harm.
            Next::InDoubt => Some(LOST_PAUSE * tries),
            Next::GiveUp | Next::UploadAgain | Next::AskAPerson => None,
        }
    }
}
