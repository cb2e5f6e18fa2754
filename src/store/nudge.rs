//! A reminder of a member who has not posted a moment.

use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::run::Run;

/// Most reminders of a member for one run. The tables refuse more.
pub const MAX_NUDGES: usize = 2;

/// One reminder of one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nudge {
    pub member: String,
    /// 1 or 2.
    pub number: u32,
    pub at: DateTime<Utc>,
    /// Who asked for it; `None`: the service, by its settings.
    pub person: Option<String>,
    pub outcome: NudgeOutcome,
}

/// What is known about a reminder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NudgeOutcome {
    /// WeCom took it.
    Sent,
    /// WeCom does not know the member, or the app may not see the member.
    Invalid,
    /// The member has no licence for the app.
    Unlicensed,
    /// It may have been sent: the answer was lost, or the program ended before it.
    Unknown,
}

impl NudgeOutcome {
    /// The stable code.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Invalid => "invalid",
            Self::Unlicensed => "unlicensed",
            Self::Unknown => "unknown",
        }
    }
}

impl FromStr for NudgeOutcome {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Sent, Self::Invalid, Self::Unlicensed, Self::Unknown].into_iter().find(|it| it.name() == text).ok_or(())
    }
}

/// A run whose members are to be reminded.
#[derive(Clone, Debug)]
pub struct DueNudges {
    pub run: Run,
    /// The age of the moment for which it is planned.
    pub age: Duration,
}
