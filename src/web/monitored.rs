//! What is monitored: the corps of a service, and what each probe concludes from their states.

use super::{CorpState, Corps, WebState};
use crate::background::TaskList;
use crate::clock::Clock;
use crate::text::StaticText;

/// The service of a single account, or of several corps.
#[derive(Clone, Debug)]
pub struct Monitored {
    pub corps: Corps,
    pub clock: Clock,
    /// The tasks of the process.
    pub tasks: TaskList,
}

impl From<WebState> for Monitored {
    fn from(state: WebState) -> Self {
        let clock = state.clock.clone();
        Self { corps: Corps::account(CorpState::Running(state)), clock, tasks: TaskList::default() }
    }
}

impl Monitored {
    /// Whether everything that is due now would be posted: this service works for a corp and is ready, and so are the
    /// services that work for the corps for which this one waits. A service that only waits leaves it to the working one
    /// to say so.
    pub fn all_is_well(&self) -> bool {
        let states = self.corps.states();
        let is_well = |state: &CorpState| match state {
            CorpState::Waiting(standby) => standby.is_ready && standby.trouble.is_none(),
            state => state.works(),
        };
        states.iter().any(|(_, state)| state.works()) && states.iter().all(|(_, state)| is_well(state))
    }

    /// Whether the service has started: it works or waits. One corp of several that cannot start does not keep the others
    /// from it.
    pub fn has_started(&self) -> bool {
        !self.corps.is_account() || self.corps.states().iter().all(|(_, state)| state.trouble().is_none())
    }

    /// Why a restart of the process could help, if it could. One stalled corp of several is reported, but a restart would
    /// interrupt the others.
    pub fn stalled(&self) -> Option<StaticText> {
        let now = self.clock.now();
        let mut stalled = None;
        for (_, state) in self.corps.states() {
            if let CorpState::Running(state) = state {
                stalled = Some(state.status.stalled(now)?);
            }
        }
        stalled
    }

    /// What the service does, in one line for an operator.
    pub(super) fn summary(&self) -> String {
        let states = self.corps.states();
        if let [(None, state)] = states.as_slice() {
            return match state {
                CorpState::Waiting(standby) => format!("waiting: another service works: {}", standby.owner),
                state => state.name().to_owned(),
            };
        }
        let count = |name| states.iter().filter(|(_, state)| state.name() == name).count();
        let counts = ["running", "waiting", "starting", "failed"].map(|name| (name, count(name)));
        let counts: Vec<String> =
            counts.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{count} {name}")).collect();
        format!("corps: {}", counts.join(", "))
    }
}
