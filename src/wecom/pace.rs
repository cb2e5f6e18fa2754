//! The pace of calls that can wait: counts and results, which must never be in the way of a post.

use std::time::Duration;

use super::{Error, Next};
use crate::clock::Clock;

/// The shortest time between two calls: 600 a minute, of the 10,000 that WeCom allows for each call (page 90454).
pub const CALL_INTERVAL: Duration = Duration::from_millis(100);
/// Attempts per call.
const MAX_TRIES: u32 = 4;

/// Sends one call at a time, not faster than an interval.
#[derive(Clone, Debug)]
pub struct Pace {
    pub clock: Clock,
    pub interval: Duration,
}

impl Pace {
    /// Waits for the interval, then calls; after a temporary failure, waits as long as WeCom says and calls again.
    /// `told` hears of each such wait.
    ///
    /// # Errors
    /// The call's last error.
    pub async fn call<T>(
        &self,
        mut call: impl AsyncFnMut() -> Result<T, Error>,
        mut told: impl FnMut(&Error, Duration),
    ) -> Result<T, Error> {
        let mut tries = 1;
        loop {
            self.clock.sleep(self.interval).await;
            let error = match call().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let wait = match error.next() {
                Next::TryAgain { after } => after * tries,
                Next::NewToken => Duration::ZERO,
                // A lost answer to a read does no harm.
                Next::InDoubt => Duration::from_secs(2) * tries,
                Next::GiveUp | Next::UploadAgain | Next::AskAPerson => return Err(error),
            };
            if tries == MAX_TRIES {
                return Err(error);
            }
            told(&error, wait);
            tries += 1;
            self.clock.sleep(wait).await;
        }
    }
}
