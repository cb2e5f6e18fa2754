//! The spans of time that a comparison of two books uses.

use chrono::{DateTime, TimeDelta, Utc};

use super::occurrence_diff::NEAR;
use super::planned::Window;

/// The spans of time that are compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeRanges {
    pub window: Window,
    pub now: DateTime<Utc>,
}

/// How far back past occurrences are shown.
const PAST: TimeDelta = TimeDelta::days(31);

impl TimeRanges {
    /// The future part of the window, which an edit can change.
    pub(super) fn ahead(self) -> Window {
        let from = self.window.from.max(self.next());
        Window { from, to: self.window.to.max(from) }
    }

    /// The next two days: within them an edit can repeat a recent post, and a changed zone a local time.
    pub(super) fn soon(self) -> Window {
        Window { from: self.next(), to: self.now + TimeDelta::days(2) }
    }

    /// A window extended by [`NEAR`], without the past.
    pub(super) fn around(self, window: Window) -> Window {
        Window { from: (window.from - NEAR).max(self.next()), to: window.to + NEAR }
    }

    fn next(self) -> DateTime<Utc> {
        self.now + TimeDelta::seconds(1)
    }

    /// The past, which edits cannot change.
    pub(super) fn behind(self) -> Window {
        let from = self.window.from.min(self.now - PAST);
        Window { from, to: self.now + TimeDelta::seconds(1) }
    }
}
