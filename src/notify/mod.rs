//! Tells people and programs outside: a WeCom group robot, or any webhook that takes JSON.
//!
//! It only carries what it is given and knows nothing of runs. It never delays whoever tells it something, and its
//! address is a secret: no error, log line or `Debug` shows it.

mod delivery_queue;
mod http_sink;
mod heartbeat;
mod robot;
mod webhook;

use std::fmt;

use chrono::{DateTime, Utc};

pub use delivery_queue::{DeliveryQueue, DeliveryWorker, RetryPolicy};
pub use heartbeat::Heartbeat;
pub use http_sink::{BadUrl, Failure, HttpSink};
pub use robot::{MARKDOWN_BYTES, markdown};

/// How much a notification matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It is well again.
    Good,
    /// Worth knowing.
    Notice,
    /// Somebody should do something.
    Alarm,
}

impl Severity {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Notice => "notice",
            Self::Alarm => "alarm",
        }
    }
}

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The kind of event, from a closed set: `failed`, `in_doubt` and so on.
    pub event: &'static str,
    pub weight: Severity,
    pub at: DateTime<Utc>,
    /// One line that stands alone.
    pub headline: String,
    /// Why, and the next act.
    pub detail: Option<String>,
    /// The userid of whoever is to hear of it.
    pub owner: Option<String>,
    pub campaign: Option<String>,
    pub run: Option<String>,
}

impl fmt::Display for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)?;
        self.detail.iter().try_for_each(|detail| write!(f, ": {detail}"))
    }
}
