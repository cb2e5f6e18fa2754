//! The corps of a service with the state of each. A single account is one corp without a name.

use std::collections::BTreeMap;

use tokio::sync::watch;

use super::WebState;
use crate::ids::CorpName;
use crate::text::{StaticText, Text};

const STARTING: StaticText = StaticText { en: "it is starting", zh: "正在启动" };

/// The state of one corp.
#[derive(Clone, Debug)]
pub enum CorpState {
    Starting,
    /// Another service works for the corp; this one begins when that one ends.
    Waiting(Standby),
    Running(WebState),
    /// It could not start, or it ended; it is started again later.
    Failed(Text),
}

/// What a waiting service knows of the one that works.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standby {
    /// Its machine and process.
    pub owner: String,
    /// Whether it is ready.
    pub is_ready: bool,
    /// Why this one cannot take over at the moment: it cannot reach the store.
    pub trouble: Option<Text>,
}

impl CorpState {
    /// The stable name: a label of the metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Waiting(_) => "waiting",
            Self::Running(_) => "running",
            Self::Failed(_) => "failed",
        }
    }

    /// Why this service neither works for the corp nor could take over, if so.
    pub fn trouble(&self) -> Option<Text> {
        match self {
            Self::Starting => Some(STARTING.into()),
            Self::Waiting(standby) => standby.trouble.clone(),
            Self::Running(state) => state.trouble().map(Into::into),
            Self::Failed(why) => Some(why.clone()),
        }
    }

    /// Whether this service works for the corp, and would post what is due now.
    pub fn works(&self) -> bool {
        matches!(self, Self::Running(state) if state.trouble().is_none())
    }
}

/// The states of the corps, by name. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Corps(watch::Sender<BTreeMap<Option<CorpName>, CorpState>>);

impl Corps {
    /// A single account.
    pub fn account(state: CorpState) -> Self {
        Self(watch::Sender::new(BTreeMap::from([(None, state)])))
    }

    /// Sets the state of a corp; `None` is that of a single account.
    pub fn set(&self, name: Option<&CorpName>, state: CorpState) {
        self.0.send_modify(|corps| drop(corps.insert(name.cloned(), state)));
    }

    pub fn remove(&self, name: &CorpName) {
        self.0.send_modify(|corps| drop(corps.remove(&Some(name.clone()))));
    }

    pub fn states(&self) -> Vec<(Option<CorpName>, CorpState)> {
        self.0.borrow().iter().map(|(name, state)| (name.clone(), state.clone())).collect()
    }

    /// Whether this is a single account.
    pub fn is_account(&self) -> bool {
        self.0.borrow().contains_key(&None)
    }

    /// Sees each change from now on.
    pub(super) fn subscribe(&self) -> watch::Receiver<BTreeMap<Option<CorpName>, CorpState>> {
        self.0.subscribe()
    }
}
