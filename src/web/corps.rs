//! The corps of a service for several, with the state of each. Clones share it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::WebState;
use crate::ids::CorpName;
use crate::text::{StaticText, Text};

const STARTING: StaticText = StaticText { en: "it is starting", zh: "正在启动" };

/// The state of one corp.
#[derive(Clone, Debug)]
pub enum CorpState {
    Starting,
    Running(WebState),
    /// It could not start, or it ended; it is started again later.
    Failed(Text),
}

impl CorpState {
    /// The stable name: a label of the metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running(_) => "running",
            Self::Failed(_) => "failed",
        }
    }

    /// Why the corp is not ready, if it is not.
    pub fn trouble(&self) -> Option<Text> {
        match self {
            Self::Starting => Some(STARTING.into()),
            Self::Running(state) => state.trouble().map(Into::into),
            Self::Failed(why) => Some(why.clone()),
        }
    }
}

/// The corps by name.
#[derive(Clone, Debug, Default)]
pub struct Corps(Arc<Mutex<BTreeMap<CorpName, CorpState>>>);

impl Corps {
    pub fn set(&self, name: &CorpName, state: CorpState) {
        self.lock().insert(name.clone(), state);
    }

    pub fn remove(&self, name: &CorpName) {
        self.lock().remove(name);
    }

    pub fn states(&self) -> Vec<(CorpName, CorpState)> {
        self.lock().iter().map(|(name, state)| (name.clone(), state.clone())).collect()
    }

    /// The corps that are not ready, with the reason.
    pub fn troubles(&self) -> Vec<(CorpName, Text)> {
        self.states().into_iter().filter_map(|(name, state)| Some((name, state.trouble()?))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CorpName, CorpState>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
