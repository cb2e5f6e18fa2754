//! Delivers notifications to a WeCom group robot, or to a webhook that takes JSON.
//!
//! Knows nothing of runs. Enqueueing a notification never waits. The address is a secret: no error, log line or `Debug`
//! shows it.

mod delivery_queue;
mod http_sink;
mod heartbeat;
mod robot;
mod webhook;

use std::fmt;

use chrono::{DateTime, Utc};

use crate::ids::CorpName;
use crate::text::{Lang, Text};

pub use delivery_queue::{DeliveryQueue, DeliveryWorker, RetryPolicy};
pub use heartbeat::Heartbeat;
pub use http_sink::{BadUrl, Failure, HttpSink};
pub use robot::{MARKDOWN_BYTES, markdown};

/// The severity of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something works again.
    Good,
    /// Information: no action is needed.
    Notice,
    /// A person should act.
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

/// One message for people. Its `Display` gives the English words, for logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The kind of event, from a closed set: `failed`, `in_doubt` and so on.
    pub event: &'static str,
    pub severity: Severity,
    pub at: DateTime<Utc>,
    /// One line that can be understood alone.
    pub headline: Text,
    /// The cause, and what to do.
    pub detail: Option<Text>,
    /// The userid of the member who is mentioned.
    pub owner: Option<String>,
    pub campaign: Option<String>,
    pub run: Option<String>,
    /// The language in which it is delivered.
    pub lang: Lang,
}

impl Notification {
    /// The same, beginning with the name of its corp.
    #[must_use]
    pub fn of_corp(self, corp: &CorpName) -> Self {
        let headline = text!(en: "{corp}: {headline}", zh: "{corp}：{headline}", headline = self.headline);
        Self { headline, ..self }
    }
}

impl fmt::Display for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.headline.get(Lang::En))?;
        self.detail.iter().try_for_each(|detail| write!(f, ": {}", detail.get(Lang::En)))
    }
}
