//! The stretches of time that a comparison of two books looks at.

use chrono::{DateTime, TimeDelta, Utc};

use super::occurrence_diff::NEAR;
use super::planned::Window;

/// The stretches of time that are compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeRanges {
    pub window: Window,
    pub now: DateTime<Utc>,
}

/// How far back occurrences that are past are told.
const BEHIND: TimeDelta = TimeDelta::days(31);

impl TimeRanges {
    /// What an edit can still change.
    pub(super) fn ahead(self) -> Window {
        let from = self.window.from.max(self.next());
        Window { from, to: self.window.to.max(from) }
    }

    /// The time in which an edit can post again what was posted a short while back, or a change of the zone can bring a
    /// local time again.
    pub(super) fn soon(self) -> Window {
        Window { from: self.next(), to: self.now + TimeDelta::days(2) }
    }

    /// A window with as much around it as an occurrence may move, never into the past.
    pub(super) fn around(self, window: Window) -> Window {
        Window { from: (window.from - NEAR).max(self.next()), to: window.to + NEAR }
    }

    fn next(self) -> DateTime<Utc> {
        self.now + TimeDelta::seconds(1)
    }

    /// What no edit changes any more.
    pub(super) fn behind(self) -> Window {
        let from = self.window.from.min(self.now - BEHIND);
        Window { from, to: self.now + TimeDelta::seconds(1) }
    }
}
